// ONNX models of reduce_sum: ReduceSum of opset 20 as witness and as baseline.
import type { DType } from "../../../harness/domain/dtype.ts";
import type { BoundCase } from "../../../harness/domain/op.ts";
import type { OnnxReference } from "../../../harness/domain/oracle.ts";
import { fill } from "../../../harness/domain/tensor.ts";
import { ModelBuilder } from "../../../harness/onnx/model.ts";
import { dtypeOf, extentsOf } from "../inputs.ts";

/** The first whose reductions over an empty axis are defined: ReduceSum gives 0. */
const OPSET = 20;

/** ReduceSum over the middle axis in `inner`; casts stand around it where T is another dtype. */
function model(bound: BoundCase, inner: DType): Uint8Array {
  const { outer, terms, inner: columns } = extentsOf(bound);
  const dtype = dtypeOf(bound);
  const graph = new ModelBuilder(OPSET);
  const axis = graph.initializer(
    "axis",
    fill("int64", [1], () => 1),
  );
  const x = graph.input("x", dtype, [outer, terms, columns]);
  const wide = dtype === inner ? x : graph.node("Cast", [x], "x_wide", { to: { dtype: inner } });
  const sum = graph.node("ReduceSum", [wide, axis], dtype === inner ? "y" : "y_wide", { keepdims: 0 });
  if (dtype !== inner) graph.node("Cast", [sum], "y", { to: { dtype } });
  graph.output("y", dtype, [outer, columns]);
  return graph.build();
}

/** The ONNX side of reduce_sum. */
export const reference: OnnxReference = {
  witness: (bound) => model(bound, "float32"),
  // ReduceSum has no half types on the CPU: a user of ONNX Runtime casts.
  baselines: (bound) => [{ name: "onnxruntime ReduceSum", run: model(bound, "float32") }],
};
