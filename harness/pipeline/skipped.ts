// Submissions whose real device was asked for and is not here: recorded as skipped, which is nobody's fault and proves nothing.
import type { Lane, Ports } from "../domain/ports.ts";
import { HarnessError } from "../domain/problem.ts";
import { numericsClass } from "../domain/op.ts";
import { submissionId } from "../domain/submission.ts";
import { NOT_RUN, recordOf } from "../stages/record/record.ts";
import { runFacts } from "./case-record.ts";
import { caseSeed } from "./candidate.ts";
import { meaningOf } from "./meaning.ts";
import type { CheckRequest, SubmissionResult } from "./request.ts";
import type { Planned } from "./submissions.ts";

/** Why a planned submission cannot run on the device that was asked for; null when it can. */
export function skipReason({ backend }: Planned, request: CheckRequest): string | null {
  const { device } = request;
  if (device === null) return null;
  if (backend.value.backend !== device)
    return `it is a submission for '${backend.value.backend}', and '${device}' was asked for`;
  if (backend.value.physical.host) return null;
  return `no ${backend.value.title} device can be driven from this machine`;
}

/**
 * A real device is driven only where nothing is left to a submission's good will.
 * @throws HarnessError ISOLATION_WEAK below full isolation, unless the run was asked to go on
 */
export function refuseBelowFull({ device, belowFull }: CheckRequest, { isolation, why }: Lane): void {
  if (device === null || isolation === "full" || belowFull === true) return;
  throw new HarnessError(
    "ISOLATION_WEAK",
    `--device ${device} needs isolation 'full', and this machine gives '${isolation}' (${why.join("; ")})`,
    "npx openxpu doctor says how to get the next level; --below-full goes on, and no vote may rest on such records",
  );
}

/** The result of a submission that was skipped. */
export async function skippedResult(
  planned: Planned,
  reason: string,
  request: CheckRequest,
  ports: Ports,
): Promise<SubmissionResult> {
  const { submission, op, device, executor, cases } = planned;
  const numerics = numericsClass(op.value, submission.manifest.numerics.class);
  if (numerics === undefined) throw new RangeError("validation let an unknown class pass");
  const about = {
    submission,
    numerics,
    artifactDigest: null,
    op: { op: op.value.op, edition: op.value.edition, digest: await meaningOf(op, ports) },
    device: { backend: device.backend, chip: device.chip, model: "none", emulated: false },
    executor: { executor: executor.executor, version: "none" },
    compiler: null,
    environment: {},
  } as const;
  const run = runFacts(request, ports);
  const records = cases.map(({ bound, unsupported }) =>
    recordOf(run, about, {
      ...NOT_RUN,
      bound,
      seed: caseSeed(planned, bound, request),
      counted: unsupported === null,
      isolation: "none",
      status: unsupported === null ? "SKIPPED_NO_DEVICE" : "UNSUPPORTED",
      speedupAbsent: reason,
    }),
  );
  return {
    submission: submissionId(submission),
    vendor: submission.vendor.vendor,
    path: submission.path,
    status: "SKIPPED_NO_DEVICE",
    conforms: false,
    records,
    problems: [],
  };
}
