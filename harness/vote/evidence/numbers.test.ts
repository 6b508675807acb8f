// A record's words against its own numbers: every forged field is named.
import { beforeAll, describe, expect, it } from "vitest";
import type { RunRecord, WitnessRecord } from "../../domain/run-record.ts";
import { contradictions } from "./numbers.ts";
import { FINDING, judged } from "./testing/bundle.ts";

let first: RunRecord;
beforeAll(async () => {
  const [one] = (await judged()).records;
  if (one === undefined) throw new Error("no record");
  first = one;
});

/** Everything that is said against a record after a change. */
function said(record: RunRecord, change: object): string {
  return contradictions({ ...record, ...change }).join("\n");
}

describe("a record that PASSED is forged when", () => {
  const errors = (change: object) => (one: RunRecord) => ({
    errors: one.errors.map((error) => ({ ...error, ...change })),
  });
  const gate = (change: object) => (one: RunRecord) => ({
    gates: one.gates.map((found, index) => (index === 0 ? { ...found, ...change } : found)),
  });
  const integrity = (change: object) => (one: RunRecord) => ({ integrity: { ...one.integrity, ...change } });
  const witness = (change: object) => (one: RunRecord) => ({
    witnesses: one.witnesses.map((found): WitnessRecord => ({ ...found, ...change })),
  });
  it.each<[string, (one: RunRecord) => object, string]>([
    ["it has findings", () => ({ findings: [FINDING] }), "it PASSED and has findings"],
    ["nothing was compared", () => ({ errors: [], gates: [] }), "'errors' is empty"],
    ["an output is there twice", (one) => ({ errors: [...one.errors, ...one.errors] }), "'errors' has 'y' twice"],
    ["elements mismatch", errors({ mismatches: 1 }), "'mismatches' is 1"],
    ["no element was judged", errors({ elements: 0, ulpHistogram: [0] }), "'elements' is 0"],
    ["the headroom is above 1", errors({ headroom: 1.01 }), "'headroom' is 1.01, above 1"],
    ["the headroom is no number", errors({ headroom: "NaN" }), "'headroom' is NaN"],
    ["the headroom is not its gates'", errors({ headroom: 0.5 }), "'headroom' is 0.5, its gates say 0"],
    ["the headroom is gone", errors({ headroom: null }), "none that looks at each element of 'y'"],
    ["the error is no number", errors({ maxAbs: "Infinity" }), "'maxAbs' is no finite error"],
    ["the relative error is no number", errors({ maxRel: "NaN" }), "'maxRel' is no error"],
    ["the error in ULP is no number", errors({ maxUlp: "NaN" }), "'maxUlp' does not fit 'ulpHistogram'"],
    ["the error in ULP is not the histogram's", errors({ maxUlp: 3 }), "'maxUlp' does not fit 'ulpHistogram'"],
    ["the histogram counts others", errors({ ulpHistogram: [1, 0] }), "'ulpHistogram' counts 1 of 16 elements"],
    ["the bias is above the deviation", errors({ bias: 2 }), "'bias' does not fit 'rmsOverSigma'"],
    ["the bias is no number", errors({ bias: "NaN" }), "'bias' does not fit 'rmsOverSigma'"],
    ["a statistic is above its limit", gate({ statistic: 1.5 }), "'statistic' 1.5 is not within 1"],
    ["a statistic is no number", gate({ statistic: "NaN" }), "'statistic' NaN is not within 1"],
    ["a statistic is below all", gate({ statistic: "-Infinity" }), "'statistic' -Infinity is not within 1"],
    ["a limit was raised", gate({ statistic: 5, limit: 10 }), "'limit' is 10, the judge's is 1"],
    ["a gate was made up", gate({ gate: "G9" }), "there is no such gate"],
    ["a gate is of no output", gate({ output: "z" }), "'gates' speaks of 'z', 'errors' does not"],
    ["gates are gone", () => ({ gates: [] }), "'gates' has none that looks at each element of 'y'"],
    ["poisons differ", integrity({ poisonsEqual: false }), "'integrity.poisonsEqual' is false"],
    ["nothing was repeated", integrity({ poisonsEqual: null }), "'integrity.poisonsEqual' is null"],
    ["a canary died", integrity({ canariesIntact: false }), "'integrity.canariesIntact' is false"],
    ["inputs were open", integrity({ inputsSealed: false }), "'integrity.inputsSealed' is false"],
    ["a call was denied", integrity({ deniedSyscalls: ["socket"] }), "'integrity.deniedSyscalls' is not empty"],
    ["it does not count", (one) => ({ case: { ...one.case, counted: false } }), "it is PASSED and does not count"],
    ["there is no witness", () => ({ witnesses: [] }), "no witness PASSED"],
    ["no witness passed", witness({ status: "TIMEOUT", findings: [FINDING] }), "no witness PASSED"],
    [
      "a witness is there twice",
      (one) => ({ witnesses: [...one.witnesses, ...one.witnesses] }),
      "'echo' is there twice",
    ],
    ["a witness has findings", witness({ findings: [FINDING] }), "witness 'echo': it PASSED and has findings"],
    ["a witness compared nothing", witness({ errors: [] }), "witness 'echo': 'errors' is empty"],
    ["a witness failed without a word", witness({ status: "TIMEOUT" }), "it is TIMEOUT without a finding"],
    ["a witness was absent and passed", witness({ absent: "costs too much" }), "'status' and 'absent' contradict"],
    [
      "a witness was absent and has results",
      witness({ status: null, absent: "cost" }),
      "it was absent and has results",
    ],
    ["a witness mismatches", (one) => witness(errors({ mismatches: 2 })(one))(one), "'mismatches' is 2"],
  ])("%s", (_, change, words) => {
    expect(said(first, change(first))).toContain(words);
  });

  it("unless it declares itself nondeterministic and only its repeats differ", () => {
    const submission = { ...first.submission, deterministic: false };
    expect(said(first, { submission, integrity: { ...first.integrity, poisonsEqual: false } })).toBe("");
  });
});

describe("a record that did not pass is forged when", () => {
  it.each<[string, (one: RunRecord) => object, string]>([
    ["nothing was found", () => ({ status: "TIMEOUT" }), "it is TIMEOUT without a finding"],
    [
      "it was skipped and has results",
      () => ({ status: "SKIPPED_NO_DEVICE" }),
      "it is SKIPPED_NO_DEVICE and has results",
    ],
    [
      "the infrastructure failed and it has results",
      () => ({ status: "INFRA_ERROR", findings: [FINDING] }),
      "it is INFRA_ERROR and has results",
    ],
    [
      "references disagree and one passed",
      () => ({ status: "REFERENCE_DISAGREEMENT", findings: [{ ...FINDING, gate: "witness" }] }),
      "a witness PASSED, so nothing is in disagreement",
    ],
    [
      "references disagree and it has findings of its own",
      () => ({ status: "REFERENCE_DISAGREEMENT", findings: [FINDING] }),
      "has findings of its own",
    ],
  ])("%s", (_, change, words) => {
    expect(said(first, change(first))).toContain(words);
  });
});
