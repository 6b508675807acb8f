// ONNX models of rms_norm: the RMSNormalization operator of opset 23 as witness and as baseline.
import type { DType } from "../../../harness/domain/dtype.ts";
import type { BoundCase } from "../../../harness/domain/op.ts";
import type { OnnxReference } from "../../../harness/domain/oracle.ts";
import { ModelBuilder } from "../../../harness/onnx/model.ts";
import { extentsOf } from "../inputs.ts";

const OPSET = 23;

/** RMSNormalization over the last axis in `inner`; casts stand around it where T is another dtype. */
function model(bound: BoundCase, inner: DType): Uint8Array {
  const { rows, features, eps, dtype } = extentsOf(bound);
  const graph = new ModelBuilder(OPSET);
  const wide = (name: string): string =>
    dtype === inner ? name : graph.node("Cast", [name], `${name}_wide`, { to: { dtype: inner } });
  const x = wide(graph.input("x", dtype, [rows, features]));
  const gamma = wide(graph.input("gamma", dtype, [features]));
  const attributes = { epsilon: { float: eps }, axis: -1 };
  const y = graph.node("RMSNormalization", [x, gamma], dtype === inner ? "y" : "y_wide", attributes);
  if (dtype !== inner) graph.node("Cast", [y], "y", { to: { dtype } });
  graph.output("y", dtype, [rows, features]);
  return graph.build();
}

/** The ONNX side of rms_norm. */
export const reference: OnnxReference = {
  witness: (bound) => model(bound, "float32"),
  baselines: (bound) => [{ name: "onnxruntime RMSNormalization", run: model(bound, "float32") }],
};
