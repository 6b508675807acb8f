// The truth of dequantize_linear: exact products, rounded once to T.
import { roundTo } from "../../harness/domain/dtype.ts";
import type { BoundCase } from "../../harness/domain/op.ts";
import type { Oracle, RealTruth, RowSample, Tensors } from "../../harness/domain/oracle.ts";
import { type Tensor, toFloat64 } from "../../harness/domain/tensor.ts";
import { elementsOf, granularityOf, rowOfScales } from "./granularity.ts";
import { PROBES, probeInputs } from "./inputs.ts";

function present(inputs: Tensors, name: string): Tensor {
  const tensor = inputs[name];
  if (tensor === undefined) throw new TypeError(`'${name}' is absent`);
  return tensor;
}

/**
 * y = (x - x_zero_point) * x_scale. The difference has at most 9 significant bits and the scale 24, so float64 holds the product exactly and
 * y is the one right number: equality is asked for (ulps 0).
 */
function dequantize(bound: BoundCase, inputs: Tensors, rows: RowSample | undefined): RealTruth {
  const granularity = granularityOf(bound);
  const { shape, block } = granularity;
  const inner = shape[2];
  const T = bound.dtypes["T"] ?? "float32";
  const x = toFloat64(present(inputs, "x"));
  const scale = toFloat64(present(inputs, "x_scale"));
  const shift = inputs["x_zero_point"];
  const zeroPoint = shift === undefined ? new Float64Array(scale.length) : toFloat64(shift);
  const count = elementsOf(granularity);
  const y = new Float64Array(count);
  const zeros = new Float64Array(count);
  const judged = rows === undefined ? undefined : new Uint8Array(count);
  for (let row = 0; row * inner < count; row += 1) {
    if (rows?.mask[row] === 0) continue;
    const first = row * inner;
    const scales = rowOfScales(granularity, row);
    judged?.fill(1, first, first + inner);
    for (let i = 0; i < inner; i += 1) {
      const place = scales + Math.floor(i / block[2]);
      y[first + i] = roundTo(((x[first + i] ?? 0) - (zeroPoint[place] ?? 0)) * (scale[place] ?? 1), T);
    }
  }
  return {
    kind: "real",
    y,
    s: zeros,
    q: zeros,
    k: new Float64Array(count).fill(1),
    ds: zeros,
    ulps: 0,
    ...(judged === undefined ? {} : { judged }),
  };
}

/** The oracle of dequantize_linear. */
export const oracle: Oracle = {
  probes: () => PROBES,
  inputs: (bound, probe, random) => probeInputs(bound, probe.name, random),
  truth: (bound, _probe, inputs, rows) => ({ y: dequantize(bound, inputs, rows) }),
};
