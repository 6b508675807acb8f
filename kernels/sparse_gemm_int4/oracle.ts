// The truth of sparse_gemm_int4: exact group sums, scaled and added in float64, with the error scale of every output element.
import { roundTo } from "../../harness/domain/dtype.ts";
import type { BoundCase } from "../../harness/domain/op.ts";
import type { Oracle, Probe, RealTruth, RowSample, Tensors, Truths } from "../../harness/domain/oracle.ts";
import { type Elements, toFloat64 } from "../../harness/domain/tensor.ts";
import { expand, type Geometry, geometryOf, type Rows } from "./compressed.ts";
import { inputsOf, PROBES } from "./inputs.ts";

function elements(inputs: Tensors, name: string): Elements {
  const tensor = inputs[name];
  if (tensor === undefined) throw new RangeError(`sparse_gemm_int4 needs '${name}'`);
  return tensor.elements;
}

function bytes(inputs: Tensors, name: string): Uint8Array {
  const found = elements(inputs, name);
  if (!(found instanceof Uint8Array)) throw new TypeError(`'${name}' must be a uint8 tensor`);
  return found;
}

function reals(inputs: Tensors, name: string): Float64Array {
  const tensor = inputs[name];
  if (tensor === undefined) throw new RangeError(`sparse_gemm_int4 needs '${name}'`);
  return toFloat64(tensor);
}

/** The int32 sum of kept values [from, to) of a row of a with a row of b. Exact: at most 64 products of at most 1024. */
function groupSum({ values, features }: Rows, from: number, to: number, b: Int8Array, base: number): number {
  let sum = 0;
  for (let j = from; j < to; j += 1) {
    sum = (sum + Math.imul(values[j] ?? 0, b[base + (features[j] ?? 0)] ?? 0)) | 0;
  }
  return sum;
}

/** Evaluates the rows of a that `mask` asks for, all where it is absent. */
function evaluate(geometry: Geometry, inputs: Tensors, mask: Uint8Array | undefined): RealTruth {
  const { m, n, k, group, groups, kept } = geometry;
  const rows = expand(bytes(inputs, "a"), bytes(inputs, "metadata"), geometry);
  const scales = reals(inputs, "a_scales");
  const tokenScales = reals(inputs, "b_scales");
  const b = elements(inputs, "b");
  if (!(b instanceof Int8Array)) throw new TypeError("'b' must be an int8 tensor");
  const array = (): Float64Array => new Float64Array(m * n);
  // The groups are added, and each term is a product of three: the scale of the token counts as one addition more.
  const out: RealTruth = { kind: "real", y: array(), s: array(), q: array(), k: array().fill(groups + 1), ds: array() };
  for (let row = 0; row < m; row += 1) {
    if (mask?.[row] === 0) continue;
    for (let token = 0; token < n; token += 1) {
      let y = 0;
      let s = 0;
      for (let g = 0; g < groups; g += 1) {
        const [from, to] = [(g * group) / 2, Math.min(kept, ((g + 1) * group) / 2)];
        const term = groupSum(rows, row * kept + from, row * kept + to, b, token * k) * (scales[row * groups + g] ?? 0);
        y += term;
        s += Math.abs(term);
      }
      const scale = tokenScales[token] ?? 0;
      out.y[row * n + token] = y * scale;
      // NaN and infinities have no error scale.
      out.s[row * n + token] = Number.isFinite(y * scale) ? Math.abs(scale) * s : 0;
    }
  }
  return out;
}

/** In lane A no legal order changes a bit of the float32 result and it is rounded once, half to even: the rounded number is the truth. */
function settled(truth: RealTruth, probe: Probe, { dtype }: Geometry): RealTruth {
  return probe.lane === "A" ? { ...truth, y: truth.y.map((value) => roundTo(value, dtype)), ulps: 0 } : truth;
}

function truth(bound: BoundCase, probe: Probe, inputs: Tensors, rows?: RowSample): Truths {
  const geometry = geometryOf(bound);
  const y = settled(evaluate(geometry, inputs, rows?.mask), probe, geometry);
  if (rows === undefined) return { y };
  return { y: { ...y, judged: Uint8Array.from(y.y, (_, index) => rows.mask[Math.floor(index / geometry.n)] ?? 0) } };
}

/** The meaning of sparse_gemm_int4. */
export const oracle: Oracle = {
  probes: () => PROBES,
  inputs: inputsOf,
  truth,
};
