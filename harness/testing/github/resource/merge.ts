// Merges: bound to a head, refused by rules and conflicts, or taken by the merge queue.
import { randomUUID } from "node:crypto";
import { type Answer, type Call, notFound, ok, Refusal, textOf } from "../answer.ts";
import { mergedLeaves } from "../history.ts";
import type { IssueRow, PullRow, State } from "../state.ts";
import { checksOn, latest } from "./check.ts";
import { mergeNow } from "../change.ts";
import { pullOf } from "../find.ts";

/** The repository of the twin allows merge commits only. */
function checkMethod(call: Call): void {
  const method = textOf(call, "merge_method") ?? "merge";
  if (method !== "merge") throw new Refusal(405, `${method} merges are not allowed on this repository.`);
}

/** Why the pull request cannot be merged now; undefined where it can. */
function obstacle(state: State, pull: PullRow, issue: IssueRow): string | undefined {
  if (pull.draft) return "Pull Request is still a draft";
  if (issue.state !== "open") return "Pull Request is not mergeable";
  const tip = state.refs.get(`refs/heads/${pull.baseBranch}`) ?? "";
  if (mergedLeaves(state.git, tip, pull.head) === null) return "Pull Request is not mergeable";
  const runs = latest(checksOn(state, pull.head));
  for (const name of state.rules.get(pull.baseBranch)?.checks ?? []) {
    const run = runs.find((row) => row.name === name);
    if (run?.status !== "completed")
      return `Repository rule violations found\n\nRequired status check "${name}" is expected.`;
    if (!["success", "neutral", "skipped"].includes(run.conclusion ?? ""))
      return `Repository rule violations found\n\nRequired status check "${name}" is failing.`;
  }
  return undefined;
}

function merge(state: State, call: Call): Answer {
  const [pull, issue] = pullOf(state, call);
  const sha = textOf(call, "sha");
  checkMethod(call);
  if (pull.merged !== null) throw new Refusal(405, "Pull Request is not mergeable");
  if (sha !== undefined && sha !== pull.head)
    throw new Refusal(409, "Head branch was modified. Review and try the merge again.");
  const reason = obstacle(state, pull, issue);
  if (reason !== undefined) throw new Refusal(405, reason);
  if (state.rules.get(pull.baseBranch)?.queue === true)
    throw new Refusal(405, "Repository rule violations found\n\nChanges must be made through the merge queue");
  const title = textOf(call, "commit_title") ?? `Merge pull request #${pull.number}`;
  return ok({
    sha: mergeNow(state, pull, call.actor.id, title),
    merged: true,
    message: "Pull Request successfully merged",
  });
}

const enqueued = (message: string): unknown => ({ status: "enqueued", details: { message } });

/** The way that knows the merge queue. The twin carries it out at once. */
function mergeAsync(state: State, call: Call): Answer {
  const [pull, issue] = pullOf(state, call);
  const failed = (message: string): Answer => ({ status: 400, body: { status: "failed", details: { message } } });
  if (pull.merged !== null)
    return ok({ status: "merged", details: { message: "Pull request is already merged.", sha: pull.merged.commit } });
  if (pull.queued) return ok(enqueued("Pull request is already in the merge queue."));
  if (issue.state !== "open") return failed("Pull request is closed.");
  if (pull.draft) return failed("Pull request is still a draft.");
  checkMethod(call);
  const uuid = randomUUID();
  const expected = textOf(call, "sha") ?? pull.head;
  const action = textOf(call, "merge_action") ?? "default";
  const reason = expected === pull.head ? obstacle(state, pull, issue) : "Head branch was modified.";
  if (reason !== undefined) state.merges.set(uuid, { status: "failed", details: { message: reason } });
  else if (action !== "direct_merge" && state.rules.get(pull.baseBranch)?.queue === true) {
    pull.queued = true;
    state.merges.set(uuid, enqueued("Pull request is in the merge queue."));
  } else {
    const commit = mergeNow(
      state,
      pull,
      call.actor.id,
      textOf(call, "commit_title") ?? `Merge pull request #${pull.number}`,
    );
    state.merges.set(uuid, { status: "merged", details: { message: "Pull request was merged.", sha: commit } });
  }
  const details = {
    message: "Merge request enqueued.",
    uuid,
    merge_method: "merge",
    merge_action: action,
    expected_head_sha: expected,
  };
  return { status: 202, body: { status: "pending", details } };
}

export const mergeResource = {
  "pulls/merge": merge,
  "pulls/merge-async": mergeAsync,
  "pulls/get-merge-async-result": (state: State, call: Call): Answer => {
    const found = state.merges.get(call.path["uuid"] ?? "");
    if (found === undefined) throw notFound();
    return ok(found);
  },
};
