// ONNX models of rotary_embedding: the RotaryEmbedding operator of opset 23, in float32 as the witness and in T as the baseline.
import type { DType } from "../../../harness/domain/dtype.ts";
import { type BoundCase, numberOf } from "../../../harness/domain/op.ts";
import type { OnnxReference } from "../../../harness/domain/oracle.ts";
import { fill } from "../../../harness/domain/tensor.ts";
import { ModelBuilder } from "../../../harness/onnx/model.ts";
import { extentsOf } from "../inputs.ts";

const OPSET = 23;

/** A Reshape to `shape`, in which 0 is an extent. */
function reshaped(model: ModelBuilder, input: string, output: string, shape: readonly number[]): string {
  const wanted = model.initializer(
    `${output}_shape`,
    fill("int64", [shape.length], (axis) => shape[axis] ?? 0),
  );
  return model.node("Reshape", [input, wanted], output, { allowzero: 1 });
}

/**
 * The operator in `inner`, between casts where T is another dtype. It takes heads side by side: [batch, tokens, H D].
 * @param folded one token a batch: ONNX Runtime takes no more tokens of a sequence than the caches have rows
 */
function modelIn(bound: BoundCase, inner: DType, folded: boolean): Uint8Array {
  const { batch, tokens, heads, size, interleaved } = extentsOf(bound);
  const places = folded ? [batch * tokens, 1] : [batch, tokens];
  const model = new ModelBuilder(OPSET);
  const [x = "", cosines = "", sines = "", ids = ""] = bound.inputs.map(({ name, dtype, shape }) => {
    model.input(name, dtype, shape);
    return dtype === inner || dtype === "int64"
      ? name
      : model.node("Cast", [name], `${name}_inner`, { to: { dtype: inner } });
  });
  const flat = reshaped(model, x, "x_flat", [...places, heads * size]);
  const positions = folded ? reshaped(model, ids, "ids_flat", places) : ids;
  const turned = model.node("RotaryEmbedding", [flat, cosines, sines, positions], "turned", {
    interleaved: Number(interleaved),
    num_heads: heads,
    rotary_embedding_dim: numberOf(bound, "rotary_dim"),
  });
  for (const { name, dtype, shape } of bound.outputs) {
    const result = reshaped(model, turned, dtype === inner ? name : `${name}_inner`, shape);
    if (result !== name) model.node("Cast", [result], name, { to: { dtype } });
    model.output(name, dtype, shape);
  }
  return model.build();
}

/** The ONNX side of rotary_embedding. */
export const reference: OnnxReference = {
  witness: (bound) => modelIn(bound, "float32", true),
  baselines: (bound) => {
    const dtype = bound.dtypes["T"];
    const { tokens, positions } = extentsOf(bound);
    // The CPU provider has no bfloat16 RotaryEmbedding.
    if (dtype === undefined || dtype === "bfloat16" || tokens > positions) return [];
    return [{ name: "onnxruntime RotaryEmbedding", run: modelIn(bound, dtype, false) }];
  },
};
