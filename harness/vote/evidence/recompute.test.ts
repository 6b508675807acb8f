// Verdicts come from raw numbers: every word that they do not bear out is named, and refuses the bundle.
import { beforeAll, describe, expect, it } from "vitest";
import type { RunRecord } from "../../domain/run-record.ts";
import { candidateOnly, wrong } from "../../testing/world.ts";
import { recompute, type Rules } from "./recompute.ts";
import { FINDING, ISOLATED, type Judged, judged, ON_HOST, RIGHT } from "./testing/bundle.ts";

const RULES: Rules = { isolation: ISOLATED, physical: true };
let honest: Judged;
let onHost: Judged;
let first: RunRecord;
let timed: RunRecord;
beforeAll(async () => {
  honest = await judged();
  onHost = await judged(RIGHT, ON_HOST);
  const [one] = honest.records;
  const raced = onHost.records.find(({ speedup }) => speedup !== null);
  if (one === undefined || raced === undefined) throw new Error("the miniature gave too little");
  first = one;
  timed = raced;
});

describe("honest records", () => {
  it("give the verdict that the run gave", () => {
    const { verdicts, problems } = recompute(honest.records, RULES);
    expect(problems).toEqual([]);
    expect(verdicts).toEqual([
      {
        vendor: "acme",
        submission: "sums",
        version: "1.0.0",
        sourceDigest: first.submission.sourceDigest,
        op: "negate",
        opDigest: first.op.digest,
        numerics: "exact",
        device: {
          backend: "toy",
          chip: "T1",
          model: "a processor",
          emulated: true,
          isolation: "full",
          environment: first.device.environment,
        },
        status: "PASSED",
        conforms: true,
        cases: { passed: 4, counted: 4, hidden: 2 },
        failing: [],
        witnesses: [{ executor: "echo", passed: 4, present: 4 }],
        headroom: 0,
        speedups: [],
        unvotable: [],
      },
    ]);
  });

  it("of a physical device give speedups computed from their pairs", () => {
    const { verdicts, problems } = recompute(onHost.records, RULES);
    expect(problems).toEqual([]);
    expect(verdicts[0]?.speedups).toEqual([
      { case: "timed", speedup: { value: 1.5, interval: [1.5, 1.5], baseline: "echo eager", reading: "faster" } },
    ]);
  });

  it("of a wrong kernel give its failing cases", async () => {
    const failing = await judged(candidateOnly((asked) => wrong(asked)));
    const { verdicts, problems } = recompute(failing.records, RULES);
    expect(problems).toEqual([]);
    expect(verdicts[0]).toMatchObject({ status: "INCORRECT_NUMERICAL", conforms: false, cases: { passed: 0 } });
    expect(verdicts[0]?.failing).toHaveLength(4);
    expect(verdicts[0]?.failing[0]?.finding).toContain("elements differ");
  });

  it("without a hidden case do not conform", () => {
    const published = honest.records.filter((record) => !record.case.hidden);
    expect(recompute(published, RULES).verdicts[0]).toMatchObject({ status: "PASSED", conforms: false });
  });
});

describe("no vote may rest on", () => {
  const unvotable = (records: readonly RunRecord[], rules = RULES): readonly string[] =>
    recompute(records, rules).verdicts[0]?.unvotable ?? [];
  const at = (isolation: RunRecord["device"]["isolation"]) => (one: RunRecord) => ({
    ...one,
    device: { ...one.device, isolation },
  });

  it("emulated evidence below the policy's isolation", () => {
    expect(unvotable(honest.records.map(at("userns")))).toEqual([]);
    expect(unvotable([...honest.records.slice(1), at("rlimit")(first)])).toEqual([
      "isolation 'rlimit' is below the 'userns' that the policy asks for",
    ]);
  });

  it("device evidence below 'full', which shows no speedup either", () => {
    const { verdicts } = recompute(onHost.records.map(at("userns")), RULES);
    expect(verdicts[0]?.unvotable).toEqual(["isolation 'userns' is below the 'full' that the policy asks for"]);
    expect(verdicts[0]).toMatchObject({ speedups: [], device: { isolation: "userns" } });
  });

  it("a physical device in a run that the pull request can rewrite", () => {
    const { verdicts } = recompute(onHost.records, { ...RULES, physical: false });
    expect(verdicts[0]?.unvotable).toEqual([
      "it is about a physical device, and comes from a run that the pull request itself can rewrite",
    ]);
    expect(verdicts[0]?.speedups).toEqual([]);
  });

  it("records that say so themselves, in words that are cleaned", () => {
    const records = honest.records.map((one): RunRecord => ({ ...one, votable: ["@alice <b>\u202e why"] }));
    expect(unvotable(records)).toEqual(["＠alice ‹b› why"]);
  });
});

describe("records of one submission", () => {
  it("with more rounds than suites have time for are refused", () => {
    const pairs = Array.from({ length: 10_000 }, (): [number, number] => [1000, 1500]);
    const { measurement } = timed;
    const long = { ...timed, measurement: measurement && { ...measurement, race: { ...measurement.race, pairs } } };
    expect(
      recompute(
        Array.from({ length: 6 }, () => long),
        RULES,
      ).problems,
    ).toEqual(["its races have 60000 rounds, 50000 are read"]);
  });

  it("that differ in what they must share are refused", () => {
    const stray = { ...first, compiler: null, case: { ...first.case, name: "other" } };
    expect(recompute([...honest.records, stray], RULES).problems.join()).toContain("executor or compiler differ");
  });

  it("with errors that are no numbers have the largest headroom there is", () => {
    const errors = first.errors.map((error) => ({ ...error, headroom: "NaN" as const }));
    const record: RunRecord = { ...first, status: "INCORRECT_NUMERICAL", findings: [FINDING], errors };
    expect(recompute([record], RULES).verdicts[0]?.headroom).toBe(Number.MAX_VALUE);
  });
});
