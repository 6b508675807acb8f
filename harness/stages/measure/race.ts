// Takes how to run turns of two kernels, gives their ratio with an interval: randomly interleaved rounds, best of ten calls, stop rule.
import { type Control, fitControl, type Race, type Timing } from "../../domain/measurement.ts";
import type { Raced, Turn } from "../../domain/ports.ts";
import type { Random } from "../../domain/random.ts";
import { median, medianInterval } from "../../domain/statistics.ts";

/** Calls of each kernel in a round; a round keeps the fastest. Measured on 30 A/A races: half-width 0.56 % against 1.10 % for the mean of 4. */
export const CALLS = 10;

/** When a race ends. */
export interface RaceBudget {
  readonly seconds: number;
  /** Half-width of the interval, as a share of the ratio. */
  readonly halfWidth: number;
  /** Rounds before precision may stop it. */
  readonly pairs: number;
}

/** Runs turns; the port's budget is in seconds. */
export type RunTurns = (turns: readonly Turn[], budgetSeconds: number) => Promise<Raced>;

/** All times of a race. */
export interface RaceResult {
  readonly race: Race;
  /** Every call of child 0 and child 1 in ns. */
  readonly times: readonly [readonly number[], readonly number[]];
}

/** Why a race gave nothing. */
export type RaceFailure = { readonly failed: Raced & { readonly state: "failed" } } | { readonly mismatch: string };

/** One round: both children on all sets, each set once for each child, in random order. */
export function round(random: Random): Turn[] {
  const turns: Turn[] = [0, 1].flatMap((child) =>
    Array.from({ length: CALLS }, (_, set): Turn => ({ child: child === 0 ? 0 : 1, set })),
  );
  for (let i = turns.length - 1; i > 0; i -= 1) {
    const j = random.integer(0, i);
    const a = turns[i];
    const b = turns[j];
    if (a !== undefined && b !== undefined) {
      turns[i] = b;
      turns[j] = a;
    }
  }
  return turns;
}

function best(turns: readonly Turn[], ns: readonly number[], child: 0 | 1): number {
  return Math.min(...ns.filter((_, index) => turns[index]?.child === child));
}

function ratioOf(
  pairs: readonly (readonly [number, number])[],
  random: Random,
): { ratio: number; interval: [number, number] } {
  const ratios = pairs.map(([candidate, baseline]) => baseline / candidate);
  return { ratio: median(ratios), interval: medianInterval(ratios, random) };
}

/** Rounds that are asked of the broker at once: enough to be quick, few enough to stop soon. */
const BATCH = 5;

/** Races child 0 (candidate) against child 1 (baseline). */
export async function race(
  baseline: string,
  run: RunTurns,
  budget: RaceBudget,
  random: Random,
  elapsedMs: () => number,
): Promise<RaceResult | RaceFailure> {
  const pairs: [number, number][] = [];
  const times: [number[], number[]] = [[], []];
  const start = elapsedMs();
  let stopReason: Race["stopReason"] = "budget";
  for (;;) {
    const rounds = Array.from({ length: Math.min(BATCH, budget.pairs) }, () => round(random));
    const left = budget.seconds - (elapsedMs() - start) / 1000;
    const raced = await run(rounds.flat(), Math.max(left, 0.05));
    if (raced.state === "failed") return { failed: raced };
    const [mismatch] = raced.mismatches;
    if (mismatch !== undefined)
      return { mismatch: `output '${mismatch.output}' differs from the judged one at byte ${mismatch.byte}` };
    rounds.forEach((turns, index) => {
      const ns = raced.ns.slice(index * 2 * CALLS, (index + 1) * 2 * CALLS);
      turns.slice(0, ns.length).forEach((turn, position) => times[turn.child].push(ns[position] ?? Number.NaN));
      // A round cut short by the budget has no fair pair.
      if (ns.length === turns.length) pairs.push([best(turns, ns, 0), best(turns, ns, 1)]);
    });
    const over = (elapsedMs() - start) / 1000 >= budget.seconds || raced.ns.length < rounds.flat().length;
    if (pairs.length >= budget.pairs) {
      const { ratio, interval } = ratioOf(pairs, random);
      if ((interval[1] - interval[0]) / 2 <= budget.halfWidth * ratio) {
        stopReason = "precise";
        break;
      }
    }
    if (over) break;
  }
  if (pairs.length === 0) return { mismatch: "not one round fitted in the time" };
  const { ratio, interval } = ratioOf(pairs, random);
  return { race: { baseline, pairs, ratio, interval, stopReason }, times };
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
