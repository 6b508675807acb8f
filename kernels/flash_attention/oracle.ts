// The truth of flash_attention in float64 of the exact inputs, with the error scale of every output element.
import { type DType, floatFormat } from "../../harness/domain/dtype.ts";
import type { BoundCase } from "../../harness/domain/op.ts";
import type { Oracle, Probe, RealTruth, RowSample, Tensors, Truths } from "../../harness/domain/oracle.ts";
import { cutOff } from "../../harness/domain/tensor-core.ts";
import { type Tensor, toFloat64 } from "../../harness/domain/tensor.ts";
import { type Extents, extentsOf, visibleKeys } from "./extents.ts";
import { inputsOf, PROBES } from "./inputs.ts";

/** Unit roundoff of float32. */
const UNIT = 2 ** -24;
/** Smallest normal float32: a product below it errs by UNIT times this, not by a share of itself. */
const SMALLEST = 2 ** -126;
/** Relative error of a hardware exp2, in units of UNIT: 2^-22 (PTX ISA, ex2.approx.f32). */
const EXP_ERROR = 4;

/** One query row of one head. q and o share shape and offset, so do k and v. */
interface Row {
  readonly extents: Extents;
  /** Offset of the row's first element in q and o. */
  readonly queryBase: number;
  /** Offset of the head's first key in k and v. */
  readonly keyBase: number;
  readonly visible: number;
  /** Scores of the visible keys, then their exponentials. */
  readonly weights: Float64Array;
}

/** What the softmax of a row gives beside its weights. */
interface Softmax {
  readonly lse: number;
  /** Sum of exp(score - maximum). */
  readonly sum: number;
  /** Absolute error of a score, exp's own relative error included. */
  readonly ds: number;
}

function emptyTruth(count: number): RealTruth {
  const array = (): Float64Array => new Float64Array(count);
  return { kind: "real", y: array(), s: array(), q: array(), shared: array(), k: array(), ds: array() };
}

/** Writes scale q.k of the visible keys to `weights`; returns A = the largest scale sum |q_d k_d| of them. */
function scores({ extents, queryBase, keyBase, visible, weights }: Row, q: Float64Array, k: Float64Array): number {
  const { size, scale, kvHeads } = extents;
  // Two sums at a time: the additions of a single one would wait for each other.
  const paired = size - (size % 2);
  let magnitude = 0;
  for (let key = 0; key < visible; key += 1) {
    const base = keyBase + key * kvHeads * size;
    const tail = paired < size ? (q[queryBase + paired] ?? 0) * (k[base + paired] ?? 0) : 0;
    let even = tail;
    let odd = 0;
    let evenSize = Math.abs(tail);
    let oddSize = 0;
    for (let d = 0; d < paired; d += 2) {
      const first = (q[queryBase + d] ?? 0) * (k[base + d] ?? 0);
      const second = (q[queryBase + d + 1] ?? 0) * (k[base + d + 1] ?? 0);
      even += first;
      odd += second;
      evenSize += Math.abs(first);
      oddSize += Math.abs(second);
    }
    weights[key] = scale * (even + odd);
    magnitude = Math.max(magnitude, evenSize + oddSize);
  }
  return Math.abs(scale) * magnitude;
}

/** Gates G2 and G3 take a tenth of ds for the spread of scores; what tensor cores cut off of them leans to one side instead, by up to this much more. */
const LEAN = 6;

/** Turns the scores in `weights` into exp(score - maximum). */
function exponentiate({ extents, visible, weights }: Row, magnitude: number, dtype: DType): Softmax {
  let maximum = Number.NEGATIVE_INFINITY;
  for (let key = 0; key < visible; key += 1) maximum = Math.max(maximum, weights[key] ?? 0);
  let sum = 0;
  for (let key = 0; key < visible; key += 1) {
    const weight = Math.exp((weights[key] ?? 0) - maximum);
    weights[key] = weight;
    sum += weight;
  }
  const dot = 4 * UNIT * Math.sqrt(extents.size) + LEAN * cutOff(dtype, extents.size, 0);
  const ds = dot * magnitude + UNIT * EXP_ERROR;
  return { lse: maximum + Math.log(sum), sum, ds: Number.isFinite(ds) ? ds : 0 };
}

/** Sums of the squares and of the fourth powers. */
function powers(weights: Float64Array): [number, number] {
  let [squares, fourths] = [0, 0];
  for (const weight of weights) {
    squares += weight ** 2;
    fourths += weight ** 4;
  }
  return [squares, fourths];
}

/** One row of o: y = sum p v, s = sum |p v|, q = sqrt(sum (p v)^2). Divides last: sums of integers stay exact. */
function mix(row: Row, v: Float64Array, { y, s, q, shared }: RealTruth, sum: number, smallest: number): void {
  const { extents, queryBase, keyBase, visible, weights } = row;
  const { size, kvHeads } = extents;
  for (let key = 0; key < visible; key += 1) {
    const weight = weights[key] ?? 0;
    const cast = Math.max(weight, smallest);
    const base = keyBase + key * kvHeads * size;
    for (let d = 0; d < size; d += 1) {
      const value = v[base + d] ?? 0;
      const term = weight * value;
      y[queryBase + d] = (y[queryBase + d] ?? 0) + term;
      s[queryBase + d] = (s[queryBase + d] ?? 0) + Math.abs(term);
      q[queryBase + d] = (q[queryBase + d] ?? 0) + (cast * value) ** 2;
    }
  }
  // The cast of one weight scales its share of a row: over independent values the row's gain has this spread.
  const [squares, fourths] = powers(weights.subarray(0, visible));
  for (let at = queryBase; at < queryBase + size; at += 1) {
    y[at] = (y[at] ?? 0) / sum;
    if (shared !== undefined) shared[at] = (Math.abs(y[at] ?? 0) * Math.sqrt(fourths)) / (squares || 1);
    // NaN and infinities are asked for exactly.
    const finite = Number.isFinite(y[at] ?? 0);
    s[at] = finite && s[at] !== 0 ? (s[at] ?? 0) / sum + visible * SMALLEST : 0;
    q[at] = finite ? Math.sqrt(q[at] ?? 0) / sum : 0;
  }
}

/** Smallest normal number of a dtype. In q a weight counts at least this: below it the error of a cast is absolute. */
function smallestNormal(dtype: DType): number {
  return 2 ** (floatFormat(dtype)?.minExponent ?? -126);
}

function setLse(truth: RealTruth, index: number, visible: number, row: Softmax): void {
  truth.y[index] = row.lse;
  truth.s[index] = Number.isFinite(row.lse) ? 1 : 0;
  truth.k[index] = visible;
  truth.ds[index] = row.ds;
}

/** A sum of 1: the empty mixture divided by it is 0. */
const FULLY_MASKED: Softmax = { lse: Number.NEGATIVE_INFINITY, sum: 1, ds: 0 };

function input(inputs: Tensors, name: string): Tensor {
  const tensor = inputs[name];
  if (tensor === undefined) throw new RangeError(`flash_attention needs '${name}'`);
  return tensor;
}

interface RowTruths {
  readonly o: RealTruth;
  readonly lse: RealTruth;
}

/** Truth of o and lse, one query row of one head at a time; `mask` (1 for each row to evaluate) is in the order of o. */
function rowTruths(extents: Extents, inputs: Tensors, mask: Uint8Array | undefined): RowTruths {
  const { batch, queries, keys, heads, kvHeads, size } = extents;
  const q = toFloat64(input(inputs, "q"));
  const k = toFloat64(input(inputs, "k"));
  const v = toFloat64(input(inputs, "v"));
  const { dtype } = input(inputs, "q");
  const smallest = smallestNormal(dtype);
  const o = emptyTruth(batch * queries * heads * size);
  const lse = emptyTruth(batch * heads * queries);
  const weights = new Float64Array(keys);
  for (let index = 0; index < batch * queries * heads; index += 1) {
    if (mask?.[index] === 0) continue;
    const head = index % heads;
    const position = Math.floor(index / heads) % queries;
    const b = Math.floor(index / (heads * queries));
    const visible = visibleKeys(extents, position);
    const queryBase = index * size;
    const keyBase = (b * keys * kvHeads + Math.floor(head / (heads / kvHeads))) * size;
    const row: Row = { extents, queryBase, keyBase, visible, weights };
    const weighed = visible === 0 ? FULLY_MASKED : exponentiate(row, scores(row, q, k), dtype);
    mix(row, v, o, weighed.sum, smallest);
    o.k.fill(visible, queryBase, queryBase + size);
    o.ds.fill(weighed.ds, queryBase, queryBase + size);
    setLse(lse, (b * heads + head) * queries + position, visible, weighed);
  }
  return { o, lse };
}

/** The same truths with `judged` set to the rows of `mask`; lse is [B, H, Tq] where o is [B, Tq, H, D]. */
function sampled({ o, lse }: RowTruths, { queries, heads, size }: Extents, { mask }: RowSample): RowTruths {
  const ofLse = (index: number): number => {
    const [b, head] = [Math.floor(index / (queries * heads)), Math.floor(index / queries) % heads];
    return mask[(b * queries + (index % queries)) * heads + head] ?? 0;
  };
  return {
    o: { ...o, judged: Uint8Array.from(o.y, (_, index) => mask[Math.floor(index / size)] ?? 0) },
    lse: { ...lse, judged: Uint8Array.from(lse.y, (_, index) => ofLse(index)) },
  };
}

/** Allowed ULP of o where q = 0: the sums are exact, a division rounds once; acc * (1 / l) in float32 rounds twice. */
function exactUlps(dtype: DType): number {
  return dtype === "float32" ? 2.51 : 0.51;
}

function truth(bound: BoundCase, probe: Probe, inputs: Tensors, rows?: RowSample): Truths {
  const extents = extentsOf(bound);
  const all = rowTruths(extents, inputs, rows?.mask);
  const { o, lse } = rows === undefined ? all : sampled(all, extents, rows);
  const exact = probe.lane === "A" ? { ...o, ulps: exactUlps(input(inputs, "q").dtype) } : o;
  const wantsLse = bound.outputs.some((output) => output.name === "lse" && !output.absent);
  return wantsLse ? { o: exact, lse } : { o: exact };
}

/** The meaning of flash_attention. */
export const oracle: Oracle = {
  probes: () => PROBES,
  inputs: inputsOf,
  truth,
};
