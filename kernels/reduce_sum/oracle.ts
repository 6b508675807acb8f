// The truth of reduce_sum: sums in float64 of the exact inputs, with the error scale of every output element.
import { type DType, roundTo } from "../../harness/domain/dtype.ts";
import type { BoundCase } from "../../harness/domain/op.ts";
import type { Oracle, Probe, RealTruth, RowSample, Tensors, Truths } from "../../harness/domain/oracle.ts";
import { cutOff } from "../../harness/domain/tensor-core.ts";
import { toFloat64 } from "../../harness/domain/tensor.ts";
import { dtypeOf, type Extents, extentsOf, inputsOf, probesOf } from "./inputs.ts";

/** Beyond it an accumulator that is cut off after every block errs by more than sums that round. */
const ROUNDS = 4096;

/** y = sum x and s = sum |x|, one slab [K, inner] at a time; `mask` has 1 for each outer index to evaluate. */
function sums(
  { outer, terms, inner }: Extents,
  dtype: DType,
  x: Float64Array,
  mask: Uint8Array | undefined,
): RealTruth {
  const count = outer * inner;
  const y = new Float64Array(count);
  const s = new Float64Array(count);
  for (let o = 0; o < outer; o += 1) {
    if (mask?.[o] === 0) continue;
    const out = o * inner;
    for (let k = 0; k < terms; k += 1) {
      const at = (o * terms + k) * inner;
      for (let i = 0; i < inner; i += 1) {
        const term = x[at + i] ?? 0;
        y[out + i] = (y[out + i] ?? 0) + term;
        s[out + i] = (s[out + i] ?? 0) + Math.abs(term);
      }
    }
  }
  // What is no number has no error scale: an infinite one would accept any finite value.
  for (let index = 0; index < count; index += 1) if (!Number.isFinite(y[index])) s[index] = 0;
  const all = (value: number): Float64Array => new Float64Array(count).fill(value);
  return { kind: "real", y, s, q: all(0), k: all(terms), ds: all(cutOff(dtype, terms, ROUNDS)) };
}

function truth(bound: BoundCase, probe: Probe, inputs: Tensors, rows?: RowSample): Truths {
  const { x } = inputs;
  if (x === undefined) throw new RangeError("reduce_sum needs 'x'");
  const extents = extentsOf(bound);
  const dtype = dtypeOf(bound);
  const all = sums(extents, dtype, toFloat64(x), rows?.mask);
  // Lane A: every order of float32 additions gives the exact sum, and the store rounds it once, half to even.
  const y = probe.lane === "A" ? { ...all, y: all.y.map((value) => roundTo(value, dtype)), ulps: 0 } : all;
  if (rows === undefined) return { y };
  return { y: { ...y, judged: Uint8Array.from(y.y, (_, index) => rows.mask[Math.floor(index / extents.inner)] ?? 0) } };
}

/** The meaning of reduce_sum. */
export const oracle: Oracle = { probes: probesOf, inputs: inputsOf, truth };
