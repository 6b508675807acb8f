// The page of a submission on a device: what blocks it, its references, its cases, what it is.
import { AGREEMENTS } from "./agreement.ts";
import { headroomBar } from "./chart/bar.ts";
import { bindings, count, durationInterval, instant, plural, ratioInterval, real } from "./format.ts";
import { worstHeadroom } from "./headroom.ts";
import { type Html, html, joined } from "./html.ts";
import { AGREEMENT_WORDS, agreementMark, deviceBadge, OUTCOME_MARKS, rowWord, seal, statusMark } from "./marks.ts";
import { speedupWords } from "./matrix.ts";
import type { CasePage, Rejected, Row } from "./model.ts";
import { documentOf, facts, section } from "./page.ts";
import { shownSpeedup } from "./series.ts";
import type { RunRecord } from "../harness/domain/run-record.ts";

/** "hidden, required" */
export function caseKind({ case: one }: RunRecord): string {
  return [one.hidden ? "hidden" : "published", ...one.tags, ...(one.counted ? [] : ["not counted"])].join(", ");
}

/** Failing cases first, then as recorded; what does not count comes last. */
function ordered(cases: readonly CasePage[]): CasePage[] {
  const rank = ({ record }: CasePage): number => (record.case.counted ? (record.status === "PASSED" ? 1 : 0) : 2);
  return [...cases].sort((a, b) => rank(a) - rank(b));
}

function speedupText(record: RunRecord): Html {
  const speedup = shownSpeedup(record);
  if (speedup !== null) return html`<span class="number">${ratioInterval(speedup.value, speedup.interval)}</span> <span class="muted small">over ${speedup.baseline}</span>`;
  return html`<span class="muted">none</span>`;
}

function caseLine({ record, file }: CasePage): Html {
  const worst = record.errors.reduce((most, error) => most + error.mismatches, 0);
  return html`<tr>
<th scope="row" class="span"><a class="mono" href="${file}">${record.case.name}</a><span class="sub">${bindings(record.case.axes)}</span></th>
<td data-label="Status">${statusMark(record.status)}<span class="sub">${caseKind(record)}</span></td>
<td data-label="Elements differ"><span class="number">${worst === 0 ? "0" : count(worst)}</span></td>
<td data-label="Headroom used">${headroomBar(worstHeadroom(record.errors))}</td>
<td data-label="Largest error, ULP"><span class="number">${record.errors.length === 0 ? "none" : joined(record.errors.map((error) => `${error.output} ${real(error.maxUlp)}`), ", ")}</span></td>
<td data-label="Time in judged calls"><span class="number">${record.timing === null ? "none" : durationInterval(record.timing.median, record.timing.interval)}</span></td>
<td data-label="Speedup">${speedupText(record)}</td>
</tr>
`;
}

function casesTable(row: Row): Html {
  return html`<div class="wide" role="region" aria-label="Cases" tabindex="0"><table class="matrix">
<caption>${plural(row.cases.length, "case")}, failing ones first; ${count(row.counted)} counted</caption>
<thead><tr><th scope="col">Case</th><th scope="col">Status</th><th scope="col">Differ</th><th scope="col">Headroom used</th><th scope="col">Largest error, ULP</th><th scope="col">Time in judged calls, 95 %</th><th scope="col">Speedup, 95 %</th></tr></thead>
<tbody>
${ordered(row.cases).map(caseLine)}</tbody>
</table></div>`;
}

function blocking(row: Row): Html {
  const blockers = ordered(row.cases).filter(({ record }) => record.case.counted && record.status !== "PASSED");
  if (blockers.length === 0) return html`<p>${row.because === null ? "Nothing: every counted case passed." : `${row.because}.`}</p>`;
  return html`<ul class="plain">
${blockers.map(
  ({ record, file }) => html`<li>${statusMark(record.status)} <a class="mono" href="${file}">${record.case.name}</a> ${record.findings[0]?.message ?? "without a finding"}</li>
`,
)}</ul>`;
}

function witnessTable(row: Row): Html {
  if (row.cells.length === 0) return html`<p>No reference took part.</p>`;
  return html`<div class="wide" role="region" aria-label="References" tabindex="0"><table>
<caption>References on the same counted cases; each is judged by the same oracle</caption>
<thead><tr><th scope="col">Executor</th><th scope="col">Together</th>${AGREEMENTS.map((agreement) => html`<th scope="col" class="right">${AGREEMENT_WORDS[agreement]}</th>`)}<th scope="col">Its own headroom</th><th scope="col">Why absent</th></tr></thead>
<tbody>
${row.cells.map(
  (cell) => html`<tr><th scope="row">${cell.executor}</th><td>${agreementMark(cell.verdict)}</td>${AGREEMENTS.map((agreement) => html`<td class="right">${count(cell.counts[agreement])}</td>`)}<td>${headroomBar(cell.headroom)}</td><td class="words">${cell.reasons.length === 0 ? html`<span class="muted">\u2013</span>` : cell.reasons.join("; ")}</td></tr>
`,
)}</tbody></table></div>`;
}

function identity({ sample }: Row): Html {
  const { submission, op, device } = sample;
  const { casts, ...numerics } = submission.numerics;
  return facts([
    ["Version", submission.version],
    ["Op", `${op.op}, edition ${op.edition}`],
    ["Numerics class", html`<code>${numerics.class}</code> (accumulate ${numerics.accumulate}, rounding ${numerics.rounding}, ${numerics.algorithm}${Object.keys(casts).length === 0 ? "" : `, casts ${bindings(casts)}`}${numerics.ftz ? ", flushes subnormals" : ""})`],
    ["Deterministic", submission.deterministic ? "declared, and checked" : "declared not to be"],
    ["Device", html`${device.chip} ${deviceBadge(device)} on ${device.model}`],
    ["Folder", html`<code>${submission.path}</code>`],
    ["Commit", submission.commit === null ? "not committed" : html`<code>${submission.commit}</code>`],
    ["Sources, sha256", html`<code>${submission.sourceDigest}</code>`],
    ["Licence", submission.license],
    ["Run", html`<code>${sample.run}</code>, ${instant(sample.time)}`],
  ]);
}

/** The text of a submission's page. */
export function submissionPage(row: Row): string {
  const name = `${row.vendor}/${row.submission}`;
  const { glyph } = OUTCOME_MARKS[row.outcome];
  return documentOf({
    title: `${glyph} ${name} on ${row.sample.device.chip}`,
    layout: "wide-print",
    script: "",
    header: html`<nav class="trail" aria-label="Trail"><a href="index.html">All submissions</a></nav>
<h1>${name} ${row.sample.submission.version}</h1>
<p class="lead">${seal(row.outcome, rowWord(row))} ${count(row.passed)} of ${plural(row.counted, "counted case")} passed on ${row.sample.device.chip} ${deviceBadge(row.sample.device)}</p>
<p>Speedup ${speedupWords(row.speedups)}</p>`,
    main: html`${section(1, "What stands in the way?", blocking(row))}${section(2, "Beside which references?", witnessTable(row))}${section(3, "Which cases?", casesTable(row))}${section(4, "What was judged?", identity(row))}`,
    footer: html`<p><a href="index.html">All submissions</a></p>`,
  });
}

/** The text of the page of a submission that never ran. */
export function rejectedPage({ submitted }: Rejected): string {
  const name = `${submitted.vendor}/${submitted.submission}`;
  const problems = submitted.problems.map(
    (problem) => html`<div class="evidence"><p><strong>${problem.code}</strong> <code>${problem.file}:${problem.line}:${problem.column}</code></p><p>${problem.message}</p><p><span class="muted">Fix:</span> ${problem.fix}</p></div>
`,
  );
  return documentOf({
    title: `${OUTCOME_MARKS.fails.glyph} ${name}`,
    layout: "narrow",
    script: "",
    header: html`<nav class="trail" aria-label="Trail"><a href="index.html">All submissions</a></nav>
<h1>${name}</h1>
<p class="lead">${seal("fails", submitted.status)} never ran</p>`,
    main: section(1, "What stands in the way?", problems.length === 0 ? html`<p>The run left neither a record nor a problem.</p>` : problems),
    footer: html`<p>Folder <code>${submitted.path}</code></p>`,
  });
}
