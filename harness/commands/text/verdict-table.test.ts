// The verdicts of a run as people read them.
import { beforeAll, describe, expect, it } from "vitest";
import type { ErrorSummary, RunRecord, WitnessRecord } from "../../domain/run-record.ts";
import type { Finding } from "../../domain/verdict.ts";
import type { SubmissionResult } from "../../pipeline/request.ts";
import { PHYSICAL, measurementBetween, recordWith, speedupBetween } from "../../testing/records.ts";
import { findingText } from "./finding.ts";
import { speedupText, verdictTable } from "./verdict-table.ts";

const FINDING: Finding = {
  lane: "A",
  gate: "exact",
  probe: "integers",
  placement: "right",
  output: "y",
  message: "lane A, integers: 2 of 8 elements differ; it reveals a wrong index",
  mismatches: 2,
  total: 8,
  first: { index: [0, 6], got: 0, want: 3, ulp: 2.5, allowed: 0.5 },
  worst: { index: [0, 7], got: "NaN", want: 41, ulp: null, allowed: null },
  pattern: "y: axis 1 at 6..7 of 8, the tail",
};

let base: RunRecord;
let real: RunRecord;
beforeAll(async () => {
  base = await recordWith({
    witnesses: [witness("torch", "PASSED"), witness("triton", null)],
    errors: [summary(0.41)],
  });
  const speedup = { measurement: measurementBetween(1.2, 1.4), speedup: speedupBetween(1.2, 1.4), speedupAbsent: null };
  real = await recordWith(
    { ...speedup, witnesses: [witness("torch", "PASSED"), witness("triton", "TIMEOUT")], errors: [summary(null)] },
    {},
    { device: PHYSICAL },
  );
});

function witness(executor: string, status: WitnessRecord["status"]): WitnessRecord {
  const absent = status === null ? "no half here" : null;
  return { executor, version: "1", numerics: "fp32", status, absent, errors: [], findings: [], timing: null };
}

function summary(headroom: number | null): ErrorSummary {
  const zero = { elements: 8, mismatches: 0, maxAbs: 0, maxRel: 0, maxUlp: 0, ulpHistogram: [8] };
  return { output: "y", ...zero, rmsOverSigma: null, bias: null, headroom, digest: "0".repeat(64) };
}

function named(record: RunRecord, name: string, rest: Partial<RunRecord["case"]> = {}): RunRecord {
  return { ...record, case: { ...record.case, name, ...rest } };
}

function result(records: readonly RunRecord[], rest: Partial<SubmissionResult> = {}): SubmissionResult {
  const who = { submission: "acme/sums", vendor: "acme", path: "vendors/acme/sums" };
  return { ...who, status: "PASSED", conforms: true, records, problems: [], ...rest };
}

describe("the verdict table", () => {
  it("is one aligned line a submission: witnesses, cases, headroom, speedup", () => {
    const emulated = result([named(base, "a"), named(base, "b", { hidden: true })]);
    const physical = result([named(real, "timed", { tags: ["bench"] })], { submission: "community/x86_convolution" });
    expect(verdictTable([emulated, physical])).toMatchInlineSnapshot(`
      "  submission                  device        torch   triton   cases   headroom used   speedup, 95 % interval
      ✔ acme/sums                   T1 emulated   ✔ 2/2   absent   2/2     0.41            emulated: none
      ✔ community/x86_convolution   T1            ✔ 1/1   ✘ 0/1    1/1     exact           timed 1.30x [1.20, 1.40] over torch compile"
    `);
  });

  it("shows a failing submission's first finding with the command that repeats it", () => {
    const failing: RunRecord = {
      ...named(base, "tail"),
      status: "INCORRECT_NUMERICAL",
      findings: [FINDING],
      errors: [summary(12)],
    };
    const wrong = result([named(base, "a"), failing], { status: "INCORRECT_NUMERICAL", conforms: false });
    expect(verdictTable([wrong])).toMatchInlineSnapshot(`
      "  submission   device        torch   triton   cases   headroom used   speedup, 95 % interval
      ✘ acme/sums    T1 emulated   ✔ 2/2   absent   1/2     12.00           emulated: none

      ✘ acme/sums   INCORRECT_NUMERICAL   1 of 2 cases
        tail   INCORRECT_NUMERICAL   N=16 W=5 M=8
          lane A, integers: 2 of 8 elements differ; it reveals a wrong index
          first  y[0, 6]   got 0   want 3   2.50 ULP   allowed 0.500
          worst  y[0, 7]   got NaN   want 41
          where  y: axis 1 at 6..7 of 8, the tail
          repeat npx openxpu repro 20261122T101500Z-3fa91c/acme/sums/padded"
    `);
  });

  it("shows three failing cases and counts the rest", () => {
    const failing = (name: string): RunRecord => ({ ...named(base, name), status: "TIMEOUT", findings: [] });
    const wrong = result(["a", "b", "c", "d", "e"].map(failing), { status: "TIMEOUT", conforms: false });
    const text = verdictTable([wrong]);
    expect(text).toContain("✘ acme/sums   TIMEOUT   5 of 5 cases");
    expect(text).toContain("  and 2 more: see the report");
    expect(text.match(/repeat/g)).toHaveLength(3);
  });

  it("shows bad input as its problems, without a row", () => {
    const place = { file: "vendors/acme/sums/submission.yaml", line: 8, column: 8 };
    const problem = {
      code: "ENTRY_INVALID",
      place,
      message: "'a-b' is no identifier",
      fix: "use letters",
      excerpt: "entry: a-b",
    } as const;
    expect(
      verdictTable([result([], { status: "INVALID_MANIFEST", conforms: false, problems: [problem] })]),
    ).toMatchInlineSnapshot(`
      "
      ✘ vendors/acme/sums   INVALID_MANIFEST
      ✘ ENTRY_INVALID   vendors/acme/sums/submission.yaml:8:8
          8 | entry: a-b
            |        ^
            'a-b' is no identifier
        fix use letters"
    `);
  });

  it("says why a submission that passed everything does not conform", () => {
    expect(verdictTable([result([base], { conforms: false })])).toContain(
      "✘ acme/sums: no published or no hidden case was judged",
    );
  });

  it("does not count cases outside supports", () => {
    const outside: RunRecord = { ...named(base, "b", { counted: false }), status: "UNSUPPORTED" };
    expect(verdictTable([result([named(base, "a"), outside])])).toContain(" 1/1 ");
  });

  it("lets no kernel make up a line: what it raised stays on its own", () => {
    const evil = {
      ...FINDING,
      message: "it raised Error: x\n✔ acme/evil   99/99\u001b[1A",
      first: null,
      worst: null,
      pattern: null,
    };
    const failing: RunRecord = { ...base, status: "RUNTIME_ERROR", findings: [evil] };
    const text = verdictTable([result([failing], { status: "RUNTIME_ERROR", conforms: false })]);
    expect(text.split("\n").filter((line) => line.startsWith("✔"))).toEqual([]);
    expect(text).toContain("    it raised Error: x ⏎ ✔ acme/evil   99/99[U+001B][1A");
  });

  it("of nothing is nothing", () => {
    expect(verdictTable([])).toBe("");
  });
});

describe("the text of a speedup", () => {
  it("is a ratio with its interval and baseline, or why there is none", () => {
    expect([speedupText(real), speedupText(base), speedupText({ ...base, speedupAbsent: null })]).toEqual([
      "1.30x [1.20, 1.40] over torch compile",
      "emulated: a time in emulation is never a speedup",
      "none",
    ]);
  });
});

describe("the text of a finding", () => {
  it("without elements is its message", () => {
    const bare = {
      ...FINDING,
      output: null,
      message: "it gave no answer within 1 s",
      first: null,
      worst: null,
      pattern: null,
    };
    expect(findingText({ ...base, status: "TIMEOUT", findings: [bare] })).toEqual([
      "  padded   TIMEOUT   N=16 W=5 M=8",
      "    it gave no answer within 1 s",
      "    repeat npx openxpu repro 20261122T101500Z-3fa91c/acme/sums/padded",
    ]);
  });
});
