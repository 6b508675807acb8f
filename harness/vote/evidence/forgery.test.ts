// Every leaf of an honest record, forged one at a time: what nobody objects to is a list, and the list is short.
import { beforeAll, describe, expect, it } from "vitest";
import type { RunRecord } from "../../domain/run-record.ts";
import { disagreements } from "./agree.ts";
import { checkBundle } from "./check.ts";
import { expectedOf } from "./expected.ts";
import { recompute } from "./recompute.ts";
import { bundleOf, filesOf, ISOLATED, type Judged, judged, ON_HOST, RIGHT } from "./testing/bundle.ts";

let honest: Judged;
let onHost: Judged;
beforeAll(async () => {
  honest = await judged();
  onHost = await judged(RIGHT, ON_HOST);
});

/** Values that could stand in place of one: of its kind, so that no schema objects. */
function forgeries(value: unknown): unknown[] {
  if (typeof value === "number") return [value + 1, value / 2 + 0.1];
  if (typeof value === "boolean") return [!value];
  if (typeof value !== "string") return [];
  if (/^[0-9a-f]{32,}$/.test(value)) return [value.replace(/^./, (digit) => (digit === "0" ? "1" : "0"))];
  return [`${value}x`, "none", "userns", "unverified", "TIMEOUT", "float32"].filter((other) => other !== value);
}

type Leaf = readonly [path: readonly (string | number)[], value: unknown];

function leavesOf(value: unknown, path: readonly (string | number)[] = []): Leaf[] {
  if (typeof value !== "object" || value === null) return [[path, value]];
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return keys.flatMap((key) => leavesOf((value as Record<string | number, unknown>)[key], [...path, key]));
}

/** A copy with one leaf replaced. */
function forged(record: RunRecord, path: readonly (string | number)[], value: unknown): RunRecord {
  const copy = structuredClone(record);
  const last = path.at(-1) ?? "";
  const parent = path
    .slice(0, -1)
    .reduce<unknown>((inner, key) => (inner as Record<string | number, unknown>)[key], copy);
  (parent as Record<string | number, unknown>)[last] = value;
  return copy;
}

/** Fields of a record that can be forged although another job says something else. */
function unnoticed({ records, expectation }: Judged, index: number): string[] {
  const expected = expectedOf(expectation);
  const rules = { isolation: ISOLATED, physical: true };
  const record = records[index];
  if (record === undefined) throw new Error("there is no such record");
  const other = { bundle: bundleOf(records, "other"), records };
  const free = new Set<string>();
  for (const [path, value] of leavesOf(record))
    for (const lie of forgeries(value)) {
      const lying = records.map((one, at) => (at === index ? forged(record, path, lie) : one));
      const checked = checkBundle(filesOf(lying), expected);
      const noticed =
        !checked.ok ||
        recompute(checked.records, rules).problems.length > 0 ||
        disagreements({ bundle: checked.bundle, records: checked.records }, other).length > 0;
      if (!noticed) free.add(path.map((step) => (typeof step === "number" ? "*" : step)).join("."));
    }
  return [...free].sort();
}

/** Words and times, and numbers of references that are within their limits: no verdict depends on them. */
const FREE = [
  // What a runner says of its own walls nobody else can see.
  "device.isolation",
  "harness.version",
  "log",
  "speedupAbsent",
  "time",
  "timing.interval.*",
  "timing.median",
  "timing.min",
  "timing.samples",
  // References are promised no bytes: they differ between machines.
  "witnesses.*.errors.*.digest",
  "witnesses.*.errors.*.headroom",
  "witnesses.*.errors.*.maxAbs",
  "witnesses.*.errors.*.maxRel",
  "witnesses.*.errors.*.maxUlp",
  "witnesses.*.errors.*.rmsOverSigma",
  "witnesses.*.numerics",
  "witnesses.*.timing.interval.*",
  "witnesses.*.timing.median",
  "witnesses.*.timing.min",
  "witnesses.*.timing.samples",
  "witnesses.*.version",
];

/** Of a race: one time of many moves no median, and the rest is shown only. */
const FREE_OF_RACE = [
  "measurement.baselines.*.min",
  "measurement.baselines.*.name",
  "measurement.overheadNs",
  "measurement.race.judged",
  "measurement.race.pairs.*.*",
  // More than were timed is no lie that helps anybody; fewer is noticed.
  "measurement.race.verified",
  "measurement.timing.interval.*",
  "measurement.timing.median",
  "measurement.timing.min",
  "measurement.timing.samples",
];

describe("a forged leaf of a record", () => {
  it("is noticed, or belongs to what decides nothing", () => {
    expect(unnoticed(honest, 0)).toEqual(FREE);
  });

  it("is noticed in a race too, but for single times", () => {
    const index = onHost.records.findIndex(({ speedup }) => speedup !== null);
    expect(unnoticed(onHost, index).filter((field) => !FREE.includes(field))).toEqual(FREE_OF_RACE);
  });
});
