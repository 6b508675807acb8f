// The third chapter's choice: which cases of a submission are raced.
import type { Lane, Ports } from "../domain/ports.ts";
import { submissionId } from "../domain/submission.ts";
import type { Runnable } from "./build.ts";
import type { JudgedCase } from "./candidate.ts";
import type { FinishedCases } from "./journal.ts";
import { type Measured, measureCase } from "./race.ts";
import type { CheckRequest } from "./request.ts";
import { benchCases, type TimingSets } from "./timing-sets.ts";

/** Whether a kernel was killed outright while it raced: the machine's doing, as in a judged case, unless it happens again. */
function wasKilled(found: Measured): boolean {
  const findings = "fault" in found ? (found.fault?.findings ?? []) : [];
  return findings.some(({ gate, message }) => gate === "signal" && message.includes("SIGKILL"));
}

/** Races the bench cases of a submission that passed everything, on a physical device; by case name. */
export async function measureAll(
  runnable: Runnable,
  cases: readonly JudgedCase[],
  sets: TimingSets,
  finished: FinishedCases,
  request: CheckRequest,
  lane: Lane,
  ports: Ports,
): Promise<ReadonlyMap<string, Measured>> {
  const measured = new Map<string, Measured>();
  const { planned } = runnable;
  const { device } = planned;
  const passed = cases.every((one) => one.judgement.status === "PASSED") && finished.passed(runnable);
  if (!request.measure || device.emulated || !passed) return measured;
  const bench = benchCases(runnable, request);
  for (const [done, bound] of bench.entries()) {
    const judged = cases.find((one) => one.bound === bound);
    if (judged === undefined || finished.of(runnable, bound) !== undefined) continue;
    ports.progress.report({
      kind: "submission",
      submission: submissionId(planned.submission),
      stage: "measure",
      done,
      total: bench.length,
    });
    const race = (): Promise<Measured> => measureCase(runnable, bound, device, sets, request, lane, ports);
    const first = await race();
    const found = wasKilled(first) ? await race() : first;
    measured.set(bound.name, found);
    await finished.measured(runnable, judged, found, lane);
  }
  return measured;
}
