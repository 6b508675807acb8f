// Statistics of races: medians with their intervals. Pure; what is drawn is seeded, so that the same samples always give the same interval.
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

/**
 * 95 % percentile bootstrap interval of the median (Efron & Tibshirani, An Introduction to the Bootstrap, ch. 13): for times that are only
 * shown. A race looks at its pairs several times and takes `orderInterval` instead.
 */
export function medianInterval(values: readonly number[], random: Random): [number, number] {
  const medians = Array.from({ length: RESAMPLES }, () =>
    median(values.map(() => values[random.integer(0, values.length - 1)] ?? Number.NaN)),
  ).sort((a, b) => a - b);
  const low = medians[Math.floor(0.025 * RESAMPLES)] ?? Number.NaN;
  const high = medians[Math.ceil(0.975 * RESAMPLES) - 1] ?? Number.NaN;
  return [low, high];
}

/** Chances that the k-th smallest and the k-th largest of n hold the median between them, for k = 1 .. n / 2: binomial, whatever the distribution. */
function coverages(n: number): number[] {
  const found: number[] = [];
  let logarithm = -n * Math.LN2;
  let below = 0;
  for (let k = 1; k <= n >> 1; k += 1) {
    below += Math.exp(logarithm);
    logarithm += Math.log((n - k + 1) / k);
    found.push(1 - 2 * below);
  }
  return found;
}

/**
 * Interval of the median from order statistics, free of any distribution, interpolated between two of them to the level asked for
 * (Hettmansperger & Sheather, Statistics & Probability Letters 4, 1986). Of fewer samples than the level needs it is all they span.
 * @param level share of experiments whose interval is to hold the median, such as 0.95
 */
export function orderInterval(values: readonly number[], level: number): [number, number] {
  const sorted = Float64Array.from(values).sort();
  const n = sorted.length;
  const at = (k: number): number => sorted[k - 1] ?? Number.NaN;
  const covers = coverages(n);
  const wider = covers.filter((cover) => cover >= level).length;
  const outer = covers[wider - 1];
  if (outer === undefined) return [at(1), at(n)];
  const k = wider;
  const inner = covers[wider] ?? 0;
  const share = (outer - level) / (outer - inner);
  const weight = ((n - k) * share) / (k + (n - 2 * k) * share);
  const between = (one: number, other: number): number => one + weight * (other - one);
  return [between(at(k), at(k + 1)), between(at(n + 1 - k), at(n - k))];
}
