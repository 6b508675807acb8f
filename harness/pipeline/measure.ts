// The third chapter's choice: which cases of a submission are raced.
import type { Lane, Ports } from "../domain/ports.ts";
import { submissionId } from "../domain/submission.ts";
import type { Runnable } from "./build.ts";
import type { JudgedCase } from "./candidate.ts";
import { type Measured, measureCase } from "./race.ts";
import type { CheckRequest } from "./request.ts";
import { benchCases, type TimingSets } from "./timing-sets.ts";

/** Races the bench cases of a submission that passed everything, on a physical device; by case name. */
export async function measureAll(
  runnable: Runnable,
  cases: readonly JudgedCase[],
  sets: TimingSets,
  request: CheckRequest,
  lane: Lane,
  ports: Ports,
): Promise<ReadonlyMap<string, Measured>> {
  const measured = new Map<string, Measured>();
  const { planned } = runnable;
  const { device } = planned;
  const passed = cases.every((one) => one.judgement.status === "PASSED");
  if (!request.measure || device.emulated || !passed) return measured;
  const bench = benchCases(runnable, request);
  for (const [done, bound] of bench.entries()) {
    ports.progress.report({
      kind: "submission",
      submission: submissionId(planned.submission),
      stage: "measure",
      done,
      total: bench.length,
    });
    measured.set(bound.name, await measureCase(runnable, bound, device, sets, request, lane, ports));
  }
  return measured;
}
