// Case page, "How far from the truth?", the gates and the references: every number that the judge saw.
import type { ErrorSummary, GateResult, RunRecord, WitnessRecord } from "../../harness/domain/run-record.ts";
import { headroomBar } from "../chart/bar.ts";
import { type HistogramColumn, histogramTable } from "../chart/histogram.ts";
import { count, durationInterval, real } from "../format.ts";
import { gateHeadroom, worstHeadroom } from "../headroom.ts";
import { type Html, html, type Part } from "../html.ts";
import { gateWords, laneWords, statusMark } from "../marks.ts";
import { right, table, tableRow, words } from "../table.ts";

function cell(part: Part): Html {
  return html`<td>${part}</td>`;
}

function optional(value: ErrorSummary["bias"]): string {
  return value === null ? "\u2013" : real(value);
}

function summaryLine(error: ErrorSummary): Html {
  const mismatches = count(error.mismatches);
  return tableRow(html`<code>${error.output}</code>`, [
    right(count(error.elements)),
    right(error.mismatches > 0 ? html`<span class="bad">${mismatches}</span>` : mismatches),
    right(real(error.maxAbs)),
    right(real(error.maxRel)),
    right(real(error.maxUlp)),
    right(optional(error.rmsOverSigma)),
    right(optional(error.bias)),
    cell(headroomBar(worstHeadroom([error]))),
  ]);
}

/** The submission's errors of one output, then those of the references that ran. */
function columnsFor(output: string, record: RunRecord): HistogramColumn[] {
  const kernels = [
    { name: "submission", errors: record.errors },
    ...record.witnesses.map(({ executor, errors }) => ({ name: executor, errors })),
  ];
  return kernels.flatMap(({ name, errors }) =>
    errors.filter((error) => error.output === output).map((error) => ({ name, histogram: error.ulpHistogram })),
  );
}

/** An error of half a ULP, which every rounding may make, against the 0.505 that the model allows for it. */
const ROUNDING = ". Rounding to the output's dtype alone may use 0.99 of the headroom";

function rounds(error: ErrorSummary): boolean {
  return error.headroom !== null;
}

/** Errors per output, with their histograms beside those of the references. */
export function errorTables(record: RunRecord): Html {
  if (record.errors.length === 0) return html`<p>No output was compared.</p>`;
  const numbers = ["Elements", "Mismatches", "Max absolute", "Max relative", "Max ULP", "RMS / sigma", "Bias / sigma"];
  const summary = table({
    label: "Errors per output",
    caption: `Errors against the oracle, over all regimes of the case${record.errors.some(rounds) ? ROUNDING : ""}`,
    heads: ["Output", ...numbers.map((name) => ({ right: name })), "Headroom used"],
    rows: record.errors.map(summaryLine),
  });
  const histograms = record.errors.map(({ output }) => histogramTable(output, columnsFor(output, record)));
  return html`${summary}${histograms}`;
}

/** `Used` is |statistic| / limit, so that gates of any scale compare. */
function gateLine(gate: GateResult): Html {
  const meaning = gateWords(gate.gate);
  return tableRow(html`${gate.gate}${meaning === null ? null : html`<span class="sub">${meaning}</span>`}`, [
    cell(gate.probe),
    cell(html`<code>${gate.output}</code>`),
    right(real(gate.statistic)),
    right(real(gate.limit)),
    cell(headroomBar(gateHeadroom(gate))),
  ]);
}

/** Every gate's largest statistic against its limit. */
export function gateTable(record: RunRecord): Html {
  if (record.gates.length === 0) return html`<p>No gate with a statistic applied to this case.</p>`;
  return table({
    label: "Gates",
    caption: "The largest statistic of each gate and its limit",
    heads: ["Gate", "Probe", "Output", { right: "Statistic" }, { right: "Limit" }, "Used"],
    rows: record.gates.map(gateLine),
  });
}

/** Why it was absent, or what its own judgement found. */
function remarks(witness: WitnessRecord): Part {
  if (witness.absent !== null) return witness.absent;
  if (witness.findings.length === 0) return "\u2013";
  return witness.findings.map(
    (finding) => html`<p>${finding.message} <span class="muted">(${laneWords(finding.lane)})</span></p>`,
  );
}

function witnessLine(witness: WitnessRecord): Html {
  const { errors, timing, status } = witness;
  const ulps = errors.map((error) => `${error.output} ${real(error.maxUlp)}`);
  const time = timing === null ? "\u2013" : durationInterval(timing.median, timing.interval);
  return tableRow(html`${witness.executor}<span class="sub">${witness.version}</span>`, [
    cell(html`<code>${witness.numerics}</code>`),
    cell(status === null ? html`<span class="muted">absent</span>` : statusMark(status)),
    cell(headroomBar(worstHeadroom(errors))),
    cell(html`<span class="number">${ulps.length === 0 ? "\u2013" : ulps.join(", ")}</span>`),
    cell(html`<span class="number">${time}</span>`),
    words(remarks(witness)),
  ]);
}

/** The references on this case: verdict, own errors, or why absent. */
export function witnessTable(record: RunRecord): Html {
  if (record.witnesses.length === 0) return html`<p>No reference took part.</p>`;
  const numbers = ["Own headroom", "Max ULP", "Time in judged calls, 95 %"];
  return table({
    label: "References",
    caption: "References on this case, judged by the same oracle with their own numerics class",
    heads: ["Executor", "Numerics class", "Verdict", ...numbers, "Remarks"],
    rows: record.witnesses.map(witnessLine),
  });
}
