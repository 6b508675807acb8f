// The merge queue: a group's commit needs the required check too, or its entries wait for ever. It says what the heads behind it say.
import type { Check, GitHub, WorkflowRun } from "../domain/github.ts";
import { HarnessError } from "../domain/problem.ts";
import { EMULATE } from "../domain/workflow.ts";
import { type Action, checkAction } from "./actions.ts";
import { CHECK } from "./text/check.ts";

/** Groups that are looked at: older ones are gone. */
const NEWEST = 20;

/** What a merge group needs to be judged. */
export type Queue = Pick<GitHub, "recent" | "tip" | "checks" | "groupPulls" | "pull">;

/** The check of a group, from the pull requests behind it: every head must have been allowed by its own check. */
async function groupCheck(github: Queue, commit: string): Promise<Check> {
  const numbers = await github.groupPulls(commit);
  const wrong: string[] = [];
  for (const number of numbers) {
    const pull = await github.pull(number);
    const checks = pull === null ? [] : await github.checks(pull.head.sha);
    const newest = checks.filter(({ name }) => name === CHECK).toSorted((a, b) => b.id - a.id)[0];
    const allowed = newest?.conclusion === "success" || newest?.conclusion === "neutral";
    if (!allowed) wrong.push(`#${number}: ${newest?.title ?? "nothing was decided about its head"}`);
  }
  const conclusion = numbers.length > 0 && wrong.length === 0 ? "success" : "failure";
  const title = conclusion === "success" ? "Every head was allowed" : "A head was not allowed";
  const lines = numbers.length === 0 ? ["No pull request is known to be behind this group."] : wrong;
  return { name: CHECK, commit, externalId: commit, conclusion, title, summary: lines.join("\n") || title };
}

/** The check that a group lacks. A group whose branch is gone was merged, or given up because a head behind it moved: nobody waits for it. */
async function groupActions(github: Queue, { branch, head }: WorkflowRun): Promise<readonly Action[]> {
  if (branch === null || (await github.tip(branch)) !== head) return [];
  return checkAction(await groupCheck(github, head), await github.checks(head));
}

/**
 * Checks of merge groups that wait: made, and corrected while a head behind one is no longer allowed.
 * @param object told of a group that cannot be judged; the others are
 * @throws HarnessError GITHUB_PERMISSION, GITHUB_LIMIT
 */
export async function queued(github: Queue, object: (problem: string) => void): Promise<Action[]> {
  const actions: Action[] = [];
  const runs = await github.recent(EMULATE, "merge_group");
  const groups = new Map(runs.slice(0, NEWEST).map((run) => [run.head, run]));
  for (const run of groups.values()) {
    try {
      actions.push(...(await groupActions(github, run)));
    } catch (error) {
      if (!(error instanceof HarnessError) || error.code !== "GITHUB_FAILED") throw error;
      object(error.message);
    }
  }
  return actions;
}
