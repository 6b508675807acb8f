// What the tests of dequant_gemm_int4 share: cases written by hand, inputs and truths of a probe.
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
  readonly symmetric?: boolean;
}

/** A case, bound without the manifest; M and N are 1, the group is 32, T is float16 and there are zero points unless said otherwise. */
export function caseOf({ M = 1, N = 1, K, group = 32, T = "float16", symmetric = false }: Shape): BoundCase {
  const G = Math.ceil(K / group);
  const spec = (name: string, dtype: DType, shape: readonly number[], absent = false): TensorSpec => ({
    name,
    dtype,
    shape,
    absent,
    parameter: false,
  });
  return {
    op: "dequant_gemm_int4",
    name: "by_hand",
    axes: { M, N, K, G },
    attributes: { group },
    dtypes: { T },
    inputs: [
      spec("x", T, [M, K]),
      spec("w", "uint8", [N, Math.ceil(K / 2)]),
      spec("scales", T, [N, G]),
      spec("zero_points", "int8", [N, G], symmetric),
    ],
    outputs: [spec("y", T, [M, N])],
    tags: [],
    hidden: false,
    work: M * N * K,
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
export function truthOf(bound: BoundCase, inputs: Tensors, name = "normal"): RealTruth {
  const { y } = oracle.truth(bound, probe(name), inputs);
  if (y?.kind !== "real") throw new TypeError("a real truth expected");
  return y;
}

/** Values of an argument; none where it is absent. */
export function values(inputs: Tensors, name: string): Float64Array {
  const tensor = inputs[name];
  return tensor === undefined ? new Float64Array() : toFloat64(tensor);
}
