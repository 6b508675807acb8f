// What the tests of sparse_gemm_int4 share: cases written by hand, inputs and truths of a probe.
import type { DType } from "../../harness/domain/dtype.ts";
import type { BoundCase, TensorSpec } from "../../harness/domain/op.ts";
import type { Probe, RealTruth, Tensors } from "../../harness/domain/oracle.ts";
import { seededRandom } from "../../harness/domain/random.ts";
import { toFloat64 } from "../../harness/domain/tensor.ts";
import { PROBES } from "./inputs.ts";
import { oracle } from "./oracle.ts";

/** Any seed. */
export const SEED = "00112233445566778899aabbccddeeff";

interface Shape {
  readonly M?: number;
  readonly N?: number;
  readonly K: number;
  readonly group?: number;
  readonly T?: DType;
}

/** A case, bound without the manifest; M and N are 1, the group is 32 and T is float32 unless said otherwise. */
export function caseOf({ M = 1, N = 1, K, group = 32, T = "float32" }: Shape): BoundCase {
  const G = Math.ceil(K / group);
  const spec = (name: string, dtype: DType, shape: readonly number[]): TensorSpec => ({
    name,
    dtype,
    shape,
    absent: false,
    parameter: false,
  });
  return {
    op: "sparse_gemm_int4",
    name: "by_hand",
    axes: { M, N, K, G },
    attributes: { group },
    dtypes: { T },
    inputs: [
      spec("a", "uint8", [M, K / 4]),
      spec("metadata", "uint8", [M, Math.ceil(K / 8)]),
      spec("a_scales", "float32", [M, G]),
      spec("b", "int8", [N, K]),
      spec("b_scales", "float32", [N]),
    ],
    outputs: [spec("y", T, [M, N])],
    tags: [],
    hidden: false,
    work: (M * N * K) / 2,
  };
}

/** A regime by name; one of lane B where there is none of that name. */
export function probe(name: string): Probe {
  return PROBES.find((one) => one.name === name) ?? { name, lane: "B", reveals: "" };
}

/** The inputs of a regime. */
export function drawn(bound: BoundCase, name: string, seed = SEED): Tensors {
  return oracle.inputs(bound, probe(name), seededRandom(seed));
}

/** The truth of y. */
export function truthOf(bound: BoundCase, inputs: Tensors, name = "random"): RealTruth {
  const { y } = oracle.truth(bound, probe(name), inputs);
  if (y?.kind !== "real") throw new TypeError("a real truth expected");
  return y;
}

/** Values of an argument; none where it is absent. */
export function values(inputs: Tensors, name: string): Float64Array {
  const tensor = inputs[name];
  return tensor === undefined ? new Float64Array() : toFloat64(tensor);
}

/** The rows of a with their zeros, [m][k], read digit by digit: two hexadecimal ones of a byte, high nibble first, and quaternary ones. */
export function dense(bound: BoundCase, inputs: Tensors): number[][] {
  const { M = 0, K = 0 } = bound.axes;
  const [a, metadata] = [values(inputs, "a"), values(inputs, "metadata")];
  const digits = (byte: number | undefined, base: number, count: number): number[] =>
    (byte ?? 0)
      .toString(base)
      .padStart(count, "0")
      .split("")
      .map((digit) => Number.parseInt(digit, base))
      .reverse();
  return Array.from({ length: M }, (_, row) => {
    const out = Array.from({ length: K }, () => 0);
    for (let four = 0; four < K / 4; four += 1) {
      const places = digits(metadata[row * Math.ceil(K / 8) + Math.floor(four / 2)], 4, 4).slice((four % 2) * 2);
      digits(a[(row * K) / 4 + four], 16, 2).forEach((digit, which) => {
        out[4 * four + (places[which] ?? 0)] = digit >= 8 ? digit - 16 : digit;
      });
    }
    return out;
  });
}
