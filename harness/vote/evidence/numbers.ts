// A record against itself: where its words and its raw numbers contradict each other, one of them was forged.
import type { ErrorSummary, GateResult, RunRecord, WitnessRecord } from "../../domain/run-record.ts";
import type { Status } from "../../domain/verdict.ts";
import { quoted } from "./plain.ts";

/** Limits of the gates as the judge sets them: statistics are shares of what is allowed, integers have no slack left. */
const GATE_LIMITS: ReadonlyMap<string, number> = new Map([
  ["exact", 1],
  ["G1", 1],
  ["G2", 1],
  ["G3", 1],
  ["requantized", 0],
]);

/** Gates whose largest statistic is the headroom. */
const ELEMENTWISE = ["exact", "G1"];

/** Upper ends of the histogram's bins in ULP; a last bin is open. */
const BIN_ENDS = [0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

/** Slack of a comparison of two numbers that were rounded on the way. */
const ROUNDING = 1 + 1e-9;

/** A number, as opposed to the texts that stand for NaN and the infinities. */
const isWithin = (value: unknown, low: number, high: number): boolean =>
  typeof value === "number" && value >= low && value <= high;

function histogramProblems({ elements, ulpHistogram, maxUlp }: ErrorSummary): string[] {
  const sum = ulpHistogram.reduce((total, count) => total + count, 0);
  if (sum !== elements) return [`'ulpHistogram' counts ${sum} of ${elements} elements`];
  const top = ulpHistogram.findLastIndex((count) => count > 0);
  const low = top <= 0 ? 0 : (BIN_ENDS[top - 1] ?? Number.POSITIVE_INFINITY);
  const high = BIN_ENDS[Math.max(0, top)] ?? Number.MAX_VALUE;
  return isWithin(maxUlp, low / ROUNDING, high * ROUNDING) ? [] : ["'maxUlp' does not fit 'ulpHistogram'"];
}

/** What an output that passed cannot say. */
function summaryProblems(error: ErrorSummary): string[] {
  const found: string[] = [];
  const { mismatches, headroom, maxAbs, maxRel, rmsOverSigma, bias } = error;
  if (error.elements === 0) found.push("'elements' is 0");
  if (mismatches !== 0) found.push(`'mismatches' is ${mismatches}`);
  if (headroom !== null && !isWithin(headroom, 0, 1)) found.push(`'headroom' is ${headroom}, above 1`);
  if (!isWithin(maxAbs, 0, Number.MAX_VALUE)) found.push("'maxAbs' is no finite error");
  // A legal error where the truth is 0 is infinitely large beside it.
  if (!isWithin(maxRel, 0, Number.MAX_VALUE) && maxRel !== "Infinity") found.push("'maxRel' is no error");
  if (rmsOverSigma !== null || bias !== null) {
    const rms = typeof rmsOverSigma === "number" ? rmsOverSigma : -1;
    if (!isWithin(bias, -rms * ROUNDING, rms * ROUNDING)) found.push("'bias' does not fit 'rmsOverSigma'");
  }
  return [...found, ...histogramProblems(error)].map((words) => `errors of ${quoted(error.output)}: ${words}`);
}

/** Outputs that passed: at least one, each once, each right. */
function passingErrors(errors: readonly ErrorSummary[]): string[] {
  if (errors.length === 0) return ["'errors' is empty: nothing was compared"];
  const names = errors.map(({ output }) => output);
  const twice = names.filter((name, index) => names.indexOf(name) < index);
  return [...twice.map((name) => `'errors' has ${quoted(name)} twice`), ...errors.flatMap(summaryProblems)];
}

function gateProblems(gate: GateResult): string[] {
  const name = `gate ${quoted(gate.gate)} on ${quoted(gate.output)}, ${quoted(gate.probe)}`;
  const limit = GATE_LIMITS.get(gate.gate);
  if (limit === undefined) return [`${name}: there is no such gate`];
  if (gate.limit !== limit) return [`${name}: 'limit' is ${gate.limit}, the judge's is ${limit}`];
  return isWithin(gate.statistic, 0, limit) ? [] : [`${name}: 'statistic' ${gate.statistic} is not within ${limit}`];
}

/** The largest statistic of the gates that look at each element; undefined where none did. */
function largest(gates: readonly GateResult[]): number | undefined {
  const found = gates.filter(({ gate }) => ELEMENTWISE.includes(gate)).map(({ statistic }) => Number(statistic));
  return found.length === 0 ? undefined : Math.max(...found);
}

/** Gates of outputs that passed: every output has one that looks at each element, and the headroom is its statistic. */
function passingGates({ gates, errors }: RunRecord): string[] {
  const found = gates.flatMap(gateProblems);
  const outputs = errors.map(({ output }) => output);
  const stray = gates.find(({ output }) => !outputs.includes(output));
  if (stray !== undefined) found.push(`'gates' speaks of ${quoted(stray.output)}, 'errors' does not`);
  for (const { output, headroom } of errors) {
    const own = gates.filter((gate) => gate.output === output);
    const seen = headroom === null ? own.some(({ gate }) => gate === "requantized") : largest(own) !== undefined;
    if (!seen) found.push(`'gates' has none that looks at each element of ${quoted(output)}`);
    else if (headroom !== null && largest(own) !== headroom)
      found.push(`errors of ${quoted(output)}: 'headroom' is ${headroom}, its gates say ${largest(own)}`);
  }
  return found;
}

function integrityProblems({ integrity, submission }: RunRecord): string[] {
  const found: string[] = [];
  const { poisonsEqual, canariesIntact, inputsSealed, deniedSyscalls } = integrity;
  if (poisonsEqual === null) found.push("'integrity.poisonsEqual' is null: nothing was repeated");
  else if (!poisonsEqual && submission.deterministic) found.push("'integrity.poisonsEqual' is false");
  if (!canariesIntact) found.push("'integrity.canariesIntact' is false");
  if (!inputsSealed) found.push("'integrity.inputsSealed' is false");
  if (deniedSyscalls.length > 0) found.push("'integrity.deniedSyscalls' is not empty");
  return found;
}

/** Statuses under which nothing was compared. */
const NOT_RUN: readonly Status[] = ["SKIPPED_NO_DEVICE", "INVALID_MANIFEST", "INFRA_ERROR"];

function witnessProblems(witness: WitnessRecord): string[] {
  const { status, absent, findings, errors } = witness;
  const found: string[] = [];
  if ((status === null) !== (absent !== null)) found.push("'status' and 'absent' contradict each other");
  if (status === null && (errors.length > 0 || findings.length > 0)) found.push("it was absent and has results");
  if (status === "PASSED" && findings.length > 0) found.push("it PASSED and has findings");
  if (status === "PASSED") found.push(...passingErrors(errors));
  if (status !== null && status !== "PASSED" && findings.length === 0) found.push(`it is ${status} without a finding`);
  return found.map((words) => `witness ${quoted(witness.executor)}: ${words}`);
}

function witnessesProblems({ witnesses, status }: RunRecord): string[] {
  const names = witnesses.map(({ executor }) => executor);
  const found = names
    .filter((name, index) => names.indexOf(name) < index)
    .map((name) => `witness ${quoted(name)} is there twice`);
  const passed = witnesses.some((witness) => witness.status === "PASSED");
  if (status === "PASSED" && !passed) found.push("no witness PASSED");
  if (status === "REFERENCE_DISAGREEMENT" && passed) found.push("a witness PASSED, so nothing is in disagreement");
  return [...found, ...witnesses.flatMap(witnessProblems)];
}

function failingProblems(record: RunRecord): string[] {
  const { status, findings } = record;
  const idle = status === "SKIPPED_NO_DEVICE" || (status === "UNSUPPORTED" && !record.case.counted);
  if (!idle && findings.length === 0) return [`it is ${status} without a finding`];
  const ran = record.errors.length > 0 || record.gates.length > 0;
  if ((idle || NOT_RUN.includes(status)) && ran) return [`it is ${status} and has results`];
  return [];
}

/** Every contradiction inside a record but those of its times. */
export function contradictions(record: RunRecord): string[] {
  const { status, findings } = record;
  const found = witnessesProblems(record);
  if (!record.case.counted && status !== "UNSUPPORTED") found.push(`it is ${status} and does not count`);
  if (status === "PASSED" && findings.length > 0) found.push("it PASSED and has findings");
  if (status !== "PASSED" && status !== "REFERENCE_DISAGREEMENT") return [...found, ...failingProblems(record)];
  if (status === "REFERENCE_DISAGREEMENT" && !findings.every(({ gate }) => gate === "witness"))
    found.push("it is REFERENCE_DISAGREEMENT and has findings of its own");
  return [...found, ...passingErrors(record.errors), ...passingGates(record), ...integrityProblems(record)];
}
