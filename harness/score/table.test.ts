// The score's rows and table: what counts as wrong, which lanes are named, what other suites' rules made of the same outputs.
import { describe, expect, it } from "vitest";
import type { ScoredKernel } from "../domain/mutant.ts";
import type { SeedResult } from "./score.ts";
import { clean, rowsOf, rulesTable, scoreTable } from "./table.ts";

function scored(entry: string, expected: "reject" | "accept"): ScoredKernel {
  return {
    entry,
    expected,
    number: expected === "reject" ? "14" : "L1",
    what: expected === "reject" ? "truncates" : "sums backwards",
    lane: expected === "reject" ? "B" : null,
    numerics: "fp32",
    deterministic: true,
    strided: false,
    supports: { axes: {}, constraints: [], attributes: {}, dtypes: {} },
  };
}

function result(kernel: ScoredKernel, rejected: boolean, rest: Partial<SeedResult> = {}): SeedResult {
  const lanes = new Set(rejected ? ["B"] : []);
  const because = rejected ? "case: G1, 3 of 8 elements differ" : "";
  const killer = rejected ? "case" : null;
  const seen = { scored: kernel, thorough: true, cases: 4, rejected, lanes, because, killer, rules: new Set(["ONNX"]) };
  return { ...seen, ...rest };
}

const [mutant, legal] = [scored("truncating", "reject"), scored("reverse", "accept")];
const good = [result(mutant, true), result(legal, false)];

describe("the score", () => {
  it("is clean when every mutant is rejected and every legal variant accepted in every seed", () => {
    const rows = rowsOf("sums", [good, good]);
    expect(rows).toMatchObject([
      { entry: "truncating", seeds: 2, cases: 8, falseAccepts: 0, lanes: { A: 0, B: 2 }, expectedLane: "B" },
      { entry: "reverse", falseRejects: 0, lanes: { B: 0 } },
    ]);
    expect(clean(rows)).toBe(true);
  });

  it("is not when a mutant passes once, a legal variant is rejected once, or a kernel met no case", () => {
    expect(clean(rowsOf("sums", [good, [result(mutant, false), result(legal, false)]]))).toBe(false);
    expect(clean(rowsOf("sums", [good, [result(mutant, true), result(legal, true)]]))).toBe(false);
    expect(clean(rowsOf("sums", [[result(mutant, true, { cases: 0 })]]))).toBe(false);
  });

  it("counts lanes and rules over thorough seeds only", () => {
    const quick = good.map((one) => ({ ...one, thorough: false, rules: new Set<string>() }));
    expect(rowsOf("sums", [good, quick])[0]).toMatchObject({
      seeds: 2,
      thoroughSeeds: 1,
      lanes: { B: 1 },
      rules: { ONNX: 1, DIOPI: 0 },
    });
  });

  it("is a table with the expected lane marked, and one of rules beside it", () => {
    const rows = rowsOf("sums", [good, [result(mutant, false), result(legal, true)]]);
    expect(scoreTable(rows)).toMatchInlineSnapshot(`
      "   op    kernel      no.  rejected  A  B   C  mem  what
      ✘  sums  truncating  14   1/2       ·  1*  ·  ·    truncates
      ✘  sums  reverse     L1   1/2       ·  1   ·  ·    legal: sums backwards"
    `);
    expect(rulesTable(rows)).toMatchInlineSnapshot(`
      "rule              false accepts of 2   false rejects of 2
      this judge        1                    1
      torch.testing     2                    0
      ONNX              0                    2
      FlagGems          2                    0
      KernelBench       2                    0
      DIOPI             2                    0
      flash-attention   2                    0"
    `);
  });
});
