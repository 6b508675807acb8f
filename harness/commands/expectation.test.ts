// What evidence is expected to hold is what the pipeline would record, without running anything.
import { beforeAll, describe, expect, it } from "vitest";
import type { RunRecord } from "../domain/run-record.ts";
import { expectationSchema } from "../domain/expectation.ts";
import { submissionSchema } from "../domain/submission.ts";
import { suiteSchema } from "../domain/suite.ts";
import { miniatureOp, SUBMISSION_YAML } from "../testing/miniature.ts";
import { decode, type Decoded } from "../manifest.ts";
import { negateEdited } from "../testing/negate.ts";
import { judged, RIGHT, SEED } from "../vote/evidence/testing/bundle.ts";
import { expectedSubmission, type Planned } from "./expectation.ts";

let planned: Planned;
beforeAll(async () => {
  const manifest = decode(SUBMISSION_YAML, "submission.yaml", submissionSchema);
  if (!manifest.ok) throw new Error("the miniature is wrong");
  const suite: Decoded<typeof suiteSchema> = suiteSchema.parse({ edition: 1, suite: "default", title: "All" });
  const op = await miniatureOp();
  const facts = { id: "acme/sums", sourceDigest: "0".repeat(64), emulated: true, seed: SEED };
  planned = { ...facts, manifest: manifest.value.value, op, suite };
});

const namesOf = (change: Partial<Planned> = {}): string[] =>
  expectedSubmission({ ...planned, ...change })?.cases.map(({ name, counted }) => (counted ? name : `(${name})`)) ?? [];

describe("the cases of a submission", () => {
  it("are those that the pipeline records, field by field", async () => {
    const change = negateEdited("submission", "supports: {}", "supports: {dtypes: {T: [float32]}}");
    const { records, expectation } = await judged(RIGHT, change);
    const drawn = ["seed", "inputs"];
    const caseOf = (record: RunRecord): object =>
      Object.fromEntries(Object.entries(record.case).filter(([field]) => !drawn.includes(field)));
    const expected = expectation.submissions["acme/sums"]?.cases ?? [];
    expect(expected.map(({ outputs, ...rest }) => [rest, outputs])).toEqual(
      records.map((record) => [caseOf(record), ["y"]]),
    );
    expect(expected.some(({ counted }) => !counted)).toBe(true);
    expect(expectationSchema.parse(expectation)).toEqual(expectation);
  });

  it("are published ones and hidden ones; those that are timed only where the device is real", () => {
    const published = ["small_float16", "small_float32", "padded"];
    const hidden = ["hidden_0", "hidden_1", "hidden_2"];
    expect(namesOf()).toEqual([...published, ...hidden]);
    expect(namesOf({ emulated: false })).toEqual([...published, "large", ...hidden]);
  });

  it("are those of the suite", () => {
    const suite = { ...planned.suite, hidden: 1, cases: { include: ["small*"], benchEmulated: true } };
    expect(namesOf({ suite })).toEqual(["small_float16", "small_float32", "hidden_0"]);
  });

  it("do not count outside what the submission supports", () => {
    const supports = { axes: { W: { max: 3 } }, constraints: [], attributes: {}, dtypes: {} };
    expect(namesOf({ manifest: { ...planned.manifest, supports } })).toContain("(padded)");
  });

  it("are drawn from the run's seed", () => {
    const drawn = (seed: string) => expectedSubmission({ ...planned, seed })?.cases.filter(({ hidden }) => hidden);
    expect(drawn(SEED)).toEqual(drawn(SEED));
    expect(drawn(SEED)).not.toEqual(drawn("1".repeat(32)));
  });
});

it("a numerics class that the op does not have gives nothing to expect", () => {
  const manifest = { ...planned.manifest, numerics: { class: "loose", deterministic: true } };
  expect(expectedSubmission({ ...planned, manifest })).toBeNull();
});
