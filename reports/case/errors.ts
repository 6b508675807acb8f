// Case page, "How far from the truth?", the gates and the references: every number that the judge saw.
import type { ErrorSummary, RunRecord, WitnessRecord } from "../../harness/domain/run-record.ts";
import { headroomBar } from "../chart/bar.ts";
import { type HistogramColumn, histogramTable } from "../chart/histogram.ts";
import { count, durationInterval, numeric, real } from "../format.ts";
import { worstHeadroom } from "../headroom.ts";
import { type Html, html } from "../html.ts";
import { gateWords, laneWords, statusMark } from "../marks.ts";

function optional(value: ErrorSummary["bias"]): string {
  return value === null ? "\u2013" : real(value);
}

function summaryLine(error: ErrorSummary): Html {
  const wrong = error.mismatches > 0;
  return html`<tr><th scope="row"><code>${error.output}</code></th><td class="right">${count(error.elements)}</td><td class="right${wrong ? " bad" : ""}">${count(error.mismatches)}</td><td class="right">${real(error.maxAbs)}</td><td class="right">${real(error.maxRel)}</td><td class="right">${real(error.maxUlp)}</td><td class="right">${optional(error.rmsOverSigma)}</td><td class="right">${optional(error.bias)}</td><td>${headroomBar(worstHeadroom([error]))}</td></tr>
`;
}

function columnsFor(output: string, record: RunRecord): HistogramColumn[] {
  const witnesses = record.witnesses.flatMap((witness) =>
    witness.errors.filter((error) => error.output === output).map((error) => ({ name: witness.executor, histogram: error.ulpHistogram })),
  );
  const own = record.errors.filter((error) => error.output === output).map((error) => ({ name: "submission", histogram: error.ulpHistogram }));
  return [...own, ...witnesses];
}

/** Errors per output, with their histograms beside those of the references. */
export function errorTables(record: RunRecord): Html {
  if (record.errors.length === 0) return html`<p>No output was compared.</p>`;
  return html`<div class="wide" role="region" aria-label="Errors per output" tabindex="0"><table>
<caption>Errors against the oracle, over all regimes of the case</caption>
<thead><tr><th scope="col">Output</th><th scope="col" class="right">Elements</th><th scope="col" class="right">Differ</th><th scope="col" class="right">Max absolute</th><th scope="col" class="right">Max relative</th><th scope="col" class="right">Max ULP</th><th scope="col" class="right">RMS / sigma</th><th scope="col" class="right">Bias / sigma</th><th scope="col">Headroom used</th></tr></thead>
<tbody>
${record.errors.map(summaryLine)}</tbody></table></div>
${record.errors.map((error) => histogramTable(error.output, columnsFor(error.output, record)))}`;
}

/** Every gate's largest statistic against its limit. */
export function gateTable(record: RunRecord): Html {
  if (record.gates.length === 0) return html`<p>No gate with a statistic applied to this case.</p>`;
  return html`<div class="wide" role="region" aria-label="Gates" tabindex="0"><table>
<caption>The largest statistic of each gate and its limit</caption>
<thead><tr><th scope="col">Gate</th><th scope="col">Probe</th><th scope="col">Output</th><th scope="col" class="right">Statistic</th><th scope="col" class="right">Limit</th><th scope="col">Used</th></tr></thead>
<tbody>
${record.gates.map((gate) => {
  const share = Math.abs(numeric(gate.statistic)) / gate.limit;
  const words = gateWords(gate.gate);
  const value = Number.isNaN(share) ? Number.POSITIVE_INFINITY : share;
  return html`<tr><th scope="row">${gate.gate}${words === null ? null : html`<span class="sub">${words}</span>`}</th><td>${gate.probe}</td><td><code>${gate.output}</code></td><td class="right">${real(gate.statistic)}</td><td class="right">${real(gate.limit)}</td><td>${headroomBar({ kind: "share", value })}</td></tr>
`;
})}</tbody></table></div>`;
}

function witnessVerdict(witness: WitnessRecord): Html {
  if (witness.status === null) return html`<span class="muted">absent</span>`;
  return statusMark(witness.status);
}

function witnessWords(witness: WitnessRecord): Html {
  if (witness.absent !== null) return html`${witness.absent}`;
  return html`${witness.findings.map((finding) => html`<p>${finding.message} <span class="muted">(${laneWords(finding.lane)})</span></p>`)}`;
}

/** The references on this case: verdict, own errors, or why absent. */
export function witnessTable(record: RunRecord): Html {
  if (record.witnesses.length === 0) return html`<p>No reference took part.</p>`;
  return html`<div class="wide" role="region" aria-label="References" tabindex="0"><table>
<caption>References on this case, judged by the same oracle with their own numerics class</caption>
<thead><tr><th scope="col">Executor</th><th scope="col">Numerics class</th><th scope="col">Verdict</th><th scope="col">Own headroom</th><th scope="col">Max ULP</th><th scope="col">Time in judged calls, 95 %</th><th scope="col">Remarks</th></tr></thead>
<tbody>
${record.witnesses.map(
  (witness) => html`<tr><th scope="row">${witness.executor}<span class="sub">${witness.version}</span></th><td><code>${witness.numerics}</code></td><td>${witnessVerdict(witness)}</td><td>${headroomBar(worstHeadroom(witness.errors))}</td><td class="number">${witness.errors.length === 0 ? "\u2013" : witness.errors.map((error) => `${error.output} ${real(error.maxUlp)}`).join(", ")}</td><td class="number">${witness.timing === null ? "\u2013" : durationInterval(witness.timing.median, witness.timing.interval)}</td><td class="words">${witnessWords(witness)}</td></tr>
`,
)}</tbody></table></div>`;
}
