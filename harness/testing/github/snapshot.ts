// The world as a plain object without numbers that differ between two runs of the same story: for comparing two worlds.
import { leavesOf } from "./history.ts";
import { checksOn, latest } from "./resource/check.ts";
import type { State } from "./state.ts";

export interface WorldIssue {
  readonly title: string;
  readonly body: string;
  readonly state: string;
  readonly reason: string | null;
  readonly author: string;
  readonly labels: readonly string[];
  readonly locked: boolean;
  readonly comments: readonly { readonly author: string; readonly body: string }[];
  readonly reactions: readonly string[];
  /** Of a pull request. */
  readonly pull: { readonly merged: boolean; readonly queued: boolean; readonly head: string } | null;
}

export interface World {
  readonly repository: string;
  /** By number, without deleted ones. */
  readonly issues: Readonly<Record<string, WorldIssue>>;
  /** Latest check runs by name and how many there were, by commit. */
  readonly checks: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly conclusion: string | null;
            readonly externalId: string;
            readonly title: string;
            readonly summary: string;
            readonly runs: number;
          }
        >
      >
    >
  >;
  readonly labels: Readonly<Record<string, { readonly color: string; readonly description: string | null }>>;
  /** Files by path, and messages from the tip along first parents. */
  readonly branches: Readonly<
    Record<string, { readonly files: Readonly<Record<string, string>>; readonly log: readonly string[] }>
  >;
  readonly runs: Readonly<
    Record<
      string,
      { readonly path: string; readonly attempt: number; readonly status: string; readonly conclusion: string | null }
    >
  >;
}

function login(state: State, id: number): string {
  return state.accounts.get(id)?.login ?? "ghost";
}

function byKey<Value>(entries: Iterable<readonly [string, Value]>): Record<string, Value> {
  return Object.fromEntries([...entries].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function issues(state: State): World["issues"] {
  const rows = [...state.issues.values()].filter(({ deleted }) => !deleted);
  return Object.fromEntries(
    rows.map((row) => {
      const pull = state.pulls.get(row.number);
      const shown: WorldIssue = {
        title: row.title,
        body: row.body,
        state: row.state,
        reason: row.reason,
        author: login(state, row.author),
        labels: [...row.labels].map((key) => state.labels.get(key)?.name ?? key).toSorted(),
        locked: row.locked,
        comments: [...state.comments.values()]
          .filter(({ issue }) => issue === row.number)
          .map(({ author, body }) => ({ author: login(state, author), body })),
        reactions: row.reactions.map(({ author, content }) => `${login(state, author)} ${content}`).toSorted(),
        pull: pull === undefined ? null : { merged: pull.merged !== null, queued: pull.queued, head: pull.head },
      };
      return [String(row.number), shown];
    }),
  );
}

function branches(state: State): World["branches"] {
  const heads = [...state.refs].filter(([name]) => name.startsWith("refs/heads/"));
  return byKey(
    heads.map(([name, tip]) => {
      const files = [...leavesOf(state.git, tip)].map(
        ([path, { sha }]) => [path, Buffer.from(state.git.blobs.get(sha) ?? []).toString()] as const,
      );
      const log: string[] = [];
      for (
        let commit = state.git.commits.get(tip);
        commit !== undefined;
        commit = state.git.commits.get(commit.parents[0] ?? "")
      )
        log.push(commit.message);
      return [name.slice("refs/heads/".length), { files: byKey(files), log }] as const;
    }),
  );
}

function checks(state: State): World["checks"] {
  const commits = [...new Set([...state.checks.values()].map(({ commit }) => commit))];
  return byKey(
    commits.map((commit) => {
      const all = checksOn(state, commit);
      const rows = latest(all).map(({ name, conclusion, externalId, title, summary }) => {
        const runs = all.filter((row) => row.name === name).length;
        return [name, { conclusion, externalId, title, summary, runs }] as const;
      });
      return [commit, byKey(rows)] as const;
    }),
  );
}

/** Everything that people see. */
export function worldOf(state: State): World {
  return {
    repository: `${state.repository.owner}/${state.repository.name}`,
    issues: issues(state),
    checks: checks(state),
    labels: byKey(
      [...state.labels.values()].map(({ name, color, description }) => [name, { color, description }] as const),
    ),
    branches: branches(state),
    runs: byKey(
      [...state.runs.values()].map(
        ({ id, path, attempt, status, conclusion }) => [String(id), { path, attempt, status, conclusion }] as const,
      ),
    ),
  };
}
