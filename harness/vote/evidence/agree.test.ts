// Two jobs with one seed must say the same: statuses always, bytes where bytes are promised.
import { beforeAll, describe, expect, it } from "vitest";
import type { RunRecord } from "../../domain/run-record.ts";
import { disagreements } from "./agree.ts";
import type { ParsedBundle } from "./parse.ts";
import { bundleOf, judged } from "./testing/bundle.ts";

let records: readonly RunRecord[];
let first: RunRecord;
beforeAll(async () => {
  records = (await judged()).records;
  const [one] = records;
  if (one === undefined) throw new Error("no record");
  first = one;
});

const parsed = (job: string, given: readonly RunRecord[]): ParsedBundle => ({
  bundle: bundleOf(given, job),
  records: given,
});

/** What differs when the second job says something else of the first case. */
function said(change: object, both: object = {}): string {
  const rest = records.slice(1);
  const one = { ...first, ...both };
  return disagreements(parsed("a", [one, ...rest]), parsed("b", [...rest, { ...one, ...change }])).join("\n");
}

describe("two jobs agree", () => {
  it("when they say the same, in any order", () => {
    expect(said({})).toBe("");
  });

  it("when only their times differ", () => {
    expect(said({ timing: null, time: "2026-11-22T11:00:00.000Z", log: "other" })).toBe("");
  });

  const other = (one: RunRecord) => one.errors.map((error) => ({ ...error, digest: "0".repeat(64) }));
  it("when bytes differ that nobody promised: another machine, another compiler, no determinism", () => {
    const errors = other(first);
    expect(said({ errors, device: { ...first.device, model: "another" } })).toBe("");
    expect(said({ errors, compiler: { compiler: "g++", version: "13", flags: [] } })).toBe("");
    expect(said({ errors }, { submission: { ...first.submission, deterministic: false } })).toBe("");
  });

  it("never when promised bytes differ", () => {
    expect(said({ errors: other(first) })).toContain(
      "its outputs or their errors differ, though it declares itself deterministic",
    );
  });
});

describe("two jobs disagree", () => {
  it.each<[string, object, string]>([
    ["about a status", { status: "TIMEOUT" }, "it is PASSED in one and TIMEOUT in the other"],
    ["about inputs", { case: { inputs: "0".repeat(64) } }, "its inputs differ"],
    ["about the device", { device: { chip: "T2" } }, "only one of them has it on this device"],
  ])("%s", (_, change, words) => {
    const [[field, value]] = Object.entries(change) as [[keyof RunRecord, unknown]];
    const merged = typeof value === "object" ? { ...(first[field] as object), ...value } : value;
    expect(said({ [field]: merged })).toContain(words);
  });

  it("when one has less", () => {
    const found = disagreements(parsed("a", records), parsed("b", records.slice(1)));
    expect(found).toEqual([expect.stringContaining("only one of them has it")]);
    expect(disagreements(parsed("a", records.slice(1)), parsed("b", records))).toEqual(found);
  });

  it("when they are one job, or of different runs", () => {
    expect(disagreements(parsed("a", records), parsed("a", records))).toEqual(["both are of job 'a'"]);
    const late = { bundle: { ...bundleOf(records, "b"), attempt: 2, seed: "1".repeat(32) }, records };
    expect(disagreements(parsed("a", records), late)).toEqual([
      "bundle.json: 'attempt' differs",
      "bundle.json: 'seed' differs",
    ]);
  });
});
