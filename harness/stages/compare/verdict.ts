// Takes everything a kernel did on a case, gives its status with all evidence. Pure.
import { resolveDType, type BoundCase, type NumericsClass } from "../../domain/op.ts";
import { unitRoundoff } from "../../domain/dtype.ts";
import type { BrokenCanary, Failure, Placement } from "../../domain/kernel.ts";
import type { Probe, Tensors, Truths } from "../../domain/oracle.ts";
import type { ErrorSummary, GateResult } from "../../domain/run-record.ts";
import { bytesOf, type Tensor } from "../../domain/tensor.ts";
import type { Finding, Status } from "../../domain/verdict.ts";
import { canaryFinding, type Failed, failureFinding } from "./failure.ts";
import { compare, ErrorAccumulator } from "./judge.ts";

/** What the judge sees of one call. */
export interface JudgedCall {
  readonly regime: { readonly probe: Probe; readonly truths: Truths };
  readonly placement: Placement;
  readonly poison: string;
  readonly outputs: Tensors;
  readonly canaries: readonly BrokenCanary[];
}

/** What the judge sees of an execution. */
export interface JudgedExecution {
  readonly calls: readonly JudgedCall[];
  readonly failure: { readonly failure: Failure; readonly regime: { readonly probe: Probe } | null; readonly placement: Placement } | null;
}

/** The judge's word on one case. */
export interface Judgement {
  readonly status: Status;
  readonly findings: readonly Finding[];
  readonly errors: readonly ErrorSummary[];
  readonly gates: readonly GateResult[];
  /** Whether two runs with different poisons gave the same bytes; null when there were not two. */
  readonly poisonsEqual: boolean | null;
}

/** Findings kept of one case: enough to act on, bounded for the record. */
const KEPT = 12;

/** Bytes of an output that still hold the poison in two runs with different poisons were never written. */
function unwritten(call: JudgedCall, other: JudgedCall, output: string): number {
  const a = call.outputs[output];
  const b = other.outputs[output];
  if (a === undefined || b === undefined) return 0;
  const first = Buffer.from(call.poison, "hex");
  const second = Buffer.from(other.poison, "hex");
  const left = bytesOf(a);
  const right = bytesOf(b);
  let count = 0;
  for (let i = 0; i < left.length; i += 1) {
    if (left[i] === first[i % first.length] && right[i] === second[i % second.length]) count += 1;
  }
  return Math.round(count / (left.length / Math.max(1, a.elements.length)));
}

function pairs(calls: readonly JudgedCall[]): [JudgedCall, JudgedCall][] {
  return calls.flatMap((call, index): [JudgedCall, JudgedCall][] => {
    const twin = calls
      .slice(index + 1)
      .find((other) => other.placement === call.placement && other.regime.probe.name === call.regime.probe.name);
    return twin === undefined ? [] : [[call, twin]];
  });
}

/** What a pair of runs on the same input, with different poisons, says of one output; null where both wrote the same bytes. */
function repeatFinding(call: JudgedCall, twin: JudgedCall, output: string, tensor: Tensor): Finding | null {
  const other = twin.outputs[output];
  if (other !== undefined && Buffer.compare(bytesOf(tensor), bytesOf(other)) === 0) return null;
  const count = unwritten(call, twin, output);
  const total = tensor.elements.length;
  return {
    lane: "memory",
    gate: count > 0 ? "poison" : "repeat",
    probe: call.regime.probe.name,
    placement: call.placement,
    output,
    message:
      count > 0
        ? `${count.toLocaleString("en")} of ${total.toLocaleString("en")} elements of '${output}' were never written`
        : `two runs on the same input wrote different bytes to '${output}'`,
    mismatches: count,
    total,
    first: null,
    worst: null,
    pattern: null,
  };
}

function repeatFindings(calls: readonly JudgedCall[], deterministic: boolean): { findings: Finding[]; unequal: boolean; seen: boolean } {
  const twins = pairs(calls);
  const all = twins.flatMap(([call, twin]) =>
    Object.entries(call.outputs).flatMap(([output, tensor]) => repeatFinding(call, twin, output, tensor) ?? []),
  );
  // A kernel that declared itself nondeterministic may differ; it may not leave elements unwritten.
  const findings = all.filter((finding) => deterministic || finding.gate === "poison");
  return { findings, unequal: all.length > 0, seen: twins.length > 0 };
}

/** Unit roundoff of the intermediate that the class casts, 0 for none. */
export function castRoundoff(numerics: NumericsClass, bound: BoundCase): number {
  const casts = Object.values(numerics.casts).map((dtype) => unitRoundoff(resolveDType(dtype, bound.dtypes)));
  return Math.max(0, ...casts);
}

/** Numeric gates over every call. */
function numeric(calls: readonly JudgedCall[], bound: BoundCase, numerics: NumericsClass): { findings: Finding[]; errors: ErrorSummary[]; gates: GateResult[] } {
  const accumulators = new Map<string, ErrorAccumulator>();
  const gates = new Map<string, GateResult>();
  const findings: Finding[] = [];
  const roundoff = castRoundoff(numerics, bound);
  for (const { regime, placement, outputs } of calls) {
    for (const [output, got] of Object.entries(outputs)) {
      const truth = regime.truths[output];
      if (truth === undefined) continue;
      const errors = accumulators.get(output) ?? new ErrorAccumulator(output);
      accumulators.set(output, errors);
      const { finding, gate } = compare({ probe: regime.probe, placement, output, got, truth }, numerics, roundoff, errors);
      if (finding !== null) findings.push(finding);
      const key = `${gate.probe}/${gate.output}`;
      const known = gates.get(key);
      if (known === undefined || Number(gate.statistic) > Number(known.statistic)) gates.set(key, gate);
    }
  }
  return { findings, errors: [...accumulators.values()].map((errors) => errors.summary()), gates: [...gates.values()] };
}

/** The first finding of each gate on each output in each regime: the same fault shows in every placement and repetition. */
function distinct(findings: readonly Finding[]): Finding[] {
  const keys = findings.map(({ gate, probe, output }) => `${gate}/${probe ?? ""}/${output ?? ""}`);
  return findings.filter((_, index) => keys.indexOf(keys[index] ?? "") === index);
}

/** Judges a case. Integrity outranks a crash, a crash outranks numbers, numbers outrank repeatability. */
export function judge(
  execution: JudgedExecution,
  bound: BoundCase,
  numerics: NumericsClass,
  deterministic: boolean,
): Judgement {
  const specs = [...bound.inputs, ...bound.outputs];
  const { findings: wrong, errors, gates } = numeric(execution.calls, bound, numerics);
  const canaries = execution.calls.flatMap((call) =>
    call.canaries.map((canary) => canaryFinding(canary, specs, call.regime.probe.name, call.placement)),
  );
  const repeats = repeatFindings(execution.calls, deterministic);
  const failed =
    execution.failure === null
      ? undefined
      : failureFinding(execution.failure.failure, specs, execution.failure.regime?.probe.name ?? null, execution.failure.placement);
  const statuses: Failed[] = [];
  if (canaries.length > 0) statuses.push("INTEGRITY_VIOLATION");
  if (failed !== undefined) statuses.push(failed.status);
  if (wrong.some((finding) => finding.gate === "shape")) statuses.push("INCORRECT_SHAPE");
  if (wrong.length > 0 || repeats.findings.some((finding) => finding.gate === "poison")) statuses.push("INCORRECT_NUMERICAL");
  if (repeats.findings.length > 0) statuses.push("NONDETERMINISTIC");
  // In the order of the statuses: the first finding is the reason for the verdict.
  const findings = distinct([...canaries, ...(failed === undefined ? [] : [failed.finding]), ...wrong, ...repeats.findings]);
  return {
    status: statuses.includes("INTEGRITY_VIOLATION") ? "INTEGRITY_VIOLATION" : (statuses[0] ?? "PASSED"),
    findings: findings.slice(0, KEPT),
    errors,
    gates,
    poisonsEqual: repeats.seen ? !repeats.unequal : null,
  };
}
