// What an executor says when it gives no answer: whether it lacks something, or has it and failed.
import { expect, test } from "vitest";
import { reasonOf } from "./reason.ts";

const SOURCE =
  "/onnxruntime_src/onnxruntime/core/graph/model.cc:256 onnxruntime::Model::Model(onnx::ModelProto&&, const T&) ";

test.each([
  [
    "Fail",
    `[ONNXRuntimeError] : 1 : FAIL : ${SOURCE}Unsupported model IR version: 14, max supported IR version: 13\n`,
    "unsupported",
    "IR version",
    "load: Unsupported model IR version: 14, max supported IR version: 13",
  ],
  [
    "NotImplemented",
    "[ONNXRuntimeError] : 9 : NOT_IMPLEMENTED : Could not find an implementation for Max(13) node with name ''",
    "unsupported",
    "operator or dtype not implemented",
    "load: Could not find an implementation for Max(13) node with name ''",
  ],
  [
    "Fail",
    "[ONNXRuntimeError] : 1 : FAIL : Fatal error: ai.onnx.preview:FlexAttention(-1) is not a registered function/op",
    "unsupported",
    "operator unknown",
    "load: Fatal error: ai.onnx.preview:FlexAttention(-1) is not a registered function/op",
  ],
  [
    "InvalidGraph",
    "[ONNXRuntimeError] : 10 : INVALID_GRAPH : Error Unrecognized attribute: left_window_size for operator Attention",
    "unsupported",
    "attribute unknown",
    "load: Error Unrecognized attribute: left_window_size for operator Attention",
  ],
  [
    "Fail",
    "Failed to construct locale with name:en_US.UTF-8:locale::facet::_S_create_c_locale",
    "unsupported",
    "locale not installed",
    "load: Failed to construct locale with name:en_US.UTF-8:locale::facet::_S_create_c_locale",
  ],
  [
    "Fail",
    "[ONNXRuntimeError] : 1 : FAIL : Type Error: Type parameter (T) of Optype (Add) bound to different types",
    "error",
    "model rejected by the executor",
    "load: Type Error: Type parameter (T) of Optype (Add) bound to different types",
  ],
] as const)("%s: %s", (kind, message, result, group, reason) => {
  expect(reasonOf({ phase: "load", kind, message })).toEqual({ result, group, reason });
});

test("a run that fails for no reason that is known is an error", () => {
  expect(reasonOf({ phase: "run", kind: "RuntimeError", message: "Error in execution: oh\n no" })).toEqual({
    result: "error",
    group: "run failed",
    reason: "run: Error in execution: oh no",
  });
});
