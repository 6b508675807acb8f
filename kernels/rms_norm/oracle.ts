// The truth of rms_norm in float64 of the exact inputs, with the error scale of every output element.
import { roundTo } from "../../harness/domain/dtype.ts";
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

/** The truth of y; rows that `mask` marks 0 are left out. */
function normalize(extents: Extents, inputs: Tensors, mask: Uint8Array | undefined): RealTruth {
  const { rows, features } = extents;
  const [x, gamma] = [float64s(inputs, "x"), float64s(inputs, "gamma")];
  const count = rows * features;
  const [y, s, none] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  for (let row = 0; row < rows; row += 1) {
    if (mask?.[row] === 0) continue;
    const start = row * features;
    const factor = reciprocalRoot(extents, x, start);
    for (let feature = 0; feature < features; feature += 1) {
      const at = start + feature;
      const value = (x[at] ?? 0) * factor * (gamma[feature] ?? 0);
      y[at] = value;
      // What is no number has no error scale: an infinite one would accept any finite value.
      s[at] = Number.isFinite(value) ? Math.abs(value) : 0;
    }
  }
  const k = new Float64Array(count).fill(effectiveLength(features));
  return { kind: "real", y, s, q: none, k, ds: none };
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
