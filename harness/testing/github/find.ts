// What a request names, or the refusal that GitHub gives where it is not there.
import { type Call, notFound, numberOf, Refusal } from "./answer.ts";
import type { CommentRow, IssueRow, PullRow, State } from "./state.ts";
import type { Commit } from "./store.ts";

/** The issue of a path: 404 where there never was one, 410 where it was deleted. */
export function issueOf(state: State, call: Call): IssueRow {
  const row = state.issues.get(numberOf(call, "issue_number"));
  if (row === undefined) throw notFound();
  if (row.deleted) throw new Refusal(410, "This issue was deleted");
  return row;
}

/** The comment of a path; 404 once it or its issue is deleted. */
export function commentOf(state: State, call: Call): CommentRow {
  const row = state.comments.get(numberOf(call, "comment_id"));
  if (row === undefined || state.issues.get(row.issue)?.deleted !== false) throw notFound();
  return row;
}

/** A pull request and its issue side. */
export function pullOf(state: State, call: Call): readonly [pull: PullRow, issue: IssueRow] {
  const number = numberOf(call, "pull_number");
  const pull = state.pulls.get(number);
  const issue = state.issues.get(number);
  if (pull === undefined || issue === undefined) throw notFound();
  return [pull, issue];
}

/** The commit that a text names: a sha, a branch with or without its prefix. */
export function commitNamed(state: State, name: string): Commit {
  const sha = [name, `refs/heads/${name}`, `refs/${name}`]
    .map((one) => state.refs.get(one))
    .find((one) => one !== undefined);
  const commit = state.git.commits.get(sha ?? name);
  if (commit === undefined) throw new Refusal(422, `No commit found for SHA: ${name}`);
  return commit;
}
