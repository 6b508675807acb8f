// Facts of a record about the miniature's submission: everything passed, on an emulated chip, in a run that may be voted on.
import type { Measurement, Speedup } from "../domain/measurement.ts";
import { bindCase } from "../domain/op.ts";
import type { RunRecord } from "../domain/run-record.ts";
import { type CaseFacts, recordOf, type RunFacts, type SubmissionFacts } from "../stages/record/record.ts";
import { type Changes, miniatureOp, validSubmission } from "./miniature.ts";
import { FP32 } from "./judged.ts";

const DIGEST = "0123456789abcdef".repeat(4);

export const RUN: RunFacts = {
  run: "20261122T101500Z-3fa91c",
  time: "2026-11-22T10:15:00.000Z",
  suite: { suite: "default", digest: DIGEST },
  harness: { version: "0.1.0", commit: "3f9c2ab" },
  seed: { value: "7".repeat(32), origin: "ci" },
  selection: [],
};

const EMULATED = { backend: "toy", chip: "T1", model: "a processor", emulated: true } as const;
export const PHYSICAL = { backend: "toy", chip: "T1", model: "a card", emulated: false } as const;

/** What is said of the submission of the miniature after changes. */
export async function about(changes: Changes = {}, rest: Partial<SubmissionFacts> = {}): Promise<SubmissionFacts> {
  return {
    submission: await validSubmission(changes),
    numerics: FP32,
    artifactDigest: DIGEST,
    op: { op: "window_sum", edition: 1, digest: DIGEST },
    device: EMULATED,
    executor: { executor: "native", version: "1" },
    compiler: { compiler: "g++", version: "g++ 12", flags: ["-O3"] },
    environment: { variables: {}, model: "a processor" },
    ...rest,
  };
}

/** What is said of its case `padded`. */
export async function facts(rest: Partial<CaseFacts> = {}): Promise<CaseFacts> {
  const op = await miniatureOp();
  const one = op.cases.find((candidate) => candidate.name === "padded");
  if (one === undefined) throw new Error("the miniature has no 'padded'");
  return {
    bound: bindCase(op, one, { T: "float32" }, false),
    judgedRows: null,
    seed: "5".repeat(32),
    inputs: DIGEST,
    counted: true,
    isolation: "full",
    status: "PASSED",
    findings: [],
    errors: [],
    gates: [{ gate: "G1", probe: "random", output: "y", statistic: 0.25, limit: 1 }],
    poisonsEqual: true,
    witnesses: [],
    timing: { unit: "ns", samples: 7, median: 1000, interval: [990, 1010], min: 980 },
    measurement: null,
    speedup: null,
    speedupAbsent: "emulated: a time in emulation is never a speedup",
    deniedSyscalls: [],
    log: "",
    ...rest,
  };
}

/** A record of that case. */
export async function recordWith(
  rest: Partial<CaseFacts> = {},
  changes: Changes = {},
  more: Partial<SubmissionFacts> = {},
): Promise<RunRecord> {
  return recordOf(RUN, await about(changes, more), await facts(rest));
}

/** A speedup over torch with its interval. */
export function speedupBetween(low: number, high: number): Speedup {
  return { value: (low + high) / 2, interval: [low, high], baseline: "torch compile", reading: "faster" };
}

/** A race behind such a speedup. */
export function measurementBetween(low: number, high: number): Measurement {
  const ratio = (low + high) / 2;
  return {
    timing: { unit: "ns", samples: 300, median: 1000, interval: [990, 1010], min: 980 },
    race: {
      baseline: "torch compile",
      pairs: [[1000, 1000 * ratio]],
      ratio,
      interval: [low, high],
      stopReason: "precise",
    },
    control: { ratio: 1, interval: [0.99, 1.01], fit: true },
    overheadNs: 200,
    baselines: [{ name: "torch compile", min: 1500 }],
  };
}
