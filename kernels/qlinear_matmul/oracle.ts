// The truth of qlinear_matmul: exact accumulators, the real value before rounding, and the inputs that reveal faults.
import { exponentOf } from "../../harness/domain/dtype.ts";
import type { BoundCase } from "../../harness/domain/op.ts";
import type { Oracle, Probe, RequantizedTruth, RowSample, Tensors } from "../../harness/domain/oracle.ts";
import { probeInputs } from "./inputs.ts";
import { accumulate, centredColumns, productOf } from "./product.ts";

const PROBES: readonly Probe[] = [
  {
    name: "ties",
    lane: "A",
    reveals: "rounding other than half-even, the zero point added before rounding, clamping, per-column scale and bias",
  },
  {
    name: "random_scales",
    lane: "A",
    reveals: "requantization error beyond four float32 roundings, full-range int8 operands, zero points",
    race: true,
  },
  {
    name: "beside_ties",
    lane: "A",
    reveals: "short multipliers, short or float32 accumulators, bias that is added after scaling",
  },
  {
    name: "index_coded",
    lane: "A",
    reveals: "b read the wrong way round, wrong rows, columns, zero points or tails, a few columns taken for all",
  },
  { name: "extremes", lane: "A", reveals: "int16 saturation of products or sums, negating -128, integer overflow" },
];

/** Up to here every int32 is a float32. */
const FLOAT32_INTEGERS = 2 ** 24;

function isPowerOfTwo(scale: number): boolean {
  return scale > 0 && 2 ** exponentOf(scale) === scale;
}

function int8s(inputs: Tensors, name: string): Int8Array {
  const elements = inputs[name]?.elements;
  if (!(elements instanceof Int8Array)) throw new TypeError(`'${name}' must be an int8 tensor`);
  return elements;
}

function float32s(inputs: Tensors, name: string): Float32Array {
  const elements = inputs[name]?.elements;
  if (!(elements instanceof Float32Array)) throw new TypeError(`'${name}' must be a float32 tensor`);
  return elements;
}

/** Zero points of b [N], zeros where they are absent. */
function zeroPointsOf(inputs: Tensors, n: number): Int8Array {
  return inputs["b_zero_point"] === undefined ? new Int8Array(n) : int8s(inputs, "b_zero_point");
}

/** Bias [N], zeros where it is absent. */
function biasOf(inputs: Tensors, n: number): Int32Array {
  const elements = inputs["bias"]?.elements;
  return elements instanceof Int32Array ? elements : new Int32Array(n);
}

/**
 * t = (acc + bias) * a_scale * b_scale[n] / y_scale in float64. Its arithmetic is exact, and so is that of every legal
 * float32 kernel, where all scales are powers of two and no integer on the way leaves the float32 integers.
 */
function requantize(accumulators: Int32Array, inputs: Tensors, bScale: Float32Array): RequantizedTruth {
  const n = bScale.length;
  const bias = biasOf(inputs, n);
  const aScale = float32s(inputs, "a_scale")[0] ?? 1;
  const yScale = float32s(inputs, "y_scale")[0] ?? 1;
  const t = new Float64Array(accumulators.length);
  let largest = bias.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (let start = 0; start < t.length; start += n) {
    for (let column = 0; column < n; column += 1) {
      const accumulator = accumulators[start + column] ?? 0;
      const sum = accumulator + (bias[column] ?? 0);
      largest = Math.max(largest, Math.abs(accumulator), Math.abs(sum));
      t[start + column] = (sum * aScale * (bScale[column] ?? 1)) / yScale;
    }
  }
  return {
    kind: "requantized",
    t,
    zeroPoint: int8s(inputs, "y_zero_point")[0] ?? 0,
    low: -128,
    high: 127,
    exactArithmetic: largest <= FLOAT32_INTEGERS && [aScale, yScale, ...bScale].every(isPowerOfTwo),
  };
}

/** The oracle of qlinear_matmul. */
export const oracle: Oracle = {
  probes: () => PROBES,
  inputs: (bound, probe, random) => probeInputs(bound, probe.name, random),
  truth: (bound: BoundCase, _probe: Probe, inputs: Tensors, rows?: RowSample) => {
    const product = productOf(bound);
    const columns = centredColumns(product, int8s(inputs, "b"), zeroPointsOf(inputs, product.n));
    const zeroPoint = int8s(inputs, "a_zero_point")[0] ?? 0;
    const accumulators = accumulate(product, int8s(inputs, "a"), zeroPoint, columns, rows?.mask);
    const y = requantize(accumulators, inputs, float32s(inputs, "b_scale"));
    if (rows === undefined) return { y };
    const { mask } = rows;
    return { y: { ...y, judged: Uint8Array.from(y.t, (_, index) => mask[Math.floor(index / product.n)] ?? 0) } };
  },
};
