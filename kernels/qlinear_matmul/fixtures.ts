// What the tests of qlinear_matmul share: bound cases, explicit tensors, a second implementation, the judge's rule.
import { roundHalfEven } from "../../harness/domain/dtype.ts";
import { type BoundCase, numberOf, type TensorSpec } from "../../harness/domain/op.ts";
import type { RequantizedTruth, Tensors } from "../../harness/domain/oracle.ts";
import { fill, scalar, toFloat64 } from "../../harness/domain/tensor.ts";

/** A case of the op, bound without its manifest; axes that are not named are 1. */
export function boundCase(
  axes: { readonly M?: number; readonly N?: number; readonly K?: number } = {},
  transB = false,
  absent: readonly string[] = [],
): BoundCase {
  const { M = 1, N = 1, K = 1 } = axes;
  const spec = (name: string, dtype: TensorSpec["dtype"], shape: readonly number[]): TensorSpec => ({
    name,
    dtype,
    shape,
    absent: absent.includes(name),
    parameter: name !== "a",
  });
  return {
    op: "qlinear_matmul",
    name: "by_hand",
    axes: { M, N, K },
    attributes: { trans_b: transB },
    dtypes: {},
    inputs: [
      spec("a", "int8", [M, K]),
      spec("a_scale", "float32", []),
      spec("a_zero_point", "int8", []),
      spec("b", "int8", transB ? [N, K] : [K, N]),
      spec("b_scale", "float32", [N]),
      spec("b_zero_point", "int8", [N]),
      spec("bias", "int32", [N]),
      spec("y_scale", "float32", []),
      spec("y_zero_point", "int8", []),
    ],
    outputs: [spec("y", "int8", [M, N])],
    tags: [],
    hidden: false,
    work: M * N * K,
  };
}

/** Small cases that differ in every way the op has. */
export const CASES = {
  plain: boundCase({ M: 40, N: 32, K: 45 }),
  turned: boundCase({ M: 33, N: 40, K: 64 }, true),
  symmetric: boundCase({ M: 64, N: 20, K: 31 }, false, ["b_zero_point"]),
  without_bias: boundCase({ M: 48, N: 24, K: 50 }, true, ["bias"]),
  bare: boundCase({ M: 30, N: 36, K: 129 }, false, ["b_zero_point", "bias"]),
};

/** Explicit a [M, K] and b as stored; scales 1, zero points 0 and no bias unless in `rest`. */
export function given(bound: BoundCase, a: readonly number[], b: readonly number[], rest: Tensors = {}): Tensors {
  const shape = (name: string): readonly number[] => bound.inputs.find((input) => input.name === name)?.shape ?? [];
  return {
    a: fill("int8", shape("a"), (i) => a[i] ?? 0),
    a_scale: scalar("float32", 1),
    a_zero_point: scalar("int8", 0),
    b: fill("int8", shape("b"), (i) => b[i] ?? 0),
    b_scale: fill("float32", shape("b_scale"), () => 1),
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

/** How a naive kernel may go wrong; whatever is absent is done right. */
export interface Fault {
  readonly round?: (t: number, zeroPoint: number) => number;
  readonly clamp?: (value: number) => number;
  readonly term?: (a: number, b: number, k: number) => number;
  /** The column whose scale, zero point of b and bias an output takes. */
  readonly scaleOf?: (column: number) => number;
  readonly zeroOf?: (column: number) => number;
  readonly biasOf?: (column: number) => number;
}

/** y by definition: float64 sums from the last k to the first, scales applied one after the other. */
export function naive(bound: BoundCase, inputs: Tensors, fault: Fault = {}): number[] {
  const [m, n, k] = ["M", "N", "K"].map((axis) => numberOf(bound, axis));
  const [rows, columns, depth] = [m ?? 0, n ?? 0, k ?? 0];
  const turned = numberOf(bound, "trans_b") !== 0;
  const of = (name: string): Float64Array => values(inputs, name);
  const [a, b, scale, zero, bias] = [of("a"), of("b"), of("b_scale"), of("b_zero_point"), of("bias")];
  const one = (name: string): number => of(name)[0] ?? Number.NaN;
  const same = (column: number): number => column;
  const { round = roundHalfEven, clamp = (value): number => Math.min(127, Math.max(-128, value)) } = fault;
  const { term = (x, w): number => x * w, scaleOf = same, zeroOf = same, biasOf = same } = fault;
  return Array.from({ length: rows * columns }, (_, index) => {
    const [row, column] = [Math.floor(index / columns), index % columns];
    let sum = bias[biasOf(column)] ?? 0;
    for (let i = depth - 1; i >= 0; i -= 1) {
      const weight =
        (b[turned ? column * depth + i : i * columns + column] ?? Number.NaN) - (zero[zeroOf(column)] ?? 0);
      sum += term((a[row * depth + i] ?? Number.NaN) - one("a_zero_point"), weight, i);
    }
    const t = (sum * one("a_scale") * (scale[scaleOf(column)] ?? Number.NaN)) / one("y_scale");
    return clamp(round(t, one("y_zero_point")) + one("y_zero_point"));
  });
}

/** How many elements of y lie outside [clamp(R(t - d) + zp), clamp(R(t + d) + zp)]. */
export function rejected(truth: RequantizedTruth, y: readonly number[]): number {
  const limit = (t: number): number => Math.min(truth.high, Math.max(truth.low, roundHalfEven(t) + truth.zeroPoint));
  return truth.t.filter((t, i) => {
    const d = truth.exactArithmetic ? 0 : 4 * 2 ** -24 * Math.abs(t);
    const value = y[i] ?? Number.NaN;
    return !(value >= limit(t - d) && value <= limit(t + d));
  }).length;
}
