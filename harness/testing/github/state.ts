// What the twin remembers: one repository, its people and everything they made.
import type { VirtualClock } from "./clock.ts";
import { createStore, type GitStore } from "./store.ts";

export interface Account {
  readonly id: number;
  /** Changes when somebody renames the account. */
  login: string;
  readonly type: "User" | "Bot";
  /** A deleted account is shown as null by GitHub. */
  deleted: boolean;
}

export type Content = "+1" | "-1" | "laugh" | "confused" | "heart" | "hooray" | "rocket" | "eyes";

export interface ReactionRow {
  readonly id: number;
  readonly author: number;
  readonly content: Content;
  readonly created: number;
}

/** An issue, or the part of a pull request that is one. Times are milliseconds. */
export interface IssueRow {
  readonly id: number;
  readonly number: number;
  readonly author: number;
  readonly created: number;
  /** Lists show it from this moment. */
  readonly listed: number;
  title: string;
  body: string;
  state: "open" | "closed";
  reason: "completed" | "not_planned" | "reopened" | "duplicate" | null;
  updated: number;
  closed: number | null;
  locked: boolean;
  deleted: boolean;
  /** Lower-case keys of labels. */
  readonly labels: Set<string>;
  readonly reactions: ReactionRow[];
}

export interface PullRow {
  readonly number: number;
  readonly baseBranch: string;
  readonly headBranch: string;
  /** Number of the fork, or of the repository itself; null when it was deleted. */
  headRepository: number | null;
  base: string;
  head: string;
  draft: boolean;
  merged: { readonly commit: string; readonly at: number; readonly by: number } | null;
  queued: boolean;
}

export interface CommentRow {
  readonly id: number;
  readonly issue: number;
  readonly author: number;
  readonly created: number;
  body: string;
  updated: number;
  readonly reactions: ReactionRow[];
}

export interface LabelRow {
  readonly id: number;
  name: string;
  color: string;
  description: string | null;
}

export interface CheckRow {
  readonly id: number;
  readonly name: string;
  readonly commit: string;
  readonly app: number;
  readonly started: number;
  externalId: string;
  status: "queued" | "in_progress" | "completed";
  conclusion: string | null;
  completed: number | null;
  title: string;
  summary: string;
}

export interface RunRow {
  readonly id: number;
  readonly path: string;
  readonly event: string;
  readonly title: string;
  readonly head: string;
  readonly branch: string;
  readonly headRepository: number | null;
  readonly actor: number;
  readonly created: number;
  attempt: number;
  status: string;
  conclusion: string | null;
  updated: number;
}

export interface ArtifactRow {
  readonly id: number;
  readonly run: number;
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly digest: string | null;
  readonly created: number;
  expired: boolean;
}

/** A merge group that waits for its checks. */
export interface GroupRow {
  /** Full name of its branch. */
  readonly ref: string;
  readonly base: string;
  /** In the order of their merges; the commit of each, and the head that it merges. */
  readonly entries: readonly { readonly pull: number; readonly head: string; readonly commit: string }[];
}

/** Rules of a branch that the twin enforces. */
export interface BranchRules {
  readonly queue: boolean;
  readonly checks: readonly string[];
}

export interface Repository {
  readonly id: number;
  owner: string;
  readonly ownerId: number;
  name: string;
  readonly defaultBranch: string;
  /** Names it had; GitHub redirects from them. Lower case. */
  readonly former: Set<string>;
}

export interface State {
  readonly clock: VirtualClock;
  readonly repository: Repository;
  readonly accounts: Map<number, Account>;
  readonly issues: Map<number, IssueRow>;
  readonly pulls: Map<number, PullRow>;
  readonly comments: Map<number, CommentRow>;
  readonly labels: Map<string, LabelRow>;
  readonly checks: Map<number, CheckRow>;
  readonly runs: Map<number, RunRow>;
  readonly artifacts: Map<number, ArtifactRow>;
  /** By the newest commit of each. */
  readonly groups: Map<string, GroupRow>;
  /** Results of asynchronous merges by UUID. */
  readonly merges: Map<string, unknown>;
  readonly git: GitStore;
  /** Tips by full name: `refs/heads/main`. */
  readonly refs: Map<string, string>;
  readonly rules: Map<string, BranchRules>;
  /** How long lists know nothing of a new issue, in milliseconds. */
  lagMs: number;
  /** Where the twin and its storage listen. */
  origin: string;
  storage: string;
  /** The next number of an issue or a pull request. */
  nextIssue: number;
  nextId(): number;
}

/** An empty repository `owner/name` with one commit on main. */
export function createState(fullName: string, clock: VirtualClock): State {
  const [owner = "", name = ""] = fullName.split("/");
  let id = 1000;
  const state: State = {
    clock,
    repository: { id: 777, owner, ownerId: 1, name, defaultBranch: "main", former: new Set() },
    accounts: new Map(),
    issues: new Map(),
    pulls: new Map(),
    comments: new Map(),
    labels: new Map(),
    checks: new Map(),
    runs: new Map(),
    artifacts: new Map(),
    groups: new Map(),
    merges: new Map(),
    git: createStore(),
    refs: new Map(),
    rules: new Map(),
    lagMs: 0,
    origin: "",
    storage: "",
    nextIssue: 1,
    nextId: () => {
      id += 1;
      return id;
    },
  };
  return state;
}
