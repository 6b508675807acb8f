// The truth of softmax in float64 of the exact inputs, with the error scale of every element.
import { type DType, floatFormat } from "../../harness/domain/dtype.ts";
import type { BoundCase } from "../../harness/domain/op.ts";
import type { Oracle, Probe, RealTruth, RowSample, Tensors, Truths } from "../../harness/domain/oracle.ts";
import { toFloat64 } from "../../harness/domain/tensor.ts";
import { type Extents, extentsOf, inputsOf, PROBES } from "./inputs.ts";

/** Unit roundoff of float32, u below. */
const UNIT = 2 ** -24;
/** Smallest normal float32: below it an error is absolute. */
const SMALLEST_NORMAL = 2 ** -126;
/**
 * Roundings of a row whatever its scores are, as terms of k: 2 u sqrt(36) = 12 u bounds a hardware exponential in the element and in the
 * sum (2^-22 = 4 u each; PTX ISA, ex2.approx.f32) and an approximate division (2 ULP = 4 u; CUDA, __fdividef); 0.3 u sqrt(36) is
 * their spread.
 */
const ROUNDINGS = 36;

/**
 * Terms of k for each addend of the row sum. Added one by one to a sum in [1, 2), as where the largest weight comes first, every addend is
 * rounded with a spread of 2 u / sqrt(12): 0.58 u sqrt(K) together. It scales all elements of the row alike and does not average out over
 * them, so the spread 0.3 u sqrt(k) s has to hold five of it: 1.25 * 0.3 sqrt(60) = 2.9.
 */
const TERMS_PER_ADDEND = 60;
/** Weight of the addends that a sum in float32 may lose: common to the row like the sum's other errors, 1.25 * 0.3 * 3 = 1.13 of them. */
const LOST = 3;

/**
 * Relative error of exp(x - m) by rounding its argument, in units of u: the difference is rounded, and in base 2 log2(e) x and log2(e) m before
 * it (that of m is common to a row but for its largest score). Doubled, because 0.3 sqrt(k) has to be the spread: a value just above a power
 * of two is rounded with a spread of 2 u / sqrt(12) = 0.58 u.
 */
function argumentError(x: number, maximum: number): number {
  return 2 * (Math.abs(x) + Math.abs(maximum) + (maximum - x));
}

/** One row: its scores are `scores[base + k * inner]`. */
interface Row {
  readonly extents: Extents;
  readonly scores: Float64Array;
  readonly base: number;
}

/** What all elements of a row share. */
interface Total {
  readonly maximum: number;
  /** Sum of exp(score - maximum). */
  readonly sum: number;
  /** Relative error of the sum by its addends, in units of u: by their own errors, and by those below half an ULP of the sum. */
  readonly error: number;
  /** Root of the sum of squares of the weights that a class may cast, relative to the sum. */
  readonly cast: number;
}

/** A weight that is cast to T, where it errs absolutely below the smallest normal number of T; 0 stays 0. */
function castSize(weight: number, least: number): number {
  return weight === 0 ? 0 : Math.max(weight, least);
}

/** Share of the sum in addends below u times it: added one by one after the large ones, every one of them is lost. */
function lostShare({ extents: { size, inner }, scores, base }: Row, maximum: number, sum: number): number {
  const least = maximum + Math.log(UNIT * sum);
  const end = base + size * inner;
  let lost = 0;
  for (let at = base; at < end; at += inner) {
    const score = scores[at] ?? 0;
    if (score < least) lost += Math.exp(score - maximum);
  }
  return lost / sum;
}

/** NaN where the row holds NaN or +inf, or nothing but -inf: exp(x - maximum) is NaN somewhere, and so the sum. */
function totalOf(row: Row, least: number): Total {
  const {
    extents: { size, inner },
    scores,
    base,
  } = row;
  let maximum = Number.NEGATIVE_INFINITY;
  const end = base + size * inner;
  // Math.max gives NaN where there is one.
  for (let at = base; at < end; at += inner) maximum = Math.max(maximum, scores[at] ?? 0);
  if (!Number.isFinite(maximum)) return { maximum, sum: Number.NaN, error: 0, cast: 0 };
  let sum = 0;
  let error = 0;
  let squares = 0;
  for (let at = base; at < end; at += inner) {
    const score = scores[at] ?? 0;
    const weight = Math.exp(score - maximum);
    // A score of -inf weighs 0 without error.
    if (weight === 0) continue;
    sum += weight;
    error += weight * argumentError(score, maximum);
    squares += castSize(weight, least) ** 2;
  }
  return {
    maximum,
    sum,
    error: error / sum + (LOST / UNIT) * lostShare(row, maximum, sum),
    cast: Math.sqrt(squares) / sum,
  };
}

/** What the elements of a case share. */
interface Shared {
  readonly truth: RealTruth;
  /** Of the truth. */
  readonly common: Float64Array;
  readonly size: number;
  /** Smallest normal number of T. */
  readonly least: number;
}

/** Writes one element: y is one term, and 2 u sqrt(k) is what a float32 kernel errs by relative to it. */
function setElement(
  { truth: { y, s, q, k }, common, size, least }: Shared,
  at: number,
  score: number,
  row: Total,
): void {
  const weight = Math.exp(score - row.maximum);
  const value = weight / row.sum;
  y[at] = value;
  if (!(value > 0)) return;
  const terms = TERMS_PER_ADDEND * (size - 1) + ROUNDINGS + (argumentError(score, row.maximum) + row.error) ** 2;
  k[at] = terms;
  common[at] = value * row.cast;
  // Below the normal numbers the roundings are absolute, each of half a subnormal step.
  // Its own weight is cast, and all those of the sum.
  q[at] = Math.hypot(castSize(weight, least) / row.sum, value * row.cast);
  s[at] = Math.max(value, SMALLEST_NORMAL * Math.sqrt(ROUNDINGS / terms));
}

/** Whether any position of row group `o` is in the sample. */
function wanted(mask: Uint8Array | undefined, o: number, size: number): boolean {
  return mask === undefined || mask.subarray(o * size, (o + 1) * size).includes(1);
}

function rowTruths(extents: Extents, scores: Float64Array, dtype: DType, mask: Uint8Array | undefined): RealTruth {
  const { outer, size, inner } = extents;
  const array = (): Float64Array => new Float64Array(scores.length);
  const common = array();
  const truth: RealTruth = {
    kind: "real",
    y: array(),
    s: array(),
    q: array(),
    common,
    k: array().fill(1),
    ds: array(),
  };
  const shared = { truth, common, size, least: 2 ** (floatFormat(dtype)?.minExponent ?? -126) };
  for (let o = 0; o < outer; o += 1) {
    if (!wanted(mask, o, size)) continue;
    for (let i = 0; i < inner; i += 1) {
      const base = o * size * inner + i;
      const row = totalOf({ extents, scores, base }, shared.least);
      for (let position = 0; position < size; position += 1) {
        if (mask?.[o * size + position] === 0) continue;
        const at = base + position * inner;
        setElement(shared, at, scores[at] ?? 0, row);
      }
    }
  }
  return truth;
}

/**
 * Allowed ULP of 1 / n in half types: one rounding. In float32 the error model judges: an approximate division is off by 2 ULP, exp(-ln n) by
 * more, and neither hides a wrong n.
 */
const EXACT_ULPS = 0.51;

function truth(bound: BoundCase, probe: Probe, inputs: Tensors, rows?: RowSample): Truths {
  const extents = extentsOf(bound);
  const { x } = inputs;
  if (x === undefined) throw new RangeError("softmax needs 'x'");
  const all = rowTruths(extents, toFloat64(x), x.dtype, rows?.mask);
  const y = probe.lane === "A" && x.dtype !== "float32" ? { ...all, ulps: EXACT_ULPS } : all;
  if (rows === undefined) return { y };
  const { mask } = rows;
  return { y: { ...y, judged: Uint8Array.from(y.y, (_, index) => mask[Math.floor(index / extents.inner)] ?? 0) } };
}

/** The meaning of softmax. */
export const oracle: Oracle = {
  probes: () => PROBES,
  inputs: inputsOf,
  truth,
};
