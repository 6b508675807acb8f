// What the tests of softmax share: cases, their inputs and truths.
import type { DType } from "../../harness/domain/dtype.ts";
import type { BoundCase } from "../../harness/domain/op.ts";
import type { Probe, RealTruth, Tensors } from "../../harness/domain/oracle.ts";
import { seededRandom } from "../../harness/domain/random.ts";
import { type Tensor, toFloat64 } from "../../harness/domain/tensor.ts";
import { PROBES } from "./inputs.ts";
import { oracle } from "./oracle.ts";

export const SEED = "00112233445566778899aabbccddeeff";

/** A case, bound without its manifest. */
export function boundCase(outer: number, K: number, inner = 1, T: DType = "float32"): BoundCase {
  const spec = { dtype: T, shape: [outer, K, inner], absent: false, parameter: false };
  return {
    op: "softmax",
    name: "test",
    axes: { outer, K, inner },
    attributes: {},
    dtypes: { T },
    inputs: [{ ...spec, name: "x" }],
    outputs: [{ ...spec, name: "y" }],
    tags: [],
    hidden: false,
    work: outer * K * inner,
  };
}

export function probe(name: string): Probe {
  const found = PROBES.find((one) => one.name === name);
  if (found === undefined) throw new RangeError(`no probe '${name}'`);
  return found;
}

export function drawn(bound: BoundCase, name: string, seed = SEED): Tensors {
  return oracle.inputs(bound, probe(name), seededRandom(seed));
}

export function truthOf(bound: BoundCase, inputs: Tensors, name = "normal"): RealTruth {
  const { y } = oracle.truth(bound, probe(name), inputs);
  if (y?.kind !== "real") throw new TypeError("a real truth expected");
  return y;
}

export function rowsOf(x: Tensor | undefined): number[][] {
  if (x === undefined) throw new RangeError("no 'x'");
  const [outer = 0, size = 0, inner = 0] = x.shape;
  const values = toFloat64(x);
  return Array.from({ length: outer * inner }, (_, row) =>
    Array.from(
      { length: size },
      (_unused, k) => values[(Math.floor(row / inner) * size + k) * inner + (row % inner)] ?? 0,
    ),
  );
}

/** Softmax by its definition, sums from the back, no maximum subtracted (for scores below 700). */
export function naive(scores: readonly number[]): number[] {
  const total = scores.reduceRight((sum, score) => sum + Math.exp(score), 0);
  return scores.map((score) => Math.exp(score) / total);
}
