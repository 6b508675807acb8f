// Bundles as jobs make them: records of the pipeline over the miniature, the expectation of its run, and zips of both.
import { expectedSubmission } from "../../../commands/expectation.ts";
import type { Bundle } from "../../../domain/evidence.ts";
import type { Expectation } from "../../../domain/expectation.ts";
import type { RunRecord } from "../../../domain/run-record.ts";
import type { Finding } from "../../../domain/verdict.ts";
import { check } from "../../../pipeline.ts";
import type { Script } from "../../../testing/lane.ts";
import { type Changes, MINIATURE } from "../../../testing/miniature.ts";
import { negateEdited } from "../../../testing/negate.ts";
import { CANDIDATE, fakeWorld, right } from "../../../testing/world.ts";
import { validateSubmission } from "../../../stages/validate/submission.ts";
import { BUNDLE_FILE, bundleText, ciSeed, packBundle, RECORDS_FILE } from "../pack.ts";

/** The run that all test bundles come from. */
export const RUN = { repository: 101, head: "a".repeat(40), workflowRun: 202, attempt: 1 } as const;
export const HARNESS = "b".repeat(40);
export const SEED = ciSeed(RUN);

/** What a policy asks for. */
export const ISOLATED = { emulated: "userns", device: "full" } as const;

/** Records of a run, and what they must say. */
export interface Judged {
  readonly records: readonly RunRecord[];
  readonly expectation: Expectation;
}

const EXECUTOR = "harness/executors/echo/executor.yaml";

/** The submission on the host, with a baseline: its times count. */
export const ON_HOST: Changes = {
  ...negateEdited("submission", "backend: toy, chips: [T1]", "backend: cpu, chips: [host]"),
  [EXECUTOR]: `${MINIATURE[EXECUTOR] ?? ""}baseline: true\n`,
};

/** A right kernel that takes 1000 ns beside a baseline of 1500. */
export const RIGHT: Script = { call: right, time: ({ name }) => (name === CANDIDATE ? 1000 : 1500) };

/** Runs the pipeline over the miniature's submission as a job of `RUN` would. */
export async function judged(script: Script = RIGHT, changes: Changes = {}): Promise<Judged> {
  const world = fakeWorld(script, changes);
  const request = await world.request({ seed: { value: SEED, origin: "ci" } });
  const ports = { ...world.ports, host: { ...world.ports.host, commit: HARNESS } };
  const records: RunRecord[] = [];
  for await (const result of check(request, ports)) records.push(...result.records);
  const [asked] = request.submissions;
  const [first] = records;
  if (asked === undefined || first === undefined) throw new Error("the miniature gave no record");
  const submission = await validateSubmission(asked.folder, asked.path, request.catalogue, ports.files);
  const op = request.catalogue.ops.get("negate");
  if (!submission.ok || op === undefined) throw new Error("the miniature is wrong");
  const expected = expectedSubmission({
    id: CANDIDATE,
    manifest: submission.value.manifest,
    sourceDigest: submission.value.digest,
    op: op.value,
    suite: request.suite.value,
    emulated: first.device.emulated,
    seed: SEED,
  });
  if (expected === null) throw new Error("the miniature's class is wrong");
  const workflow = first.device.emulated ? "pr-emulate" : "pr-device";
  return {
    records,
    expectation: {
      ...RUN,
      harness: [HARNESS],
      run: {
        path: `.github/workflows/${workflow}.yml`,
        event: first.device.emulated ? "pull_request" : "workflow_dispatch",
        head: first.device.emulated ? RUN.head : HARNESS,
        url: "https://example.invalid/runs/202",
      },
      isolation: ISOLATED,
      submissions: { [CANDIDATE]: expected },
      executors: ["echo"],
      ops: { negate: first.op.digest },
      suites: { default: first.suite?.digest ?? "" },
    },
  };
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Records as a file. */
export function linesOf(records: readonly unknown[]): Uint8Array {
  return bytesOf(records.map((record) => `${JSON.stringify(record)}\n`).join(""));
}

/** A bundle of records and other files, honestly packed. */
export function bundleOf(
  records: readonly unknown[],
  job = "emulate-a",
  more: Readonly<Record<string, string>> = {},
): Bundle {
  return packBundle({ ...RUN, harness: HARNESS, job, seed: SEED, files: contentsOf(records, more) });
}

function contentsOf(records: readonly unknown[], more: Readonly<Record<string, string>>): Map<string, Uint8Array> {
  return new Map([
    [RECORDS_FILE, linesOf(records)],
    ...Object.entries(more).map(([name, text]): [string, Uint8Array] => [name, bytesOf(text)]),
  ]);
}

/** The files of an artifact; `change` lies in `bundle.json`. */
export function filesOf(
  records: readonly unknown[],
  change: Partial<Bundle> = {},
  more: Readonly<Record<string, string>> = {},
): Map<string, Uint8Array> {
  const bundle = { ...bundleOf(records, "emulate-a", more), ...change };
  return contentsOf(records, more).set(BUNDLE_FILE, bytesOf(bundleText(bundle)));
}

/** Something that a gate found. */
export const FINDING: Finding = {
  lane: "A",
  gate: "exact",
  probe: null,
  placement: null,
  output: "y",
  message: "off by one",
  mismatches: 1,
  total: 8,
  first: null,
  worst: null,
  pattern: null,
};
