// When a submission conforms: every counted case passed, published and hidden ones among them.
import { beforeAll, describe, expect, it } from "vitest";
import type { RunRecord } from "./run-record.ts";
import type { Status } from "./verdict.ts";
import { recordWith } from "../testing/records.ts";
import { conformanceOf } from "./conformance.ts";

let base: RunRecord;
beforeAll(async () => {
  base = await recordWith();
});

function record(status: Status, hidden: boolean, counted = true): RunRecord {
  return { ...base, status, case: { ...base.case, hidden, counted } };
}

describe("a submission", () => {
  it("conforms when all passed, published and hidden", () => {
    expect(conformanceOf([record("PASSED", false), record("PASSED", true)], false)).toEqual({
      status: "PASSED",
      conforms: true,
    });
  });

  it("does not conform without a published or without a hidden case", () => {
    expect(conformanceOf([record("PASSED", false)], false)).toEqual({ status: "PASSED", conforms: false });
    expect(conformanceOf([record("PASSED", true)], false)).toEqual({ status: "PASSED", conforms: false });
  });

  it("of a narrowed run is held to the cases that were asked for", () => {
    expect(conformanceOf([record("PASSED", false)], true).conforms).toBe(true);
  });

  it("does not conform when one counted case fails, hidden or published, narrowed or not", () => {
    for (const narrowed of [true, false]) {
      const records = [
        record("PASSED", false),
        record("PASSED", true),
        record("TIMEOUT", true),
        record("NONDETERMINISTIC", false),
      ];
      expect(conformanceOf(records, narrowed)).toEqual({ status: "TIMEOUT", conforms: false });
    }
  });

  it("is not judged by cases that do not count", () => {
    const records = [record("PASSED", false), record("PASSED", true), record("UNSUPPORTED", false, false)];
    expect(conformanceOf(records, false)).toEqual({ status: "PASSED", conforms: true });
  });

  it("without any counted case is unsupported", () => {
    expect(conformanceOf([record("UNSUPPORTED", false, false)], false)).toEqual({
      status: "UNSUPPORTED",
      conforms: false,
    });
    expect(conformanceOf([], true)).toEqual({ status: "UNSUPPORTED", conforms: false });
  });
});
