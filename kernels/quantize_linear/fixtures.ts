// What the tests of quantize_linear share: cases, inputs and truths written by hand or drawn from a seed.
import type { DType } from "../../harness/domain/dtype.ts";
import type { BoundCase, TensorSpec } from "../../harness/domain/op.ts";
import type { Probe, RequantizedTruth, RowSample, Tensors } from "../../harness/domain/oracle.ts";
import { seededRandom } from "../../harness/domain/random.ts";
import { fill, toFloat64 } from "../../harness/domain/tensor.ts";
import { granularityOf } from "./granularity.ts";
import { oracle } from "./oracle.ts";
import { PROBES } from "./probes.ts";

export const INTEGERS = ["int8", "uint8", "int4", "uint4"] as const;
export const FLOATS = ["float8_e4m3fn", "float8_e5m2"] as const;
export const QUANTIZED = [...INTEGERS, ...FLOATS] as const;

/** What a test sets of a case. */
interface Setting {
  readonly shape?: readonly [number, number, number];
  readonly block?: readonly [number, number, number];
  readonly Q?: DType;
  readonly T?: DType;
  readonly symmetric?: boolean;
}

/** A case of the op, bound without its manifest; what is not named is as small as can be. */
export function boundCase(setting: Setting): BoundCase {
  const { shape = [1, 1, 1], block = [0, 0, 0], Q = "int8", T = "float32", symmetric = false } = setting;
  const [outer, C, inner] = shape;
  const [Bo = 1, Bc = 1, Bi = 1] = block.map((extent, axis) => extent || Math.max(1, shape[axis] ?? 1));
  const scales = [Math.max(1, Math.ceil(outer / Bo)), Math.ceil(C / Bc), Math.ceil(inner / Bi)] as const;
  const spec = (name: string, dtype: DType, extents: readonly number[], absent = false): TensorSpec => {
    return { name, dtype, shape: extents, absent, parameter: false };
  };
  return {
    op: "quantize_linear",
    name: "by_hand",
    axes: { outer, C, inner, Bo, Bc, Bi, So: scales[0], Sc: scales[1], Si: scales[2] },
    attributes: { block: [...block] },
    dtypes: { Q, T },
    inputs: [spec("x", T, shape), spec("y_scale", "float32", scales), spec("y_zero_point", Q, scales, symmetric)],
    outputs: [spec("y", Q, shape)],
    tags: [],
    hidden: false,
    work: outer * C * inner,
  };
}

/** A regime by name. */
export function probe(name: string): Probe {
  const found = PROBES.find((one) => one.name === name);
  if (found === undefined) throw new RangeError(`no probe '${name}'`);
  return found;
}

/** The inputs of a regime. */
export function drawn(bound: BoundCase, name: string, seed = 1): Tensors {
  return oracle.inputs(bound, probe(name), seededRandom(seed.toString(16).padStart(32, "0")));
}

/** The truth of explicit inputs. */
export function truthOf(bound: BoundCase, inputs: Tensors, rows?: RowSample): RequantizedTruth {
  const { y } = oracle.truth(bound, probe("ties"), inputs, rows);
  if (y?.kind !== "requantized") throw new TypeError("a requantized truth expected");
  return y;
}

/** Quotients of a regime, with the zero point of each. */
export function quotients(
  bound: BoundCase,
  name: string,
  seed = 1,
): { readonly t: number[]; readonly shift: number[] } {
  const { t, zeroPoints } = truthOf(bound, drawn(bound, name, seed));
  return { t: [...t], shift: [...t].map((_, index) => zeroPoints?.[index] ?? 0) };
}

/** Explicit inputs, row-major. */
export function given(
  bound: BoundCase,
  x: readonly number[],
  scale: readonly number[],
  shift?: readonly number[],
): Tensors {
  const { shape, scales } = granularityOf(bound);
  const at = (values: readonly number[]) => (index: number) => values[index] ?? 0;
  return {
    x: fill(bound.dtypes["T"] ?? "float32", shape, at(x)),
    y_scale: fill("float32", scales, at(scale)),
    ...(shift === undefined ? {} : { y_zero_point: fill(bound.dtypes["Q"] ?? "int8", scales, at(shift)) }),
  };
}

/** The elements of an argument. */
export function values(inputs: Tensors, name: string): Float64Array {
  const tensor = inputs[name];
  if (tensor === undefined) throw new RangeError(`'${name}' is absent`);
  return toFloat64(tensor);
}
