// The truth of silu_and_mul in float64 of the exact inputs, with the error scale of every element.
import { floatFormat } from "../../harness/domain/dtype.ts";
import type { BoundCase } from "../../harness/domain/op.ts";
import type { Oracle, Probe, RealTruth, RowSample, Tensors, Truths } from "../../harness/domain/oracle.ts";
import { toFloat64 } from "../../harness/domain/tensor.ts";
import { extentsOf, inputsOf, PROBES } from "./inputs.ts";

/** Smallest normal float32: below it an error is absolute. */
const SMALLEST_NORMAL = 2 ** -126;
/**
 * Roundings of an element as terms of k, u = 2^-24: 2 u sqrt(36) = 12 u bounds a hardware exponential (2^-22 = 4 u; PTX ISA, ex2.approx.f32),
 * the sum 1 + e (u), an approximate division (2 ULP = 4 u; CUDA, __fdividef) and two products (u each); 0.3 u sqrt(36) is their spread.
 */
const ROUNDINGS = 36;
/**
 * Relative error of exp(-x) by rounding log2(e) x in base 2, in units of u |x|, doubled because 0.3 sqrt(k) has to be the spread: a value just
 * above a power of two is rounded with a spread of 2 u / sqrt(12) = 0.58 u. log2(e) itself is off by 0.22 u.
 */
const ARGUMENT_ERROR = 2;
/**
 * A sigmoid below the normal numbers may be 0: 1 + e^-x overflows, or the division gives 0 (CUDA, __fdividef). What is lost is below 2^-128, or
 * 2^-126 where the reciprocal is flushed: 2 ds s allows 5 * 2^-126 of |gate up|, and 0.1 ds s, the spread, is 2^-128.
 */
const LOST_SIGMOID = 2.5 * SMALLEST_NORMAL;
/** Gates beyond this do not widen what a lost sigmoid may cost: e^1024 is far beyond float32, so silu is 0. */
const LARGEST_LOSS = 1024;

/** Writes one element. `castLeast` is the smallest normal number of T, below which a cast of silu errs absolutely. */
function setElement({ y, s, q, k, ds }: RealTruth, at: number, gate: number, up: number, castLeast: number): void {
  const divisor = 1 + Math.exp(-gate);
  const silu = gate / divisor;
  const value = silu * up;
  y[at] = value;
  // 0, NaN and infinities have no error scale: they follow from the operands in any order.
  if (!Number.isFinite(value) || value === 0) return;
  const sigmoid = 1 / divisor;
  const terms = ROUNDINGS + (ARGUMENT_ERROR * (1 - sigmoid) * gate) ** 2;
  // An intermediate below the normal numbers errs by half a subnormal step times the other factor.
  const least = SMALLEST_NORMAL * Math.sqrt(ROUNDINGS / terms) * Math.max(1, Math.abs(gate), Math.abs(up));
  const scale = Math.max(Math.abs(value), least);
  k[at] = terms;
  s[at] = scale;
  q[at] = Math.max(Math.abs(silu), castLeast) * Math.abs(up);
  if (sigmoid < SMALLEST_NORMAL) {
    ds[at] = (LOST_SIGMOID * Math.min(LARGEST_LOSS, Math.abs(gate)) * Math.abs(up)) / scale;
  }
}

function truth(bound: BoundCase, probe: Probe, inputs: Tensors, rows?: RowSample): Truths {
  const { rows: count, size } = extentsOf(bound);
  const { x } = inputs;
  if (x === undefined) throw new RangeError("silu_and_mul needs 'x'");
  const values = toFloat64(x);
  const array = (): Float64Array => new Float64Array(count * size);
  const all: RealTruth = { kind: "real", y: array(), s: array(), q: array(), k: array().fill(1), ds: array() };
  const castLeast = 2 ** (floatFormat(x.dtype)?.minExponent ?? -126);
  for (let row = 0; row < count; row += 1) {
    if (rows?.mask[row] === 0) continue;
    const base = row * 2 * size;
    for (let d = 0; d < size; d += 1) {
      setElement(all, row * size + d, values[base + d] ?? 0, values[base + size + d] ?? 0, castLeast);
    }
  }
  // Lane A: products of half types are exact. In float32 the error model judges: an approximate division of a code by 1 is no exact one.
  const y = probe.lane === "A" && x.dtype !== "float32" ? { ...all, ulps: 0.5 } : all;
  if (rows === undefined) return { y };
  const { mask } = rows;
  return { y: { ...y, judged: Uint8Array.from(y.y, (_, index) => mask[Math.floor(index / size)] ?? 0) } };
}

/** The meaning of silu_and_mul. */
export const oracle: Oracle = {
  probes: () => PROBES,
  inputs: inputsOf,
  truth,
};
