// The main job as code: a submission is validated, built, executed beside its references, compared, measured and recorded.
// The chapters lie in pipeline/; the verbs, which know nothing of each other, in stages/.
import type { Ports } from "./domain/ports.ts";
import { assemble } from "./pipeline/assemble.ts";
import { buildSubmissions } from "./pipeline/build.ts";
import { judgeAll } from "./pipeline/cases.ts";
import { FinishedCases, sourcesOf } from "./pipeline/journal.ts";
import { LaneSet } from "./pipeline/lanes.ts";
import { measureAll } from "./pipeline/measure.ts";
import type { CheckRequest, SubmissionResult } from "./pipeline/request.ts";
import { refuseBelowFull, skippedResult, skipReason } from "./pipeline/skipped.ts";
import { type Planned, planSubmissions } from "./pipeline/submissions.ts";
import { TimingSets } from "./pipeline/timing-sets.ts";
import { WitnessPanel, zygotesOf } from "./pipeline/witnesses.ts";

/** Cases judged at the same time: one a core of the smallest public runner. Timing is never done beside anything. */
export const LANES = 2;

/** Up to so many cases a second lane, whose Python takes seconds to start, would not pay. */
const FEW = 6;

/**
 * Checks submissions and yields a result for each: first those that are invalid or do not compile, then the others in their order.
 * Correctness of all comes before the first race, so that a race has the machine to itself. A case is kept as soon as it is final.
 * @throws HarnessError when the infrastructure broke; what was yielded and kept before stands
 */
export async function* check(request: CheckRequest, ports: Ports): AsyncGenerator<SubmissionResult> {
  const { planned: valid, invalid } = await planSubmissions(request, ports);
  await request.journal?.begin(await sourcesOf(valid, ports));
  yield* invalid;
  const planned: Planned[] = [];
  for (const one of valid) {
    const reason = skipReason(one, request);
    if (reason === null) planned.push(one);
    else yield await skippedResult(one, reason, request, ports);
  }
  if (planned.length === 0) return;
  const count = planned.reduce((sum, one) => sum + one.cases.length, 0) > FEW ? LANES : 1;
  const [starting, building] = await Promise.allSettled([
    LaneSet.start(count, zygotesOf(request), ports),
    buildSubmissions(planned, request, ports),
  ]);
  try {
    if (building.status === "rejected") throw building.reason;
    const { runnable, failed } = building.value;
    yield* failed;
    if (starting.status === "rejected") throw starting.reason;
    const lanes = starting.value;
    refuseBelowFull(request, lanes.at(0));
    const finished = new FinishedCases(request, ports);
    const panel = new WitnessPanel(request, ports);
    const sets = new TimingSets(request, ports);
    const judging = judgeAll(runnable, request, panel, finished, lanes, ports);
    const [judged] = await Promise.all([judging, sets.ahead(runnable)]);
    for (const one of runnable) {
      const cases = judged.get(one) ?? [];
      const result = await lanes.retry(0, async (lane) => {
        const measured = await measureAll(one, cases, sets, finished, request, lane, ports);
        return assemble(one, cases, measured, finished, request, lane, ports);
      });
      ports.progress.report({ kind: "finished", submission: result.submission, status: result.status });
      yield result;
    }
  } finally {
    if (starting.status === "fulfilled") await starting.value.close();
  }
}
