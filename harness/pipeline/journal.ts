// What a run has finished: cases of an earlier process of the same run, which are not done again, and those that become final in this one.
import type { Lane, Ports } from "../domain/ports.ts";
import { InputError } from "../domain/problem.ts";
import type { BoundCase } from "../domain/op.ts";
import type { RunRecord } from "../domain/run-record.ts";
import { submissionId } from "../domain/submission.ts";
import { finalRecord } from "./case-record.ts";
import type { Runnable } from "./build.ts";
import type { JudgedCase } from "./candidate.ts";
import { meaningOf } from "./meaning.ts";
import type { Measured } from "./race.ts";
import type { CheckRequest, Source } from "./request.ts";
import type { Planned } from "./submissions.ts";
import { benchCases } from "./timing-sets.ts";

/** What decides the verdicts of planned submissions, besides the run's options. */
export function sourcesOf(planned: readonly Planned[], ports: Ports): Promise<Source[]> {
  return Promise.all(
    planned.map(async ({ submission, op }) => ({
      submission: submissionId(submission),
      sourceDigest: submission.digest,
      opDigest: await meaningOf(op, ports),
    })),
  );
}

/** A library or model that is not the one that was judged. */
function otherArtifact({ planned }: Runnable, before: RunRecord): InputError {
  const { submission } = planned;
  return new InputError([
    {
      code: "RUN_CHANGED",
      place: { file: submission.path, line: 1, column: 1 },
      message: `${submissionId(submission)} is built to other bytes than those that run ${before.run} judged: the compiler has changed`,
      fix: "begin a new run",
    },
  ]);
}

/** Cases by submission and name, each kept once and for good as soon as nothing can change it any more. */
export class FinishedCases {
  private readonly kept = new Map<string, RunRecord>();
  private readonly request: CheckRequest;
  private readonly ports: Ports;

  constructor(request: CheckRequest, ports: Ports) {
    this.request = request;
    this.ports = ports;
  }

  /** The record of a case that is final. @throws InputError RUN_CHANGED where it was made of another artifact */
  of(runnable: Runnable, bound: BoundCase): RunRecord | undefined {
    const id = submissionId(runnable.planned.submission);
    const own = this.kept.get(`${id}/${bound.name}`);
    const before = own ?? this.request.journal?.finished(id, bound.name);
    if (before === undefined) return undefined;
    if (before.case.counted && before.submission.artifactDigest !== runnable.built.artifactDigest)
      throw otherArtifact(runnable, before);
    return before;
  }

  /** Whether every case that is final already has passed; the others say so themselves. */
  passed(runnable: Runnable): boolean {
    return runnable.planned.cases.every(({ bound, unsupported }) => {
      const record = unsupported === null ? this.of(runnable, bound) : undefined;
      return record === undefined || record.status === "PASSED";
    });
  }

  /** Keeps records that were not kept before. What the infrastructure prevented is not final: another process does it again. */
  async keep(records: readonly RunRecord[]): Promise<void> {
    const fresh = records.filter(({ submission, case: { name }, status }) => {
      const id = `${submission.vendor}/${submission.submission}`;
      const known = this.kept.has(`${id}/${name}`) || this.request.journal?.finished(id, name) !== undefined;
      return status !== "INFRA_ERROR" && !known;
    });
    if (fresh.length === 0) return;
    await this.request.journal?.keep(fresh);
    for (const record of fresh) {
      const { vendor, submission } = record.submission;
      this.kept.set(`${vendor}/${submission}/${record.case.name}`, record);
    }
  }

  /** Keeps a case that was judged, unless it will be raced. */
  async judged(runnable: Runnable, judged: JudgedCase, lane: Lane): Promise<void> {
    const { request, ports } = this;
    if (judged.judgement.status === "INFRA_ERROR") return;
    const raced =
      request.measure &&
      !runnable.planned.device.emulated &&
      judged.judgement.status === "PASSED" &&
      benchCases(runnable, request).includes(judged.bound);
    if (!raced) await this.keep([await finalRecord(runnable, judged, undefined, request, lane, ports)]);
  }

  /** Keeps a case that was judged and measured. */
  async measured(runnable: Runnable, judged: JudgedCase, measured: Measured, lane: Lane): Promise<void> {
    await this.keep([await finalRecord(runnable, judged, measured, this.request, lane, this.ports)]);
  }
}
