// The truth of layer_norm in float64 of the exact inputs, with the error scale of every output element.
import { type DType, roundTo, unitRoundoff } from "../../harness/domain/dtype.ts";
import type { BoundCase } from "../../harness/domain/op.ts";
import type { Oracle, Probe, RealTruth, RowSample, Tensors, Truths } from "../../harness/domain/oracle.ts";
import { toFloat64 } from "../../harness/domain/tensor.ts";
import { type Extents, extentsOf, inputsOf, probesOf } from "./inputs.ts";

/** Unit roundoff of float32. */
const UNIT = 2 ** -24;

/**
 * Terms that stand for what does not grow with D: 2 u sqrt(16) = 8 u holds a reciprocal root of two ULP (4 u), the division, eps, the
 * difference and two products.
 */
const CONSTANT_TERMS = 16;

/**
 * Weights of the errors of the mean and of the root. All elements of a row share them, so that nothing averages them: with these weights
 * the spread of a single row's errors holds four standard deviations of either (README, "Error model").
 */
const SHARED = { mean: 4, root: 3 } as const;

/**
 * Effective terms of the sum of squares. The elements of a half type repeat: 2^p values a binade, and an addition rounds equal terms
 * alike, so that D / 2^p roundings add up where independent ones would average.
 */
function rootTerms(features: number, dtype: DType): number {
  const repeats = dtype === "float32" ? 0 : features * unitRoundoff(dtype);
  return features * (1 + repeats) + CONSTANT_TERMS;
}

/** Statistics of one row. */
interface Row {
  readonly mean: number;
  /** 1 / sqrt(variance + eps). */
  readonly rstd: number;
  /** Mean of |x|: what the error of the mean is relative to. */
  readonly magnitude: number;
}

interface RowTruths {
  readonly y: RealTruth;
  readonly mean: RealTruth;
  readonly rstd: RealTruth;
}

function emptyTruth(count: number, terms: number): RealTruth {
  const array = (): Float64Array => new Float64Array(count);
  return { kind: "real", y: array(), s: array(), q: array(), k: array().fill(terms), ds: array() };
}

function float64s(inputs: Tensors, name: string): Float64Array {
  const tensor = inputs[name];
  if (tensor === undefined) throw new RangeError(`layer_norm needs '${name}'`);
  return toFloat64(tensor);
}

/** Two passes over the row that starts at `start`. */
function statistics({ features, eps }: Extents, x: Float64Array, start: number): Row {
  let sum = 0;
  let absolute = 0;
  for (let at = start; at < start + features; at += 1) {
    sum += x[at] ?? 0;
    absolute += Math.abs(x[at] ?? 0);
  }
  const mean = sum / features;
  let squares = 0;
  for (let at = start; at < start + features; at += 1) squares += ((x[at] ?? 0) - mean) ** 2;
  return { mean, rstd: 1 / Math.sqrt(squares / features + eps), magnitude: absolute / features };
}

/** Sets one element. What is no number has no error scale: an infinite one would accept any finite value. */
function set(truth: RealTruth, index: number, value: number, s: number): void {
  truth.y[index] = value;
  truth.s[index] = Number.isFinite(value) ? s : 0;
}

/**
 * Relative error scale of rstd, ratio = magnitude / standard deviation. A running mean (Welford) is rounded to the spacing of the mean at
 * every step, which costs the variance up to 2 u ratio whatever D is; the squared error of any mean adds (u sqrt(D) ratio)^2 to it.
 */
function rootScale({ magnitude, rstd }: Row, terms: number): number {
  const ratio = magnitude * rstd;
  return 1 + ratio / Math.sqrt(terms) + UNIT * Math.sqrt(terms) * ratio ** 2;
}

/** Truths of all rows that `mask` does not mark 0. */
function rowTruths(extents: Extents, inputs: Tensors, mask: Uint8Array | undefined): RowTruths {
  const { rows, features, dtype } = extents;
  const [x, gamma] = [float64s(inputs, "x"), float64s(inputs, "gamma")];
  const beta = inputs["beta"] === undefined ? new Float64Array(features) : float64s(inputs, "beta");
  const terms = features + CONSTANT_TERMS;
  const y = emptyTruth(rows * features, terms);
  const mean = emptyTruth(rows, terms);
  const rstd = emptyTruth(rows, rootTerms(features, dtype));
  for (let row = 0; row < rows; row += 1) {
    if (mask?.[row] === 0) continue;
    const start = row * features;
    const all = statistics(extents, x, start);
    set(mean, row, all.mean, all.magnitude);
    set(rstd, row, all.rstd, all.rstd * rootScale(all, terms));
    const shared = SHARED.mean * all.magnitude * all.rstd;
    for (let feature = 0; feature < features; feature += 1) {
      const normalized = ((x[start + feature] ?? 0) - all.mean) * all.rstd;
      const weight = Math.abs(gamma[feature] ?? 0);
      const bias = beta[feature] ?? 0;
      const s = weight * (shared + SHARED.root * Math.abs(normalized)) + Math.abs(bias);
      set(y, start + feature, normalized * (gamma[feature] ?? 0) + bias, s);
    }
  }
  return { y, mean, rstd };
}

/**
 * 1 for each row whose mean every legal order defines: with an infinity in it a running mean ends as NaN, a sum as the infinity. NaN in
 * the row makes every mean NaN.
 */
function definedMeans(truth: RealTruth, mask: Uint8Array | undefined): Uint8Array {
  return Uint8Array.from(truth.y, (value, row) => (Math.abs(value) === Infinity ? 0 : (mask?.[row] ?? 1)));
}

function truth(bound: BoundCase, probe: Probe, inputs: Tensors, rows?: RowSample): Truths {
  const extents = extentsOf(bound);
  const { features, dtype } = extents;
  const all = rowTruths(extents, inputs, rows?.mask);
  const judged = rows === undefined ? {} : { judged: rows.mask };
  const y =
    rows === undefined
      ? all.y
      : { ...all.y, judged: Uint8Array.from(all.y.y, (_, index) => rows.mask[Math.floor(index / features)] ?? 0) };
  // Lane A, even D: y is gamma or -gamma plus beta but for errors of float32, which the rounding to a half type removes.
  const exact = probe.lane === "A" && dtype !== "float32" && features % 2 === 0;
  const truths: Record<string, RealTruth> = {
    y: exact ? { ...y, y: y.y.map((value) => roundTo(value, dtype)), ulps: 0 } : y,
    mean: { ...all.mean, judged: definedMeans(all.mean, rows?.mask) },
    rstd: { ...all.rstd, ...judged },
  };
  const present = bound.outputs.filter(({ absent }) => !absent).map(({ name }) => name);
  return Object.fromEntries(Object.entries(truths).filter(([name]) => present.includes(name)));
}

/** The meaning of layer_norm. */
export const oracle: Oracle = { probes: probesOf, inputs: inputsOf, truth };
