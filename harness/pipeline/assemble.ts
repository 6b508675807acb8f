// Last chapter: the records of a submission become its result.
import type { Lane, Ports } from "../domain/ports.ts";
import type { RunRecord } from "../domain/run-record.ts";
import { submissionId } from "../domain/submission.ts";
import { conformanceOf } from "../domain/conformance.ts";
import type { Runnable } from "./build.ts";
import type { JudgedCase } from "./candidate.ts";
import { finalRecord, runFacts, submissionFacts, unsupportedRecord } from "./case-record.ts";
import type { FinishedCases } from "./journal.ts";
import type { Measured } from "./race.ts";
import type { CheckRequest, SubmissionResult } from "./request.ts";

/** The result of one submission. */
export async function assemble(
  runnable: Runnable,
  cases: readonly JudgedCase[],
  measured: ReadonlyMap<string, Measured>,
  finished: FinishedCases,
  request: CheckRequest,
  lane: Lane,
  ports: Ports,
): Promise<SubmissionResult> {
  const { submission, cases: planned } = runnable.planned;
  const run = runFacts(request, ports);
  const about = await submissionFacts(runnable, lane, ports);
  const records: RunRecord[] = [];
  for (const one of planned) {
    const { name } = one.bound;
    const before = finished.of(runnable, one.bound);
    const judged = cases.find((candidate) => candidate.bound.name === name);
    if (before !== undefined) records.push(before);
    else if (one.unsupported !== null) records.push(unsupportedRecord(run, about, one, lane.isolation));
    else if (judged !== undefined)
      records.push(await finalRecord(runnable, judged, measured.get(name), request, lane, ports));
  }
  await finished.keep(records);
  const narrowed = request.selection.some((flag) => flag.startsWith("--case"));
  return {
    submission: submissionId(submission),
    vendor: submission.vendor.vendor,
    path: submission.path,
    ...conformanceOf(records, narrowed),
    records,
    problems: [],
  };
}
