// Official cases as cases of our ops: the same numbers under our names.
import { describe, expect, it, test } from "vitest";
import { CHECKOUT } from "../io/main.ts";
import { diskFiles } from "../io/files.ts";
import { loadCatalogue } from "../stages/validate/catalogue.ts";
import type { ReadyCase } from "./case.ts";
import { findCover } from "./cover/find.ts";
import { type Given, integer, nodeCaseOf } from "./testing/nodes.ts";

const checked = await loadCatalogue(CHECKOUT, diskFiles);
if (!checked.ok) throw new Error(checked.problems.map(({ message }) => message).join("; "));
const { ops } = checked.value;

const F = 1;
const I8 = 3;

test.each<readonly [string, ReadyCase, string, object]>([
  [
    "MatMul of one matrix for all",
    nodeCaseOf(
      "MatMul",
      [
        [F, [2, 3, 4]],
        [F, [4, 5]],
      ],
      [[F, [2, 3, 5]]],
    ),
    "matmul",
    { batch: 2, batch_b: 1, M: 3, N: 5, K: 4 },
  ],
  [
    "MatMul of vectors",
    nodeCaseOf(
      "MatMul",
      [
        [F, [4]],
        [F, [4]],
      ],
      [[F, []]],
    ),
    "matmul",
    { batch: 1, M: 1, N: 1, K: 4 },
  ],
  [
    "Gemm with transposes",
    nodeCaseOf(
      "Gemm",
      [
        [F, [4, 3]],
        [F, [5, 4]],
      ],
      [[F, [3, 5]]],
      [integer("transA", 1), integer("transB", 1)],
    ),
    "matmul",
    { M: 3, N: 5, K: 4 },
  ],
  [
    "Softmax over a middle axis",
    nodeCaseOf("Softmax", [[F, [2, 3, 4]]], [[F, [2, 3, 4]]], [integer("axis", 1)]),
    "softmax",
    { outer: 2, K: 3, inner: 4 },
  ],
  [
    "LayerNormalization of two axes",
    nodeCaseOf(
      "LayerNormalization",
      [
        [F, [2, 3, 4]],
        [F, [3, 4]],
      ],
      [[F, [2, 3, 4]]],
      [integer("axis", 1)],
    ),
    "layer_norm",
    { rows: 2, D: 12 },
  ],
  [
    "RMSNormalization",
    nodeCaseOf(
      "RMSNormalization",
      [
        [F, [2, 4]],
        [F, [4]],
      ],
      [[F, [2, 4]]],
    ),
    "rms_norm",
    { rows: 2, D: 4 },
  ],
  [
    "ReduceSum over all",
    nodeCaseOf("ReduceSum", [[F, [2, 3]]], [[F, [1, 1]]]),
    "reduce_sum",
    { outer: 1, K: 6, inner: 1 },
  ],
  [
    "QuantizeLinear by channel",
    nodeCaseOf(
      "QuantizeLinear",
      [
        [F, [2, 3, 2]],
        [F, [3]],
        [I8, [3]],
      ],
      [[I8, [2, 3, 2]]],
    ),
    "quantize_linear",
    { outer: 2, C: 3, inner: 2 },
  ],
  [
    "DequantizeLinear by tensor",
    nodeCaseOf(
      "DequantizeLinear",
      [
        [I8, [2, 3]],
        [F, []],
      ],
      [[F, [2, 3]]],
    ),
    "dequantize_linear",
    { outer: 1, C: 1, inner: 6 },
  ],
  [
    "Attention of three axes",
    nodeCaseOf(
      "Attention",
      [
        [F, [1, 2, 16]],
        [F, [1, 3, 16]],
        [F, [1, 3, 16]],
      ],
      [[F, [1, 2, 16]]],
      [integer("q_num_heads", 2), integer("kv_num_heads", 2)],
    ),
    "flash_attention",
    { B: 1, Tq: 2, Tk: 3, H: 2, Hkv: 2, D: 8 },
  ],
  [
    "RotaryEmbedding with a row of the caches for each token",
    nodeCaseOf(
      "RotaryEmbedding",
      [
        [F, [2, 3, 4, 8]],
        [F, [2, 4, 4]],
        [F, [2, 4, 4]],
      ],
      [[F, [2, 3, 4, 8]]],
    ),
    "rotary_embedding",
    { B: 2, S: 4, H: 3, D: 8, P: 8 },
  ],
])("%s is a case of ours", (_, ready, op, axes) => {
  const cover = findCover(ready, ops);
  if (typeof cover === "string") throw new Error(cover);
  expect(cover.op.op).toBe(op);
  expect(cover.bound.axes).toMatchObject(axes);
  const outputs = cover.outputs(ready.outputs.map(([, value]) => value));
  expect(Object.keys(outputs)).toEqual(cover.bound.outputs.filter(({ absent }) => !absent).map(({ name }) => name));
});

describe("attention of four axes", () => {
  it("has heads outside positions, ours inside: outputs are exchanged as inputs are", () => {
    const shape: Given = [F, [1, 2, 3, 8]];
    const cover = findCover(nodeCaseOf("Attention", [shape, shape, shape], [shape]), ops);
    if (typeof cover === "string") throw new Error(cover);
    const q = cover.inputs["q"];
    expect(q?.shape).toEqual([1, 3, 2, 8]);
    // Position 0 of head 1 comes second: it began at element 24.
    expect([q?.elements[0], q?.elements[8], q?.elements[16]]).toEqual([0, 24, 8]);
  });
});
