// ONNX models of silu_and_mul: Split, the activation from its operators, Mul.
import type { DType } from "../../../harness/domain/dtype.ts";
import type { BoundCase } from "../../../harness/domain/op.ts";
import type { OnnxBaseline, OnnxReference } from "../../../harness/domain/oracle.ts";
import { fill, scalar } from "../../../harness/domain/tensor.ts";
import { ModelBuilder } from "../../../harness/onnx/model.ts";
import { extentsOf } from "../inputs.ts";

const OPSET = 13;

/** The first or second half of each row of `x`. */
function half(model: ModelBuilder, bound: BoundCase, x: string, index: 0 | 1): string {
  const { size } = extentsOf(bound);
  const name = index === 0 ? "gate" : "up";
  const bounds = [index * size, (index + 1) * size].map((at, end) =>
    model.initializer(
      `${name}_${end === 0 ? "from" : "to"}`,
      fill("int64", [1], () => at),
    ),
  );
  const axis = model.initializer(
    `${name}_axis`,
    fill("int64", [1], () => 1),
  );
  return model.node("Slice", [x, ...bounds, axis], name);
}

/** In float32 between casts: gate / (1 + exp(-gate)) * up. The CPU's Sigmoid is right to an absolute error only, and 0 below -18. */
function witness(bound: BoundCase): Uint8Array {
  const { rows, size } = extentsOf(bound);
  const dtype = bound.dtypes["T"] ?? "float32";
  const model = new ModelBuilder(OPSET);
  const x = model.input("x", dtype, [rows, 2 * size]);
  const wide = dtype === "float32" ? x : model.node("Cast", [x], "x_float32", { to: { dtype: "float32" } });
  const gate = half(model, bound, wide, 0);
  const exponential = model.node("Exp", [model.node("Neg", [gate], "negative")], "exponential");
  const divisor = model.node("Add", [model.initializer("one", scalar("float32", 1)), exponential], "divisor");
  const silu = model.node("Div", [gate, divisor], "silu");
  const product = dtype === "float32" ? "y" : "y_float32";
  model.node("Mul", [silu, half(model, bound, wide, 1)], product);
  if (product !== "y") model.node("Cast", [product], "y", { to: { dtype } });
  model.output("y", dtype, [rows, size]);
  return model.build();
}

/** What exporters write for SwiGLU: Sigmoid and two products in T. */
function baseline(bound: BoundCase, dtype: DType): OnnxBaseline {
  const { rows, size } = extentsOf(bound);
  const model = new ModelBuilder(OPSET);
  const x = model.input("x", dtype, [rows, 2 * size]);
  const gate = half(model, bound, x, 0);
  const silu = model.node("Mul", [gate, model.node("Sigmoid", [gate], "sigmoid")], "silu");
  model.node("Mul", [silu, half(model, bound, x, 1)], "y");
  model.output("y", dtype, [rows, size]);
  return { name: "onnxruntime Sigmoid and Mul", run: model.build() };
}

/** The ONNX side of silu_and_mul. */
export const reference: OnnxReference = {
  witness,
  baselines: (bound) => {
    const dtype = bound.dtypes["T"];
    // The CPU provider has no bfloat16 Sigmoid.
    return dtype === undefined || dtype === "bfloat16" ? [] : [baseline(bound, dtype)];
  },
};
