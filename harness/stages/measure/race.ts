// Takes how to run turns of two kernels, gives their ratio with an interval: rounds of fresh inputs, best of ten calls, four looks at most.
import {
  type Control,
  fitControl,
  halfWidth,
  type Race,
  ratioOf,
  type Timing,
  TIMING,
} from "../../domain/measurement.ts";
import type { KeptCall, Mismatch, Raced, RaceOrder, Turn } from "../../domain/ports.ts";
import type { Random } from "../../domain/random.ts";
import { median, medianInterval } from "../../domain/statistics.ts";
import { CANDIDATE, type Lineup, OTHER, round, TWIN, type Variants } from "./rounds.ts";

/** When a race ends. A suite asks for it; `budgetWithin` keeps it inside the policy. */
export interface RaceBudget {
  /** Ends a race that has its first 30 pairs. */
  readonly seconds: number;
  /** Half-width of the interval, as a share of the ratio, at which it stops early. */
  readonly halfWidth: number;
  /** Pairs before the first look. */
  readonly pairs: number;
  /** Half-width that is still worth a claim when the seconds are over. */
  readonly limit: number;
}

/** What a suite asks for, inside what the policy allows on a device. */
export function budgetWithin(asked: Pick<RaceBudget, "seconds" | "halfWidth" | "pairs">, limit: number): RaceBudget {
  const [fewest, most] = [TIMING.looks[0], TIMING.looks[TIMING.looks.length - 1] ?? TIMING.looks[0]];
  return {
    seconds: Math.min(asked.seconds, TIMING.seconds),
    halfWidth: Math.min(asked.halfWidth, limit),
    pairs: Math.min(Math.max(asked.pairs, fewest), most),
    limit,
  };
}

/** Runs turns; `verify` and `keep` as in the port's order. */
export type RunTurns = (order: Pick<RaceOrder, "turns" | "verify" | "keep" | "budgetSeconds">) => Promise<Raced>;

/** Who races, and how its outputs are checked. */
export interface Contest {
  readonly baseline: string;
  readonly lineup: Exclude<Lineup, "alone">;
  /** Positions of two children of one kernel; null where the kernel is declared nondeterministic. */
  readonly verify: readonly [number, number] | null;
  /** Timed calls that are kept, to be judged when the race is over. */
  readonly keep: number;
  readonly variants: Variants;
  readonly random: Random;
}

/** The candidate against itself, and against a baseline; what is kept is judged by the caller. */
export const VERIFY = { control: [CANDIDATE, OTHER], race: [CANDIDATE, TWIN] } as const;

/** All times of a race. */
export interface RaceResult {
  readonly race: Race;
  /** Every call of the candidate and of the other one in ns. */
  readonly times: readonly [readonly number[], readonly number[]];
  /** Median over the rounds of the longest time in a call of the candidate that no clock saw, in ns. */
  readonly exposureNs: number;
  /** Fastest calls of rounds that were drawn in secret. */
  readonly kept: readonly KeptCall[];
}

/** Why a race gave nothing. `child` is the position of who is to blame. */
export type RaceFailure =
  | { readonly child: number; readonly failed: Raced & { readonly state: "failed" } }
  | { readonly child: number; readonly canaries: (Raced & { readonly state: "done" })["canaries"] }
  | { readonly child: number; readonly mismatch: Mismatch }
  | { readonly nothing: string };

/** Rounds that are asked of the broker at once: enough to be quick, few enough to stop soon. One of them is kept. */
const BATCH = 3;

/** What ended a batch, if anything did. */
function failureIn(raced: Raced, turns: readonly Turn[]): RaceFailure | undefined {
  if (raced.state === "failed") return { child: turns[raced.turn]?.child ?? CANDIDATE, failed: raced };
  const [canary] = raced.canaries;
  if (canary !== undefined) {
    const child = turns[canary.turn]?.child ?? CANDIDATE;
    return { child, canaries: raced.canaries.filter(({ turn }) => turns[turn]?.child === child) };
  }
  return raced.mismatch === null ? undefined : { child: CANDIDATE, mismatch: raced.mismatch };
}

/** What has been gathered so far. */
class Gathered {
  readonly pairs: [number, number][] = [];
  readonly times: [number[], number[]] = [[], []];
  readonly exposures: number[] = [];
  readonly kept: KeptCall[] = [];
  verified = 0;
  private batches = 0;

  /** Adds what a round gave; one that was cut short has no fair pair. */
  add(turns: readonly Turn[], ns: readonly number[], exposedNs: readonly number[]): void {
    const own = (times: readonly number[], child: number): number[] =>
      times.filter((_, index) => turns[index]?.child === child);
    for (const child of [CANDIDATE, OTHER] as const) this.times[child].push(...own(ns, child));
    if (ns.length < turns.length) return;
    this.pairs.push([Math.min(...own(ns, CANDIDATE)), Math.min(...own(ns, OTHER))]);
    this.exposures.push(Math.max(...own(exposedNs, CANDIDATE)));
  }

  /** Keeps a fair sample of all kept calls: each is as likely to be among the `wanted` at the end. */
  keep(call: KeptCall | null, wanted: number, random: Random): void {
    if (call === null || wanted === 0) return;
    this.batches += 1;
    if (this.kept.length < wanted) this.kept.push(call);
    else {
      const place = random.integer(0, this.batches - 1);
      if (place < wanted) this.kept[place] = call;
    }
  }
}

/** Turns of one of the rounds, by chance: which call is kept nobody can know. */
function keptRange(rounds: readonly (readonly Turn[])[], random: Random): NonNullable<RaceOrder["keep"]> {
  const chosen = random.integer(0, rounds.length - 1);
  const from = rounds.slice(0, chosen).reduce((sum, turns) => sum + turns.length, 0);
  return { child: CANDIDATE, from, to: from + (rounds[chosen]?.length ?? 0) };
}

/** Seconds that a race may take: without its 30 pairs nothing can be said, so a suite's budget counts from there. */
function secondsFor(pairs: number, budget: RaceBudget): number {
  return pairs < TIMING.looks[0] ? TIMING.seconds : budget.seconds;
}

/** Races the candidate against another child until its interval is narrow, its pairs are all there, or its time is over. */
export async function race(
  { baseline, lineup, verify, keep, variants, random }: Contest,
  run: RunTurns,
  budget: RaceBudget,
  elapsedMs: () => number,
): Promise<RaceResult | RaceFailure> {
  const found = new Gathered();
  const looks: number[] = [budget.pairs, ...TIMING.looks.filter((look) => look > budget.pairs)];
  const start = elapsedMs();
  let asked = 0;
  for (let over = false; !over && looks.length > 0; ) {
    const rounds = Array.from({ length: BATCH }, () => round(random, lineup, variants));
    const turns = rounds.flat();
    const left = secondsFor(found.pairs.length, budget) - (elapsedMs() - start) / 1000;
    const raced = await run({
      turns,
      verify: verify === null ? [] : [verify],
      keep: keep === 0 ? null : keptRange(rounds, random),
      budgetSeconds: Math.max(left, 0.05),
    });
    const failure = failureIn(raced, turns);
    if (failure !== undefined || raced.state === "failed") return failure ?? { nothing: "the race failed" };
    let at = 0;
    for (const one of rounds) {
      found.add(one, raced.ns.slice(at, at + one.length), raced.exposedNs.slice(at, at + one.length));
      at += one.length;
    }
    found.keep(raced.kept, keep, random);
    found.verified += raced.verified;
    asked += turns.slice(0, raced.ns.length).filter(({ child }) => child === CANDIDATE).length;
    const seconds = (elapsedMs() - start) / 1000;
    over = seconds >= secondsFor(found.pairs.length, budget) || raced.ns.length < turns.length;
    // Too slow for 30 pairs in the time that any race may take: no more of it is spent.
    over ||= (seconds / found.pairs.length) * TIMING.looks[0] > TIMING.seconds;
    if (found.pairs.length < (looks[0] ?? 0)) continue;
    looks.shift();
    if (halfWidth(ratioOf(found.pairs)) <= budget.halfWidth) break;
  }
  if (found.pairs.length === 0) return { nothing: "not one round fitted in the time" };
  // The last couple may have been cut before its twin; every other call was held against it.
  if (verify !== null && found.verified < asked - 1)
    return { nothing: `only ${found.verified} of ${asked} timed outputs were verified` };
  const read = ratioOf(found.pairs);
  const enough = found.pairs.length >= TIMING.looks[0] && halfWidth(read) <= budget.limit;
  return {
    race: {
      baseline,
      pairs: found.pairs,
      ...read,
      stopReason: enough ? "precise" : "budget",
      ...(verify === null ? {} : { verified: found.verified }),
    },
    times: found.times,
    exposureNs: median(found.exposures),
    kept: found.kept,
  };
}

/** Samples of one child alone, each the best of ten calls, and nothing said of its outputs. */
export async function alone(
  run: RunTurns,
  rounds: number,
  seconds: number,
  variants: Variants,
  random: Random,
): Promise<readonly number[] | RaceFailure> {
  const orders = Array.from({ length: rounds }, () => round(random, "alone", variants));
  const turns = orders.flat();
  const raced = await run({ turns, verify: [], keep: null, budgetSeconds: seconds });
  const failure = failureIn(raced, turns);
  if (failure !== undefined || raced.state === "failed") return failure ?? { nothing: "the race failed" };
  const samples = orders.map((_, index) => raced.ns.slice(index * TIMING.calls, (index + 1) * TIMING.calls));
  const whole = samples.filter((ns) => ns.length === TIMING.calls).map((ns) => Math.min(...ns));
  if (whole.length > 0) return whole;
  // One round that its budget cut short still says how slow it is.
  return raced.ns.length > 0 ? [Math.min(...raced.ns)] : { nothing: "not one call fitted in the time" };
}

/** Reads an A/A race. */
export function controlOf({ ratio, interval }: Race): Control {
  return { ratio, interval, fit: fitControl(interval) };
}

/** Summary of one kernel's calls. */
export function timingOf(ns: readonly number[], random: Random): Timing {
  return {
    unit: "ns",
    samples: ns.length,
    median: median(ns),
    interval: medianInterval(ns, random),
    min: Math.min(...ns),
  };
}
