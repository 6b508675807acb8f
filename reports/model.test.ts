// Rules: how records become verdicts.
import { describe, expect, it } from "vitest";
import type { RunRecord } from "../harness/domain/run-record.ts";
import { STATUSES } from "../harness/domain/verdict.ts";
import { circumstances } from "./circumstances.ts";
import { fixtureRecords, fixtureRejected } from "./fixture.ts";
import { outcomeOf, report, type Row } from "./model.ts";

const records = fixtureRecords();
const acme = records.filter((record) => record.submission.vendor === "acme");

function rowOf(some: readonly RunRecord[]): Row {
  const [row] = report(some).rows;
  if (row === undefined) throw new Error("no row");
  return row;
}

describe("report", () => {
  it("has a line per submission and device, sorted, and counts every line once", () => {
    const shown = report(records, [fixtureRejected()]);
    expect(shown.rows.map((row) => row.submission)).toEqual([
      "acme_conv2d_nhwc_int8",
      "borealis_flash_attention_fp16",
      "cirrus_flash_attention",
      "delta_conv2d",
      "host_conv2d_nhwc_int8",
      "host_flash_attention_2",
    ]);
    expect(shown.counts).toEqual({ conforms: 3, fails: 3, unsupported: 1, infrastructure: 0, incomplete: 0 });
    expect(shown.total).toBe(7);
    expect(shown.oneDevice).toBe(true);
  });
  it("gives an emulated and a physical device of one submission a line each", () => {
    const real = acme.map((record) => ({ ...record, device: { ...record.device, emulated: false } }));
    const shown = report([...acme, ...real]);
    expect(shown.rows).toHaveLength(2);
    expect(shown.oneDevice).toBe(false);
    expect(new Set(shown.rows.flatMap((row) => [row.file, ...row.cases.map((page) => page.file)])).size).toBe(14);
  });
  it("puts well-known references first and others by name after them", () => {
    const [first] = acme;
    if (first === undefined) throw new Error("no fixture");
    const witnesses = ["zeta", "onnxruntime", "alpha", "torch"].flatMap((executor) =>
      first.witnesses.slice(0, 1).map((witness) => ({ ...witness, executor })),
    );
    expect(report([{ ...first, witnesses }]).executors).toEqual(["torch", "onnxruntime", "alpha", "zeta"]);
  });
  it("shows a submission without records by its problems, and one with records once", () => {
    const judged = { ...fixtureRejected(), submission: "acme/acme_conv2d_nhwc_int8", vendor: "acme", records: acme };
    expect(report(acme, [judged]).total).toBe(1);
    expect(report(acme, [judged, fixtureRejected()]).rejected.map((one) => one.submission)).toEqual([
      "echo_flash_attention",
    ]);
  });
  it("never counts a submission without records as conforming, whatever its status", () => {
    const claimed = { ...fixtureRejected(), status: "PASSED" as const };
    expect(report([], [claimed]).counts).toMatchObject({ conforms: 0, incomplete: 1 });
    const absent = { ...fixtureRejected(), status: "SKIPPED_NO_DEVICE" as const };
    expect(report([], [absent]).counts).toMatchObject({ fails: 0, infrastructure: 1 });
  });
  it("is empty for no records", () => {
    expect(report([])).toMatchObject({ rows: [], executors: [], total: 0, replaced: 0 });
  });
});

describe("verdict of a row", () => {
  it("conforms when every counted case passed; what is not counted changes nothing", () => {
    const row = rowOf(acme);
    expect(row).toMatchObject({ outcome: "conforms", status: "PASSED", passed: 5, counted: 5, because: null });
    expect(row.cases).toHaveLength(6);
  });
  it("is the gravest status of any counted case", () => {
    const mixed = acme.map((record, i) => ({ ...record, status: i === 1 ? ("TIMEOUT" as const) : record.status }));
    expect(rowOf(mixed)).toMatchObject({ outcome: "fails", status: "TIMEOUT", passed: 4, counted: 5 });
  });
  it("is withheld without a hidden or without a published case", () => {
    expect(rowOf(acme.filter((record) => !record.case.hidden))).toMatchObject({
      outcome: "incomplete",
      because: "no hidden case was judged",
    });
    expect(rowOf(acme.filter((record) => record.case.hidden))).toMatchObject({ outcome: "incomplete" });
  });
  it("is held to the selected cases in a narrowed run, and says so", () => {
    const narrowed = (flag: string): RunRecord[] =>
      acme.filter((record) => !record.case.hidden).map((record) => ({ ...record, selection: [flag] }));
    expect(rowOf(narrowed("--case odd*"))).toMatchObject({
      outcome: "conforms",
      because: "on the selected cases only",
    });
    expect(rowOf(narrowed("--no-measure")).outcome).toBe("incomplete");
  });
  it("is withheld where no case was counted", () => {
    expect(rowOf(acme.filter((record) => !record.case.counted))).toMatchObject({
      outcome: "unsupported",
      because: "no case was counted",
    });
  });
  it("fails without a hidden case too: nothing missing excuses what is wrong", () => {
    const wrong = acme
      .filter((record) => !record.case.hidden)
      .map((record) => ({ ...record, status: "INCORRECT_NUMERICAL" as const }));
    expect(rowOf(wrong).outcome).toBe("fails");
  });
  it("never blames a submission for infrastructure", () => {
    const blameless = STATUSES.filter((status) => outcomeOf(status) === "infrastructure");
    expect(blameless).toEqual(["REFERENCE_DISAGREEMENT", "SKIPPED_NO_DEVICE", "INFRA_ERROR"]);
    expect(STATUSES.filter((status) => outcomeOf(status) === "conforms")).toEqual(["PASSED"]);
  });
});

describe("several runs", () => {
  const later = acme.map((record) => ({ ...record, run: "20261123T000000Z-000000", time: "2026-11-23T00:00:00.000Z" }));
  it("shows the newest run of a submission, whole, and counts what it replaces", () => {
    const [only] = later;
    if (only === undefined) throw new Error("no fixture");
    const shown = report([only, ...acme]);
    expect(shown.rows[0]?.cases.map((page) => page.record.run)).toEqual(["20261123T000000Z-000000"]);
    expect(shown.rows[0]?.outcome).toBe("incomplete");
    expect(shown.replaced).toBe(6);
  });
  it("does not depend on the order of the records of different runs", () => {
    expect(report([...later, ...acme])).toEqual(report([...acme, ...later]));
  });
});

describe("circumstances", () => {
  it("names every machine, level, seed and reason once", () => {
    const [first, second] = acme;
    if (first === undefined || second === undefined) throw new Error("no fixture");
    const weak = {
      ...second,
      device: { ...second.device, isolation: "rlimit" as const },
      votable: ["narrowed", "given seed"],
    };
    const shown = circumstances(report([first, weak]).rows);
    expect(shown.isolation).toEqual(["full", "rlimit"]);
    expect(shown.machines).toHaveLength(1);
    expect(shown.seeds).toEqual(["7f3a91c2d04be8156ac0937de12f58b4 (random)"]);
    expect(shown.unvotable).toEqual(["narrowed", "given seed"]);
  });
});
