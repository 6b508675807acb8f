// Where kernels race on a case: the children that are open, the inputs, and how a kernel gets in: by being right on the timing inputs.
import { randomBytes } from "node:crypto";
import type { Kernel } from "../domain/kernel.ts";
import { TIMING } from "../domain/measurement.ts";
import type { BoundCase } from "../domain/op.ts";
import type { Tensors, Truths } from "../domain/oracle.ts";
import type { Called, Child, Lane } from "../domain/ports.ts";
import { bytesOf } from "../domain/tensor.ts";
import type { Failed, Verdict } from "../domain/verdict.ts";
import { judge, type JudgedCall, type JudgedExecution } from "../stages/compare/verdict.ts";
import { drawRows } from "../stages/execute/regimes.ts";
import { POISONS, type signatureOf } from "../stages/execute/run.ts";
import type { RunTurns } from "../stages/measure/race.ts";
import type { Variants } from "../stages/measure/rounds.ts";
import type { NamedKernel } from "./baselines.ts";
import type { TimedCase } from "./timing-sets.ts";

/** Rows of each output that are checked against the oracle, of every set of inputs that is judged. */
const ROWS = 64;

/** One open kernel. */
export interface Runner {
  readonly name: string;
  readonly child: Child;
  /** What it wrote for every set as it was staged. */
  readonly written: readonly Tensors[];
}

/** A case that is being timed. */
export interface Field extends TimedCase {
  readonly lane: Lane;
  readonly bound: BoundCase;
  readonly signature: ReturnType<typeof signatureOf>;
  /** Truths of sampled rows by set: drawn when the candidate's first outputs on the set were frozen, the same for all that follow. */
  readonly truths: Truths[];
  /** Numbers of the inputs that are made for one pair of calls each. */
  readonly variants: Variants;
  /** Every child that was opened; all are closed at the end. */
  readonly opened: Child[];
}

/** A kernel that is not in the race. */
export interface Refused {
  readonly why: string;
  /** What the judge says of it; absent for a pass, which is never refused. */
  readonly fault?: Fault;
}

/** A failing verdict that is found while a kernel is measured: it replaces its case's. */
export type Fault = Extract<Verdict, { readonly status: Failed }> & {
  /** The system call it was denied, where that was its end. */
  readonly denied?: string;
};

/** Calls a kernel on one set after the other; the next call runs while the caller judges the last. */
async function* calls(child: Child, sets: readonly Tensors[], kernel: Kernel): AsyncGenerator<[number, Called]> {
  const call = (set: number): Promise<Called> => child.call(sets[set] ?? {}, POISONS[0], kernel.timeoutSeconds);
  let running = call(0);
  try {
    for (let set = 0; set < sets.length; set += 1) {
      const called = await running;
      if (called.state === "done" && set + 1 < sets.length) running = call(set + 1);
      yield [set, called];
    }
  } finally {
    await running;
  }
}

const sameBytes = (a: Tensors, b: Tensors): boolean =>
  Object.entries(a).every(([name, tensor]) => {
    const other = b[name];
    return other !== undefined && Buffer.compare(bytesOf(tensor), bytesOf(other)) === 0;
  });

/** What the judge finds wrong with an execution on timing inputs. */
export function faultOf({ bound }: Field, kernel: Kernel, execution: JudgedExecution): Fault | undefined {
  const { status, findings } = judge(execution, bound, kernel.numerics, kernel.deterministic);
  if (status === "PASSED") return undefined;
  const denied = execution.failure?.failure.syscall;
  return { status, findings, ...(denied === undefined ? {} : { denied }) };
}

/** One call on inputs of the race's regime, with truths of rows that are drawn now. */
export function judgedCall(
  { bound, oracle, probe, random }: Field,
  inputs: Tensors,
  outputs: Tensors,
  rest: Partial<JudgedCall> = {},
): JudgedCall {
  const truths = oracle.truth(bound, probe, inputs, drawRows(bound, ROWS, random));
  return { regime: { probe, truths }, placement: "right", poison: POISONS[0], outputs, canaries: [], ...rest };
}

/**
 * Opens a kernel, runs every set once and judges sampled rows of it.
 * @param twin the same kernel, entered before: where it wrote the same, the same judgement holds
 */
export async function enter(
  field: Field,
  { name, kernel }: NamedKernel,
  twin?: Runner,
): Promise<Runner | { readonly refused: Refused }> {
  const { bound, probe, random, truths } = field;
  const refused = (words: string, fault: Fault | undefined): { refused: Refused } => ({
    refused: { why: `${name} ${words}`, ...(fault === undefined ? {} : { fault }) },
  });
  const opened = await field.lane.open(kernel, field.signature, "right");
  if (opened.state === "failed") {
    const { failure } = opened;
    const execution = { calls: [], failure: { failure, regime: null, placement: "right" } } as const;
    return refused(`did not load: ${failure.message}`, faultOf(field, kernel, execution));
  }
  field.opened.push(opened.child);
  const written: Tensors[] = [];
  for await (const [set, called] of calls(opened.child, field.sets, kernel)) {
    if (called.state === "failed") {
      const { failure } = called;
      const execution = { calls: [], failure: { failure, regime: { probe }, placement: "right" } } as const;
      return refused(`failed: ${failure.message}`, faultOf(field, kernel, execution));
    }
    const { outputs, canaries } = called;
    written.push(outputs);
    const before = twin?.written[set];
    if (before !== undefined && canaries.length === 0 && sameBytes(before, outputs)) continue;
    truths[set] ??= field.oracle.truth(bound, probe, field.sets[set] ?? {}, drawRows(bound, ROWS, random));
    const regime = { probe, truths: truths[set] };
    const call: JudgedCall = { regime, placement: "right", poison: POISONS[0], outputs, canaries };
    const fault = faultOf(field, kernel, { calls: [call], failure: null });
    if (fault !== undefined)
      return refused(`is wrong on timing inputs (${fault.status}): ${fault.findings[0].message}`, fault);
  }
  return { name, child: opened.child, written };
}

/** How turns of these children are run. The seed of each batch's inputs is drawn when everything else about it is fixed. */
export function runTurns({ lane, sets }: Field, children: readonly Child[]): RunTurns {
  return (order) => lane.race({ ...order, children, sets, mix: randomBytes(8).toString("hex") });
}

/** Closes every child. */
export async function closeAll({ opened }: Field): Promise<void> {
  for (const child of opened.splice(0)) await child.close();
}

/** Sets of a race without inputs. */
export const NO_SETS: readonly Tensors[] = Array.from({ length: TIMING.calls }, () => ({}));
