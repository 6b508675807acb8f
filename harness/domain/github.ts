// What governance asks of GitHub, in its own words. `io/github.ts` answers through @octokit/rest; every write is safe to repeat after a look.
import type { Actor } from "./vote.ts";

export interface Repository {
  readonly id: number;
  /** `owner/name` as it is now: repositories are renamed. */
  readonly name: string;
  readonly defaultBranch: string;
}

/** A pull request. */
export interface Pull {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly state: "open" | "closed";
  readonly draft: boolean;
  readonly merged: boolean;
  /** Of a merged one. */
  readonly mergeCommit: string | null;
  readonly author: Actor;
  readonly head: { readonly sha: string /** null when the fork was deleted. */; readonly repository: number | null };
  readonly base: { readonly sha: string; readonly branch: string };
  readonly labels: readonly string[];
  readonly url: string;
}

/** A path that a pull request changes; a rename changes both. */
export interface ChangedFile {
  readonly path: string;
  readonly previous: string | null;
  readonly status: "added" | "removed" | "modified" | "renamed" | "copied" | "changed" | "unchanged";
}

/** A commit of a pull request. */
export interface PullCommit {
  readonly sha: string;
  /** Accounts that GitHub knows behind author and committer. */
  readonly accounts: readonly Actor[];
  /** Whole; may name others in `Co-authored-by:` lines. */
  readonly message: string;
}

export interface Issue {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly state: "open" | "closed";
  readonly author: Actor;
  readonly labels: readonly string[];
  readonly created: string;
  readonly updated: string;
  readonly url: string;
  /** Thumbs on the issue itself, as its listing sums them up: advisory. */
  readonly thumbs: { readonly up: number; readonly down: number };
}

export interface Comment {
  readonly id: number;
  /** Number of the issue or pull request it stands under. */
  readonly issue: number;
  readonly author: Actor;
  readonly body: string;
  readonly created: string;
  readonly updated: string;
}

export const CONCLUSIONS = ["success", "failure", "neutral", "cancelled", "action_required"] as const;

/** A check run on a commit. `null` as conclusion: in progress. */
export interface Check {
  readonly name: string;
  readonly commit: string;
  /** Key of the vote. */
  readonly externalId: string;
  readonly conclusion: (typeof CONCLUSIONS)[number] | null;
  readonly title: string;
  /** Markdown, at most 65,535 characters. */
  readonly summary: string;
}

/** A check run that is there. */
export interface CheckRun extends Check {
  readonly id: number;
}

/** A finished or running workflow. */
export interface WorkflowRun {
  readonly id: number;
  readonly attempt: number;
  /** `.github/workflows/pr-emulate.yml` */
  readonly path: string;
  readonly event: string;
  /** As its `run-name` made it, from the workflow file of its branch. */
  readonly title: string;
  readonly branch: string | null;
  readonly head: string;
  readonly headRepository: number | null;
  readonly status: "queued" | "in_progress" | "completed" | "other";
  readonly conclusion: string | null;
  readonly url: string;
}

export interface Artifact {
  readonly id: number;
  readonly name: string;
  readonly bytes: number;
  readonly expired: boolean;
  /** `sha256:<hex>` of the archive as GitHub stored it; null for old ones. */
  readonly digest: string | null;
}

export interface Label {
  readonly name: string;
  /** Six hex digits. */
  readonly color: string;
  readonly description: string;
}

/** A branch of one file that only grows. */
export interface Branch {
  /** Tip; null while the branch does not exist. */
  readonly commit: string | null;
  readonly text: string;
}

/** What a merge came to. */
export type Merged =
  | { readonly state: "merged"; readonly commit: string }
  /** The merge queue took it: it is not merged yet. */
  | { readonly state: "queued" }
  /** The head is another one, or the branch rules refuse: nothing happened. */
  | { readonly state: "refused"; readonly message: string };

/**
 * GitHub as governance sees it.
 * Every method throws HarnessError: GITHUB_PERMISSION (names the permission and the call), GITHUB_LIMIT (rate limit not lifted in time), GITHUB_FAILED.
 * Reads of what is gone or hidden give null. Reads are repeated on 5xx; writes never are: their effect is looked up first.
 */
export interface GitHub {
  /** GitHub's clock, ISO 8601 in seconds: the `date` header of its last answer, or of one asked for. This machine's clock decides nothing. */
  now(): Promise<string>;
  repository(): Promise<Repository>;
  /** The account whose token this is. */
  self(): Promise<Actor>;
  pull(number: number): Promise<Pull | null>;
  openPulls(): Promise<readonly Pull[]>;
  /** All of them; GitHub lists at most 3,000 files. @throws HarnessError GITHUB_FAILED above that: nothing is decided on half a list */
  pullFiles(number: number): Promise<readonly ChangedFile[]>;
  /** All of them; GitHub lists at most 250. @throws as above */
  pullCommits(number: number): Promise<readonly PullCommit[]>;
  /** Text of a file at a commit. */
  file(path: string, commit: string): Promise<string | null>;
  /**
   * Regular files below a folder at a commit, by path relative to it; links and submodules are none and make it null, as does a missing folder.
   * @throws HarnessError GITHUB_FAILED above `limit` bytes in all or 200 files, before contents are read
   */
  files(folder: string, commit: string, limit: number): Promise<ReadonlyMap<string, Uint8Array> | null>;
  /** Names in a folder at a commit, sorted; empty where there is none. */
  folder(path: string, commit: string): Promise<readonly string[]>;
  /** Whether GitHub verified the signature of the last commit that changed a file, up to a commit. */
  signed(path: string, commit: string): Promise<boolean>;
  /** Tip of a branch. */
  tip(branch: string): Promise<string | null>;
  /** Issues, no pull requests, with a label, open and closed, oldest first. */
  issues(label: string): Promise<readonly Issue[]>;
  /** null when it was deleted or moved away. */
  issue(number: number): Promise<Issue | null>;
  comments(issue: number): Promise<readonly Comment[]>;
  /** Comments of the whole repository changed since a time, oldest first. */
  commentsSince(since: string): Promise<readonly Comment[]>;
  checks(commit: string): Promise<readonly CheckRun[]>;
  /** Runs of one workflow file on a head commit. */
  runs(workflow: string, head: string): Promise<readonly WorkflowRun[]>;
  /** The newest hundred runs of one workflow file that an event started: `workflow_dispatch`, `merge_group`. */
  recent(workflow: string, event: string): Promise<readonly WorkflowRun[]>;
  artifacts(run: number): Promise<readonly Artifact[]>;
  /** The zip archive; null when it has expired. @throws HarnessError GITHUB_FAILED above `limit` bytes, before they are read */
  download(artifact: number, limit: number): Promise<Uint8Array | null>;
  /** Pull requests behind a merge group's commit. */
  groupPulls(commit: string): Promise<readonly number[]>;
  branch(name: string, path: string): Promise<Branch>;

  createIssue(issue: {
    readonly title: string;
    readonly body: string;
    readonly labels: readonly string[];
  }): Promise<Issue>;
  updateIssue(
    number: number,
    change: {
      readonly title?: string;
      readonly body?: string;
      readonly labels?: readonly string[];
      readonly state?: "open" | "completed" | "not_planned";
    },
  ): Promise<void>;
  createComment(issue: number, body: string): Promise<Comment>;
  updateComment(id: number, body: string): Promise<void>;
  /** Sets labels on an issue or a pull request without touching the others. */
  addLabels(issue: number, labels: readonly string[]): Promise<void>;
  removeLabel(issue: number, label: string): Promise<void>;
  /** Makes or corrects a label of the repository. */
  putLabel(label: Label): Promise<void>;
  createCheck(check: Check): Promise<void>;
  updateCheck(id: number, check: Check): Promise<void>;
  /** Runs a workflow's jobs again. */
  rerun(run: number): Promise<void>;
  merge(pull: number, head: string, title: string): Promise<Merged>;
  /** Replaces the file by one commit on top of `parent`; false when the branch has moved since: read again. */
  commitFile(branch: string, parent: string | null, path: string, text: string, message: string): Promise<boolean>;
}
