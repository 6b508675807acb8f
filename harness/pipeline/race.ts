// Third chapter: a passing submission raced against the fastest fair baseline on a physical device, alone on the machine.
import type { PhysicalDevice } from "../domain/device.ts";
import type { Kernel } from "../domain/kernel.ts";
import { type Measurement, type Speedup, speedupOf } from "../domain/measurement.ts";
import { type BoundCase, numericsClass } from "../domain/op.ts";
import type { Tensors, Truths } from "../domain/oracle.ts";
import type { Called, Child, Lane, Ports } from "../domain/ports.ts";
import { bytesOf } from "../domain/tensor.ts";
import { judge } from "../stages/compare/verdict.ts";
import { drawRows } from "../stages/execute/regimes.ts";
import { POISONS, signatureOf } from "../stages/execute/run.ts";
import {
  controlOf,
  race,
  type RaceBudget,
  type RaceFailure,
  type RaceResult,
  timingOf,
} from "../stages/measure/race.ts";
import { baselinesOf, type NamedKernel } from "./baselines.ts";
import type { Runnable } from "./build.ts";
import { nullOverhead } from "./null-kernel.ts";
import type { CheckRequest } from "./request.ts";
import type { TimedCase, TimingSets } from "./timing-sets.ts";

/** What measuring a case gave. */
export type Measured =
  | { readonly measurement: Measurement; readonly speedup: Speedup | null; readonly why: string | null }
  | { readonly why: string };

/** Rows of each output that are checked against the oracle, of every timed set of inputs. */
const ROWS = 64;

/** Two rounds choose the fastest baseline, however precise they are; a slow one gets the time that one round takes. */
const SCREENING: RaceBudget = { seconds: 3, halfWidth: Number.POSITIVE_INFINITY, pairs: 2 };

/** One open kernel with what it wrote for every timed set. */
interface Runner {
  readonly name: string;
  readonly child: Child;
  readonly expected: readonly Tensors[];
}

/** A baseline that did not race. */
type Excluded = NonNullable<Measurement["excluded"]>[number];

interface Field extends TimedCase {
  readonly lane: Lane;
  readonly bound: BoundCase;
  readonly signature: ReturnType<typeof signatureOf>;
  /** Truths of sampled rows by set: drawn when the candidate's first outputs on the set were frozen, the same for all that follow. */
  readonly truths: Truths[];
  /** Every child that was opened; all are closed at the end. */
  readonly opened: Child[];
}

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

/**
 * Opens a kernel, runs every set once and judges sampled rows of it.
 * @param twin the same kernel, entered before: where it wrote the same, the same judgement holds
 */
async function enter(
  field: Field,
  { name, kernel }: NamedKernel,
  twin?: Runner,
): Promise<Runner | { readonly why: string }> {
  const { bound, probe, random, truths } = field;
  const opened = await field.lane.open(kernel, field.signature, "right");
  if (opened.state === "failed") return { why: `${name} did not load: ${opened.failure.message}` };
  field.opened.push(opened.child);
  const expected: Tensors[] = [];
  for await (const [set, called] of calls(opened.child, field.sets, kernel)) {
    if (called.state === "failed") return { why: `${name} failed: ${called.failure.message}` };
    const { outputs, canaries } = called;
    expected.push(outputs);
    const before = twin?.expected[set];
    if (before !== undefined && canaries.length === 0 && sameBytes(before, outputs)) continue;
    truths[set] ??= field.oracle.truth(bound, probe, field.sets[set] ?? {}, drawRows(bound, ROWS, random));
    const regime = { probe, truths: truths[set] };
    const call = { regime, placement: "right", poison: POISONS[0], outputs, canaries } as const;
    const { status, findings } = judge({ calls: [call], failure: null }, bound, kernel.numerics, true);
    if (status !== "PASSED")
      return { why: `${name} is wrong on timing inputs (${status}): ${findings[0]?.message ?? ""}` };
  }
  return { name, child: opened.child, expected };
}

async function compete(
  field: Field,
  a: Runner,
  b: Runner,
  budget: RaceBudget,
  elapsed: () => number,
): Promise<RaceResult | RaceFailure> {
  const run = (turns: Parameters<Lane["race"]>[3], seconds: number): ReturnType<Lane["race"]> =>
    field.lane.race([a.child, b.child], field.sets, [a.expected, b.expected], turns, seconds);
  return race(b.name, run, budget, field.random, elapsed);
}

function failureText(failure: RaceFailure): string {
  return "mismatch" in failure ? failure.mismatch : failure.failed.failure.message;
}

/** Enters every baseline that works and finds the fastest by a short race with the candidate. */
async function fastest(
  field: Field,
  candidate: Runner,
  baselines: readonly NamedKernel[],
  elapsed: () => number,
): Promise<{ best: Runner; tried: { name: string; min: number }[]; excluded: Excluded[] } | { why: string }> {
  const tried: { name: string; min: number }[] = [];
  const excluded: Excluded[] = [];
  let best: Runner | undefined;
  for (const baseline of baselines) {
    const runner = await enter(field, baseline);
    if ("why" in runner) {
      excluded.push({ name: baseline.name, why: runner.why });
      continue;
    }
    const result = await compete(field, candidate, runner, SCREENING, elapsed);
    if (!("race" in result)) {
      excluded.push({ name: baseline.name, why: `${baseline.name}: ${failureText(result)}` });
      continue;
    }
    const min = Math.min(...result.times[1]);
    const leads = tried.every((other) => min < other.min);
    tried.push({ name: baseline.name, min });
    await (leads ? best : runner)?.child.close();
    if (leads) best = runner;
  }
  return best === undefined
    ? { why: `no fair baseline ran: ${excluded.map(({ why }) => why).join("; ") || "the op names none"}` }
    : { best, tried, excluded };
}

async function closeAll({ opened }: Field): Promise<void> {
  for (const child of opened.splice(0)) await child.close();
}

async function measure(
  field: Field,
  candidate: NamedKernel,
  baselines: readonly NamedKernel[],
  device: PhysicalDevice,
  request: CheckRequest,
  ports: Ports,
): Promise<Measured> {
  const elapsed = (): number => ports.clock.elapsed();
  const { seconds, halfWidth, pairs } = request.suite.value.measure;
  const first = await enter(field, candidate);
  if ("why" in first) return first;
  const twin = await enter(field, candidate, first);
  if ("why" in twin) return twin;
  const control = await compete(field, first, twin, { seconds: seconds * 0.25, halfWidth, pairs }, elapsed);
  await twin.child.close();
  if (!("race" in control)) return { why: `the A/A control failed: ${failureText(control)}` };
  const chosen = await fastest(field, first, baselines, elapsed);
  if ("why" in chosen) return chosen;
  const result = await compete(field, first, chosen.best, { seconds: seconds * 0.5, halfWidth, pairs }, elapsed);
  if (!("race" in result)) return { why: failureText(result) };
  await closeAll(field);
  const measurement: Measurement = {
    timing: timingOf(result.times[0], field.random),
    race: result.race,
    control: controlOf(control.race),
    overheadNs: await nullOverhead(request.toolchain, field.lane, ports),
    baselines: chosen.tried,
    excluded: chosen.excluded,
  };
  const speedup = speedupOf(device, measurement);
  return "inconclusive" in speedup
    ? { measurement, speedup: null, why: speedup.inconclusive }
    : { measurement, speedup, why: null };
}

/** Measures a passing candidate on one case. */
export async function measureCase(
  runnable: Runnable,
  bound: BoundCase,
  device: PhysicalDevice,
  sets: TimingSets,
  request: CheckRequest,
  lane: Lane,
  ports: Ports,
): Promise<Measured> {
  const { planned, kernel } = runnable;
  const timed = await sets.take(runnable, bound);
  if (timed === null || numericsClass(planned.op.value, kernel.numerics.class) === undefined)
    return { why: "the op has no regime to time" };
  const field: Field = {
    ...timed,
    lane,
    bound,
    signature: signatureOf(planned.op.value, bound),
    truths: [],
    opened: [],
  };
  const baselines = await baselinesOf(planned.op, kernel, bound, field.sets[0] ?? {}, request, ports);
  try {
    return await measure(field, { name: "candidate", kernel }, baselines, device, request, ports);
  } finally {
    await closeAll(field);
  }
}
