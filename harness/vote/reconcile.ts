// The life cycle: look, write down what happened, then bring GitHub to what the ledger says. It can be killed anywhere and run again.
import type { GitHub, Pull } from "../domain/github.ts";
import { EMULATE } from "../domain/workflow.ts";
import { answers } from "./answers.ts";
import {
  type Action,
  checkAction,
  createIssue,
  duplicates,
  isSettled,
  issuesOf,
  pullLabels,
  settle,
} from "./actions.ts";
import { decide } from "./decide.ts";
import { desiredOf } from "./desired.ts";
import { pullKey } from "./key.ts";
import { type Addition, appended, LEDGER_BRANCH, LEDGER_PATH } from "./ledger.ts";
import { type Observed, unfinished } from "./observe.ts";
import { queued } from "./queue.ts";
import type { Rules } from "./rules-in-force.ts";
import { eventsOf, passed, type Vote } from "./state.ts";
import type { Depth, Memory, Subject } from "./subject.ts";
import type { Place } from "./text/place.ts";
import { blockingOf, waitingCheck } from "./waiting.ts";

/** For so long an entry's writer alone acts on it: two reconcilers never make the same thing. */
const CLAIM = 5 * 60_000;

/** Ended votes are kept in order for so long; then they are history. */
const KEPT = 30 * 86_400_000;

/** What the ledger remembers of a pull request. */
export function memoryOf({ ledger }: Observed, repository: number, pull: number): Memory {
  const key = pullKey(repository, pull);
  return {
    rechecks: eventsOf(ledger.entries, key, "recheck"),
    revotes: eventsOf(ledger.entries, key, "revote"),
    judged: eventsOf(ledger.entries, key, "judged"),
    refused: eventsOf(ledger.entries, key, "refused"),
  };
}

const votesOn = ({ votes }: Observed, pull: number): Vote[] => votes.filter(({ opened }) => opened.pull === pull);

/** Votes on the same vendor and submission. */
function earlierOf({ votes }: Observed, depth: Depth | null): Vote[] {
  if (depth?.scope.kind !== "submission") return [];
  const { vendor, submission } = depth.scope;
  return votes.filter(({ opened }) =>
    opened.evidence.verdicts.some((verdict) => verdict.vendor === vendor && verdict.submission === submission),
  );
}

/** The subject of one pull request. */
function subjectOf(observed: Observed, pull: Pull, depth: Depth | null): Subject {
  const vote = votesOn(observed, pull.number).at(-1);
  const issue = vote?.issue ?? null;
  return {
    pull,
    depth,
    said: observed.comments.get(pull.number) ?? [],
    ballots: issue === null ? [] : (observed.comments.get(issue) ?? []),
    issueGone: issue !== null && vote !== undefined && unfinished(vote) && !observed.issues.has(issue),
  };
}

/** What the ledger is to say next, of all pull requests; `depths` of those that were looked into. */
export function additionsOf(
  observed: Observed,
  depths: ReadonlyMap<number, Depth>,
  rules: Rules,
  now: string,
): readonly Addition[] {
  const additions: Addition[] = [];
  for (const pull of observed.pulls.values()) {
    const depth = depths.get(pull.number) ?? null;
    const subject = subjectOf(observed, pull, depth);
    const memory = memoryOf(observed, rules.repository, pull.number);
    const votes = votesOn(observed, pull.number);
    additions.push(...decide({ subject, votes, earlier: earlierOf(observed, depth), memory, rules, now }));
  }
  for (const vote of observed.votes) {
    const [issue] = vote.issue === null ? issuesOf(vote.key, observed.issues.values(), observed.self.id) : [];
    if (issue !== undefined) additions.push({ key: vote.key, event: { type: "issue", issue: issue.number } });
  }
  return additions;
}

/** Appends to the ledger; false when somebody else did meanwhile. */
export function append(
  github: GitHub,
  { ledger }: Observed,
  additions: readonly Addition[],
  now: string,
  writer: string,
): Promise<boolean> {
  const text = appended(ledger.text, additions, now, writer);
  const types = [...new Set(additions.map(({ event }) => event.type))].join(", ");
  return github.commitFile(LEDGER_BRANCH, ledger.tip, LEDGER_PATH, text, `ledger: ${types}`);
}

/** Whether this reconciler may act on a vote now. */
function claimed({ last }: Vote, writer: string, now: string): boolean {
  return last.writer === writer || Date.parse(now) - Date.parse(last.at) > CLAIM;
}

function placeOf(observed: Observed, vote: Vote): Place {
  const chain = votesOn(observed, vote.opened.pull);
  const at = chain.findIndex(({ key }) => key === vote.key);
  const issue = vote.issue === null ? undefined : observed.issues.get(vote.issue);
  return {
    thumbs: issue?.thumbs ?? { up: 0, down: 0 },
    predecessor: chain[at - 1]?.issue ?? null,
    successor: chain[at + 1]?.issue ?? null,
    newest: at === chain.length - 1,
    speaks: chain.slice(at + 1).every(({ opened }) => opened.head !== vote.opened.head),
    issue: vote.issue,
  };
}

/** A vote that passed is merged by its commit when the time to object to the tally is over. */
function mergeAction(vote: Vote, pull: Pull | undefined, now: string): Action[] {
  if (!passed(vote) || vote.merged !== null || pull === undefined || pull.state !== "open") return [];
  const from = Date.parse(vote.deadline) + vote.opened.policy.policy.wait;
  if (pull.head.sha !== vote.opened.head || pull.draft || Date.parse(now) < from) return [];
  return [
    { kind: "merge", pull: pull.number, head: vote.opened.head, title: `${vote.opened.title} (#${pull.number})` },
  ];
}

/** Writes for one vote; a deeper look only where the listing is not as it should be. */
async function actionsOf(github: GitHub, observed: Observed, vote: Vote, now: string): Promise<Action[]> {
  const { issues, pulls, self } = observed;
  const pull = pulls.get(vote.opened.pull);
  const desired = desiredOf(vote, placeOf(observed, vote));
  const own = issuesOf(vote.key, issues.values(), self.id);
  if (vote.issue === null) return own.length > 0 || vote.ending !== null ? [] : [createIssue(desired, vote.key)];
  const issue = issues.get(vote.issue);
  const merge = mergeAction(vote, pull, now);
  if (issue === undefined) {
    // Deleted: what stands elsewhere must not go on saying that it is open.
    const check = desired.check === null ? [] : checkAction(desired.check, await github.checks(vote.opened.head));
    return [...check, ...(pull === undefined ? [] : pullLabels(desired, pull))];
  }
  if (isSettled(desired, issue, pull)) return [...duplicates(own, vote.issue), ...merge];
  const there = {
    self: self.id,
    issue,
    pull,
    comments: await github.comments(issue.number),
    checks: await github.checks(vote.opened.head),
  };
  return [...duplicates(own, vote.issue), ...settle(desired, there), ...merge];
}

/** Reruns that were asked for and have not begun. */
async function reruns(github: GitHub, observed: Observed, pull: Pull, repository: number): Promise<Action[]> {
  const last = memoryOf(observed, repository, pull.number).rechecks.at(-1)?.event;
  if (last === undefined) return [];
  const run = (await github.runs(EMULATE, pull.head.sha)).find(({ id }) => id === last.run);
  const waits = run !== undefined && run.status === "completed" && run.attempt <= last.attempt;
  return waits ? [{ kind: "rerun", run: last.run }] : [];
}

/** Answers to who asked under a pull request or its vote issue. */
function answered(observed: Observed, pull: Pull, depth: Depth | null, blocking: readonly string[]): Action[] {
  const vote = votesOn(observed, pull.number).at(-1);
  const found = depth?.found.state === "found" ? depth.found.evidence : null;
  const told = { evidence: found ?? vote?.opened.evidence ?? null, blocking };
  return [pull.number, ...(vote?.issue == null ? [] : [vote.issue])].flatMap((number) =>
    answers(observed.comments.get(number) ?? [], observed.self.id, told),
  );
}

/** What a plan is made from. */
export interface Planning {
  readonly github: GitHub;
  readonly observed: Observed;
  /** Of those pull requests that were looked into. */
  readonly depths: ReadonlyMap<number, Depth>;
  readonly rules: Rules;
  readonly writer: string;
  readonly now: string;
  /** Told what could not be planned; the rest is planned all the same. */
  readonly object: (problem: string) => void;
}

/** Every write that is left, vote by vote and pull request by pull request. */
export async function* planned(planning: Planning): AsyncGenerator<readonly Action[]> {
  const { github, observed, depths, rules, writer, now } = planning;
  for (const vote of observed.votes) {
    const old = vote.endedAt !== null && Date.parse(now) - Date.parse(vote.endedAt) > KEPT && !unfinished(vote);
    if (!old && claimed(vote, writer, now)) yield await actionsOf(github, observed, vote, now);
  }
  yield await queued(github, planning.object);
  for (const pull of observed.pulls.values()) {
    if (pull.state !== "open") continue;
    const depth = depths.get(pull.number) ?? null;
    const votes = votesOn(observed, pull.number);
    const memory = memoryOf(observed, rules.repository, pull.number);
    const blocking = depth === null ? [] : blockingOf(pull, depth, earlierOf(observed, depth), memory, rules, now);
    if (depth !== null && votes.at(-1)?.opened.head !== pull.head.sha) {
      const check = waitingCheck(rules.repository, pull, depth, blocking);
      yield checkAction(check, await github.checks(pull.head.sha));
    }
    yield answered(observed, pull, depth, blocking);
    yield await reruns(github, observed, pull, rules.repository);
  }
}
