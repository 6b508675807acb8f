// ONNX models of quantize_linear: QuantizeLinear of opset 23 as witness and as baseline.
import type { DType } from "../../../harness/domain/dtype.ts";
import type { BoundCase } from "../../../harness/domain/op.ts";
import type { OnnxBaseline, OnnxReference, Tensors } from "../../../harness/domain/oracle.ts";
import { fill, scalar } from "../../../harness/domain/tensor.ts";
import { ModelBuilder } from "../../../harness/onnx/model.ts";
import { type Granularity, granularityOf } from "../granularity.ts";
import { gridOf } from "../grid.ts";

const OPSET = 23;

interface Setup {
  readonly granularity: Granularity;
  readonly T: DType;
  readonly Q: DType;
  readonly withZeroPoint: boolean;
}

function setupOf(bound: BoundCase): Setup {
  return {
    granularity: granularityOf(bound),
    T: bound.dtypes["T"] ?? "float32",
    Q: bound.dtypes["Q"] ?? "int8",
    withZeroPoint: bound.inputs.some(({ name, absent }) => name === "y_zero_point" && !absent),
  };
}

/**
 * Scales or zero points with one entry for each outer and C and one for each block of inner: what ONNX's blocked form takes. Its own
 * granularities have blocks along one axis only.
 */
function perRow(model: ModelBuilder, { granularity }: Setup, name: string): string {
  const { shape, block, scales } = granularity;
  return [0, 1].reduce((current, axis) => {
    if (scales[axis] === shape[axis]) return current;
    const places = fill("int64", [shape[axis] ?? 1], (index) => Math.floor(index / (block[axis] ?? 1)));
    const indices = model.initializer(`${name}_places_${axis}`, places);
    return model.node("Gather", [current, indices], `${name}_along_${axis}`, { axis });
  }, name);
}

/** Zero points by row. Gather has no 4-bit types: through int8 or uint8, which hold them. */
function zeroPoints(model: ModelBuilder, setup: Setup): string {
  const { Q, granularity } = setup;
  model.input("y_zero_point", Q, granularity.scales);
  if (Q !== "int4" && Q !== "uint4") return perRow(model, setup, "y_zero_point");
  const wide = Q === "int4" ? "int8" : "uint8";
  const wideZeroPoints = model.node("Cast", ["y_zero_point"], "wide_zero_point", { to: { dtype: wide } });
  return model.node("Cast", [perRow(model, setup, wideZeroPoints)], "row_zero_point", { to: { dtype: Q } });
}

/** float32 x: in float16 the operator's division would depend on its `precision`. */
function widened(model: ModelBuilder, { T }: Setup): string {
  return T === "float32" ? "x" : model.node("Cast", ["x"], "x_float32", { to: { dtype: "float32" } });
}

/**
 * x no larger than 2^30 times the smallest scale for 4-bit outputs: ONNX Runtime 1.31 converts their quotients to int32 before it saturates
 * where a block is not a multiple of its vectors. What is cut saturates anyway while the scales lie within 2^26 of each other.
 */
function bounded(model: ModelBuilder, { granularity, Q }: Setup, x: string): string {
  if ((Q !== "int4" && Q !== "uint4") || granularity.shape.includes(0)) return x;
  const smallest = model.node("ReduceMin", ["y_scale"], "smallest_scale", { keepdims: 0 });
  const bound = model.node("Mul", [smallest, model.initializer("int32_range", scalar("float32", 2 ** 30))], "bound");
  return model.node("Clip", [x, model.node("Neg", [bound], "low_bound"), bound], "bounded");
}

function witness(bound: BoundCase): Uint8Array {
  const setup = setupOf(bound);
  const { granularity, T, Q, withZeroPoint } = setup;
  const { shape, block, scales } = granularity;
  const model = new ModelBuilder(OPSET);
  model.input("x", T, shape);
  model.input("y_scale", "float32", scales);
  const operands = [bounded(model, setup, widened(model, setup)), perRow(model, setup, "y_scale")];
  // The zero point of an 8-bit float is 0, and Gather has no such type.
  if (withZeroPoint && !gridOf(Q).float) operands.push(zeroPoints(model, setup));
  model.node("QuantizeLinear", operands, "y", { axis: 2, block_size: block[2], output_dtype: { dtype: Q } });
  model.output("y", Q, shape);
  return model.build();
}

/** Shape of the scales and attributes by which the operator itself expresses a granularity; undefined where it cannot. */
function native({
  shape,
  scales,
  block,
}: Granularity): { readonly shape: readonly number[]; readonly attributes: Record<string, number> } | undefined {
  const axes = [0, 1, 2];
  const divided = axes.filter((axis) => scales[axis] !== 1);
  if (divided.length === 0) return { shape: [], attributes: {} };
  const [axis = 0] = divided;
  if (divided.length === 1 && block[axis] === 1) return { shape: [scales[axis] ?? 1], attributes: { axis } };
  const [blocked = 2] = axes.filter((one) => block[one] !== 1);
  if (!axes.every((one) => one === blocked || scales[one] === shape[one])) return undefined;
  return { shape: scales, attributes: { axis: blocked, block_size: block[blocked] ?? 1 } };
}

/** The operator with scales and zero points baked in. With float16 x ONNX Runtime reads a scale of float32 as float16: x is cast first. */
function baseline(bound: BoundCase, inputs: Tensors): OnnxBaseline | undefined {
  const setup = setupOf(bound);
  const { granularity, T, Q } = setup;
  const form = native(granularity);
  const [scale, zeroPoint] = [inputs["y_scale"], inputs["y_zero_point"]];
  if (form === undefined || scale === undefined) return undefined;
  const model = new ModelBuilder(OPSET);
  model.input("x", T, granularity.shape);
  const operands = [widened(model, setup), model.initializer("y_scale", { ...scale, shape: form.shape })];
  if (zeroPoint !== undefined) operands.push(model.initializer("y_zero_point", { ...zeroPoint, shape: form.shape }));
  model.node("QuantizeLinear", operands, "y", { ...form.attributes, output_dtype: { dtype: Q } });
  model.output("y", Q, granularity.shape);
  return { name: "onnxruntime QuantizeLinear", run: model.build() };
}

/** The ONNX side of quantize_linear. */
export const reference: OnnxReference = {
  witness,
  baselines: (bound, inputs) => {
    const one = baseline(bound, inputs);
    return one === undefined ? [] : [one];
  },
};
