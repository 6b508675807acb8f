// Outputs on a coarse grid (integers, indices, 8-bit floats) against the truth before rounding: tie-aware.
import { type DType, floatFormat, roundHalfEven, roundTo, ulpOf } from "../../domain/dtype.ts";
import type { RequantizedTruth } from "../../domain/oracle.ts";
import { binOf, noTotals, type Totals } from "./errors.ts";

/** Relative error of a legal requantization: four fp32 roundings (two scale products, the product with the accumulator, its conversion). */
const REQUANTIZE = 4 * 2 ** -24;

/** Rounds half-even to the output's grid, adds the zero point, saturates. */
function settle(truth: RequantizedTruth, dtype: DType, value: number, index: number): number {
  const { low, high } = truth;
  // An 8-bit float saturates before it is rounded: what lies beyond the largest would be NaN or an infinity.
  if (floatFormat(dtype) !== undefined) return roundTo(Math.min(high, Math.max(low, value)), dtype);
  const zeroPoint = truth.zeroPoints === undefined ? truth.zeroPoint : (truth.zeroPoints[index] ?? 0);
  return Math.min(high, Math.max(low, roundHalfEven(value) + zeroPoint));
}

/** The accepted values [low, high] around the expected one. */
export function acceptedValues(
  truth: RequantizedTruth,
  dtype: DType,
  index: number,
): { readonly low: number; readonly want: number; readonly high: number } {
  const t = truth.t[index] ?? 0;
  const slack = truth.exactArithmetic ? 0 : REQUANTIZE * Math.abs(t);
  return {
    low: settle(truth, dtype, t - slack, index),
    want: settle(truth, dtype, t, index),
    high: settle(truth, dtype, t + slack, index),
  };
}

const wanted = new WeakMap<RequantizedTruth, Float64Array>();

/** The expected value of every element that is judged; the same truth judges many calls. */
function wantedOf(truth: RequantizedTruth, dtype: DType): Float64Array {
  const known = wanted.get(truth);
  if (known !== undefined) return known;
  const want = new Float64Array(truth.t.length);
  for (let i = 0; i < want.length; i += 1) {
    if (truth.judged?.[i] !== 0) want[i] = settle(truth, dtype, truth.t[i] ?? 0, i);
  }
  wanted.set(truth, want);
  return want;
}

/** What a scan of integers saw. */
export interface IntegerScan {
  readonly totals: Totals;
  readonly wrong: readonly number[];
  /** The element furthest outside what is accepted; -1 where none is. */
  readonly worst: number;
  /** Its distance. */
  readonly statistic: number;
}

/** Scans one output. */
export function scanIntegers(got: Float64Array, truth: RequantizedTruth, dtype: DType): IntegerScan {
  const want = wantedOf(truth, dtype);
  const totals = noTotals(null);
  const wrong: number[] = [];
  let worst = -1;
  let statistic = 0;
  for (let i = 0; i < got.length; i += 1) {
    if (truth.judged?.[i] === 0) continue;
    totals.elements += 1;
    const value = got[i] ?? Number.NaN;
    const expected = want[i] ?? Number.NaN;
    if (value === expected || (Number.isNaN(value) && Number.isNaN(expected))) continue;
    const { low, high } = acceptedValues(truth, dtype, i);
    const ulp = ulpOf(expected, dtype);
    const difference = Math.abs(value - expected);
    const magnitude = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
    totals.maxAbs = Math.max(totals.maxAbs, magnitude);
    totals.maxRel = Math.max(totals.maxRel, magnitude / Math.abs(expected));
    totals.maxUlp = Math.max(totals.maxUlp, magnitude / ulp);
    const bin = binOf(magnitude, ulp);
    totals.bins[bin] = (totals.bins[bin] ?? 0) + 1;
    if (value >= low && value <= high) continue;
    const outside = Number.isNaN(difference) ? magnitude : Math.max(low - value, value - high);
    wrong.push(i);
    if (worst < 0 || outside > statistic) {
      worst = i;
      statistic = outside;
    }
  }
  totals.mismatches = wrong.length;
  // Everything that is not in another bin is equal.
  totals.bins[0] = totals.elements - totals.bins.reduce((sum, count) => sum + count, 0);
  return { totals, wrong, worst, statistic };
}
