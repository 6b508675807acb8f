// What the tests of qlinear_conv2d share: cases written by hand, explicit tensors, and the judge's rule.
import { roundHalfEven } from "../../harness/domain/dtype.ts";
import { type BoundCase, numberOf } from "../../harness/domain/op.ts";
import type { RequantizedTruth, Tensors } from "../../harness/domain/oracle.ts";
import { fill, scalar, toFloat64 } from "../../harness/domain/tensor.ts";

/** Axes, attributes, and whether the bias is there. */
interface Geometry {
  readonly N: number;
  readonly H: number;
  readonly W: number;
  readonly Cin: number;
  readonly Cout: number;
  readonly KH: number;
  readonly KW: number;
  readonly strides: readonly [number, number];
  readonly pads: readonly [number, number, number, number];
  readonly dilations: readonly [number, number];
  readonly groups: number;
  readonly bias: boolean;
}

const SINGLE_ELEMENT: Geometry = {
  N: 1,
  H: 1,
  W: 1,
  Cin: 1,
  Cout: 1,
  KH: 1,
  KW: 1,
  strides: [1, 1],
  pads: [0, 0, 0, 0],
  dilations: [1, 1],
  groups: 1,
  bias: true,
};

/** A case of the op, bound without its manifest; whatever is not named is as in the smallest case. */
export function boundCase(geometry: Partial<Geometry> = {}): BoundCase {
  const { N, H, W, Cin, Cout, KH, KW, strides, pads, dilations, groups, bias } = { ...SINGLE_ELEMENT, ...geometry };
  const OH = Math.floor((H + pads[0] + pads[2] - dilations[0] * (KH - 1) - 1) / strides[0]) + 1;
  const OW = Math.floor((W + pads[1] + pads[3] - dilations[1] * (KW - 1) - 1) / strides[1]) + 1;
  return {
    op: "qlinear_conv2d",
    name: "by_hand",
    axes: { N, H, W, Cin, Cout, KH, KW, OH, OW },
    attributes: { strides: [...strides], pads: [...pads], dilations: [...dilations], groups },
    dtypes: {},
    inputs: [{ name: "bias", dtype: "int32", shape: [Cout], absent: !bias, parameter: true }],
    outputs: [{ name: "y", dtype: "int8", shape: [N, OH, OW, Cout], absent: false, parameter: false }],
    tags: [],
    hidden: false,
    work: N * OH * OW * Cout * KH * KW * (Cin / groups),
  };
}

/** Small cases that differ in every way the op has. */
export const CASES = {
  plain: boundCase({ H: 9, W: 8, Cin: 7, Cout: 12, KH: 3, KW: 3, pads: [1, 1, 1, 1] }),
  uneven: boundCase({
    N: 2,
    H: 13,
    W: 11,
    Cin: 5,
    Cout: 6,
    KH: 3,
    KW: 2,
    strides: [2, 3],
    pads: [1, 0, 2, 1],
    dilations: [3, 2],
  }),
  square: boundCase({ H: 11, W: 11, Cin: 4, Cout: 6, KH: 3, KW: 3, pads: [2, 2, 2, 2], dilations: [2, 1] }),
  grouped: boundCase({ H: 7, W: 9, Cin: 6, Cout: 12, KH: 3, KW: 3, pads: [1, 1, 1, 1], groups: 3 }),
  depthwise: boundCase({ H: 10, W: 9, Cin: 8, Cout: 8, KH: 3, KW: 3, pads: [1, 1, 1, 1], groups: 8, bias: false }),
  pointwise: boundCase({ H: 6, W: 6, Cin: 32, Cout: 33 }),
};

/** Explicit x [N,H,W,Cin] and w [Cout,KH,KW,Cin/groups]; scales 1, zero points 0 and no bias unless in `rest`. */
export function given(bound: BoundCase, x: readonly number[], w: readonly number[], rest: Tensors = {}): Tensors {
  const axis = (name: string): number => numberOf(bound, name);
  const wShape = [axis("Cout"), axis("KH"), axis("KW"), axis("Cin") / axis("groups")];
  return {
    x: fill("int8", [axis("N"), axis("H"), axis("W"), axis("Cin")], (i) => x[i] ?? 0),
    x_scale: scalar("float32", 1),
    x_zero_point: scalar("int8", 0),
    w: fill("int8", wShape, (i) => w[i] ?? 0),
    w_scale: fill("float32", [axis("Cout")], () => 1),
    y_scale: scalar("float32", 1),
    y_zero_point: scalar("int8", 0),
    ...rest,
  };
}

/** The elements of an argument; none where it is absent. */
export function values(inputs: Tensors, name: string): Float64Array {
  const tensor = inputs[name];
  return tensor === undefined ? new Float64Array() : toFloat64(tensor);
}

/** How many elements of y lie outside [clamp(R(t - d) + zp), clamp(R(t + d) + zp)]. */
export function rejected(truth: RequantizedTruth, y: readonly number[]): number {
  const limit = (t: number): number => Math.min(truth.high, Math.max(truth.low, roundHalfEven(t) + truth.zeroPoint));
  const outside = (t: number, i: number): boolean => {
    const d = truth.exactArithmetic ? 0 : 4 * 2 ** -24 * Math.abs(t);
    const value = y[i] ?? Number.NaN;
    return !(value >= limit(t - d) && value <= limit(t + d));
  };
  return truth.t.filter(outside).length;
}
