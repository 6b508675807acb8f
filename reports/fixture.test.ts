// Rules: the invented run is one that the harness could have written.
import { expect, it } from "vitest";
import { recordSchema, runSchema } from "../harness/domain/run-record.ts";
import { fixtureRecords, fixtureRejected } from "./fixture.ts";

it("fits the schema of records and of a run", () => {
  const records = fixtureRecords();
  for (const record of records) expect(recordSchema.parse(record)).toEqual(record);
  const run = { schema: "openxpu.run/v1", run: "x", conforms: false, submissions: [fixtureRejected()] };
  expect(runSchema.parse(run)).toEqual(run);
});

it("is the same each time", () => {
  expect(fixtureRecords()).toEqual(fixtureRecords());
});

it("has elements that add up to their histograms, but for those that are not finite", () => {
  for (const error of fixtureRecords().flatMap((record) => record.errors)) {
    const binned = error.ulpHistogram.reduce((sum, elements) => sum + elements, 0);
    expect(binned <= error.elements && (binned === error.elements || error.maxUlp === "NaN")).toBe(true);
  }
});

it("shows every outcome a page must tell apart", () => {
  const records = fixtureRecords();
  expect(new Set(records.map((record) => record.status))).toEqual(
    new Set(["PASSED", "UNSUPPORTED", "INCORRECT_NUMERICAL", "COMPILE_ERROR"]),
  );
  expect(records.some((record) => !record.case.counted)).toBe(true);
  expect(records.some((record) => record.case.hidden)).toBe(true);
  expect(records.some((record) => record.speedup !== null)).toBe(true);
  expect(records.some((record) => record.measurement?.control.fit === false)).toBe(true);
  expect(records.some((record) => record.witnesses.some((witness) => witness.absent !== null))).toBe(true);
});
