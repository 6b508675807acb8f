// Statistics of races: medians with bootstrap intervals. Pure; seeded, so that the same samples always give the same interval.
import type { Random } from "./random.ts";

/** Median of numbers; NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Resamples of the bootstrap. */
const RESAMPLES = 1000;

/** 95 % percentile bootstrap interval of the median (Efron & Tibshirani, An Introduction to the Bootstrap, ch. 13). */
export function medianInterval(values: readonly number[], random: Random): [number, number] {
  const medians = Array.from({ length: RESAMPLES }, () =>
    median(values.map(() => values[random.integer(0, values.length - 1)] ?? Number.NaN)),
  ).sort((a, b) => a - b);
  const low = medians[Math.floor(0.025 * RESAMPLES)] ?? Number.NaN;
  const high = medians[Math.ceil(0.975 * RESAMPLES) - 1] ?? Number.NaN;
  return [low, high];
}
