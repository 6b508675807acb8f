// What people push: branches, pull requests, and commits on both.
import { addIssue, headMoved, leaveQueue, mergeNow } from "./change.ts";
import { leavesOf } from "./history.ts";
import type { Account, IssueRow, PullRow, State } from "./state.ts";

/** Text by path; null removes the path. */
export type Files = Readonly<Record<string, string | null>>;

/** Who made a commit, and how. */
export interface Authorship {
  readonly message?: string;
  /** Account behind author and committer; null where GitHub knows none. */
  readonly author?: Account | null;
  /** GitHub verifies the commit's signature. */
  readonly signed?: boolean;
}

/** A pull request to open against main: its one commit changes `files`. */
export interface NewPull {
  readonly author: Account;
  readonly title?: string;
  readonly body?: string;
  readonly files: Files;
  readonly message?: string;
  /** From a fork, unless it is false. */
  readonly fork?: boolean;
  readonly draft?: boolean;
  readonly branch?: string;
}

/** Pushes, by test code in the place of people. */
export interface Pushes {
  openPull(pull: NewPull): number;
  /** A commit on the head of a pull request; gives its sha. */
  push(pull: number, files: Files, by?: Authorship): string;
  /** A commit on a branch of the repository, which is made where there is none; gives its sha. */
  commitFiles(branch: string, files: Files, by?: Authorship): string;
  closePull(pull: number): void;
  /** What the merge queue does with a pull request that it took. */
  mergeQueued(pull: number): string;
}

function commitOn(state: State, parent: string | undefined, files: Files, by: Authorship): string {
  const leaves = new Map(parent === undefined ? [] : leavesOf(state.git, parent));
  for (const [path, text] of Object.entries(files)) {
    if (text === null) leaves.delete(path);
    else leaves.set(path, { sha: state.git.blob(text), mode: "100644" });
  }
  const account = by.author ?? null;
  const name = account?.login ?? "Somebody";
  const signature = { name, email: `${name}@example.test`, date: state.clock.stamp() };
  return state.git.commit({
    tree: state.git.tree(leaves),
    parents: parent === undefined ? [] : [parent],
    message: by.message ?? "Change files",
    author: signature,
    committer: signature,
    authorId: account?.id ?? null,
    committerId: account?.id ?? null,
    verified: by.signed ?? false,
  });
}

/** A row that must be there; tests that name another one are wrong. */
export function found<Row>(row: Row | undefined, what: string): Row {
  if (row === undefined) throw new Error(`the twin has no ${what}`);
  return row;
}

/** Numbers of forks: beyond those of accounts. */
const FORKS = 900_000;

export function pushes(state: State): Pushes {
  const issueOf = (number: number): IssueRow => found(state.issues.get(number), `issue ${number}`);
  const pullOf = (number: number): PullRow => found(state.pulls.get(number), `pull request ${number}`);
  const commitFiles: Pushes["commitFiles"] = (branch, files, by = {}) => {
    const ref = `refs/heads/${branch}`;
    const sha = commitOn(state, state.refs.get(ref), files, by);
    state.refs.set(ref, sha);
    headMoved(state, ref, sha);
    return sha;
  };
  return {
    commitFiles,
    openPull: ({ author, title = "A kernel", body = "", files, message, fork = true, draft = false, branch }) => {
      const base = found(state.refs.get("refs/heads/main"), "branch main");
      const head = commitOn(state, base, files, { author, ...(message === undefined ? {} : { message }) });
      const issue = addIssue(state, { title, body, author: author.id, labels: [] });
      const headBranch = branch ?? `change-${issue.number}`;
      const headRepository = fork ? FORKS + author.id : state.repository.id;
      if (!fork) state.refs.set(`refs/heads/${headBranch}`, head);
      const { number } = issue;
      state.pulls.set(number, {
        number,
        baseBranch: "main",
        headBranch,
        headRepository,
        base,
        head,
        draft,
        merged: null,
        queued: false,
      });
      return number;
    },
    push: (number, files, by = {}) => {
      const pull = pullOf(number);
      const issue = issueOf(number);
      const author = by.author === undefined ? (state.accounts.get(issue.author) ?? null) : by.author;
      leaveQueue(state, pull);
      pull.head = commitOn(state, pull.head, files, { ...by, author });
      if (pull.headRepository === state.repository.id) state.refs.set(`refs/heads/${pull.headBranch}`, pull.head);
      issue.updated = state.clock.now();
      return pull.head;
    },
    closePull: (number) => {
      const issue = issueOf(number);
      issue.state = "closed";
      issue.closed = state.clock.now();
      issue.updated = state.clock.now();
    },
    mergeQueued: (number) => {
      const pull = pullOf(number);
      if (!pull.queued) throw new Error(`pull request ${number} is in no queue`);
      return mergeNow(state, pull, state.repository.ownerId, `Merge pull request #${number}`);
    },
  };
}
