// Between the chapters: submissions built, two at a time; a compile error is a result, not an end.
import type { Kernel } from "../domain/kernel.ts";
import type { Ports } from "../domain/ports.ts";
import type { Problem } from "../domain/problem.ts";
import { submissionId } from "../domain/submission.ts";
import { type Built, build } from "../stages/build/kernel.ts";
import type { CheckRequest, SubmissionResult } from "./request.ts";
import type { Planned } from "./submissions.ts";

/** A submission that can be run. */
export interface Runnable {
  readonly planned: Planned;
  readonly built: Built;
  readonly kernel: Kernel;
}

function compileError(planned: Planned, place: Problem["place"], message: string, log: string): SubmissionResult {
  const { submission } = planned;
  const problem: Problem = {
    code: "COMPILE_ERROR",
    // An error in a header of the toolchain has its own absolute place.
    place: { ...place, file: place.file.startsWith("/") ? place.file : `${submission.path}/${place.file}` },
    message,
    fix: "correct the source; the compiler's whole log is beside the records",
  };
  return {
    submission: submissionId(submission),
    vendor: submission.vendor.vendor,
    path: submission.path,
    status: "COMPILE_ERROR",
    conforms: false,
    records: [],
    problems: [problem],
    log,
  };
}

/** Builds every planned submission. */
export async function buildSubmissions(
  planned: readonly Planned[],
  request: CheckRequest,
  ports: Ports,
): Promise<{ runnable: Runnable[]; failed: SubmissionResult[] }> {
  const runnable: Runnable[] = [];
  const failed: SubmissionResult[] = [];
  const queue = [...planned];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { submission, op, backend, device, executor } = next;
      ports.progress.report({
        kind: "submission",
        submission: submissionId(submission),
        stage: "build",
        done: 0,
        total: 1,
      });
      const asked = { submission, op: op.value, backend, device, executor, inherited: ports.host.variables };
      const outcome = await build(asked, request.toolchain, ports);
      if (outcome.ok) runnable.push({ planned: next, built: outcome.built, kernel: outcome.built.kernel });
      else failed.push(compileError(next, outcome.place, outcome.message, outcome.log));
    }
  };
  await Promise.all([work(), work()]);
  return { runnable: planned.flatMap((one) => runnable.filter((built) => built.planned === one)), failed };
}
