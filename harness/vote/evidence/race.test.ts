// Times against themselves: ratio, interval, control and claims follow from the pairs, or the record is forged.
import { beforeAll, describe, expect, it } from "vitest";
import type { RunRecord } from "../../domain/run-record.ts";
import { recomputeRace } from "./race.ts";
import { FINDING, judged, ON_HOST, RIGHT } from "./testing/bundle.ts";

let timed: RunRecord;
beforeAll(async () => {
  const raced = (await judged(RIGHT, ON_HOST)).records.find(({ speedup }) => speedup !== null);
  if (raced === undefined) throw new Error("nothing was timed");
  timed = raced;
});

/** Everything that is said against a record after a change. */
function said(record: RunRecord, change: object): string {
  return recomputeRace({ ...record, ...change }).problems.join("\n");
}

describe("times are forged when", () => {
  const measured = (change: object) => (one: RunRecord) => ({ measurement: { ...one.measurement, ...change } });
  const race = (change: object) => (one: RunRecord) => measured({ race: { ...one.measurement?.race, ...change } })(one);
  const faster = { value: 3, interval: [2.9, 3.1], baseline: "echo eager", reading: "faster" };
  it.each<[string, (one: RunRecord) => object, string]>([
    ["the ratio is not its pairs'", race({ ratio: 3 }), "'measurement.race.ratio' is 3, its pairs say 1.5"],
    ["the interval is elsewhere", race({ interval: [2.9, 3.1] }), "'measurement.race.interval' does not follow"],
    ["the interval is too wide", race({ interval: [0.5, 3] }), "'measurement.race.interval' does not follow"],
    ["it ended for another reason", race({ stopReason: "budget" }), "'measurement.race.stopReason' is budget"],
    [
      "too few pairs are called precise",
      (one) => race({ pairs: one.measurement?.race.pairs.slice(0, 29) })(one),
      "'measurement.race.stopReason' is precise, its pairs say budget",
    ],
    ["timed outputs were not verified", race({ verified: 4 }), "outputs nobody looked at"],
    ["nothing says that they were", race({ verified: undefined }), "outputs nobody looked at"],
    ["there are no pairs", race({ pairs: [] }), "'measurement.race.pairs' is empty"],
    ["a time is 0", race({ pairs: [[0, 1]] }), "times that are not above 0"],
    ["the baseline was not tried", race({ baseline: "numpy" }), "'measurement.race.baseline' is none that was tried"],
    ["the speedup is another", () => ({ speedup: faster }), "'speedup' does not follow from 'measurement'"],
    ["the speedup is withheld", () => ({ speedup: null }), "'speedup' does not follow from 'measurement'"],
    ["there is no measurement", () => ({ measurement: null }), "'speedup' has no measurement"],
    [
      "the control is called fit",
      measured({ control: { ratio: 1.2, interval: [1.1, 1.3], fit: true } }),
      "'measurement.control.fit' does not follow",
    ],
    [
      "the control's interval is elsewhere",
      measured({ control: { ratio: 1, interval: [1.001, 1.002], fit: true } }),
      "'measurement.control.interval' does not hold its ratio",
    ],
    ["the device is emulated", (one) => ({ device: { ...one.device, emulated: true } }), "is of an emulated device"],
    ["the case failed", () => ({ status: "TIMEOUT", findings: [FINDING] }), "is of a case that is TIMEOUT"],
    [
      "a claim is called confirmed",
      () => ({ claims: [{ value: 2, baseline: "echo", chip: "host", verdict: "confirmed" }] }),
      "'claims.0.verdict' is confirmed, its numbers say refuted",
    ],
    [
      "a claim about another chip is called confirmed",
      () => ({ claims: [{ value: 1.2, baseline: "echo", chip: "T1", verdict: "confirmed" }] }),
      "its numbers say unverified",
    ],
  ])("%s", (_, change, words) => {
    expect(said(timed, change(timed))).toContain(words);
  });

  it("unless a noisy control says so and nothing is claimed", () => {
    const control = { ratio: 1, interval: [0.9, 1.1], fit: false };
    const change = { measurement: { ...timed.measurement, control }, speedup: null, speedupAbsent: "too noisy" };
    expect(recomputeRace({ ...timed, ...change } as RunRecord)).toEqual({ problems: [], speedup: null });
  });
});
