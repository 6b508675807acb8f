// Small pieces of the audit page: addresses within it, texts of people, cards.
import type { Actor } from "../../harness/domain/vote.ts";
import { instant } from "../format.ts";
import { type Html, html, type Part } from "../html.ts";
import { table } from "../table.ts";

/** Where a vote is told. */
export function voteId(key: string): string {
  return `vote-${key}`;
}

/** Where entries beside votes are told. */
export function pullId(key: string): string {
  return `pull-${key}`;
}

/** "entry 12", which leads to its line in the chain. */
export function entryLink(seq: number): Html {
  return html`<a class="number" href="#entry-${seq}">entry ${seq}</a>`;
}

export function code(text: string): Html {
  return html`<code>${text}</code>`;
}

/** The first digits of a digest that stands in full elsewhere. */
export function short(digest: string): string {
  return digest.slice(0, 12);
}

export function time(at: string): Html {
  return html`<span class="number">${instant(at)}</span>`;
}

/** A person: the name as it was then, and the number that stays. */
export function person({ id, login }: Actor): Html {
  return html`${login} <span class="muted">(${id})</span>`;
}

/** Characters that a cell shows at once. */
const MOST = 500;

/** What a person wrote: whole, in lines as it was written; a long text is folded behind its beginning. */
export function told(text: string): Html {
  // By code points, so that the cut splits none.
  const characters = Array.from(text);
  if (characters.length <= MOST) return html`<span class="lines">${text}</span>`;
  return html`<details><summary>${characters.slice(0, 100).join("")} \u2026</summary><pre>${text}</pre></details>`;
}

/** A part of a section. */
export function titled(title: string, content: Part): Html {
  return html`<h3 class="small">${title}</h3>
${content}`;
}

/** On a card the last cell takes a line of its own: it holds the most. */
const WHOLE = html` class="span"`;

/** A table of few lines and wide cells: on narrow screens each line is a card whose cells carry their column's name. */
export function cards(
  label: string,
  caption: Part,
  heads: readonly string[],
  rows: readonly (readonly Part[])[],
): Html {
  const line = ([head = null, ...cells]: readonly Part[]): Html => html`<tr>
<th scope="row" class="span">${head}</th>
${cells.map((cell, i) => html`<td${i === cells.length - 1 ? WHOLE : null} data-label="${heads[i + 1] ?? ""}">${cell}</td>\n`)}</tr>
`;
  return table({ label, caption, heads, rows: rows.map(line), kind: "matrix" });
}
