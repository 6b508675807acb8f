// From what GitHub shows to what it should show of a vote: a list of writes, each safe to repeat after another look.
import type { Check, CheckRun, Comment, Issue, Pull } from "../domain/github.ts";
import type { Desired } from "./desired.ts";
import { issueMark, readIssueMark } from "./text/mark.ts";

/** One write. */
export type Action =
  | { readonly kind: "create issue"; readonly title: string; readonly body: string; readonly labels: readonly string[] }
  | {
      readonly kind: "update issue";
      readonly issue: number;
      readonly title: string;
      readonly body: string;
      readonly labels: readonly string[];
      readonly state: Desired["state"];
    }
  | { readonly kind: "close duplicate"; readonly issue: number; readonly body: string }
  | { readonly kind: "comment"; readonly issue: number; readonly body: string }
  | { readonly kind: "create check"; readonly check: Check }
  | { readonly kind: "update check"; readonly id: number; readonly check: Check }
  | { readonly kind: "add labels"; readonly pull: number; readonly labels: readonly string[] }
  | { readonly kind: "remove label"; readonly pull: number; readonly label: string }
  | { readonly kind: "rerun"; readonly run: number }
  | { readonly kind: "merge"; readonly pull: number; readonly head: string; readonly title: string };

/** Labels that are ours to set and to take away on a pull request. */
const OURS = /^(vote\/|emulated only$)/;

const same = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && [...one].sort().every((label, index) => label === [...other].sort()[index]);

/** Labels that people put on an issue stay. */
function labelsWith(issue: Issue, ours: readonly string[]): string[] {
  return [...issue.labels.filter((label) => !OURS.test(label) && !ours.includes(label)), ...ours];
}

/** Whether all that a listing shows of a vote is as it should be; its mark vouches for the rest. */
export function isSettled(desired: Desired, issue: Issue, pull: Pull | undefined): boolean {
  const open = desired.state === "open" ? "open" : "closed";
  return (
    issue.body === desired.body &&
    issue.title === desired.title &&
    issue.state === open &&
    same(issue.labels, labelsWith(issue, desired.issueLabels)) &&
    (pull === undefined || pullLabels(desired, pull).length === 0)
  );
}

/** Labels of the pull request. */
export function pullLabels({ pullLabels: wanted }: Desired, pull: Pull): Action[] {
  if (wanted === null) return [];
  const missing = wanted.filter((label) => !pull.labels.includes(label));
  const wrong = pull.labels.filter((label) => OURS.test(label) && !wanted.includes(label));
  return [
    ...(missing.length > 0 ? [{ kind: "add labels", pull: pull.number, labels: missing } as const] : []),
    ...wrong.map((label) => ({ kind: "remove label", pull: pull.number, label }) as const),
  ];
}

/** The check, created or corrected. Of several with its name the newest is the one that GitHub shows. */
export function checkAction(check: Check, there: readonly CheckRun[]): Action[] {
  const mine = there.filter(({ name }) => name === check.name).toSorted((a, b) => b.id - a.id)[0];
  if (mine === undefined) return [{ kind: "create check", check }];
  const equal =
    mine.externalId === check.externalId &&
    mine.conclusion === check.conclusion &&
    mine.title === check.title &&
    mine.summary === check.summary;
  // A check that has ended cannot go back to be in progress: another one takes its place.
  const again = mine.conclusion !== null && check.conclusion === null;
  return equal ? [] : again ? [{ kind: "create check", check }] : [{ kind: "update check", id: mine.id, check }];
}

/** What is there of a vote beyond the listing. */
export interface There {
  readonly self: number;
  readonly issue: Issue;
  readonly comments: readonly Comment[];
  readonly checks: readonly CheckRun[];
  /** undefined when it is neither open nor of interest any more. */
  readonly pull: Pull | undefined;
}

/** Writes for a vote whose issue exists and is not settled. The issue itself comes last: its mark says that the rest is done. */
export function settle(desired: Desired, { self, issue, comments, checks, pull }: There): Action[] {
  const mine = comments.filter(({ author }) => author.id === self);
  const missing = desired.comments.filter(({ mark }) => !mine.some(({ body }) => body.includes(mark)));
  return [
    ...missing.map(({ body }): Action => ({ kind: "comment", issue: issue.number, body })),
    ...(desired.check === null ? [] : checkAction(desired.check, checks)),
    ...(pull === undefined ? [] : pullLabels(desired, pull)),
    {
      kind: "update issue",
      issue: issue.number,
      title: desired.title,
      body: desired.body,
      labels: labelsWith(issue, desired.issueLabels),
      state: desired.state,
    },
  ];
}

/** The first write for a vote without an issue: its mark says that nothing else is in place yet. */
export function createIssue(desired: Desired, key: string): Action {
  const body = desired.body.replace(issueMark(key, desired.settled), issueMark(key, "0".repeat(64)));
  return { kind: "create issue", title: desired.title, body, labels: desired.issueLabels };
}

/** Issues that we made for a vote, lowest number first; a person's copy of a mark counts for nothing. */
export function issuesOf(key: string, issues: Iterable<Issue>, self: number): Issue[] {
  return [...issues]
    .filter(({ author, body }) => author.id === self && readIssueMark(body)?.key === key)
    .toSorted((a, b) => a.number - b.number);
}

/** Closes what was made twice. */
export function duplicates(own: readonly Issue[], kept: number): Action[] {
  return own
    .filter(({ number, state }) => number !== kept && state === "open")
    .map(({ number }) => ({
      kind: "close duplicate",
      issue: number,
      body: `Made at the same moment as #${kept}, which is the vote. Nothing said here is counted.`,
    }));
}
