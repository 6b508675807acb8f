// The page of one case on one device, in the order in which people ask.
import { caseKind } from "./case-list.ts";
import { errorTables, gateTable, witnessTable } from "./case/errors.ts";
import { circumstancesOf, printed, repetition } from "./case/provenance.ts";
import { speed } from "./case/timing.ts";
import { findings, whereabouts } from "./case/verdict.ts";
import { bindings, plural } from "./format.ts";
import { html } from "./html.ts";
import { deviceBadge, OUTCOME_MARKS, seal } from "./marks.ts";
import { type CasePage, outcomeOf, type Row } from "./model.ts";
import { documentOf, section } from "./page.ts";
import { COPY_SCRIPT } from "./script.ts";

/** The text of a case's page. */
export function casePage({ record }: CasePage, row: Row): string {
  const name = `${row.vendor}/${row.submission}`;
  const { chip } = record.device;
  const outcome = outcomeOf(record.status);
  const kind = `${caseKind(record)} case of ${record.op.op} on ${chip}`;
  const { axes, dtypes, work } = record.case;
  const size = `${bindings({ ...axes, ...dtypes })} \u00b7 ${plural(work, "multiply-add")}`;
  return documentOf({
    title: `${OUTCOME_MARKS[outcome].glyph} ${record.case.name}: ${name} on ${chip}`,
    layout: "narrow",
    script: COPY_SCRIPT,
    header: html`<nav class="trail" aria-label="Trail"><a href="index.html">All submissions</a> /
<a href="${row.file}">${name}</a></nav>
<h1 class="mono">${record.case.name}</h1>
<p class="lead">${seal(outcome, record.status)} ${kind} ${deviceBadge(record.device)}</p>
<p class="muted">${size}</p>`,
    main: [
      section(1, "Is it right?", findings(record)),
      section(2, "Where in the tensor?", whereabouts(record)),
      section(3, "How far from the truth?", errorTables(record)),
      section(4, "By which gates?", gateTable(record)),
      section(5, "Beside which references?", witnessTable(record)),
      section(6, "How fast?", speed(record)),
      section(7, "On what?", circumstancesOf(record)),
      section(8, "How do I repeat it?", repetition(record)),
      section(9, "What did it print?", printed(record)),
    ],
    footer: html`<p><a href="${row.file}">All cases of ${name}</a> \u00b7 <a href="index.html">All submissions</a></p>`,
  });
}
