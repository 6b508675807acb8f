// The truth of top_k: which elements are chosen, in which order. Exact: values are copies, indices are integers.
import { type BoundCase, numberOf } from "../../harness/domain/op.ts";
import type { Oracle, RowSample, Tensors, Truths } from "../../harness/domain/oracle.ts";
import { toFloat64 } from "../../harness/domain/tensor.ts";
import { PROBES, probeInputs } from "./inputs.ts";
import { select } from "./order.ts";

function truthOf(bound: BoundCase, inputs: Tensors, sample: RowSample | undefined): Truths {
  const [rows, n, k] = [numberOf(bound, "rows"), numberOf(bound, "N"), numberOf(bound, "K")];
  const x = inputs["x"];
  if (x === undefined) throw new TypeError("'x' is absent");
  const flat = toFloat64(x);
  const largest = numberOf(bound, "largest") !== 0;
  const y = new Float64Array(rows * k);
  const t = new Float64Array(rows * k);
  const judged = sample === undefined ? undefined : new Uint8Array(rows * k);
  for (let row = 0; row < rows; row += 1) {
    if (sample?.mask[row] === 0) continue;
    const { values, indices } = select(flat.subarray(row * n, (row + 1) * n), k, largest);
    y.set(values, row * k);
    t.set(indices, row * k);
    judged?.fill(1, row * k, (row + 1) * k);
  }
  const zeros = new Float64Array(rows * k);
  const seen = judged === undefined ? {} : { judged };
  return {
    values: { kind: "real", y, s: zeros, q: zeros, k: new Float64Array(rows * k).fill(1), ds: zeros, ulps: 0, ...seen },
    indices: { kind: "requantized", t, zeroPoint: 0, low: 0, high: n - 1, exactArithmetic: true, ...seen },
  };
}

/** The oracle of top_k. */
export const oracle: Oracle = {
  probes: () => PROBES,
  inputs: (bound, probe, random) => probeInputs(bound, probe.name, random),
  truth: (bound, _probe, inputs, rows) => truthOf(bound, inputs, rows),
};
