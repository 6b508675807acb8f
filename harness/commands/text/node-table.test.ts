// The table of official node tests as people read it.
import { expect, it } from "vitest";
import type { NodeRecord, NodeRun } from "../../domain/node-record.ts";
import { nodeTable } from "./node-table.ts";

function record(name: string, operator: string, rest: Partial<NodeRecord> = {}): NodeRecord {
  return {
    schema: "openxpu.onnx-node/v1",
    run: "20261122T101500Z-3fa91c",
    time: "2026-11-22T10:15:00.000Z",
    package: "onnx==1.23.2",
    case: name,
    operator,
    executor: { executor: "onnxruntime", version: "1.31.1", isolation: "full", optimization: "none" },
    expected: "manifest",
    result: "passed",
    group: null,
    reason: null,
    rules: [{ rule: "onnx", applies: "all", accepted: true, message: null }],
    errors: [],
    cover: { op: null, reason: "none" },
    others: [],
    ns: 1,
    harness: { version: "0.1.0", commit: null },
    ...rest,
  };
}

const other = (result: NodeRecord["result"] | null): NodeRecord["others"][number] => ({
  executor: "torch",
  version: "2.13.0",
  result,
  reason: null,
  rules: [],
});

const RECORDS = [
  record("test_add", "ai.onnx/Add", { others: [other("passed")] }),
  record("test_dft", "ai.onnx/DFT", {
    result: "wrong",
    group: "rejected by onnx",
    reason: "y",
    rules: [{ rule: "onnx", applies: "all", accepted: false, message: "y" }],
    expected: "machine",
    others: [other(null)],
  }),
  ...["a", "b", "c", "d"].map((letter) =>
    record(`test_range_${letter}`, "ai.onnx/Range", { result: "unsupported", group: "IR version", rules: [] }),
  ),
];

const RUN: NodeRun = {
  schema: "openxpu.onnx-nodes/v1",
  run: "20261122T101500Z-3fa91c",
  package: "onnx==1.23.2",
  totals: { passed: 1, wrong: 1, unsupported: 4, refused: 0, error: 0 },
  news: ["onnxruntime 1.31.1 wrong test_dft"],
  seconds: 0.5,
  records: RECORDS,
};

const FAMILIES: Readonly<Record<string, string>> = { "ai.onnx/DFT": "signals", "ai.onnx/Range": "moving elements" };

it("counts families and all, groups reasons, and says what every rule and other executor did", () => {
  expect(nodeTable(RUN, (operator) => FAMILIES[operator] ?? "element by element").split("\n")).toEqual([
    "onnx==1.23.2 on onnxruntime 1.31.1, isolation full",
    "",
    "family               cases   passed   wrong   unsupported   refused   error",
    "element by element       1        1       0             0         0       0",
    "moving elements          4        0       0             4         0       0",
    "signals                  1        0       1             0         0       0",
    "all                      6        1       1             4         0       0",
    "",
    "wrong:",
    "      1  rejected by onnx   test_dft",
    "unsupported:",
    "      4  IR version   test_range_a, test_range_b, test_range_c, ...",
    "rules:",
    "      2  onnx: 1 accepted, 1 rejected",
    "torch: 1 of 1 passed; absent from 1, mostly because no op of ours covers the case",
    "1 cases judged by expected outputs that this machine's numpy computed",
    "not known before:",
    "  onnxruntime 1.31.1 wrong test_dft",
  ]);
});

it("says that nothing is new, and shows control characters of a model's texts as code points", () => {
  const hostile = record("test_x", "ai.onnx/X", { result: "error", group: "run \u001b[31mfailed" });
  const text = nodeTable({ ...RUN, news: [], records: [hostile] }, () => "other");
  expect(text).toContain("nothing is wrong, refused or in error that was not known of these versions");
  expect(text).toContain("run [U+001B][31mfailed");
});
