// Changes that come through the API as well as from people.
import { invalid, Refusal } from "./answer.ts";
import { mergedLeaves } from "./history.ts";
import type { CommentRow, Content, IssueRow, LabelRow, PullRow, ReactionRow, State } from "./state.ts";

/** GitHub's limit of a body, in characters. */
const LONGEST_BODY = 65_536;

/** @throws Refusal 422 for a body above the limit */
export function checkBody(resource: string, body: string | undefined): void {
  if ((body ?? "").length > LONGEST_BODY)
    throw invalid(resource, "body", "custom", `body is too long (maximum is ${LONGEST_BODY} characters)`);
}

const LONGEST_LABEL = 50;

/** A new label. @throws Refusal 422 for a name that is empty or too long */
export function makeLabel(state: State, name: string, color: string, description: string | null): LabelRow {
  if (name.trim() === "") throw invalid("Label", "name", "missing_field");
  if (name.length > LONGEST_LABEL)
    throw invalid("Label", "name", "invalid", `name is too long (maximum is ${LONGEST_LABEL} characters)`);
  const row: LabelRow = { id: state.nextId(), name, color, description };
  state.labels.set(name.toLowerCase(), row);
  return row;
}

/** The key of a label, which is made where there is none. */
export function labelKey(state: State, name: string): string {
  const key = name.toLowerCase();
  if (!state.labels.has(key)) makeLabel(state, name, "ededed", null);
  return key;
}

/** A new issue; also the issue side of a pull request. */
export function addIssue(
  state: State,
  given: { readonly title: string; readonly body: string; readonly author: number; readonly labels: readonly string[] },
): IssueRow {
  const now = state.clock.now();
  const row: IssueRow = {
    id: state.nextId(),
    number: state.nextIssue,
    author: given.author,
    created: now,
    listed: now + state.lagMs,
    title: given.title,
    body: given.body,
    state: "open",
    reason: null,
    updated: now,
    closed: null,
    locked: false,
    deleted: false,
    labels: new Set(given.labels.map((name) => labelKey(state, name))),
    reactions: [],
  };
  state.nextIssue += 1;
  state.issues.set(row.number, row);
  return row;
}

/** Closes or opens; `reason` as GitHub defaults it. */
export function setState(state: State, row: IssueRow, to: "open" | "closed", reason: IssueRow["reason"]): void {
  if (row.state !== to) row.closed = to === "closed" ? state.clock.now() : null;
  row.reason = reason ?? (to === "closed" ? "completed" : row.state === "closed" ? "reopened" : row.reason);
  row.state = to;
}

/** A new comment. @throws Refusal 403 where the issue is locked for people, 422 for an empty or too long body */
export function addComment(state: State, issue: IssueRow, author: number, body: string): CommentRow {
  if (issue.locked && state.accounts.get(author)?.type !== "Bot")
    throw new Refusal(403, "Unable to create comment because issue is locked.");
  checkBody("IssueComment", body);
  if (body.trim() === "") throw invalid("IssueComment", "body", "missing_field");
  const now = state.clock.now();
  const row: CommentRow = {
    id: state.nextId(),
    issue: issue.number,
    author,
    created: now,
    body,
    updated: now,
    reactions: [],
  };
  state.comments.set(row.id, row);
  issue.updated = now;
  return row;
}

/** Adds a reaction; the one that is there already where there is one. */
export function react(
  state: State,
  rows: ReactionRow[],
  author: number,
  content: Content,
): [row: ReactionRow, isNew: boolean] {
  const found = rows.find((row) => row.author === author && row.content === content);
  if (found !== undefined) return [found, false];
  const row = { id: state.nextId(), author, content, created: state.clock.now() };
  rows.push(row);
  return [row, true];
}

/** Takes a pull request out of the merge queue, and with it every group that it is in: their branches are gone. */
export function leaveQueue(state: State, pull: PullRow): void {
  pull.queued = false;
  for (const [commit, { ref, entries }] of state.groups) {
    if (!entries.some((entry) => entry.pull === pull.number)) continue;
    state.groups.delete(commit);
    state.refs.delete(ref);
  }
}

/** A push to a branch of the repository is a push to its open pull requests. */
export function headMoved(state: State, ref: string, sha: string): void {
  for (const pull of state.pulls.values()) {
    const issue = state.issues.get(pull.number);
    if (issue?.state !== "open" || `refs/heads/${pull.headBranch}` !== ref) continue;
    if (pull.headRepository !== state.repository.id) continue;
    leaveQueue(state, pull);
    pull.head = sha;
    issue.updated = state.clock.now();
  }
}

/** The commit that merges a head into a tip. @throws Refusal 405 where both changed the same */
export function mergeCommit(state: State, tip: string, head: string, by: number, title: string): string {
  const leaves = mergedLeaves(state.git, tip, head);
  if (leaves === null) throw new Refusal(405, "Pull Request is not mergeable");
  const account = state.accounts.get(by);
  const signature = { name: account?.login ?? "", email: `${by}@users.noreply.github.test`, date: state.clock.stamp() };
  return state.git.commit({
    tree: state.git.tree(leaves),
    parents: [tip, head],
    message: title,
    author: signature,
    committer: signature,
    authorId: by,
    committerId: by,
    verified: true,
  });
}

/** A commit of the base branch has merged the pull request. */
export function closeMerged(state: State, pull: PullRow, commit: string, by: number): void {
  const issue = state.issues.get(pull.number);
  if (issue === undefined) throw new Refusal(405, "Pull Request is not mergeable");
  pull.merged = { commit, at: state.clock.now(), by };
  pull.queued = false;
  setState(state, issue, "closed", null);
  issue.updated = state.clock.now();
}

/** Merges for real and gives the commit. */
export function mergeNow(state: State, pull: PullRow, by: number, title: string): string {
  const ref = `refs/heads/${pull.baseBranch}`;
  const commit = mergeCommit(state, state.refs.get(ref) ?? pull.base, pull.head, by, title);
  closeMerged(state, pull, commit, by);
  state.refs.set(ref, commit);
  return commit;
}
