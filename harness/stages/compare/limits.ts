// The verdict policy: from a truth and a numerics class to what is accepted, element by element. Formulas: numerics of README "How a verdict is made".
import { type DType, floatFormat, roundHalfEven, roundTo, ulpsOf, unitRoundoff } from "../../domain/dtype.ts";
import type { NumericsClass } from "../../domain/op.ts";
import type { Lane, RealTruth, RequantizedTruth, Truth } from "../../domain/oracle.ts";

/** Accepted integers [low, high] around the expected one. */
export interface IntegerLimits {
  readonly kind: "integers";
  readonly want: Float64Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly judged: Uint8Array | undefined;
  /** Spacing of the output's dtype at each wanted value. */
  readonly ulps: Float64Array;
}

/** Accepted error and expected spread of a real output. */
export interface RealLimits {
  readonly kind: "real";
  readonly want: Float64Array;
  readonly allowed: Float64Array;
  /** One standard deviation of a legal kernel's error. */
  readonly sigma: Float64Array;
  /** The element-wise rule is that of lane A: only one rounding or division is allowed. */
  readonly exact: boolean;
  readonly judged: Uint8Array | undefined;
  /** Spacing of the output's dtype at each wanted value. */
  readonly ulps: Float64Array;
}

export type Limits = IntegerLimits | RealLimits;

/**
 * Constants of gate G1. A legal sum of K fp32 terms measured at most 1.17 u sqrt(K) S (sequential, K = 64, U[0,1)); TF32 inputs are at
 * 480 there. 0.505 ULP is one rounding to the output with room for the rounding of the bound itself.
 */
const G1 = { rounding: 0.505, accumulate: 2, cast: 6, score: 2 } as const;

/** Relative error of a legal requantization: four fp32 roundings (two scale products, the product with the accumulator, its conversion). */
const REQUANTIZE = 4 * 2 ** -24;

function isDType(name: string): name is DType {
  return name === "float16" || name === "bfloat16" || name === "float32" || name === "float64";
}

/** Unit roundoff of the accumulator a class declares; integers are exact. */
function accumulatorRoundoff(numerics: NumericsClass): number {
  return isDType(numerics.accumulate) ? unitRoundoff(numerics.accumulate) : 0;
}

function integerLimits(truth: RequantizedTruth, dtype: DType): IntegerLimits {
  const count = truth.t.length;
  const want = new Float64Array(count);
  // Where all arithmetic is exact there is one right answer.
  const low = truth.exactArithmetic ? want : new Float64Array(count);
  const high = truth.exactArithmetic ? want : new Float64Array(count);
  const { zeroPoint, zeroPoints } = truth;
  const narrow = floatFormat(dtype) !== undefined;
  // An 8-bit float saturates before it is rounded: what lies beyond the largest would be NaN or an infinity.
  const settle = (value: number, index: number): number =>
    narrow
      ? roundTo(Math.min(truth.high, Math.max(truth.low, value)), dtype)
      : Math.min(
          truth.high,
          Math.max(truth.low, roundHalfEven(value) + (zeroPoints === undefined ? zeroPoint : (zeroPoints[index] ?? 0))),
        );
  for (let i = 0; i < count; i += 1) {
    if (truth.judged?.[i] === 0) continue;
    const t = truth.t[i] ?? 0;
    want[i] = settle(t, i);
    if (truth.exactArithmetic) continue;
    const slack = REQUANTIZE * Math.abs(t);
    low[i] = settle(t - slack, i);
    high[i] = settle(t + slack, i);
  }
  return { kind: "integers", want, low, high, judged: truth.judged, ulps: new Float64Array(count).fill(1) };
}

function realLimits(
  truth: RealTruth,
  dtype: DType,
  numerics: NumericsClass,
  castRoundoff: number,
  lane: Lane,
): RealLimits {
  const count = truth.y.length;
  const allowed = new Float64Array(count);
  const sigma = new Float64Array(count);
  const ulps = ulpsOf(truth.y, dtype);
  const accumulate = accumulatorRoundoff(numerics);
  // A normalised intermediate divides before the sum: exact only where the divisor is a power of two.
  const normalized = numerics.class.endsWith("normalized_p");
  for (let i = 0; i < count; i += 1) {
    if (truth.judged?.[i] === 0) continue;
    const s = truth.s[i] ?? 0;
    const q = truth.q[i] ?? 0;
    const k = truth.k[i] ?? 1;
    const ulp = ulps[i] ?? 0;
    const sum = accumulate * Math.sqrt(k) * s;
    const exactHere =
      truth.ulps !== undefined && truth.exactWhere?.[i] !== 0 && !(normalized && Math.log2(k) % 1 !== 0);
    allowed[i] =
      lane === "A" && exactHere && truth.ulps !== undefined
        ? truth.ulps * ulp
        : G1.rounding * ulp + G1.accumulate * sum + G1.cast * castRoundoff * q + G1.score * (truth.ds[i] ?? 0) * s;
    // A uniform rounding error has variance ulp^2 / 12; the cast's u^2 q^2 / 3; legal sums measured 0.3 u sqrt(K) S.
    sigma[i] = Math.sqrt(ulp ** 2 / 12 + (castRoundoff * q) ** 2 / 3 + (0.3 * sum) ** 2);
  }
  return { kind: "real", want: truth.y, allowed, sigma, exact: truth.ulps !== undefined, judged: truth.judged, ulps };
}

/** What is accepted of an output of `dtype`. `castRoundoff` is the unit roundoff of the class's cast intermediate, 0 for none. */
export function limitsOf(
  truth: Truth,
  dtype: DType,
  numerics: NumericsClass,
  castRoundoff: number,
  lane: Lane,
): Limits {
  return truth.kind === "requantized"
    ? integerLimits(truth, dtype)
    : realLimits(truth, dtype, numerics, castRoundoff, lane);
}
