// Between the chapters: submissions built, two at a time; a compile error is a result, not an end.
import type { Kernel } from "../domain/kernel.ts";
import type { Ports } from "../domain/ports.ts";
import type { Problem } from "../domain/problem.ts";
import { submissionId } from "../domain/submission.ts";
import { type Built, type BuildOutcome, build } from "../stages/build/kernel.ts";
import type { CheckRequest, SubmissionResult } from "./request.ts";
import type { Planned } from "./submissions.ts";

/** A submission that can be run. */
export interface Runnable {
  readonly planned: Planned;
  readonly built: Built;
  readonly kernel: Kernel;
}

function notBuilt(planned: Planned, outcome: Extract<BuildOutcome, { ok: false }>): SubmissionResult {
  const { submission } = planned;
  const { status, code, place, message, fix, log } = outcome;
  const problem: Problem = {
    code,
    // An error in a header of the toolchain has its own absolute place.
    place: { ...place, file: place.file.startsWith("/") ? place.file : `${submission.path}/${place.file}` },
    message,
    fix,
  };
  return {
    submission: submissionId(submission),
    vendor: submission.vendor.vendor,
    path: submission.path,
    status,
    conforms: false,
    records: [],
    problems: [problem],
    ...(log === "" ? {} : { log }),
  };
}

/** More than a compiler leaves behind of a small kernel. */
const ROOM = 2 ** 20;

/** A source is not to blame where the compiler had no room to write. @throws HarnessError DISK */
async function assertRoom(scratch: string, files: Ports["files"]): Promise<void> {
  await files.write(`${scratch}/room`, new Uint8Array(ROOM));
  await files.write(`${scratch}/room`, "");
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
      else {
        await assertRoom(request.toolchain.scratch, ports.files);
        failed.push(notBuilt(next, outcome));
      }
    }
  };
  await Promise.all([work(), work()]);
  return { runnable: planned.flatMap((one) => runnable.filter((built) => built.planned === one)), failed };
}
