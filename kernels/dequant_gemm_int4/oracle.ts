// The truth of dequant_gemm_int4 in float64 of the exact inputs, with the error scale of every output element.
import { roundTo } from "../../harness/domain/dtype.ts";
import type { BoundCase } from "../../harness/domain/op.ts";
import type { Oracle, Probe, RealTruth, RowSample, Tensors, Truths } from "../../harness/domain/oracle.ts";
import { type Tensor, toFloat64 } from "../../harness/domain/tensor.ts";
import { castError, withCasts } from "./casts.ts";
import { type Geometry, geometryOf, unpack } from "./geometry.ts";
import { inputsOf, PROBES } from "./inputs.ts";

/** Codes that four bits hold. */
const CODES = 16;
/** The code of pattern 0 in the order -8..7 of the sums below. */
const LOWEST = -8;

/** Largest odd divisor of |code - zero point|, which is at most 15; 0 of 0. */
const ODD_PART = Uint8Array.from({ length: CODES }, (_, magnitude) => magnitude / (magnitude & -magnitude || 1));

/** What one row of x and one group of a row of w add up to, before the scale, by code: sum of x and of |x|. */
interface Sums {
  readonly x: Float64Array;
  readonly size: Float64Array;
}

/** Everything a row of w brings. */
interface Row {
  /** Codes of all rows [n, k]; `base` is this row's first. */
  readonly codes: Int8Array;
  readonly base: number;
  /** Of all rows [n, groups]; `first` is this row's first group. */
  readonly scales: Float64Array;
  readonly zeros: Float64Array | undefined;
  readonly first: number;
  /** Errors of the casts of this row's weights, by group and code. */
  readonly casts: Float64Array;
}

/** An element of y: sum of terms, of their absolute values, what squares of them pass through the cast of w, and what that errs by. */
interface Element {
  y: number;
  s: number;
  squares: number;
  cast: number;
}

function input(inputs: Tensors, name: string): Tensor {
  const tensor = inputs[name];
  if (tensor === undefined) throw new RangeError(`dequant_gemm_int4 needs '${name}'`);
  return tensor;
}

/** Sorts x [from, to) of one row by the codes it meets. */
function sortByCode(x: Float64Array, at: number, row: Row, from: number, to: number, { x: sum, size }: Sums): void {
  const { codes, base } = row;
  sum.fill(0);
  size.fill(0);
  for (let k = from; k < to; k += 1) {
    const code = (codes[base + k] ?? 0) - LOWEST;
    const value = x[at + k] ?? 0;
    sum[code] = (sum[code] ?? 0) + value;
    size[code] = (size[code] ?? 0) + Math.abs(value);
  }
}

/**
 * Adds one group to an element. Equal weights share the rounding of their cast, so do those that differ by a power of two or the sign;
 * where code - zero point is a power of two the cast is exact. s counts |code| + |zero point|: the zero point may be subtracted once a
 * group, from the sum.
 */
function addGroup(element: Element, { x, size }: Sums, row: Row, g: number, parts: Float64Array): void {
  const scale = row.scales[row.first + g] ?? 0;
  const zero = row.zeros?.[row.first + g] ?? 0;
  parts.fill(0);
  for (let pattern = 0; pattern < CODES; pattern += 1) {
    const code = pattern + LOWEST;
    const term = (code - zero) * scale * (x[pattern] ?? 0);
    const odd = ODD_PART[Math.abs(code - zero)] ?? 0;
    element.y += term;
    element.s += (Math.abs(code) + Math.abs(zero)) * Math.abs(scale) * (size[pattern] ?? 0);
    parts[odd] = (parts[odd] ?? 0) + term;
    element.cast += (row.casts[g * CODES + pattern] ?? 0) * (x[pattern] ?? 0);
  }
  for (let odd = 3; odd < CODES; odd += 2) element.squares += (parts[odd] ?? 0) ** 2;
}

/** Errors of the casts of a row of w, by group and code. */
function castsOf(
  geometry: Geometry,
  scales: Float64Array,
  zeros: Float64Array | undefined,
  first: number,
): Float64Array {
  return Float64Array.from({ length: geometry.groups * CODES }, (_, index) => {
    const at = first + Math.floor(index / CODES);
    return castError((index % CODES) + LOWEST - (zeros?.[at] ?? 0), scales[at] ?? 0, geometry);
  });
}

/** Evaluates the rows of x that `mask` asks for, all where it is absent. */
function evaluate(geometry: Geometry, inputs: Tensors, mask: Uint8Array | undefined): RealTruth {
  const { m, n, k, group, groups } = geometry;
  const x = toFloat64(input(inputs, "x"));
  const scales = toFloat64(input(inputs, "scales"));
  const zeros = geometry.asymmetric ? toFloat64(input(inputs, "zero_points")) : undefined;
  const bytes = input(inputs, "w").elements;
  if (!(bytes instanceof Uint8Array)) throw new TypeError("'w' must be a uint8 tensor");
  const codes = unpack(bytes, geometry);
  const array = (): Float64Array => new Float64Array(m * n);
  const out: RealTruth = { kind: "real", y: array(), s: array(), q: array(), k: array().fill(k), ds: array() };
  const sums: Sums = { x: new Float64Array(CODES), size: new Float64Array(CODES) };
  const parts = new Float64Array(CODES);
  const errors = array();
  for (let feature = 0; feature < n; feature += 1) {
    const first = feature * groups;
    const row: Row = { codes, base: feature * k, scales, zeros, first, casts: castsOf(geometry, scales, zeros, first) };
    for (let token = 0; token < m; token += 1) {
      if (mask?.[token] === 0) continue;
      const element: Element = { y: 0, s: 0, squares: 0, cast: 0 };
      for (let g = 0; g < groups; g += 1) {
        sortByCode(x, token * k, row, g * group, Math.min(k, (g + 1) * group), sums);
        addGroup(element, sums, row, g, parts);
      }
      const index = token * n + feature;
      out.y[index] = element.y;
      // NaN and infinities have no error scale.
      if (!Number.isFinite(element.y)) continue;
      out.s[index] = element.s;
      out.q[index] = Math.sqrt(element.squares);
      errors[index] = element.cast;
    }
  }
  return withCasts(out, errors, geometry);
}

/** In lane A no legal order changes a bit of the float32 sum and it is rounded once, half to even: the rounded number is the truth. */
function settled(truth: RealTruth, probe: Probe, { dtype }: Geometry): RealTruth {
  return probe.lane === "A" ? { ...truth, y: truth.y.map((value) => roundTo(value, dtype)), ulps: 0 } : truth;
}

function truth(bound: BoundCase, probe: Probe, inputs: Tensors, rows?: RowSample): Truths {
  const geometry = geometryOf(bound);
  const y = settled(evaluate(geometry, inputs, rows?.mask), probe, geometry);
  if (rows === undefined) return { y };
  return { y: { ...y, judged: Uint8Array.from(y.y, (_, index) => rows.mask[Math.floor(index / geometry.n)] ?? 0) } };
}

/** The meaning of dequant_gemm_int4. */
export const oracle: Oracle = {
  probes: () => PROBES,
  inputs: inputsOf,
  truth,
};
