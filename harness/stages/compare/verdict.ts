// Takes everything a kernel did on a case, gives its status with all evidence. Pure.
import { resolveDType, type BoundCase, type NumericsClass, type TensorSpec } from "../../domain/op.ts";
import { dtypeBytes, unitRoundoff } from "../../domain/dtype.ts";
import type { BrokenCanary, Failure, Placement } from "../../domain/kernel.ts";
import type { Probe, Tensors, Truths } from "../../domain/oracle.ts";
import type { ErrorSummary, GateResult } from "../../domain/run-record.ts";
import { bytesOf, elementCount, type Tensor } from "../../domain/tensor.ts";
import type { Failed, Finding, Verdict } from "../../domain/verdict.ts";
import { canaryFinding, failureFinding } from "./failure.ts";
import { ErrorAccumulator } from "./errors.ts";
import { compare } from "./judge.ts";
import { patternOf } from "./pattern.ts";

/** What the judge sees of one call. */
export interface JudgedCall {
  readonly regime: { readonly probe: Probe; readonly truths: Truths };
  readonly placement: Placement;
  /** Calls of one number share a process; absent where all do. */
  readonly process?: number;
  /** Cases that its process had met before; absent where none. */
  readonly company?: readonly Pick<BoundCase, "name">[];
  readonly poison: string;
  readonly outputs: Tensors;
  readonly canaries: readonly BrokenCanary[];
}

/** What the judge sees of an execution. */
export interface JudgedExecution {
  readonly calls: readonly JudgedCall[];
  /** What was written outside the outputs of companions. */
  readonly strays?: readonly { readonly companion: BoundCase; readonly canaries: readonly BrokenCanary[] }[];
  readonly failure: {
    readonly failure: Failure;
    readonly regime: { readonly probe: Probe } | null;
    readonly placement: Placement;
    /** The companion that it failed on, if it was none of the case's own calls. */
    readonly companion?: BoundCase | null;
  } | null;
}

/** The judge's word on one case: the verdict with everything that was measured on the way. */
export type Judgement = Verdict & {
  readonly errors: readonly ErrorSummary[];
  readonly gates: readonly GateResult[];
  /** Whether two runs with different poisons gave the same bytes; null when there were not two. */
  readonly poisonsEqual: boolean | null;
};

/** Findings kept of one case: enough to act on, bounded for the record. */
const KEPT = 12;

/** Elements of an output that still hold the poison in two runs with different poisons: they were never written. */
function unwritten(call: JudgedCall, other: JudgedCall, output: string): number[] {
  const a = call.outputs[output];
  const b = other.outputs[output];
  if (a === undefined || b === undefined) return [];
  const first = Buffer.from(call.poison, "hex");
  const second = Buffer.from(other.poison, "hex");
  const left = bytesOf(a);
  const right = bytesOf(b);
  // Two nibbles share a byte: they are told together.
  const size = Math.max(1, dtypeBytes(a.dtype));
  const elements: number[] = [];
  for (let start = 0; start < left.length; start += size) {
    let held = 0;
    for (let i = start; i < start + size; i += 1)
      if (left[i] === first[i % first.length] && right[i] === second[i % second.length]) held += 1;
    if (held === size) elements.push(start / dtypeBytes(a.dtype));
  }
  return elements;
}

/** Where a call's process had met other cases before, in words. */
function afterCompany({ company = [] }: JudgedCall): string {
  const names = company.map(({ name }) => name).join("; ");
  return names === "" ? "" : ` (in a process that had met other cases before: ${names})`;
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
  const missed = unwritten(call, twin, output);
  const count = missed.length;
  const total = elementCount(tensor.shape);
  const pattern = patternOf(output, missed, tensor.shape);
  return {
    lane: "memory",
    gate: count > 0 ? "poison" : "repeat",
    probe: call.regime.probe.name,
    placement: call.placement,
    output,
    message:
      count > 0
        ? `${count.toLocaleString("en")} of ${total.toLocaleString("en")} elements of '${output}' were never written${pattern === null ? "" : ` (${pattern})`}`
        : `two runs on the same input${call.process === twin.process ? "" : ", in two processes,"} wrote different bytes to '${output}'${afterCompany(twin)}`,
    mismatches: count,
    total,
    first: null,
    worst: null,
    pattern,
  };
}

function repeatFindings(
  calls: readonly JudgedCall[],
  deterministic: boolean,
): { findings: Finding[]; unequal: boolean; seen: boolean } {
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

/** Keeps the largest statistic of each gate on each output in each regime. */
function raise(gates: Map<string, GateResult>, gate: GateResult): void {
  const key = `${gate.gate}/${gate.probe}/${gate.output}`;
  const known = gates.get(key);
  if (known === undefined || Number(gate.statistic) > Number(known.statistic)) gates.set(key, gate);
}

/** Numeric gates over every call. */
function numeric(
  calls: readonly JudgedCall[],
  bound: BoundCase,
  numerics: NumericsClass,
): { findings: Finding[]; errors: ErrorSummary[]; gates: GateResult[] } {
  const accumulators = new Map<string, ErrorAccumulator>();
  const gates = new Map<string, GateResult>();
  const findings: Finding[] = [];
  const roundoff = castRoundoff(numerics, bound);
  const known = new Map<string, Tensor[]>();
  for (const call of calls) {
    const { regime, placement, outputs } = call;
    for (const [output, got] of Object.entries(outputs)) {
      const truth = regime.truths[output];
      if (truth === undefined) continue;
      const errors = accumulators.get(output) ?? new ErrorAccumulator(output);
      accumulators.set(output, errors);
      const before = known.get(`${regime.probe.name}/${output}`) ?? [];
      if (before.some((one) => Buffer.compare(bytesOf(one), bytesOf(got)) === 0)) {
        // The same bytes on the same input, as most repeats are: nothing new can be said of them.
        errors.bytes(got);
        continue;
      }
      known.set(`${regime.probe.name}/${output}`, [...before, got]);
      const compared = compare({ probe: regime.probe, placement, output, got, truth }, numerics, roundoff, errors);
      findings.push(...compared.findings.map((one) => ({ ...one, message: `${one.message}${afterCompany(call)}` })));
      for (const gate of compared.gates) raise(gates, gate);
    }
  }
  return { findings, errors: [...accumulators.values()].map((errors) => errors.summary()), gates: [...gates.values()] };
}

/** The first finding of each gate on each output in each regime: the same fault shows in every placement and repetition. */
function distinct(findings: readonly Finding[]): Finding[] {
  const keys = findings.map(({ gate, probe, output }) => `${gate}/${probe ?? ""}/${output ?? ""}`);
  return findings.filter((_, index) => keys.indexOf(keys[index] ?? "") === index);
}

/** The statuses that findings ask for, the strongest first. */
function statusOf(findings: readonly Finding[], failed: Failed | undefined): Failed {
  const has = (gate: string): boolean => findings.some((finding) => finding.gate === gate);
  if (has("canary") || failed === "INTEGRITY_VIOLATION") return "INTEGRITY_VIOLATION";
  if (failed !== undefined) return failed;
  if (has("shape")) return "INCORRECT_SHAPE";
  return findings.every((finding) => finding.gate === "repeat") ? "NONDETERMINISTIC" : "INCORRECT_NUMERICAL";
}

function specsOf({ inputs, outputs }: BoundCase): TensorSpec[] {
  return [...inputs, ...outputs];
}

/** Everything that was written outside the outputs, in calls of the case and of its company. */
function canaryFindings({ calls, strays = [] }: JudgedExecution, bound: BoundCase): Finding[] {
  return [
    ...calls.flatMap(({ canaries, regime, placement }) =>
      canaries.map((canary) => canaryFinding(canary, specsOf(bound), regime.probe.name, placement)),
    ),
    ...strays.flatMap(({ companion, canaries }) =>
      canaries.map((canary) => canaryFinding(canary, specsOf(companion), null, "right", companion.name)),
    ),
  ];
}

/** Judges a case. Integrity outranks a crash, a crash outranks numbers, numbers outrank repeatability. */
export function judge(
  execution: JudgedExecution,
  bound: BoundCase,
  numerics: NumericsClass,
  deterministic: boolean,
): Judgement {
  const { findings: wrong, errors, gates } = numeric(execution.calls, bound, numerics);
  const canaries = canaryFindings(execution, bound);
  const repeats = repeatFindings(execution.calls, deterministic);
  const { failure } = execution;
  const failed =
    failure === null
      ? undefined
      : failureFinding(
          failure.failure,
          specsOf(failure.companion ?? bound),
          failure.regime?.probe.name ?? null,
          failure.placement,
          failure.companion?.name ?? null,
        );
  // In the order of the statuses: the first finding is the reason for the verdict.
  // What was never written is wrong too: told first, because it says why.
  const missed = repeats.findings.filter(({ gate }) => gate === "poison");
  const differing = repeats.findings.filter(({ gate }) => gate !== "poison");
  const failures = failed === undefined ? [] : [failed.finding];
  const all = [...canaries, ...failures, ...missed, ...wrong, ...differing];
  const [first, ...rest] = distinct(all).slice(0, KEPT);
  const measured = { errors, gates, poisonsEqual: repeats.seen ? !repeats.unequal : null };
  if (first === undefined) return { status: "PASSED", findings: [], ...measured };
  return { status: statusOf(all, failed?.status), findings: [first, ...rest], ...measured };
}
