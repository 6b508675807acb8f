// Families: an operator that is not listed works element by element; other domains are families of their own.
import { expect, test } from "vitest";
import { familyOf } from "./family.ts";

test.each([
  ["ai.onnx/Conv", "convolution"],
  ["ai.onnx.preview/FlexAttention", "attention"],
  ["ai.onnx/Add", "element by element"],
  ["ai.onnx.ml/TreeEnsemble", "ai.onnx.ml"],
])("%s belongs to %s", (operator, family) => {
  expect(familyOf(operator)).toBe(family);
});
