// The truth of rms_norm in float64 of the exact inputs, with the error scale of every output element.
import { type DType, floatFormat, roundTo, unitRoundoff } from "../../harness/domain/dtype.ts";
import type { BoundCase } from "../../harness/domain/op.ts";
import type { Oracle, Probe, RealTruth, RowSample, Tensors, Truths } from "../../harness/domain/oracle.ts";
import { toFloat64 } from "../../harness/domain/tensor.ts";
import { type Extents, extentsOf, inputsOf, probesOf } from "./inputs.ts";

/**
 * Effective length of the reduction. A sum of D squares errs by u sqrt(D) relative and its root by half of that; 16 stands for what does
 * not grow with D: a root of two ULP (4 u), the division, eps, two products. The elements of a row share the error of its root, so that
 * nothing averages it: the factor 9 holds four standard deviations of it in the spread of a single row (README, "Error model").
 */
function effectiveLength(features: number): number {
  return 9 * (features + 16);
}

function float64s(inputs: Tensors, name: string): Float64Array {
  const tensor = inputs[name];
  if (tensor === undefined) throw new RangeError(`rms_norm needs '${name}'`);
  return toFloat64(tensor);
}

/** 1 / sqrt(mean of squares + eps) of the row that starts at `start`. */
function reciprocalRoot({ features, eps }: Extents, x: Float64Array, start: number): number {
  let squares = 0;
  for (let at = start; at < start + features; at += 1) squares += (x[at] ?? 0) ** 2;
  return 1 / Math.sqrt(squares / features + eps);
}

/**
 * The gain that rounding the normalized row to T has by itself, as a share of T's roundoff: the mean of its relative errors, since gate G3 weights every
 * element alike, an outlier no more than others. Roundings average out, unless elements are equal (a half type has few numbers) or the factor is near a
 * power of two: then a row in T is nearly its own cast, and all its errors are one error. Below `least` errors are absolute and count little.
 */
function gainOfCast(dtype: DType, row: Float64Array, factor: number, least: number): number {
  let [errors, count] = [0, 0];
  for (const value of row) {
    const normalized = value * factor;
    if (!(Math.abs(normalized) >= least)) continue;
    errors += (roundTo(normalized, dtype) - normalized) / normalized;
    count += 1;
  }
  return count > 0 ? Math.abs(errors) / count / unitRoundoff(dtype) : 0;
}

/** The truth of y; rows that `mask` marks 0 are left out. */
function normalize(extents: Extents, inputs: Tensors, mask: Uint8Array | undefined): RealTruth {
  const { rows, features, dtype } = extents;
  const [x, gamma] = [float64s(inputs, "x"), float64s(inputs, "gamma")];
  // Below the smallest normal number of T a cast of the normalized value errs absolutely.
  const castLeast = 2 ** (floatFormat(dtype)?.minExponent ?? -126);
  const array = (): Float64Array => new Float64Array(rows * features);
  const [y, s, q, ds, common] = [array(), array(), array(), array(), array()];
  for (let row = 0; row < rows; row += 1) {
    if (mask?.[row] === 0) continue;
    const start = row * features;
    const factor = reciprocalRoot(extents, x, start);
    const shared = dtype === "float32" ? 0 : gainOfCast(dtype, x.subarray(start, start + features), factor, castLeast);
    for (let feature = 0; feature < features; feature += 1) {
      const at = start + feature;
      const normalized = (x[at] ?? 0) * factor;
      const gain = gamma[feature] ?? 0;
      const value = normalized * gain;
      y[at] = value;
      // What is no number has no error scale: an infinite one would accept any finite value. A zero is a zero in every order.
      if (!Number.isFinite(value) || value === 0) continue;
      s[at] = Math.abs(value);
      q[at] = Math.max(Math.abs(normalized), castLeast) * Math.abs(gain);
      common[at] = shared * (q[at] ?? 0);
    }
  }
  const k = array().fill(effectiveLength(features));
  return { kind: "real", y, s, q, k, ds, common };
}

function truth(bound: BoundCase, probe: Probe, inputs: Tensors, rows?: RowSample): Truths {
  const extents = extentsOf(bound);
  const { features, dtype } = extents;
  const all = normalize(extents, inputs, rows?.mask);
  // Lane A: y is +-gamma but for errors of float32, which the rounding to a half type removes.
  const exact = probe.lane === "A" && dtype !== "float32";
  const y = exact ? { ...all, y: all.y.map((value) => roundTo(value, dtype)), ulps: 0 } : all;
  if (rows === undefined) return { y };
  return { y: { ...y, judged: Uint8Array.from(y.y, (_, index) => rows.mask[Math.floor(index / features)] ?? 0) } };
}

/** The meaning of rms_norm. */
export const oracle: Oracle = { probes: probesOf, inputs: inputsOf, truth };
