// The main job as code: a submission is validated, built, executed beside its references, compared, measured and recorded.
// The chapters lie in pipeline/; the verbs, which know nothing of each other, in stages/.
import type { Ports } from "./domain/ports.ts";
import { assemble } from "./pipeline/assemble.ts";
import { buildSubmissions } from "./pipeline/build.ts";
import { judgeAll, startLane } from "./pipeline/cases.ts";
import { measureAll } from "./pipeline/measure.ts";
import type { CheckRequest, SubmissionResult } from "./pipeline/request.ts";
import { skippedResult, skipReason } from "./pipeline/skipped.ts";
import { type Planned, planSubmissions } from "./pipeline/submissions.ts";
import { TimingSets } from "./pipeline/timing-sets.ts";
import { WitnessPanel } from "./pipeline/witnesses.ts";

/** Cases judged at the same time: one a core of the smallest public runner. Timing is never done beside anything. */
export const LANES = 2;

/** Up to so many cases a second lane, whose Python takes seconds to start, would not pay. */
const FEW = 6;

/**
 * Checks submissions and yields a result for each: first those that are invalid or do not compile, then the others in their order.
 * Correctness of all comes before the first race, so that a race has the machine to itself.
 * @throws HarnessError when the infrastructure broke; what was yielded before stands
 */
export async function* check(request: CheckRequest, ports: Ports): AsyncGenerator<SubmissionResult> {
  const { planned: valid, invalid } = await planSubmissions(request, ports);
  yield* invalid;
  const planned: Planned[] = [];
  for (const one of valid) {
    const reason = skipReason(one, request);
    if (reason === null) planned.push(one);
    else yield await skippedResult(one, reason, request, ports);
  }
  if (planned.length === 0) return;
  const count = planned.reduce((sum, one) => sum + one.cases.length, 0) > FEW ? LANES : 1;
  const starting = Promise.all(Array.from({ length: count }, () => startLane(ports)));
  const { runnable, failed } = await buildSubmissions(planned, request, ports);
  yield* failed;
  const lanes = await starting;
  try {
    const panel = new WitnessPanel(request, ports);
    const sets = new TimingSets(request, ports);
    const [judged] = await Promise.all([judgeAll(runnable, request, panel, lanes, ports), sets.ahead(runnable)]);
    const [lane] = lanes;
    if (lane === undefined) return;
    for (const one of runnable) {
      const cases = judged.get(one) ?? [];
      const measured = await measureAll(one, cases, sets, request, lane, ports);
      const result = await assemble(one, cases, measured, request, lane, ports);
      ports.progress.report({ kind: "finished", submission: result.submission, status: result.status });
      yield result;
    }
  } finally {
    await Promise.all(lanes.map((lane) => lane.close()));
  }
}
