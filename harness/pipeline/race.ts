// Third chapter: a passing submission raced against the fastest fair baseline on a physical device, alone on the machine.
import type { PhysicalDevice } from "../domain/device.ts";
import type { Kernel } from "../domain/kernel.ts";
import { halfWidthLimit, type Measurement, type Speedup, speedupOf } from "../domain/measurement.ts";
import { type BoundCase, numericsClass } from "../domain/op.ts";
import type { Lane, Ports } from "../domain/ports.ts";
import { signatureOf } from "../stages/execute/run.ts";
import { alone, budgetWithin, controlOf, race, type RaceResult, timingOf, VERIFY } from "../stages/measure/race.ts";
import { floorNs, rooflineOf } from "../stages/measure/roofline.ts";
import { freshVariants } from "../stages/measure/rounds.ts";
import { baselinesOf, type NamedKernel } from "./baselines.ts";
import type { Runnable } from "./build.ts";
import { closeAll, enter, type Fault, type Field, type Runner, runTurns } from "./field.ts";
import { type Overheads, overheadsOf } from "./null-kernel.ts";
import type { CheckRequest } from "./request.ts";
import type { TimingSets } from "./timing-sets.ts";
import { failureText, faultInKept, faultInRace } from "./verdict-of-race.ts";

/** What measuring a case gave. */
export type Measured =
  | { readonly measurement: Measurement; readonly speedup: Speedup | null; readonly why: string | null }
  | {
      readonly why: string;
      /** What was found wrong with the candidate while it was measured: the case's verdict from now on. */
      readonly fault?: Fault;
    };

/** Two rounds choose the fastest baseline; a slow one gets the time that one round takes. */
const SCREENING = { rounds: 2, seconds: 3 };

/**
 * Timed calls of a race that are judged, each the fastest of its round. To gain by wrong answers a kernel must give them in half of all rounds; then
 * it passes once in 1,024 races.
 */
const KEPT = 10;

/** A baseline that did not race. */
type Excluded = NonNullable<Measurement["excluded"]>[number];

const failing = (why: string, fault: Fault | undefined): Measured => ({
  why,
  ...(fault === undefined ? {} : { fault }),
});

/** Enters every baseline that works and finds the fastest: timed alone, on inputs of its own. */
async function fastest(
  field: Field,
  candidate: Runner,
  baselines: readonly NamedKernel[],
): Promise<
  { best: Runner; tried: { name: string; min: number; kernel: Kernel }[]; excluded: Excluded[] } | { why: string }
> {
  const tried: { name: string; min: number; kernel: Kernel }[] = [];
  const excluded: Excluded[] = [];
  let best: Runner | undefined;
  for (const baseline of baselines) {
    const { name, kernel } = baseline;
    const runner = await enter(field, baseline);
    if ("refused" in runner) {
      excluded.push({ name, why: runner.refused.why });
      continue;
    }
    const run = runTurns(field, [candidate.child, runner.child]);
    const samples = await alone(run, SCREENING.rounds, SCREENING.seconds, field.variants, field.random);
    if (!("length" in samples)) {
      excluded.push({ name, why: `${name}: ${failureText(samples)}` });
      continue;
    }
    const min = Math.min(...samples);
    const leads = tried.every((other) => min < other.min);
    tried.push({ name, min, kernel });
    await (leads ? best : runner)?.child.close();
    if (leads) best = runner;
  }
  return best === undefined
    ? { why: `no fair baseline ran: ${excluded.map(({ why }) => why).join("; ") || "the op names none"}` }
    : { best, tried, excluded };
}

/** Everything that a race and its circumstances say. */
function measurementOf(
  result: RaceResult,
  control: RaceResult,
  { tried, excluded }: { tried: readonly { name: string; min: number; kernel: Kernel }[]; excluded: Excluded[] },
  overheads: Overheads,
  floor: number,
  field: Field,
): Measurement {
  const timing = timingOf(result.times[0], field.random);
  const roofline = rooflineOf(floor, timing.min);
  return {
    timing,
    race: { ...result.race, judged: result.kept.length },
    control: controlOf(control.race),
    overheadNs: overheads.candidate,
    baselines: tried.map(({ name, min, kernel }) => {
      const overheadNs = overheads.of.get(kernel.executor);
      return { name, min, ...(overheadNs === undefined ? {} : { overheadNs }) };
    }),
    exposureNs: result.exposureNs,
    ...(roofline === undefined ? {} : { roofline }),
    excluded,
  };
}

async function measure(
  field: Field,
  candidate: NamedKernel,
  baselines: readonly NamedKernel[],
  device: PhysicalDevice,
  floor: number,
  request: CheckRequest,
  ports: Ports,
): Promise<Measured> {
  const elapsed = (): number => ports.clock.elapsed();
  const asked = request.suite.value.measure;
  const { kernel } = candidate;
  const limit = halfWidthLimit(device);
  const budget = (share: number): ReturnType<typeof budgetWithin> =>
    budgetWithin({ ...asked, seconds: asked.seconds * share }, limit);
  const contest = { variants: field.variants, random: field.random };
  const first = await enter(field, candidate);
  if ("refused" in first) return failing(first.refused.why, first.refused.fault);
  const twin = await enter(field, candidate, first);
  if ("refused" in twin) return failing(twin.refused.why, twin.refused.fault);
  const control = await race(
    {
      ...contest,
      baseline: "candidate",
      lineup: "pair",
      verify: kernel.deterministic ? VERIFY.control : null,
      keep: 0,
    },
    runTurns(field, [first.child, twin.child]),
    budget(0.25),
    elapsed,
  );
  if (!("race" in control))
    return failing(`the A/A control failed: ${failureText(control)}`, faultInRace(control, field, kernel, "itself"));
  const chosen = await fastest(field, first, baselines);
  if ("why" in chosen) return chosen;
  const result = await race(
    {
      ...contest,
      baseline: chosen.best.name,
      lineup: kernel.deterministic ? "pair and twin" : "pair",
      verify: kernel.deterministic ? VERIFY.race : null,
      keep: KEPT,
    },
    runTurns(field, [first.child, chosen.best.child, twin.child]),
    budget(0.5),
    elapsed,
  );
  if (!("race" in result)) return failing(failureText(result), faultInRace(result, field, kernel, "a baseline"));
  const fault = faultInKept(result, field, kernel);
  if (fault !== undefined) return failing(`a timed call was wrong: ${fault.findings[0].message}`, fault);
  await closeAll(field);
  const overheads = await overheadsOf(kernel, chosen.tried, request.toolchain, field, ports);
  const measurement = measurementOf(result, control, chosen, overheads, floor, field);
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
    variants: freshVariants(),
    opened: [],
  };
  const baselines = await baselinesOf(planned.op, kernel, bound, field.sets[0] ?? {}, request, ports);
  const { roofline } = planned.backend.value;
  const floor = roofline === undefined ? 0 : floorNs(bound, kernel.numerics, kernel.threads, roofline);
  try {
    return await measure(field, { name: "candidate", kernel }, baselines, device, floor, request, ports);
  } finally {
    await closeAll(field);
  }
}
