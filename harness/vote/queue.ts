// The merge queue: a group's commit needs the required check too, or its entries wait for ever. It says what the heads behind it say.
import type { Check, GitHub } from "../domain/github.ts";
import { type Action, checkAction } from "./actions.ts";
import { CHECK } from "./text/check.ts";

/** Groups that are looked at: older ones are gone. */
const NEWEST = 20;

/** What a merge group needs to be judged. */
export type Queue = Pick<GitHub, "recent" | "checks" | "groupPulls" | "pull">;

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

/** Checks of merge groups that have none yet. */
export async function queued(github: Queue, workflow: string): Promise<Action[]> {
  const actions: Action[] = [];
  const runs = await github.recent(workflow, "merge_group");
  for (const head of new Set(runs.slice(0, NEWEST).map((run) => run.head))) {
    const there = await github.checks(head);
    if (there.some(({ name }) => name === CHECK)) continue;
    actions.push(...checkAction(await groupCheck(github, head), there));
  }
  return actions;
}
