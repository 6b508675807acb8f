// Attention without masks, past and soft cap as our flash_attention, whose tensors are [batch, position, head, feature].
import { dtypeOf, type Finder, type NodeCase } from "./cover.ts";
import type { TensorValue } from "../pair.ts";

/** [batch, head, position, feature] with the inner two axes exchanged. */
function exchanged(value: TensorValue): TensorValue {
  const [batch = 0, heads = 0, positions = 0, features = 0] = value.shape;
  const row = (features * value.type.bits) / 8;
  const bytes = new Uint8Array(value.bytes.length);
  for (let b = 0; b < batch; b += 1) {
    for (let h = 0; h < heads; h += 1) {
      for (let t = 0; t < positions; t += 1) {
        const from = ((b * heads + h) * positions + t) * row;
        bytes.set(value.bytes.subarray(from, from + row), ((b * positions + t) * heads + h) * row);
      }
    }
  }
  return { ...value, shape: [batch, positions, heads, features], bytes };
}

/** Our form of a tensor of Attention: four axes are exchanged, three are split by heads. */
export function byPosition(value: TensorValue, heads: number): TensorValue {
  if (value.shape.length === 4) return exchanged(value);
  const [batch = 0, positions = 0, hidden = 0] = value.shape;
  return { ...value, shape: [batch, positions, heads, hidden / heads] };
}

/** What flash_attention does not have, or undefined. */
function beyond({ node, input, output }: NodeCase): string | undefined {
  if (input(3) !== undefined) return "flash_attention has no mask";
  if (input(4) !== undefined || input(5) !== undefined || input(6) !== undefined) return "flash_attention has no past";
  if (node.number("left_window_size", -1) !== -1 || node.number("right_window_size", -1) !== -1)
    return "flash_attention has no window";
  if (node.number("softcap", 0) !== 0) return "flash_attention has no soft cap";
  if (output(1) !== undefined || output(2) !== undefined || output(3) !== undefined)
    return "flash_attention does not give its scores";
  if (node.number("softmax_precision", 1) !== 1) return "its softmax has a precision of its own";
  return undefined;
}

/** Attention of one query, key and value. */
export const attention: Finder = (seen) => {
  const { node } = seen;
  const [q, k, v] = [seen.input(0), seen.input(1), seen.input(2)];
  if (q === undefined || k === undefined || v === undefined) return "it has no query, key and value";
  const reason = beyond(seen);
  if (reason !== undefined) return reason;
  const four = q.shape.length === 4;
  const heads = four ? (q.shape[1] ?? 0) : node.number("q_num_heads", 0);
  const pairs = four ? (k.shape[1] ?? 0) : node.number("kv_num_heads", 0);
  const inputs = { q: byPosition(q, heads), k: byPosition(k, pairs), v: byPosition(v, pairs) };
  const [batch = 0, queries = 0, , size = 0] = inputs.q.shape;
  const keys = inputs.k.shape[1] ?? 0;
  if (inputs.v.shape[3] !== size) return "its values have another size than its keys";
  const causal = node.number("is_causal", 0) === 1;
  // Ours aligns the last query with the last key, ONNX the first with the first.
  if (causal && queries !== keys) return "its causal mask is aligned to the first key";
  return {
    op: "flash_attention",
    axes: { B: batch, Tq: queries, Tk: keys, H: heads, Hkv: pairs, D: size },
    attributes: { causal, scale: node.number("scale", 1 / Math.sqrt(size)) },
    dtypes: { T: dtypeOf(q) },
    inputs,
    outputs: { o: seen.output(0) ?? 0 },
  };
};
