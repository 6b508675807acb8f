// The chain, line by line, so that anybody can compute it again.
import type { Entry } from "../../harness/domain/ledger.ts";
import { plural } from "../format.ts";
import { type Html, html, type Part } from "../html.ts";
import { table, tableRow } from "../table.ts";
import { digestOf, type Ledger } from "./ledger.ts";
import { code, pullId, short, time, voteId } from "./parts.ts";

function about({ key, seq }: Entry, opened: ReadonlyMap<string, number>): Html {
  const id = seq >= (opened.get(key) ?? Number.POSITIVE_INFINITY) ? voteId(key) : pullId(key);
  return html`<a href="#${id}">${code(short(key))}</a>`;
}

function lineRow(line: string, index: number, entry: Entry | undefined, broken: readonly string[], link: Part): Html {
  const wrong = broken.map((message) => html`<span class="sub"><span class="bad">\u2718 ${message}</span></span>`);
  const cells: readonly Part[] =
    entry === undefined
      ? [html`<span class="muted">not read</span>`, null, null, null]
      : [time(entry.at), entry.event.type, link, entry.writer];
  const digest = html`<td class="mono">${digestOf(line)}${wrong}</td>`;
  const head = entry === undefined ? String(index) : html`<span id="entry-${entry.seq}">${entry.seq}</span>`;
  return tableRow(head, [...cells.map((cell) => html`<td>${cell}</td>`), digest]);
}

/** Every line of the ledger; what stands at or behind the first break is digested and not read. `opened`: seq of each vote's opening. */
export function chainTable({ entries, breaks, lines }: Ledger, opened: ReadonlyMap<string, number>): Html {
  const wrong = new Map<number, string[]>();
  for (const { line, message } of breaks) wrong.set(line, [...(wrong.get(line) ?? []), message]);
  const rows = lines.map((line, index) => {
    const entry = entries[index];
    const link = entry === undefined ? null : about(entry, opened);
    return lineRow(line, index, entry, wrong.get(index + 1) ?? [], link);
  });
  return table({
    label: "The chain",
    caption: `${plural(lines.length, "line")}, oldest first; seq counts from 0, so entry 0 is line 1`,
    heads: ["Seq", "Time", "Type", "Key", "Writer", "sha256 of the line"],
    rows,
  });
}
