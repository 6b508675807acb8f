// ONNX models for qlinear_conv2d: QLinearConv on unsigned activations, as the witness and as two baselines.
import { type BoundCase, numberOf, tupleAttribute } from "../../../harness/domain/op.ts";
import type { OnnxBaseline, OnnxReference, Tensors } from "../../../harness/domain/oracle.ts";
import { fill, scalar, type Tensor } from "../../../harness/domain/tensor.ts";
import { ModelBuilder, type NodeAttribute } from "../../../harness/onnx/model.ts";

const OPSET = 21;
const NHWC_TO_NCHW = [0, 3, 1, 2];
const NCHW_TO_NHWC = [0, 2, 3, 1];

/** Shape of an argument of the case. */
function shapeOf(bound: BoundCase, name: string): readonly number[] {
  const spec = [...bound.inputs, ...bound.outputs].find((argument) => argument.name === name);
  if (spec === undefined) throw new RangeError(`'${name}' is no argument of ${bound.op}`);
  return spec.shape;
}

function toNchw([n = 1, h = 1, w = 1, c = 1]: readonly number[]): number[] {
  return [n, c, h, w];
}

/** uint8 = int8 + 128: scales stay, zero points move along. */
function unsigned(model: ModelBuilder, name: string, output = `${name}_unsigned`): string {
  const wide = model.node("Cast", [name], `${name}_wide`, { to: { dtype: "int32" } });
  const moved = model.node("Add", [wide, "offset"], `${name}_moved`);
  return model.node("Cast", [moved], output, { to: { dtype: "uint8" } });
}

/** int8 = uint8 - 128. */
function signed(model: ModelBuilder, name: string, output: string): string {
  const wide = model.node("Cast", [name], `${name}_wide`, { to: { dtype: "int32" } });
  const moved = model.node("Sub", [wide, "offset"], `${name}_moved`);
  return model.node("Cast", [moved], output, { to: { dtype: "int8" } });
}

function newModel(): ModelBuilder {
  const model = new ModelBuilder(OPSET);
  model.initializer("offset", scalar("int32", 128));
  return model;
}

/** One zero point for every output channel. */
function repeated(dtype: "int8" | "uint8", count: number, zeroPoint: number): Tensor {
  return fill(dtype, [count], () => zeroPoint);
}

function convolutionAttributes(bound: BoundCase): Record<string, NodeAttribute> {
  return {
    strides: tupleAttribute(bound, "strides"),
    pads: tupleAttribute(bound, "pads"),
    dilations: tupleAttribute(bound, "dilations"),
    group: numberOf(bound, "groups"),
    kernel_shape: [numberOf(bound, "KH"), numberOf(bound, "KW")],
  };
}

/**
 * Everything is a graph input. The weights are unsigned too, with zero point 128: u8 x s8 adds pairs of products in
 * saturating int16 on x86 without VNNI (ONNX Runtime's quantization guide), u8 x u8 widens first: exact everywhere.
 */
function witness(bound: BoundCase): Uint8Array {
  const model = newModel();
  for (const { name, dtype, shape, absent } of bound.inputs) if (!absent) model.input(name, dtype, shape);
  const bias = bound.inputs.some(({ name, absent }) => name === "bias" && !absent);
  model.initializer("w_zero_point", repeated("uint8", numberOf(bound, "Cout"), 128));
  const x = model.node("Transpose", [unsigned(model, "x")], "x_nchw", { perm: NHWC_TO_NCHW });
  const w = model.node("Transpose", [unsigned(model, "w")], "w_oihw", { perm: NHWC_TO_NCHW });
  const xZeroPoint = unsigned(model, "x_zero_point");
  const yZeroPoint = unsigned(model, "y_zero_point");
  const inputs = [
    x,
    "x_scale",
    xZeroPoint,
    w,
    "w_scale",
    "w_zero_point",
    "y_scale",
    yZeroPoint,
    ...(bias ? ["bias"] : []),
  ];
  model.node("QLinearConv", inputs, "y_nchw", convolutionAttributes(bound));
  const y = model.node("Transpose", ["y_nchw"], "y_unsigned", { perm: NCHW_TO_NHWC });
  model.output(signed(model, y, "y"), "int8", shapeOf(bound, "y"));
  return model.build();
}

/** The value of a parameter. @throws RangeError where it is absent */
function parameter(inputs: Tensors, name: string): Tensor {
  const tensor = inputs[name];
  if (tensor === undefined) throw new RangeError(`'${name}' is absent`);
  return tensor;
}

/** w [Cout, KH, KW, Cin/groups] as ONNX wants it: [Cout, Cin/groups, KH, KW]. */
function oihw(w: Tensor): Tensor {
  const [cout = 1, kh = 1, kw = 1, ci = 1] = w.shape;
  const taps = kh * kw;
  return fill("int8", [cout, ci, kh, kw], (index) => {
    const tap = index % taps;
    const channel = Math.floor(index / taps) % ci;
    const co = Math.floor(index / (taps * ci));
    return Number(w.elements[(co * taps + tap) * ci + channel] ?? 0);
  });
}

function unsignedScalar(zeroPoint: Tensor): Tensor {
  return scalar("uint8", Number(zeroPoint.elements[0] ?? 0) + 128);
}

/**
 * The timed model: parameters baked in, uint8 in and out, so that nothing but the convolution is measured. ONNX Runtime
 * turns Transpose - QLinearConv - Transpose into one channels-last convolution (read from its optimized model), and
 * unlike com.microsoft QLinearConv written by hand this form obeys session.x64quantprecision.
 */
function timedModel(bound: BoundCase, inputs: Tensors, channelsLast: boolean): Uint8Array {
  const model = new ModelBuilder(OPSET);
  const shape = (name: string): readonly number[] =>
    channelsLast ? shapeOf(bound, name) : toNchw(shapeOf(bound, name));
  const x = model.input("x_unsigned", "uint8", shape("x"));
  const operands = [
    channelsLast ? model.node("Transpose", [x], "x_nchw", { perm: NHWC_TO_NCHW }) : x,
    model.initializer("x_scale", parameter(inputs, "x_scale")),
    model.initializer("x_zero_point", unsignedScalar(parameter(inputs, "x_zero_point"))),
    model.initializer("w", oihw(parameter(inputs, "w"))),
    model.initializer("w_scale", parameter(inputs, "w_scale")),
    model.initializer("w_zero_point", repeated("int8", numberOf(bound, "Cout"), 0)),
    model.initializer("y_scale", parameter(inputs, "y_scale")),
    model.initializer("y_zero_point", unsignedScalar(parameter(inputs, "y_zero_point"))),
    ...(inputs["bias"] === undefined ? [] : [model.initializer("bias", inputs["bias"])]),
  ];
  const y = model.node("QLinearConv", operands, channelsLast ? "y_nchw" : "y_unsigned", convolutionAttributes(bound));
  if (channelsLast) model.node("Transpose", [y], "y_unsigned", { perm: NCHW_TO_NHWC });
  model.output("y_unsigned", "uint8", shape("y"));
  return model.build();
}

/** x (int8, NHWC) to x_unsigned in the timed model's layout. */
function prepareModel(bound: BoundCase, channelsLast: boolean): Uint8Array {
  const model = newModel();
  const shape = shapeOf(bound, "x");
  model.input("x", "int8", shape);
  if (channelsLast) unsigned(model, "x");
  else model.node("Transpose", [unsigned(model, "x", "x_nhwc")], "x_unsigned", { perm: NHWC_TO_NCHW });
  model.output("x_unsigned", "uint8", channelsLast ? shape : toNchw(shape));
  return model.build();
}

/** y_unsigned in the timed model's layout to y (int8, NHWC). */
function collectModel(bound: BoundCase, channelsLast: boolean): Uint8Array {
  const model = newModel();
  const shape = shapeOf(bound, "y");
  const from = model.input("y_unsigned", "uint8", channelsLast ? shape : toNchw(shape));
  const nhwc = channelsLast ? from : model.node("Transpose", [from], "y_nhwc", { perm: NCHW_TO_NHWC });
  model.output(signed(model, nhwc, "y"), "int8", shape);
  return model.build();
}

function baseline(bound: BoundCase, inputs: Tensors, channelsLast: boolean): OnnxBaseline {
  return {
    name: `onnxruntime u8s8 ${channelsLast ? "NHWC" : "NCHW"}`,
    prepare: prepareModel(bound, channelsLast),
    run: timedModel(bound, inputs, channelsLast),
    collect: collectModel(bound, channelsLast),
  };
}

/** The ONNX models of qlinear_conv2d. */
export const reference: OnnxReference = {
  witness,
  baselines: (bound, inputs) => [true, false].map((channelsLast) => baseline(bound, inputs, channelsLast)),
};
