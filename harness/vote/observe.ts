// One look at everything that votes need of GitHub: a few listings, however many votes there are.
import type { Actor } from "../domain/vote.ts";
import type { Comment, GitHub, Issue, Pull } from "../domain/github.ts";
import type { Entry } from "../domain/ledger.ts";
import { LEDGER_BRANCH, LEDGER_PATH, readLedger } from "./ledger.ts";
import { type Vote, votesOf } from "./state.ts";
import { VOTE_LABEL } from "./text/issue.ts";

/** The world at one moment. */
export interface Observed {
  readonly self: Actor;
  readonly ledger: { readonly tip: string | null; readonly text: string; readonly entries: readonly Entry[] };
  /** Every vote, oldest first. */
  readonly votes: readonly Vote[];
  /** Open ones, and those of votes that are not over. */
  readonly pulls: ReadonlyMap<number, Pull>;
  readonly issues: ReadonlyMap<number, Issue>;
  /** By the number of issue or pull request, oldest first. */
  readonly comments: ReadonlyMap<number, readonly Comment[]>;
}

/** Whether anything can still happen to a vote. */
export function unfinished({ ending, merged }: Vote): boolean {
  return ending === null || (ending.type === "closed" && ending.tally.outcome === "passed" && merged === null);
}

/** Commands are read for so long when nothing is being voted on. */
const RECENT = 7 * 86_400_000;

function byIssue(comments: readonly Comment[]): ReadonlyMap<number, readonly Comment[]> {
  const grouped = new Map<number, Comment[]>();
  for (const comment of comments) grouped.set(comment.issue, [...(grouped.get(comment.issue) ?? []), comment]);
  for (const list of grouped.values()) list.sort((a, b) => a.created.localeCompare(b.created) || a.id - b.id);
  return grouped;
}

/** Looks. @throws HarnessError where GitHub does not answer or the ledger is broken */
export async function observe(github: GitHub, now: string): Promise<Observed> {
  const self = await github.self();
  const { commit, text } = await github.branch(LEDGER_BRANCH, LEDGER_PATH);
  const entries = readLedger(text);
  const votes = votesOf(entries);
  const running = votes.filter(unfinished);
  const pulls = new Map((await github.openPulls()).map((pull) => [pull.number, pull]));
  for (const { opened } of running) {
    if (pulls.has(opened.pull)) continue;
    const pull = await github.pull(opened.pull);
    if (pull !== null) pulls.set(pull.number, pull);
  }
  const issues = new Map((await github.issues(VOTE_LABEL)).map((issue) => [issue.number, issue]));
  for (const { issue: number } of running) {
    if (number === null || issues.has(number)) continue;
    // Its label was taken away, or it was deleted.
    const issue = await github.issue(number);
    if (issue !== null) issues.set(number, issue);
  }
  const since =
    running.map(({ openedAt }) => openedAt).toSorted()[0] ?? new Date(Date.parse(now) - RECENT).toISOString();
  const comments = byIssue(await github.commentsSince(since));
  return { self, ledger: { tip: commit, text, entries }, votes, pulls, issues, comments };
}
