// ONNX models for qlinear_matmul: MatMulInteger and QuantizeLinear as the witness, QGemm as the baseline.
import type { BoundCase } from "../../../harness/domain/op.ts";
import type { OnnxBaseline, OnnxReference, Tensors } from "../../../harness/domain/oracle.ts";
import { fill, scalar, type Tensor } from "../../../harness/domain/tensor.ts";
import { ModelBuilder } from "../../../harness/onnx/model.ts";
import { productOf } from "../product.ts";

const OPSET = 21;
const SWAP = { perm: [1, 0] };

/** uint8 = int8 + 128: scales stay, zero points move along. */
function unsigned(model: ModelBuilder, name: string): string {
  const wide = model.node("Cast", [name], `${name}_wide`, { to: { dtype: "int32" } });
  const moved = model.node("Add", [wide, "offset"], `${name}_moved`);
  return model.node("Cast", [moved], `${name}_unsigned`, { to: { dtype: "uint8" } });
}

function newModel(): ModelBuilder {
  const model = new ModelBuilder(OPSET);
  model.initializer("offset", scalar("int32", 128));
  return model;
}

/**
 * Everything is a graph input. Both operands are unsigned: u8 x s8 adds pairs of products in saturating int16 on x86
 * without VNNI (ONNX Runtime's quantization guide), u8 x u8 widens first: exact everywhere.
 */
function witness(bound: BoundCase): Uint8Array | { readonly absent: string } {
  const { m, n, k, transB, hasBias, hasZeroPoints } = productOf(bound);
  if (k === 0 && m > 0) return { absent: "MatMulInteger of ONNX Runtime 1.31 does not write empty sums" };
  const model = newModel();
  for (const { name, dtype, shape, absent } of bound.inputs) if (!absent) model.input(name, dtype, shape);
  const stored = unsigned(model, "b");
  const b = transB ? model.node("Transpose", [stored], "b_turned", SWAP) : stored;
  const zeroPoints = hasZeroPoints
    ? unsigned(model, "b_zero_point")
    : model.initializer(
        "b_zero_points",
        fill("uint8", [n], () => 128),
      );
  const operands = [unsigned(model, "a"), b, unsigned(model, "a_zero_point"), zeroPoints];
  const product = model.node("MatMulInteger", operands, "product");
  const sum = hasBias ? model.node("Add", [product, "bias"], "sum") : product;
  const real = model.node("Cast", [sum], "real", { to: { dtype: "float32" } });
  const scale = model.node("Mul", ["a_scale", "b_scale"], "scale");
  const scaled = model.node("Mul", [real, scale], "scaled");
  model.node("QuantizeLinear", [scaled, "y_scale", "y_zero_point"], "y");
  model.output("y", "int8", [m, n]);
  return model.build();
}

/** The value of a parameter. @throws RangeError where it is absent */
function parameter(inputs: Tensors, name: string): Tensor {
  const tensor = inputs[name];
  if (tensor === undefined) throw new RangeError(`'${name}' is absent`);
  return tensor;
}

/** b [K, N], as QGemm wants it. */
function upright(bound: BoundCase, inputs: Tensors): Tensor {
  const { n, k, transB } = productOf(bound);
  const b = parameter(inputs, "b");
  if (!transB) return b;
  return fill("int8", [k, n], (index) => Number(b.elements[(index % n) * k + Math.floor(index / n)] ?? 0));
}

/** QGemm with unsigned activations and int8 weights, the form that runtimes make of a quantized model; weights baked in. */
function baseline(bound: BoundCase, inputs: Tensors): OnnxBaseline {
  const { m, n, k, hasBias, hasZeroPoints } = productOf(bound);
  const moved = (name: string): Tensor => scalar("uint8", Number(parameter(inputs, name).elements[0] ?? 0) + 128);
  const prepare = newModel();
  prepare.input("a", "int8", [m, k]);
  prepare.output(unsigned(prepare, "a"), "uint8", [m, k]);
  const run = new ModelBuilder(OPSET);
  run.domain("com.microsoft", 1);
  const operands = [
    run.input("a_unsigned", "uint8", [m, k]),
    run.initializer("a_scale", parameter(inputs, "a_scale")),
    run.initializer("a_zero_point", moved("a_zero_point")),
    run.initializer("b", upright(bound, inputs)),
    run.initializer("b_scale", parameter(inputs, "b_scale")),
    run.initializer("b_zero_point", hasZeroPoints ? parameter(inputs, "b_zero_point") : fill("int8", [n], () => 0)),
    hasBias ? run.initializer("bias", parameter(inputs, "bias")) : "",
    run.initializer("y_scale", parameter(inputs, "y_scale")),
    run.initializer("y_zero_point", moved("y_zero_point")),
  ];
  run.output(run.node("QGemm", operands, "y_unsigned", {}, "com.microsoft"), "uint8", [m, n]);
  const collect = newModel();
  collect.input("y_unsigned", "uint8", [m, n]);
  const wide = collect.node("Cast", ["y_unsigned"], "y_wide", { to: { dtype: "int32" } });
  const back = collect.node("Sub", [wide, "offset"], "y_moved");
  collect.output(collect.node("Cast", [back], "y", { to: { dtype: "int8" } }), "int8", [m, n]);
  return { name: "onnxruntime QGemm u8s8", prepare: prepare.build(), run: run.build(), collect: collect.build() };
}

/** The ONNX models of qlinear_matmul. */
export const reference: OnnxReference = {
  witness,
  baselines: (bound, inputs) => [baseline(bound, inputs)],
};
