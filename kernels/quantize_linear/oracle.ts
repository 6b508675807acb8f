// The truth of quantize_linear: the exact quotient before rounding, with the zero point of each element.
import { exponentOf } from "../../harness/domain/dtype.ts";
import type { BoundCase } from "../../harness/domain/op.ts";
import type { Oracle, RequantizedTruth, RowSample, Tensors } from "../../harness/domain/oracle.ts";
import { type Tensor, toFloat64 } from "../../harness/domain/tensor.ts";
import { elementsOf, granularityOf, rowOfScales } from "./granularity.ts";
import { gridOf } from "./grid.ts";
import { probeInputs } from "./inputs.ts";
import { PROBES } from "./probes.ts";

function isPowerOfTwo(scale: number): boolean {
  return scale > 0 && 2 ** exponentOf(scale) === scale;
}

function present(inputs: Tensors, name: string): Tensor {
  const tensor = inputs[name];
  if (tensor === undefined) throw new TypeError(`'${name}' is absent`);
  return tensor;
}

/**
 * t = x / y_scale in float64, rounded and shifted by the judge. With power-of-two scales the quotient is exact in float32 too, by
 * division or by reciprocal, so that a tie is a tie; else a legal kernel errs by d = 4 * 2^-24 |t|: a reciprocal and a product, or a
 * division, and room for a conversion.
 */
function quantize(bound: BoundCase, inputs: Tensors, rows: RowSample | undefined): RequantizedTruth {
  const granularity = granularityOf(bound);
  const { shape, block } = granularity;
  const inner = shape[2];
  const x = toFloat64(present(inputs, "x"));
  const scale = toFloat64(present(inputs, "y_scale"));
  const grid = gridOf(bound.dtypes["Q"]);
  const shift = inputs["y_zero_point"];
  const zeroPoint = shift === undefined || grid.float ? undefined : toFloat64(shift);
  const count = elementsOf(granularity);
  const t = new Float64Array(count);
  const zeroPoints = new Float64Array(zeroPoint === undefined ? 0 : count);
  const judged = rows === undefined ? undefined : new Uint8Array(count);
  for (let row = 0; row * inner < count; row += 1) {
    if (rows?.mask[row] === 0) continue;
    const first = row * inner;
    const scales = rowOfScales(granularity, row);
    judged?.fill(1, first, first + inner);
    for (let i = 0; i < inner; i += 1) {
      const place = scales + Math.floor(i / block[2]);
      t[first + i] = (x[first + i] ?? 0) / (scale[place] ?? 1);
      if (zeroPoint !== undefined) zeroPoints[first + i] = zeroPoint[place] ?? 0;
    }
  }
  return {
    kind: "requantized",
    t,
    zeroPoint: 0,
    ...(zeroPoint === undefined ? {} : { zeroPoints }),
    low: grid.low,
    high: grid.high,
    exactArithmetic: scale.every(isPowerOfTwo),
    ...(judged === undefined ? {} : { judged }),
  };
}

/** The oracle of quantize_linear. */
export const oracle: Oracle = {
  probes: () => PROBES,
  inputs: (bound, probe, random) => probeInputs(bound, probe.name, random),
  truth: (bound, _probe, inputs, rows) => ({ y: quantize(bound, inputs, rows) }),
};
