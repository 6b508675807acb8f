// Races of which the truth is known, by chance instead of by kernels: how often does the interval hold it, with the rule that stops turned on? Pure.
import { halfWidth, ratioOf, TIMING } from "../../domain/measurement.ts";
import type { Random } from "../../domain/random.ts";

type Draw = (random: Random) => number;

/** Student's t with two or three degrees of freedom: outliers as a busy machine gives them. */
function student(freedom: number): Draw {
  return (random) => {
    let squares = 0;
    for (let i = 0; i < freedom; i += 1) squares += random.normal() ** 2;
    return random.normal() / Math.sqrt(squares / freedom);
  };
}

/** One side of a pair is faster by a step of the clock in three of ten samples. */
function steps(random: Random): number {
  const step = (): number => (random.uniform() < 0.3 ? 1 : 0);
  return step() - step() + 0.1 * random.normal();
}

/** A machine that drifts: a walk with a trend, of which a pair, in random order, sees the part between its halves. */
function drifting(random: Random): number {
  const moved = 0.3 + 0.5 * random.normal();
  return (random.uniform() < 0.5 ? moved : -moved) + 0.3 * random.normal();
}

/** Log ratios of pairs without unit, each with 0 as its median. */
export const NOISES: Readonly<Record<string, Draw>> = {
  normal: (random) => random.normal(),
  "student 2": student(2),
  "student 3": student(3),
  "log-normal": (random) => Math.exp(random.normal()) - 1,
  "frequency steps": steps,
  drifting,
};

/** Spreads of the pairs, as a share: from those that the first look finds precise to those that 300 pairs cannot tell. */
export const SPREADS = [0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.2] as const;

/** One race by chance: whether its interval held the truth, and after how many pairs it ended. */
export function simulated(draw: Draw, spread: number, limit: number, random: Random): { held: boolean; pairs: number } {
  const truth = Math.log(0.5 + random.uniform());
  const pairs: [number, number][] = [];
  for (const look of TIMING.looks) {
    while (pairs.length < look) pairs.push([1, Math.exp(truth + spread * draw(random))]);
    const read = ratioOf(pairs);
    const [low, high] = read.interval.map(Math.log);
    const held = low !== undefined && high !== undefined && low <= truth && truth <= high;
    if (halfWidth(read) <= limit || look === TIMING.looks.at(-1)) return { held, pairs: look };
  }
  return { held: false, pairs: 0 };
}

/** Share of races whose interval held the truth. */
export function coverage(draw: Draw, spread: number, limit: number, trials: number, random: Random): number {
  let held = 0;
  for (let trial = 0; trial < trials; trial += 1) held += simulated(draw, spread, limit, random).held ? 1 : 0;
  return held / trials;
}
