// RotaryEmbedding as ours, whose tensors are [batch, position, head, feature] and whose caches are looked up by position.
import { elementType } from "../../onnx/element.ts";
import { byPosition } from "./attention.ts";
import type { Finder } from "./cover.ts";
import type { TensorValue } from "../pair.ts";
import { dtypeOf, product } from "./cover.ts";

/** TensorProto.INT64. */
const INT64 = 7;

/** 0, 1, 2, ...: the rows of caches that hold one for each token. */
function counted(shape: readonly number[]): TensorValue {
  const type = elementType(INT64);
  if (type === undefined) throw new RangeError("there is no int64");
  const positions = BigInt64Array.from({ length: product(shape) }, (_, index) => BigInt(index));
  return { kind: "tensor", type, shape, bytes: new Uint8Array(positions.buffer) };
}

/** RotaryEmbedding, with position ids or with a row of the caches for each token. */
export const rotaryEmbedding: Finder = ({ node, input, output }) => {
  const [given, cos, sin] = [input(0), input(1), input(2)];
  if (given === undefined || cos === undefined || sin === undefined) return "it has no tensor and caches";
  const heads = given.shape.length === 4 ? (given.shape[1] ?? 0) : node.number("num_heads", 0);
  if (heads === 0) return "it does not say how many heads it has";
  const x = byPosition(given, heads);
  const [batch = 0, tokens = 0, , size = 0] = x.shape;
  return {
    op: "rotary_embedding",
    axes: { B: batch, S: tokens, H: heads, D: size, P: product(cos.shape.slice(0, -1)) },
    attributes: {
      interleaved: node.number("interleaved", 0) === 1,
      rotary_dim: node.number("rotary_embedding_dim", 0),
    },
    dtypes: { T: dtypeOf(x) },
    inputs: { x, cos_cache: cos, sin_cache: sin, position_ids: input(3) ?? counted([batch, tokens]) },
    outputs: { y: output(0) ?? 0 },
  };
};
