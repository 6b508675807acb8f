// The truth of matmul in float64 of the exact inputs, with the error scale of every output element.
import { roundTo } from "../../harness/domain/dtype.ts";
import type { BoundCase } from "../../harness/domain/op.ts";
import type { Oracle, Probe, RealTruth, RowSample, Tensors, Truths } from "../../harness/domain/oracle.ts";
import { cutOff } from "../../harness/domain/tensor-core.ts";
import { toFloat64 } from "../../harness/domain/tensor.ts";
import { type Extents, extentsOf } from "./extents.ts";
import { inputsOf, PROBES } from "./inputs.ts";

/** An operand as float64, one contiguous run of K for each row of a or column of b. */
function runs(inputs: Tensors, name: "a" | "b", extents: Extents): Float64Array {
  const tensor = inputs[name];
  if (tensor === undefined) throw new RangeError(`matmul needs '${name}'`);
  const stored = toFloat64(tensor);
  const { batch, batchB, m, n, k, transA, transB } = extents;
  const [matrices, count] = name === "a" ? [batch, m] : [batchB, n];
  // b [N, K] and a [M, K] are runs already.
  if (name === "a" ? !transA : transB) return stored;
  const out = new Float64Array(stored.length);
  for (let matrix = 0; matrix < matrices; matrix += 1) {
    const base = matrix * count * k;
    for (let i = 0; i < k; i += 1) {
      for (let j = 0; j < count; j += 1) out[base + j * k + i] = stored[base + i * count + j] ?? 0;
    }
  }
  return out;
}

/** Writes y = sum t and s = sum |t| of row `row` of a against every column of a matrix of b. No class casts: q stays 0. */
function multiplyRow(
  a: Float64Array,
  row: number,
  b: Float64Array,
  matrix: number,
  extents: Extents,
  out: RealTruth,
): void {
  const { n, k } = extents;
  const at = row * k;
  for (let column = 0; column < n; column += 1) {
    const from = (matrix * n + column) * k;
    let y = 0;
    let s = 0;
    for (let i = 0; i < k; i += 1) {
      const term = (a[at + i] ?? 0) * (b[from + i] ?? 0);
      y += term;
      s += Math.abs(term);
    }
    out.y[row * n + column] = y;
    out.s[row * n + column] = s;
  }
}

/** Beyond it an accumulator that is cut off after every block errs by more than sums that round. */
const ROUNDS = 512;

function emptyTruth(count: number, extents: Extents): RealTruth {
  const array = (): Float64Array => new Float64Array(count);
  const [k, ds] = [array().fill(extents.k), array().fill(cutOff(extents.dtype, extents.k, ROUNDS))];
  return { kind: "real", y: array(), s: array(), q: array(), k, ds };
}

/**
 * What is written is the sum rounded once, half to even. In lanes A and C no legal order changes a bit of the sum, so
 * the rounded number itself is the truth, ties and overflow included.
 */
function settled(truth: RealTruth, probe: Probe, extents: Extents): RealTruth {
  if (probe.lane === "B") return truth;
  const y = truth.y.map((value) => roundTo(value, extents.dtype));
  return probe.lane === "A" ? { ...truth, y, ulps: 0 } : { ...truth, y };
}

function truth(bound: BoundCase, probe: Probe, inputs: Tensors, rows?: RowSample): Truths {
  const extents = extentsOf(bound);
  const { batch, batchB, m, n } = extents;
  const a = runs(inputs, "a", extents);
  const b = runs(inputs, "b", extents);
  const all = emptyTruth(batch * m * n, extents);
  for (let row = 0; row < batch * m; row += 1) {
    if (rows?.mask[row] === 0) continue;
    multiplyRow(a, row, b, batchB === 1 ? 0 : Math.floor(row / m), extents, all);
  }
  const c = settled(all, probe, extents);
  if (rows === undefined) return { c };
  return { c: { ...c, judged: Uint8Array.from(c.y, (_, index) => rows.mask[Math.floor(index / n)] ?? 0) } };
}

/** The meaning of matmul. */
export const oracle: Oracle = {
  probes: () => PROBES,
  inputs: inputsOf,
  truth,
};
