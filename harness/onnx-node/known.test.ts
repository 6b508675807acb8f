// The list of what is known: only what a version newly gets wrong is news.
import { expect, it } from "vitest";
import type { NodeRecord } from "../domain/node-record.ts";
import { newsOf } from "./known.ts";

function record(name: string, result: NodeRecord["result"], others: NodeRecord["others"] = []): NodeRecord {
  return {
    schema: "openxpu.onnx-node/v1",
    run: "20261122T101500Z-3fa91c",
    time: "2026-11-22T10:15:00.000Z",
    package: "onnx==1.23.2",
    case: name,
    operator: "ai.onnx/Add",
    executor: { executor: "onnxruntime", version: "1.31.1", isolation: "full", optimization: "none" },
    expected: "manifest",
    result,
    group: null,
    reason: null,
    rules: [],
    errors: [],
    cover: { op: null, reason: "none" },
    others,
    ns: null,
    harness: { version: "0.1.0", commit: null },
  };
}

const RECORDS = [
  record("test_a", "wrong"),
  record("test_b", "error"),
  record("test_c", "unsupported"),
  record("test_d", "passed", [
    { executor: "torch", version: "2.13.0", result: "wrong", reason: "x", rules: [] },
    { executor: "triton", version: "3.7.1", result: null, reason: "absent", rules: [] },
  ]),
];

it("everything wrong, refused or in error that is not listed is news, of every executor", () => {
  expect(newsOf(RECORDS, "# a comment\n\nonnxruntime 1.31.1 wrong test_a\n")).toEqual([
    "onnxruntime 1.31.1 error test_b",
    "torch 2.13.0 wrong test_d",
  ]);
});

it("what is known of another version or of another result is news", () => {
  const list = "onnxruntime 1.30.0 wrong test_a\nonnxruntime 1.31.1 wrong test_b\n";
  expect(newsOf(RECORDS.slice(0, 2), list)).toHaveLength(2);
});
