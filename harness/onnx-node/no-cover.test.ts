// Official cases that are near one of our ops and are none of its cases: the record says why.
import { expect, test } from "vitest";
import { CHECKOUT } from "../io/main.ts";
import { diskFiles } from "../io/files.ts";
import { loadCatalogue } from "../stages/validate/catalogue.ts";
import type { ReadyCase } from "./case.ts";
import { findCover } from "./cover/find.ts";
import { integer, nodeCaseOf } from "./testing/nodes.ts";

const checked = await loadCatalogue(CHECKOUT, diskFiles);
if (!checked.ok) throw new Error(checked.problems.map(({ message }) => message).join("; "));
const { ops } = checked.value;

const F = 1;
const HALF = 10;

test.each<readonly [string, ReadyCase, RegExp]>([
  [
    "broadcast batches",
    nodeCaseOf(
      "MatMul",
      [
        [F, [2, 3, 4]],
        [F, [1, 2, 4, 5]],
      ],
      [[F, [1, 2, 3, 5]]],
    ),
    /broadcast/,
  ],
  [
    "a bias",
    nodeCaseOf(
      "Gemm",
      [
        [F, [2, 2]],
        [F, [2, 2]],
        [F, [2]],
      ],
      [[F, [2, 2]]],
    ),
    /matmul has no bias/,
  ],
  [
    "axes that are no neighbours",
    nodeCaseOf("ReduceSum", [[F, [2, 3, 4]]], [[F, [1, 3, 1]]], [{ name: "axes", type: 7, ints: [0, 2] }]),
    /not neighbours/,
  ],
  [
    "a dtype that the op does not have",
    nodeCaseOf("ReduceSum", [[6, [2, 3]]], [[6, [1, 1]]]),
    /reduce_sum does not have its element type/,
  ],
  ["an old Softmax", nodeCaseOf("Softmax", [[F, [2, 3]]], [[F, [2, 3]]], [], 11), /flattened/],
  [
    "a mask",
    nodeCaseOf(
      "Attention",
      [
        [F, [1, 2, 2, 8]],
        [F, [1, 2, 2, 8]],
        [F, [1, 2, 2, 8]],
        [F, [2, 2]],
      ],
      [[F, [1, 2, 2, 8]]],
    ),
    /no mask/,
  ],
  [
    "a mask aligned to the first key",
    nodeCaseOf(
      "Attention",
      [
        [HALF, [1, 2, 2, 8]],
        [HALF, [1, 2, 3, 8]],
        [HALF, [1, 2, 3, 8]],
      ],
      [[HALF, [1, 2, 2, 8]]],
      [integer("is_causal", 1)],
    ),
    /first key/,
  ],
  [
    "a head smaller than ours",
    nodeCaseOf(
      "Attention",
      [
        [F, [1, 2, 2, 4]],
        [F, [1, 2, 2, 4]],
        [F, [1, 2, 2, 4]],
      ],
      [[F, [1, 2, 2, 4]]],
    ),
    /axis 'D' is 4/,
  ],
  ["an operator that is none of ours", nodeCaseOf("Relu", [[F, [2]]], [[F, [2]]]), /Relu is no op of ours/],
  [
    "the body of a function",
    { ...nodeCaseOf("Softmax", [[F, [2, 3]]], [[F, [2, 3]]]), name: "test_softmax_expanded_ver18" },
    /body of a function/,
  ],
])("%s is none", (_, ready, reason) => {
  expect(findCover(ready, ops)).toEqual(expect.stringMatching(reason));
});
