// The official node tests on the command line: what can be typed wrong, what is listed, and one case as a document.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { nodeRecordSchema, nodeRunSchema } from "../domain/node-record.ts";
import { openxpu } from "../testing/terminal.ts";

const out = mkdtempSync(join(tmpdir(), "openxpu-nodes-"));
afterAll(() => rmSync(out, { recursive: true }));

describe("the suite onnx-node", () => {
  it.each([
    ["suite run onnx-node --seed 00", "USAGE", "--seed", "on their own inputs", "leave --seed out"],
    ["suite run onnx-node --device cpu", "USAGE", "--device", "leave --device out"],
    ["suite run onnx-node --executor none", "EXECUTOR_UNKNOWN", "there is no executor 'none'"],
    ["check a --suite onnx-node", "SUITE_UNKNOWN", "selects no submissions", "npx openxpu suite run onnx-node"],
  ])("%s exits 2 and says why", async (typed, ...said) => {
    const { exit, stdout, stderr } = await openxpu(...typed.split(" "));
    expect(exit).toBe(2);
    for (const words of said) expect(stdout + stderr).toContain(words);
  });

  it("is listed with its number of cases", async () => {
    expect((await openxpu("suite", "list")).stdout).toContain(
      "onnx-node   The official ONNX node tests\n  1,884 node tests of onnx==1.23.2",
    );
    const rows = JSON.parse((await openxpu("suite", "list", "--json", "-")).stdout) as readonly { suite: string }[];
    expect(rows.find(({ suite }) => suite === "onnx-node")).toEqual({
      suite: "onnx-node",
      title: "The official ONNX node tests",
      submissions: [],
      nodeTests: { package: "onnx==1.23.2", cases: 1884 },
    });
  });

  it("prints one document with --json -, and writes one line for each case", async () => {
    const options = ["--case", "test_abs*", "--json", "-", "--out", out, "--executor", "onnxruntime"];
    const { exit, stdout, stderr } = await openxpu("suite", "run", "onnx-node", ...options);
    const whole = nodeRunSchema.parse(JSON.parse(stdout));
    expect([exit, whole.totals.passed, whole.news]).toEqual([0, 1, []]);
    expect(stderr).toContain("element by element");
    const lines = readFileSync(join(out, "onnx-node", `${whole.run}.jsonl`), "utf8")
      .trim()
      .split("\n");
    expect(lines.map((line) => nodeRecordSchema.parse(JSON.parse(line)).case)).toEqual(["test_abs"]);
  });
});
