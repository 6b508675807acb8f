// The second chapter's queue: every (submission, case) judged over the lanes of this machine, whichever is free.
import type { Lane, Ports } from "../domain/ports.ts";
import { HarnessError } from "../domain/problem.ts";
import { submissionId } from "../domain/submission.ts";
import type { Runnable } from "./build.ts";
import { infrastructureCase, type JudgedCase, judgeCase } from "./candidate.ts";
import type { FinishedCases } from "./journal.ts";
import { ATTEMPTS, isLoss, type LaneSet, repeatedly } from "./lanes.ts";
import type { CheckRequest } from "./request.ts";
import type { WitnessPanel } from "./witnesses.ts";

/** Judged cases of each submission, in the order they were planned; without those that an earlier process finished. */
export type Judged = ReadonlyMap<Runnable, readonly JudgedCase[]>;

interface Task {
  readonly runnable: Runnable;
  readonly position: number;
  /** Lanes that were lost while it was judged. */
  losses: number;
}

/** The results of every task, in the order of the tasks. */
function collected(
  runnable: readonly Runnable[],
  tasks: readonly Task[],
  results: ReadonlyMap<Task, JudgedCase>,
): Judged {
  const judged = new Map<Runnable, JudgedCase[]>(runnable.map((one) => [one, []]));
  for (const task of tasks) {
    const result = results.get(task);
    if (result !== undefined) judged.get(task.runnable)?.push(result);
  }
  return judged;
}

/**
 * Judges every counted case that is not finished, two at a time; each is kept as soon as it is final. A lane that is lost is replaced, and
 * its case judged again; a case that loses three is an infrastructure error, and the others are still judged.
 * @throws HarnessError when nothing can be kept or no lane can be started any more; what was judged until then is kept
 */
export async function judgeAll(
  runnable: readonly Runnable[],
  request: CheckRequest,
  panel: WitnessPanel,
  finished: FinishedCases,
  lanes: LaneSet,
  ports: Ports,
): Promise<Judged> {
  const tasks: readonly Task[] = runnable.flatMap((one) =>
    one.planned.cases.flatMap(({ bound, unsupported }, position) =>
      unsupported === null && finished.of(one, bound) === undefined ? [{ runnable: one, position, losses: 0 }] : [],
    ),
  );
  const queue = [...tasks];
  const results = new Map<Task, JudgedCase>();
  let stopped = false;

  /** Judges a case, or says why this machine could not; undefined when it is to be tried again. */
  const judge = async (task: Task, lane: number): Promise<JudgedCase | undefined> => {
    const { planned, kernel } = task.runnable;
    const bound = planned.cases[task.position]?.bound;
    if (bound === undefined) throw new RangeError("a task without a case");
    try {
      return await judgeCase(planned, kernel, bound, request, panel, lanes.at(lane), ports);
    } catch (error) {
      if (!(error instanceof HarnessError)) throw error;
      const { isolation } = lanes.at(lane);
      if (!isLoss(error)) return infrastructureCase(planned, bound, request, isolation, error);
      task.losses += 1;
      await lanes.replace(lane, error);
      if (task.losses < ATTEMPTS) return undefined;
      return infrastructureCase(
        planned,
        bound,
        request,
        isolation,
        repeatedly(error, submissionId(planned.submission)),
      );
    }
  };

  const work = async (_: Lane, lane: number): Promise<void> => {
    for (let task = queue.shift(); task !== undefined && !stopped; task = queue.shift()) {
      const result = await judge(task, lane);
      if (result === undefined) {
        queue.push(task);
        continue;
      }
      results.set(task, result);
      await finished.judged(task.runnable, result, lanes.at(lane));
      const mine = tasks.filter((other) => other.runnable === task?.runnable);
      const done = mine.filter((other) => results.has(other)).length;
      const submission = submissionId(task.runnable.planned.submission);
      ports.progress.report({ kind: "submission", submission, stage: "judge", done, total: mine.length });
    }
  };
  const ended = await Promise.allSettled(
    lanes.all.map(async (lane, position) => {
      try {
        await work(lane, position);
      } catch (error) {
        // The other lane finishes and keeps what it is at.
        stopped = true;
        throw error;
      }
    }),
  );
  for (const one of ended) if (one.status === "rejected") throw one.reason;
  return collected(runnable, tasks, results);
}
