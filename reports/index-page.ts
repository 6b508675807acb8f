// The first page: the answer in one line, the counts, the circumstances, the filters and the matrix.
import { circumstances } from "./circumstances.ts";
import { count, instant, plural } from "./format.ts";
import { type Html, html, joined } from "./html.ts";
import { OUTCOME_MARKS, rowWord } from "./marks.ts";
import { matrix } from "./matrix.ts";
import { compareText, OUTCOMES, type Report } from "./model.ts";
import { documentOf, facts } from "./page.ts";
import { MATRIX_SCRIPT } from "./script.ts";
import { oneLine } from "./visible.ts";

/** "3 of 4 submissions conform" */
export function answer(report: Report): string {
  if (report.total === 0) return "No submission was judged";
  const noun = report.oneDevice ? "submission" : "verdict";
  const verb = report.total === 1 ? "conforms" : "conform";
  return `${count(report.counts.conforms)} of ${plural(report.total, noun)} ${verb}`;
}

function tallies(report: Report): Html {
  const words = { ...OUTCOME_MARKS, conforms: { ...OUTCOME_MARKS.conforms, word: "conforming" }, fails: { ...OUTCOME_MARKS.fails, word: "failing" } };
  // An incomplete verdict is rare: it is named only where there is one.
  const outcomes = OUTCOMES.filter((outcome) => outcome !== "incomplete" || report.counts.incomplete > 0);
  return html`<ul class="tally" aria-label="Submissions by outcome">
${outcomes.map((outcome) => {
  const { glyph, word, tone } = words[outcome];
  const number = report.counts[outcome];
  return html`<li class="${number === 0 ? "none" : tone}"><span aria-hidden="true">${glyph}</span> <b>${count(number)}</b> ${word}</li>
`;
})}</ul>`;
}

/** At most three texts; the rest is counted. */
function several(texts: readonly string[]): Html | null {
  if (texts.length === 0) return null;
  const rest = texts.length - 3;
  return html`${joined(texts.slice(0, 3), html`<br>`)}${rest > 0 ? ` and ${rest} more` : ""}`;
}

function head(report: Report): Html {
  const around = circumstances(report.rows);
  const times = around.times.map(instant);
  const span = times.length < 2 || times[0] === times.at(-1) ? times.slice(0, 1) : [`${times[0] ?? ""} to ${times.at(-1) ?? ""}`];
  const isolation = around.isolation.map((level) => (level === "full" ? level : `${level} (weaker than full)`));
  return html`<p class="trail">Conformance of hardware kernels</p>
<h1>${answer(report)}</h1>
${tallies(report)}
${facts([
  ["Machine", several(around.machines)],
  ["Isolation", several(isolation)],
  ["Seed", around.seeds.length === 0 ? null : html`<code>${several(around.seeds)}</code>`],
  [around.runs.length > 1 ? "Runs" : "Run", around.runs.length === 0 ? null : html`<code>${several(around.runs)}</code>`],
  ["Time", several(span)],
])}
${around.selection.length === 0 ? null : html`<p class="notice">This run was narrowed: <code>${around.selection.join(" ")}</code>. A verdict covers only what was selected.</p>`}`;
}

function choice(name: string, label: string, values: readonly string[]): Html {
  const options = [...new Set(values.map(oneLine))].sort(compareText).map((value) => html`<option value="${value}">${value}</option>`);
  return html`<label>${label}<select name="${name}"><option value="">all</option>${options}</select></label>
`;
}

function filters(report: Report): Html {
  return html`<form class="filters" aria-label="Filters" hidden>
${choice("vendor", "Vendor", [...report.rows.map((row) => row.vendor), ...report.rejected.map((one) => one.submitted.vendor)])}${choice(
    "op",
    "Op",
    report.rows.map((row) => row.op),
  )}${choice("status", "Verdict", [...report.rows.map(rowWord), ...report.rejected.map((one) => one.submitted.status)])}<label>Text<input type="search" name="text" autocomplete="off" spellcheck="false"></label>
<output aria-live="polite"></output>
</form>`;
}

function foot(report: Report): Html {
  const around = circumstances(report.rows);
  const votes =
    around.unvotable.length === 0
      ? "Every record is evidence that a vote may rest on."
      : `Not every record is evidence for a vote: ${around.unvotable.join("; ")}.`;
  const replaced = report.replaced === 0 ? "" : ` ${plural(report.replaced, "record")} of older runs ${report.replaced === 1 ? "is" : "are"} not shown.`;
  return html`<p>Submissions and references are judged alike by an exact oracle; agreement with a reference means that both passed it. ${
    report.rows.length === 0 ? null : votes + replaced
  }</p>
<p>Harness ${several(around.harness)}</p>`;
}

/** The text of index.html. */
export function indexPage(report: Report): string {
  const empty = report.total === 0;
  return documentOf({
    title: answer(report),
    layout: "wide-print",
    script: empty ? "" : MATRIX_SCRIPT,
    header: head(report),
    main: empty ? html`<p>There are no records to report.</p>` : html`${filters(report)}
${matrix(report)}`,
    footer: foot(report),
  });
}
