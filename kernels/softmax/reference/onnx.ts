// ONNX models of softmax: the Softmax operator, in float32 as the witness and in T as the baseline.
import type { DType } from "../../../harness/domain/dtype.ts";
import type { BoundCase } from "../../../harness/domain/op.ts";
import type { OnnxBaseline, OnnxReference } from "../../../harness/domain/oracle.ts";
import { ModelBuilder } from "../../../harness/onnx/model.ts";

const OPSET = 13;
/** The middle axis of [outer, K, inner]. */
const AXIS = { axis: 1 };

function shapeOf(bound: BoundCase): readonly number[] {
  return bound.inputs[0]?.shape ?? [];
}

/** Softmax in float32 between casts: one rounding to T at the end. */
function witness(bound: BoundCase): Uint8Array {
  const dtype = bound.dtypes["T"] ?? "float32";
  const model = new ModelBuilder(OPSET);
  const x = model.input("x", dtype, shapeOf(bound));
  if (dtype === "float32") model.node("Softmax", [x], "y", AXIS);
  else {
    const wide = model.node("Cast", [x], "x_float32", { to: { dtype: "float32" } });
    model.node("Cast", [model.node("Softmax", [wide], "y_float32", AXIS)], "y", { to: { dtype } });
  }
  model.output("y", dtype, shapeOf(bound));
  return model.build();
}

function baseline(bound: BoundCase, dtype: DType): OnnxBaseline {
  const model = new ModelBuilder(OPSET);
  model.node("Softmax", [model.input("x", dtype, shapeOf(bound))], "y", AXIS);
  model.output("y", dtype, shapeOf(bound));
  return { name: "onnxruntime Softmax", run: model.build() };
}

/** The ONNX side of softmax. */
export const reference: OnnxReference = {
  witness,
  baselines: (bound) => {
    const dtype = bound.dtypes["T"];
    // The CPU provider has no bfloat16 Softmax.
    return dtype === undefined || dtype === "bfloat16" ? [] : [baseline(bound, dtype)];
  },
};
