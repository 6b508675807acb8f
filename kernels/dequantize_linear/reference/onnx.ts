// ONNX models of dequantize_linear: DequantizeLinear of opset 23 as witness and as baseline.
import type { DType } from "../../../harness/domain/dtype.ts";
import type { BoundCase } from "../../../harness/domain/op.ts";
import type { OnnxBaseline, OnnxReference, Tensors } from "../../../harness/domain/oracle.ts";
import { fill } from "../../../harness/domain/tensor.ts";
import { ModelBuilder } from "../../../harness/onnx/model.ts";
import { codesOf } from "../codes.ts";
import { type Granularity, granularityOf } from "../granularity.ts";

const OPSET = 23;

interface Setup {
  readonly granularity: Granularity;
  readonly T: DType;
  readonly Q: DType;
  readonly shifted: boolean;
}

function setupOf(bound: BoundCase): Setup {
  return {
    granularity: granularityOf(bound),
    T: bound.dtypes["T"] ?? "float32",
    Q: bound.dtypes["Q"] ?? "int8",
    shifted: bound.inputs.some(({ name, absent }) => name === "x_zero_point" && !absent),
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
  model.input("x_zero_point", Q, granularity.scales);
  if (Q !== "int4" && Q !== "uint4") return perRow(model, setup, "x_zero_point");
  const wide = Q === "int4" ? "int8" : "uint8";
  const wideZeroPoints = model.node("Cast", ["x_zero_point"], "wide_zero_point", { to: { dtype: wide } });
  return model.node("Cast", [perRow(model, setup, wideZeroPoints)], "row_zero_point", { to: { dtype: Q } });
}

function witness(bound: BoundCase): Uint8Array {
  const setup = setupOf(bound);
  const { granularity, T, Q, shifted } = setup;
  const { shape, block, scales } = granularity;
  const model = new ModelBuilder(OPSET);
  model.input("x", Q, shape);
  model.input("x_scale", T, scales);
  const operands = ["x", perRow(model, setup, "x_scale")];
  // The zero point of an 8-bit float is 0, and Gather has no such type.
  if (shifted && !codesOf(Q).float) operands.push(zeroPoints(model, setup));
  model.node("DequantizeLinear", operands, "y", { axis: 2, block_size: block[2] });
  model.output("y", T, shape);
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

/** The operator alone, scales and zero points baked in. */
function baseline(bound: BoundCase, inputs: Tensors): OnnxBaseline | undefined {
  const { granularity, T, Q } = setupOf(bound);
  const form = native(granularity);
  const [scale, zeroPoint] = [inputs["x_scale"], inputs["x_zero_point"]];
  if (form === undefined || scale === undefined) return undefined;
  const model = new ModelBuilder(OPSET);
  model.input("x", Q, granularity.shape);
  const operands = ["x", model.initializer("x_scale", { ...scale, shape: form.shape })];
  if (zeroPoint !== undefined) operands.push(model.initializer("x_zero_point", { ...zeroPoint, shape: form.shape }));
  model.node("DequantizeLinear", operands, "y", form.attributes);
  model.output("y", T, granularity.shape);
  return { name: "onnxruntime DequantizeLinear", run: model.build() };
}

/** The ONNX side of dequantize_linear. */
export const reference: OnnxReference = {
  witness,
  baselines: (bound, inputs) => {
    const one = baseline(bound, inputs);
    return one === undefined ? [] : [one];
  },
};
