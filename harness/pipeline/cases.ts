// The second chapter's queue: every (submission, case) judged over the lanes of this machine, whichever is free.
import type { Lane, Ports } from "../domain/ports.ts";
import { HarnessError } from "../domain/problem.ts";
import { submissionId } from "../domain/submission.ts";
import type { Runnable } from "./build.ts";
import { infrastructureCase, type JudgedCase, judgeCase } from "./candidate.ts";
import type { CheckRequest } from "./request.ts";
import type { WitnessPanel } from "./witnesses.ts";

/** Judged cases of each submission, in the order they were planned. */
export type Judged = ReadonlyMap<Runnable, readonly JudgedCase[]>;

interface Task {
  readonly runnable: Runnable;
  readonly position: number;
}

/** A lane that died is replaced this many times before the run gives up. */
const RESTARTS = 3;

/** A lane whose Python is starting: every case will ask its witnesses there. */
export async function startLane(ports: Ports): Promise<Lane> {
  const lane = await ports.lanes.start();
  lane.warm("python");
  return lane;
}

/** Judges every counted case of every submission, two at a time. A lane that is lost is replaced in `lanes`, for those who come after. */
export async function judgeAll(
  runnable: readonly Runnable[],
  request: CheckRequest,
  panel: WitnessPanel,
  lanes: Lane[],
  ports: Ports,
): Promise<Judged> {
  const judged = new Map<Runnable, JudgedCase[]>(runnable.map((one) => [one, []]));
  const queue: Task[] = runnable.flatMap((one) =>
    one.planned.cases.flatMap((planned, position) =>
      planned.unsupported === null ? [{ runnable: one, position }] : [],
    ),
  );
  const results = new Map<Task, JudgedCase>();
  const tasks = [...queue];
  let restarts = 0;
  const work = async (first: Lane, position: number): Promise<void> => {
    let lane = first;
    for (let task = queue.shift(); task !== undefined; task = queue.shift()) {
      const { planned, kernel } = task.runnable;
      const bound = planned.cases[task.position]?.bound;
      if (bound === undefined) continue;
      try {
        results.set(task, await judgeCase(planned, kernel, bound, request, panel, lane, ports));
      } catch (error) {
        if (!(error instanceof HarnessError)) throw error;
        if (error.code === "BROKER_LOST" && restarts < RESTARTS) {
          restarts += 1;
          lane = await startLane(ports);
          lanes[position] = lane;
          queue.push(task);
          continue;
        }
        // The other cases are still judged: a broken part of the harness loses nothing but what needed it.
        results.set(task, infrastructureCase(planned, bound, request, lane.isolation, error));
      }
      const mine = tasks.filter((other) => other.runnable === task.runnable);
      const done = mine.filter((other) => results.has(other)).length;
      ports.progress.report({
        kind: "submission",
        submission: submissionId(planned.submission),
        stage: "judge",
        done,
        total: mine.length,
      });
    }
  };
  await Promise.all(lanes.map(work));
  for (const task of tasks) {
    const result = results.get(task);
    if (result !== undefined) judged.get(task.runnable)?.push(result);
  }
  return judged;
}
