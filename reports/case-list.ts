// The cases of a submission as a table: on narrow screens a case is a card.
import type { RunRecord } from "../harness/domain/run-record.ts";
import { headroomBar } from "./chart/bar.ts";
import { bindings, count, durationInterval, plural, ratioInterval, real } from "./format.ts";
import { worstHeadroom } from "./headroom.ts";
import { type Html, html, type Part } from "./html.ts";
import { statusMark } from "./marks.ts";
import type { CasePage, Row } from "./model.ts";
import { shownSpeedup } from "./series.ts";
import { table } from "./table.ts";

/** "hidden, required" */
export function caseKind({ case: one }: RunRecord): string {
  return [one.hidden ? "hidden" : "published", ...one.tags, ...(one.counted ? [] : ["not counted"])].join(", ");
}

/** Failing cases first, then as recorded; what does not count comes last. */
export function ordered(cases: readonly CasePage[]): CasePage[] {
  const rank = ({ record }: CasePage): number => (record.case.counted ? (record.status === "PASSED" ? 1 : 0) : 2);
  return [...cases].sort((a, b) => rank(a) - rank(b));
}

const NONE: Html = html`<span class="muted">none</span>`;

function speedupText(record: RunRecord): Html {
  const speedup = shownSpeedup(record);
  if (speedup === null) return NONE;
  const value = ratioInterval(speedup.value, speedup.interval);
  return html`<span class="number">${value}</span> <span class="muted small">over ${speedup.baseline}</span>`;
}

/** A cell that carries its column's name for narrow screens. */
function cell(label: string, content: Part): Html {
  return html`<td data-label="${label}">${content}</td>
`;
}

function caseLine({ record, file }: CasePage): Html {
  const { errors, timing, status } = record;
  const mismatches = errors.reduce((sum, error) => sum + error.mismatches, 0);
  const ulps = errors.map((error) => html`<span class="number">${error.output} ${real(error.maxUlp)}</span> `);
  const time = timing === null ? "none" : durationInterval(timing.median, timing.interval);
  return html`<tr>
<th scope="row" class="span"><a class="mono" href="${file}">${record.case.name}</a>
<span class="sub">${bindings(record.case.axes)}</span></th>
${[
  cell("Status", html`${statusMark(status)}<span class="sub">${caseKind(record)}</span>`),
  cell("Mismatches", errors.length === 0 ? NONE : count(mismatches)),
  cell("Headroom used", headroomBar(worstHeadroom(errors))),
  cell("Largest error, ULP", errors.length === 0 ? NONE : ulps),
  cell("Time in judged calls, 95 %", html`<span class="number">${time}</span>`),
  cell("Speedup, 95 %", speedupText(record)),
]}</tr>
`;
}

/** Every case of a row, each with a link to its page. */
export function caseTable(row: Row): Html {
  return table({
    label: "Cases",
    caption: `${plural(row.cases.length, "case")}, failing ones first; ${count(row.counted)} counted`,
    heads: [
      "Case",
      "Status",
      "Mismatches",
      "Headroom used",
      "Largest error, ULP",
      "Time in judged calls, 95 %",
      "Speedup, 95 %",
    ],
    rows: ordered(row.cases).map(caseLine),
    kind: "matrix",
  });
}
