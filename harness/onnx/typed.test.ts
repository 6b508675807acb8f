// onnx-proto is used where it loses nothing, and says so where it would.
import { expect, it } from "vitest";
import { encodeModel } from "./codec.ts";
import { modelBytes } from "./testing/models.ts";
import { typedModel } from "./typed.ts";

it("a model of ONNX 1.10 is typed", () => {
  const typed = typedModel(modelBytes(), "model.onnx");
  expect(typed.ok && typed.value.graph?.node?.map(({ opType }) => opType)).toEqual(["Relu", "Add"]);
});

it("a model with a field that came later is refused: its metadata would be gone", () => {
  const later = { irVersion: 10, graph: { name: "g", metadataProps: [{ key: "k", value: "v" }] } };
  const typed = typedModel(encodeModel(later), "model.onnx");
  expect(typed.ok ? [] : typed.problems).toMatchObject([{ code: "MODEL_LOSSY", place: { file: "model.onnx" } }]);
});

it("bytes that are no model are refused the same way", () => {
  const typed = typedModel(Uint8Array.of(0x3a, 0x7f), "model.onnx");
  expect(typed.ok ? "" : typed.problems[0]?.message).toMatch(/onnx-proto cannot read it/);
});
