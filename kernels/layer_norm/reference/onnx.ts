// ONNX models of layer_norm: LayerNormalization of opset 17 as witness and as baseline; nodes of its own give mean and rstd.
import type { BoundCase } from "../../../harness/domain/op.ts";
import type { OnnxReference } from "../../../harness/domain/oracle.ts";
import { fill, scalar } from "../../../harness/domain/tensor.ts";
import { ModelBuilder } from "../../../harness/onnx/model.ts";
import { extentsOf } from "../inputs.ts";

const OPSET = 18;

/** Whether the case wants an output. */
function wants(bound: BoundCase, output: string): boolean {
  return bound.outputs.some(({ name, absent }) => name === output && !absent);
}

/** Adds y = LayerNormalization in float32, casts around it where T is another dtype; gives the name of x in float32. */
function normalize(graph: ModelBuilder, bound: BoundCase): string {
  const wide = bound.inputs
    .filter(({ absent }) => !absent)
    .map(({ name, dtype, shape }) => {
      graph.input(name, dtype, shape);
      return dtype === "float32" ? name : graph.node("Cast", [name], `${name}_wide`, { to: { dtype: "float32" } });
    });
  const { rows, features, eps, dtype } = extentsOf(bound);
  const attributes = { axis: -1, epsilon: { float: eps } };
  const y = graph.node("LayerNormalization", wide, dtype === "float32" ? "y" : "y_wide", attributes);
  if (dtype !== "float32") graph.node("Cast", [y], "y", { to: { dtype } });
  graph.output("y", dtype, [rows, features]);
  return wide[0] ?? "x";
}

/** Adds mean and rstd of [rows, D] by their definition, the variance as a mean of squared differences. */
function statistics(graph: ModelBuilder, bound: BoundCase, x: string): void {
  const { rows, eps } = extentsOf(bound);
  const integer = (name: string, value: number): string =>
    graph.initializer(
      name,
      fill("int64", [1], () => value),
    );
  const [axis, flat] = [integer("last_axis", 1), integer("flat", rows)];
  const center = graph.node("ReduceMean", [x, axis], "center", { keepdims: 1 });
  if (wants(bound, "mean")) {
    graph.node("Reshape", [center, flat], "mean");
    graph.output("mean", "float32", [rows]);
  }
  if (!wants(bound, "rstd")) return;
  const centered = graph.node("Sub", [x, center], "centered");
  const squares = graph.node("Mul", [centered, centered], "squares");
  const variance = graph.node("ReduceMean", [squares, axis], "variance", { keepdims: 0 });
  const shifted = graph.node("Add", [variance, graph.initializer("eps", scalar("float32", eps))], "shifted");
  graph.node("Reciprocal", [graph.node("Sqrt", [shifted], "root")], "rstd");
  graph.output("rstd", "float32", [rows]);
}

function witness(bound: BoundCase): Uint8Array {
  const graph = new ModelBuilder(OPSET);
  const x = normalize(graph, bound);
  if (wants(bound, "mean") || wants(bound, "rstd")) statistics(graph, bound, x);
  return graph.build();
}

/** The ONNX side of layer_norm. */
export const reference: OnnxReference = {
  witness,
  // A user's model has LayerNormalization alone: a timed case has no mean and no rstd.
  baselines: (bound) =>
    wants(bound, "mean") || wants(bound, "rstd")
      ? []
      : [{ name: "onnxruntime LayerNormalization", run: witness(bound) }],
};
