// The error model of the verdict policy: from a dtype and a numerics class to what one element may err by. README "How a verdict is made".
import { type DType, floatFormat, maxFinite, ulpOf, unitRoundoff } from "../../domain/dtype.ts";
import type { NumericsClass } from "../../domain/op.ts";
import type { Lane, RealTruth } from "../../domain/oracle.ts";

/**
 * Constants of gate G1. A legal sum of K fp32 terms measured at most 1.17 u sqrt(K) S (sequential, K = 64, U[0,1)); TF32 inputs are at
 * 480 there. 0.505 ULP is one rounding to the output with room for the rounding of the bound itself.
 */
const G1 = { rounding: 0.505, accumulate: 2, cast: 6, score: 2 } as const;

/** Share of u sqrt(K) S that legal sums measured as their standard deviation, and of ds S for scores. */
const SPREAD = { accumulate: 0.3, score: 0.1 } as const;

/**
 * Systematic error that gate G3 forgives: a tenth of half an ULP, and what float32 arithmetic may lean to one side by (the exponential of
 * a device is off by the same relative amount everywhere; a shared row sum scales its whole row). Casts that a row shares err by u_p / sqrt(3) of
 * them: five standard deviations.
 */
const FORGIVEN = { rounding: 0.05, accumulate: 0.5, score: 1, cast: 3 } as const;

/** What one output is judged by. */
export interface ErrorModel {
  readonly dtype: DType;
  /** Unit roundoff of the accumulator, 0 where sums are exact. */
  readonly accumulate: number;
  /** Unit roundoff of the intermediate that the class casts, 0 for none. */
  readonly cast: number;
  /** ULP allowed where lane A asks for exactness; undefined where the error model judges every element. */
  readonly exactUlps: number | undefined;
  /** Whether the class divides before the sum: exact only where the divisor is a power of two. */
  readonly normalized: boolean;
  /** G2 and G3 hold: random inputs, so that errors are independent. */
  readonly statistical: boolean;
  /** A subnormal result may be 0: the class declares it. */
  readonly flushes: boolean;
  /** The largest finite number. */
  readonly largest: number;
  /** From here on a rounded number is an infinity: halfway between the largest finite number and the next. */
  readonly overflow: number;
}

/** Unit roundoff of the accumulator a class declares; integers are exact. */
function accumulatorRoundoff({ accumulate }: NumericsClass): number {
  return accumulate.startsWith("float") || accumulate === "bfloat16" ? unitRoundoff(accumulate as DType) : 0;
}

/** The model of an output of `dtype`. `cast` is the unit roundoff of the class's cast intermediate, 0 for none. */
export function modelOf(truth: RealTruth, dtype: DType, numerics: NumericsClass, cast: number, lane: Lane): ErrorModel {
  const largest = floatFormat(dtype) === undefined ? Number.POSITIVE_INFINITY : maxFinite(dtype);
  return {
    dtype,
    accumulate: accumulatorRoundoff(numerics),
    cast,
    // Winograd and FFT kernels round inside, whatever the inputs are.
    exactUlps: lane === "A" && numerics.algorithm === "direct" ? truth.ulps : undefined,
    normalized: numerics.class.endsWith("normalized_p"),
    statistical: lane === "B",
    flushes: numerics.ftz,
    largest,
    overflow: largest + ulpOf(largest, dtype) / 2,
  };
}

/** Gate G1: the error that one element may have. `sum` = u sqrt(K) S, `cast` = u_p Q, `score` = ds S. */
export function allowedError(ulp: number, sum: number, cast: number, score: number): number {
  return G1.rounding * ulp + G1.accumulate * sum + G1.cast * cast + G1.score * score;
}

/** Variance of a legal kernel's error: a rounding is uniform over an ULP (1/12), a cast over two roundoffs (1/3). */
export function expectedVariance(ulp: number, sum: number, cast: number, score: number): number {
  const spread = SPREAD.accumulate * sum;
  const scored = SPREAD.score * score;
  return (ulp * ulp) / 12 + (cast * cast) / 3 + spread * spread + scored * scored;
}

/** Error to one side that G3 does not hold against a kernel. `common` = u_p times what a row shares of Q. */
export function forgivenBias(ulp: number, sum: number, score: number, common: number): number {
  return FORGIVEN.rounding * ulp + FORGIVEN.accumulate * sum + FORGIVEN.score * score + FORGIVEN.cast * common;
}

/** Whether the element is one on which lane A allows a rounding and nothing else. */
export function exactAt(truth: RealTruth, model: ErrorModel, index: number): boolean {
  if (model.exactUlps === undefined || truth.exactWhere?.[index] === 0) return false;
  return !model.normalized || (truth.k[index] ?? 1) <= 1;
}

/** The error that the element at `index` may have. */
export function allowedAt(truth: RealTruth, model: ErrorModel, index: number): number {
  const ulp = ulpOf(truth.y[index] ?? 0, model.dtype);
  if (exactAt(truth, model, index)) return (model.exactUlps ?? 0) * ulp;
  const s = truth.s[index] ?? 0;
  const sum = model.accumulate * Math.sqrt(truth.k[index] ?? 1) * s;
  return allowedError(ulp, sum, model.cast * (truth.q[index] ?? 0), (truth.ds[index] ?? 0) * s);
}

/** Zero stands for every smaller magnitude: the smallest normal number of a class that flushes, else 0. */
export function flushedMagnitude({ dtype, flushes }: ErrorModel): number {
  const format = floatFormat(dtype);
  return flushes && format !== undefined ? 2 ** format.minExponent : 0;
}

/**
 * Whether a value is accepted although it is further from the true one than allowed, or no number: NaN matches NaN, an infinity matches
 * itself or a true value that, but for the last rounding, may err to where numbers round to it, 0 matches a subnormal where the class flushes.
 */
export function acceptedSpecial(value: number, want: number, allowed: number, model: ErrorModel): boolean {
  if (Number.isNaN(want) || Number.isNaN(value)) return Number.isNaN(want) && Number.isNaN(value);
  if (value === want) return true;
  if (!Number.isFinite(value) && Number.isFinite(want)) {
    // The last rounding is what makes it an infinity: it is not allowed for twice.
    const before = Math.max(0, allowed - (model.overflow - model.largest));
    return Math.sign(value) === Math.sign(want) && Math.abs(want) + before >= model.overflow;
  }
  return value === 0 && Math.abs(want) < flushedMagnitude(model);
}
