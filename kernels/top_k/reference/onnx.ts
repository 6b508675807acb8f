// The ONNX model of top_k: one TopK node, as witness and as baseline.
import { type BoundCase, numberOf } from "../../../harness/domain/op.ts";
import type { OnnxReference } from "../../../harness/domain/oracle.ts";
import { bytesOf, fill } from "../../../harness/domain/tensor.ts";
import { encodeModel } from "../../../harness/onnx/codec.ts";

/** TensorProto.DataType numbers (onnx.proto). */
const ELEMENT_TYPE = { float32: 1, int64: 7, float16: 10 } as const;

type Element = keyof typeof ELEMENT_TYPE;

/** ValueInfoProto of a tensor. */
function valueOf(
  name: string,
  type: Element,
  shape: readonly number[],
): { readonly name: string; readonly type: { readonly tensorType: object } } {
  const dim = shape.map((dimValue) => ({ dimValue }));
  return { name, type: { tensorType: { elemType: ELEMENT_TYPE[type], shape: { dim } } } };
}

/** TopK of opset 11; it orders equal values by index. Written as a ModelProto, since the node has two outputs. */
function modelOf(bound: BoundCase): Uint8Array {
  const [rows, n, k] = [numberOf(bound, "rows"), numberOf(bound, "N"), numberOf(bound, "K")];
  const T = bound.dtypes["T"] === "float16" ? "float16" : "float32";
  const count = fill("int64", [1], () => k);
  // AttributeProto type 2: an integer.
  const integer = (name: string, i: number): { name: string; type: number; i: number } => ({ name, type: 2, i });
  const attribute = [integer("axis", 1), integer("largest", numberOf(bound, "largest")), integer("sorted", 1)];
  return encodeModel({
    irVersion: 10,
    producerName: "openxpu",
    opsetImport: [{ domain: "", version: 21 }],
    graph: {
      name: "top_k",
      node: [{ opType: "TopK", input: ["x", "count"], output: ["values", "indices"], attribute }],
      initializer: [{ name: "count", dataType: ELEMENT_TYPE.int64, dims: [1], rawData: bytesOf(count) }],
      input: [valueOf("x", T, [rows, n])],
      output: [valueOf("values", T, [rows, k]), valueOf("indices", "int64", [rows, k])],
    },
  });
}

/** The ONNX side of top_k. */
export const reference: OnnxReference = {
  witness: modelOf,
  baselines: (bound) => [{ name: "onnxruntime TopK", run: modelOf(bound) }],
};
