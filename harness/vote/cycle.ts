// Rounds of the life cycle until nothing is left to do: every round looks anew, so that a write whose answer was lost is not repeated.
import type { GitHub, Pull, WorkflowRun } from "../domain/github.ts";
import { HarnessError } from "../domain/problem.ts";
import { DEVICE, isDeviceRun } from "../domain/workflow.ts";
import { actionText, apply } from "./apply.ts";
import { observe, type Observed, unfinished } from "./observe.ts";
import { additionsOf, append, memoryOf, planned } from "./reconcile.ts";
import type { Rules } from "./rules-in-force.ts";
import type { Vote } from "./state.ts";
import type { Depth } from "./subject.ts";

/** What a reconciler needs. */
export interface Reconciler {
  readonly github: GitHub;
  readonly rules: Rules;
  /** Looks into one pull request: paths, people, evidence. */
  readonly look: (pull: Pull, observed: Observed) => Promise<Depth>;
  /** Its own name in the ledger: the workflow run, which a re-run keeps. */
  readonly writer: string;
  /** One line of what it does. */
  readonly say: (line: string) => void;
}

/** What a run came to. */
export interface Reconciled {
  /** Writes and ledger entries that were made, or that a dry run would begin with. */
  readonly done: readonly string[];
  /** What could not be done, in words; the next run tries again. */
  readonly problems: readonly string[];
}

/** More rounds than any vote has turns at one time. */
const ROUNDS = 12;

/** Somebody asked for another run during a vote, and no evidence has come since. */
function rerunning(observed: Observed, repository: number, pull: number): boolean {
  const { rechecks, judged, refused } = memoryOf(observed, repository, pull);
  const asked = rechecks.at(-1)?.at;
  return asked !== undefined && [...judged, ...refused].every(({ at }) => at <= asked);
}

/** Whether a chip has spoken of a vote's head since the vote opened: it may have seen the kernel fail. */
function seenOnDevice({ opened }: Vote, pull: Pull, devices: readonly WorkflowRun[]): boolean {
  const { runs } = opened.evidence;
  return devices.some(
    (device) =>
      isDeviceRun(device, pull) && !runs.some(({ run, attempt }) => run === device.id && attempt === device.attempt),
  );
}

/** Pull requests that are looked into: those without a running vote, those with evidence to come or from a chip, and those that were asked for. */
function wanted(
  observed: Observed,
  devices: readonly WorkflowRun[],
  repository: number,
  asked: readonly number[],
): Pull[] {
  const running = new Map(observed.votes.filter(unfinished).map((vote) => [vote.opened.pull, vote]));
  return [...observed.pulls.values()].filter((pull) => {
    const { number, state, draft } = pull;
    const vote = running.get(number);
    const needed = vote === undefined || rerunning(observed, repository, number) || seenOnDevice(vote, pull, devices);
    return asked.includes(number) || (state === "open" && !draft && needed);
  });
}

const failed = (error: unknown): string => {
  // A broken ledger or a missing permission is not healed by another round.
  if (!(error instanceof HarnessError) || error.code !== "GITHUB_FAILED") throw error;
  return error.message;
};

/** Carries out everything that is left of one round; gives what was done. */
async function round(
  reconciler: Reconciler,
  observed: Observed,
  depths: ReadonlyMap<number, Depth>,
  now: string,
  problems: string[],
  dryRun: boolean,
): Promise<{ readonly done: readonly string[]; readonly broken: boolean }> {
  const { github, rules, writer, say } = reconciler;
  const done: string[] = [];
  let broken = false;
  const object = (problem: string): void => void problems.push(problem);
  for await (const actions of planned({ github, observed, depths, rules, writer, now, object })) {
    try {
      for (const action of actions) {
        const text = actionText(action);
        if (!dryRun) {
          const applied = await apply(github, action);
          if (applied.state === "waits") say(applied.text);
          if (applied.state === "refused") problems.push(applied.why);
          if (applied.state !== "done") continue;
        }
        say(text);
        done.push(text);
      }
    } catch (error) {
      problems.push(failed(error));
      broken = true;
    }
  }
  return { done, broken };
}

/**
 * Brings GitHub to what the ledger says, and the ledger to what happened.
 * @param asked pull requests to look into although their vote is running
 * @throws HarnessError GITHUB_PERMISSION, GITHUB_LIMIT, LEDGER_BROKEN
 */
export async function reconcile(
  reconciler: Reconciler,
  asked: readonly number[] = [],
  dryRun = false,
): Promise<Reconciled> {
  const { github, rules, look, writer, say } = reconciler;
  const done: string[] = [];
  let problems: string[] = [];
  for (let turn = 0; turn < ROUNDS; turn += 1) {
    problems = [];
    try {
      const now = await github.now();
      const observed = await observe(github, now);
      const depths = new Map<number, Depth>();
      const devices = observed.votes.some(unfinished) ? await github.recent(DEVICE, "workflow_dispatch") : [];
      for (const pull of wanted(observed, devices, rules.repository, asked))
        depths.set(pull.number, await look(pull, observed));
      const additions = additionsOf(observed, depths, rules, now);
      if (additions.length > 0) {
        const lines = additions.map(({ key, event }) => `ledger: ${event.type} of ${key.slice(0, 12)}`);
        if (!dryRun && !(await append(github, observed, additions, now, writer))) continue;
        lines.forEach(say);
        done.push(...lines);
        // A dry run cannot look at what it did not write.
        if (dryRun) return { done, problems };
        continue;
      }
      const made = await round(reconciler, observed, depths, now, problems, dryRun);
      done.push(...made.done);
      // What GitHub refuses stays refused until something changes; what failed is tried again after another look.
      if (dryRun || (made.done.length === 0 && !made.broken)) return { done, problems };
    } catch (error) {
      problems.push(failed(error));
    }
  }
  return { done, problems };
}
