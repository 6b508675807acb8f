// Small things to judge: a case with one input and one output, probes, truths, classes, calls.
import type { DType } from "../domain/dtype.ts";
import type { BoundCase, NumericsClass } from "../domain/op.ts";
import type { Lane, Probe, RealTruth, RequantizedTruth, Tensors, Truths } from "../domain/oracle.ts";
import type { JudgedCall } from "../stages/compare/verdict.ts";

export const FP32: NumericsClass = {
  class: "fp32",
  accumulate: "float32",
  casts: {},
  rounding: "half_even",
  algorithm: "direct",
  ftz: false,
};
export const INT32: NumericsClass = { ...FP32, class: "int32_half_even", accumulate: "int32" };

/** A probe of a lane. */
export function probeOf(lane: Lane, name = "random"): Probe {
  return { name, lane, reveals: "a fault" };
}

/** A case with input `x` and output `y` of one dtype and shape. */
export function boundOf(dtype: DType, shape: readonly number[]): BoundCase {
  const spec = { dtype, shape, absent: false, parameter: false };
  return {
    op: "copy",
    name: "one",
    axes: {},
    attributes: {},
    dtypes: { T: dtype },
    inputs: [{ ...spec, name: "x" }],
    outputs: [{ ...spec, name: "y" }],
    tags: [],
    hidden: false,
    work: 1,
  };
}

/** A real truth; without error terms only the rounding to the output is allowed. */
export function realTruth(values: readonly number[], rest: Partial<RealTruth> = {}): RealTruth {
  const zeros = new Float64Array(values.length);
  return { kind: "real", y: Float64Array.from(values), s: zeros, q: zeros, k: zeros.map(() => 1), ds: zeros, ...rest };
}

/** A requantized truth to int8. */
export function requantizedTruth(t: readonly number[], rest: Partial<RequantizedTruth> = {}): RequantizedTruth {
  const zeroPoint = { zeroPoint: 0, low: -128, high: 127 };
  return { kind: "requantized", t: Float64Array.from(t), ...zeroPoint, exactArithmetic: true, ...rest };
}

/** A call that wrote `outputs`, right-aligned, with the first poison. */
export function callOf(outputs: Tensors, truths: Truths, rest: Partial<JudgedCall> = {}): JudgedCall {
  const regime = { probe: probeOf("B"), truths };
  return { regime, placement: "right", poison: "a5", outputs, canaries: [], ...rest };
}
