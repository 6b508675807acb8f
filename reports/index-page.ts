// The first page: the answer in one line, the counts, the circumstances, the filters and the matrix.
import { circumstances } from "./circumstances.ts";
import { count, instant, plural } from "./format.ts";
import { type Html, html, joined } from "./html.ts";
import { OUTCOME_MARKS, rowWord } from "./marks.ts";
import { matrix } from "./matrix.ts";
import { compareText, type Outcome, OUTCOMES, type Report } from "./model.ts";
import { documentOf, facts } from "./page.ts";
import { MATRIX_SCRIPT } from "./script.ts";
import { oneLine } from "../harness/domain/visible.ts";

/** "3 of 4 submissions conform" */
export function answer(report: Report): string {
  if (report.total === 0) return "No submission was judged";
  const noun = report.oneDevice ? "submission" : "verdict";
  const verb = report.total === 1 ? "conforms" : "conform";
  return `${count(report.counts.conforms)} of ${plural(report.total, noun)} ${verb}`;
}

const WORDS: Readonly<Record<Outcome, string>> = {
  conforms: "conforming",
  fails: "failing",
  unsupported: "unsupported",
  infrastructure: "infrastructure",
  incomplete: "incomplete",
};

function tally(outcome: Outcome, number: number): Html {
  const { glyph, tone } = OUTCOME_MARKS[outcome];
  const words = html`<b>${count(number)}</b> ${WORDS[outcome]}`;
  return html`<li class="${number === 0 ? "none" : tone}"><span aria-hidden="true">${glyph}</span> ${words}</li>
`;
}

function tallies({ counts }: Report): Html {
  // An incomplete verdict is rare: it is named only where there is one.
  const outcomes = OUTCOMES.filter((outcome) => outcome !== "incomplete" || counts.incomplete > 0);
  return html`<ul class="tally" aria-label="Submissions by outcome">
${outcomes.map((outcome) => tally(outcome, counts[outcome]))}</ul>`;
}

/** At most three texts; the rest is counted. */
function several(texts: readonly string[]): Html | null {
  if (texts.length === 0) return null;
  const rest = texts.length - 3;
  return html`${joined(texts.slice(0, 3), html`<br>`)}${rest > 0 ? ` and ${rest} more` : ""}`;
}

/** "2026-11-22 10:15:00 UTC", or the first and the last of several. */
function span(times: readonly string[]): string | null {
  const [first, last] = [times[0], times.at(-1)].map((time) => (time === undefined ? null : instant(time)));
  if (first === undefined || first === null) return null;
  return first === last ? first : `${first} to ${last ?? ""}`;
}

function code(content: Html | null): Html | null {
  return content === null ? null : html`<code>${content}</code>`;
}

function head(report: Report): Html {
  const around = circumstances(report.rows);
  const isolation = around.isolation.map((level) => (level === "full" ? level : `${level} (weaker than full)`));
  const flags = html`<code>${around.selection.join(" ")}</code>`;
  const what = around.runs.length > 1 ? "Some of these runs were" : "This run was";
  const narrowed = html`<p class="notice">${what} narrowed: ${flags}.
A verdict covers only what was selected.</p>`;
  return html`<p class="trail">Conformance of hardware kernels</p>
<h1>${answer(report)}</h1>
${tallies(report)}
${facts([
  ["Machine", several(around.machines)],
  ["Isolation", several(isolation)],
  ["Seed", code(several(around.seeds))],
  [around.runs.length > 1 ? "Runs" : "Run", code(several(around.runs))],
  ["Time", span(around.times)],
])}
${around.selection.length === 0 ? null : narrowed}`;
}

function choice(name: string, label: string, values: readonly string[]): Html {
  const distinct = [...new Set(values.map(oneLine))].sort(compareText);
  const options = distinct.map((value) => html`<option value="${value}">${value}</option>`);
  return html`<label>${label}<select name="${name}"><option value="">all</option>${options}</select></label>
`;
}

/** Hidden until the script that makes it work is there. */
function filters({ rows, rejected }: Report): Html {
  const vendors = [...rows.map((row) => row.vendor), ...rejected.map((one) => one.submitted.vendor)];
  const ops = rows.map((row) => row.op);
  const verdicts = [...rows.map(rowWord), ...rejected.map((one) => one.submitted.status)];
  const choices = [choice("vendor", "Vendor", vendors), choice("op", "Op", ops), choice("status", "Verdict", verdicts)];
  return html`<form class="filters" aria-label="Filters" hidden>
${choices}<label>Text<input type="search" name="text" autocomplete="off" spellcheck="false"></label>
<output aria-live="polite"></output>
</form>
`;
}

function foot(report: Report): Html {
  const { unvotable, harness } = circumstances(report.rows);
  const judged = "Submissions and references are judged alike by an exact oracle; agreement means that both passed it.";
  const every = "Every record is evidence that a vote may rest on.";
  const votes = unvotable.length === 0 ? every : `Not every record is evidence for a vote: ${unvotable.join("; ")}.`;
  const older = report.replaced === 0 ? "" : `Not shown, of older runs: ${plural(report.replaced, "record")}.`;
  return html`<p>${judged} ${report.rows.length === 0 ? "" : votes} ${older}</p>
<p>Harness ${several(harness)}</p>`;
}

/** The text of index.html. */
export function indexPage(report: Report): string {
  const empty = report.total === 0;
  return documentOf({
    title: answer(report),
    layout: "wide-print",
    script: empty ? "" : MATRIX_SCRIPT,
    header: head(report),
    main: empty ? html`<p>There are no records to report.</p>` : [filters(report), matrix(report)],
    footer: foot(report),
  });
}
