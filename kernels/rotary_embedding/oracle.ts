// The truth of rotary_embedding in float64 of the exact inputs, with the error scale of every element.
import { floatFormat, roundTo } from "../../harness/domain/dtype.ts";
import type { BoundCase } from "../../harness/domain/op.ts";
import type { Oracle, Probe, RealTruth, RowSample, Tensors, Truths } from "../../harness/domain/oracle.ts";
import { type Tensor, toFloat64 } from "../../harness/domain/tensor.ts";
import { type Extents, extentsOf, featuresOf, inputsOf, PROBES } from "./inputs.ts";

/** Smallest normal float32: below it an error is absolute. */
const SMALLEST_NORMAL = 2 ** -126;
/** Products of a result. Their roundings and that of the sum, u = 2^-24 each, err by up to u s + u |y|, below 2 u sqrt(2) s. */
const TERMS = 2;

function input(inputs: Tensors, name: string): Tensor {
  const tensor = inputs[name];
  if (tensor === undefined) throw new RangeError(`rotary_embedding needs '${name}'`);
  return tensor;
}

/** What all rows of a case share. */
interface Case {
  readonly extents: Extents;
  readonly x: Float64Array;
  readonly cosines: Float64Array;
  readonly sines: Float64Array;
  /** Smallest normal number of T: below it a product that is cast errs absolutely. */
  readonly castLeast: number;
  readonly truth: RealTruth;
}

/** The size of a term that is cast; one that is 0 is exact. */
function castSize(term: number, least: number): number {
  return term === 0 ? 0 : Math.max(Math.abs(term), least);
}

/** Writes y = plus + minus, two products. */
function setSum({ castLeast, truth: { y, s, q, k } }: Case, at: number, one: number, other: number): void {
  const value = one + other;
  y[at] = value;
  // NaN and infinities have no error scale.
  if (!Number.isFinite(value)) return;
  const size = Math.abs(one) + Math.abs(other);
  k[at] = TERMS;
  s[at] = size === 0 ? 0 : Math.max(size, SMALLEST_NORMAL);
  q[at] = Math.hypot(castSize(one, castLeast), castSize(other, castLeast));
}

/** Turns the pairs of one token's head by the angles of a cache row, and copies the features behind them. */
function turnRow(one: Case, row: number, position: number): void {
  const { extents, x, cosines, sines, truth } = one;
  const { size, pairs } = extents;
  const base = row * size;
  for (let pair = 0; pair < pairs; pair += 1) {
    const [first, second] = featuresOf(extents, pair);
    const a = x[base + first] ?? 0;
    const b = x[base + second] ?? 0;
    const cosine = cosines[position * pairs + pair] ?? 0;
    const sine = sines[position * pairs + pair] ?? 0;
    setSum(one, base + first, a * cosine, -b * sine);
    setSum(one, base + second, a * sine, b * cosine);
  }
  for (let at = base + 2 * pairs; at < base + size; at += 1) truth.y[at] = x[at] ?? 0;
}

function truth(bound: BoundCase, probe: Probe, inputs: Tensors, rows?: RowSample): Truths {
  const extents = extentsOf(bound);
  const { batch, tokens, heads, size, positions } = extents;
  const ids = input(inputs, "position_ids").elements;
  const count = batch * tokens * heads;
  const array = (): Float64Array => new Float64Array(count * size);
  const x = input(inputs, "x");
  const one: Case = {
    extents,
    x: toFloat64(x),
    cosines: toFloat64(input(inputs, "cos_cache")),
    sines: toFloat64(input(inputs, "sin_cache")),
    castLeast: 2 ** (floatFormat(x.dtype)?.minExponent ?? -126),
    truth: { kind: "real", y: array(), s: array(), q: array(), k: array().fill(1), ds: array() },
  };
  for (let row = 0; row < count; row += 1) {
    if (rows?.mask[row] === 0) continue;
    const position = Number(ids[Math.floor(row / heads)] ?? 0);
    if (position < 0 || position >= positions)
      throw new RangeError(`position ${position} is not in 0..${positions - 1}`);
    turnRow(one, row, position);
  }
  // Lane A: sums are exact before the one rounding to T, ties included.
  const y =
    probe.lane === "A" ? { ...one.truth, y: one.truth.y.map((sum) => roundTo(sum, x.dtype)), ulps: 0 } : one.truth;
  if (rows === undefined) return { y };
  const { mask } = rows;
  return { y: { ...y, judged: Uint8Array.from(y.y, (_, index) => mask[Math.floor(index / size)] ?? 0) } };
}

/** The meaning of rotary_embedding. */
export const oracle: Oracle = {
  probes: () => PROBES,
  inputs: inputsOf,
  truth,
};
