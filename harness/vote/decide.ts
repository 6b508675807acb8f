// What the ledger is to say next of one pull request: a pure function of the ledger, the world and the time. GitHub is written to elsewhere.
import type { EventOf, Event } from "../domain/ledger.ts";
import type { Elector } from "../domain/vote.ts";
import { gates } from "./gates.ts";
import { pullKey, voteKey } from "./key.ts";
import type { Addition } from "./ledger.ts";
import { barred } from "./reopen.ts";
import { electorateDigest, policyDigest, type Rules } from "./rules-in-force.ts";
import { ballotOf, commandsOf, mergeBallots } from "./rules/ballots.ts";
import { electorateOf } from "./rules/electorate.ts";
import { tally } from "./rules/tally.ts";
import { staleness } from "./stale.ts";
import { passed, type Vote } from "./state.ts";
import type { Depth, Memory, Subject } from "./subject.ts";

/** Everything a decision is made from. */
export interface Asked {
  readonly subject: Subject;
  /** The votes on this pull request, oldest first. */
  readonly votes: readonly Vote[];
  /** The votes on the same vendor and submission, of any pull request, oldest first. */
  readonly earlier: readonly Vote[];
  readonly memory: Memory;
  readonly rules: Rules;
  /** ISO 8601, of GitHub's clock. */
  readonly now: string;
}

const after = (at: string, ms: number): string => new Date(Date.parse(at) + ms).toISOString();

/** The electors who decide: unrecused ones. */
function deciding(electors: readonly Elector[], id: number): Elector | undefined {
  return electors.find((elector) => elector.id === id && elector.recused === null);
}

const tallied = (vote: Vote, ballots: Vote["ballots"]): ReturnType<typeof tally> =>
  tally(vote.opened.electorate.electors, ballots, vote.opened.policy.policy, vote.deadline);

/** The first `/cancel` of somebody who decides. */
function cancelled(vote: Vote, subject: Subject, ballots: Vote["ballots"]): EventOf<"cancelled"> | null {
  for (const comment of subject.ballots) {
    if (comment.created < vote.openedAt || deciding(vote.opened.electorate.electors, comment.author.id) === undefined)
      continue;
    const asked = commandsOf(comment.body).find((one) => one.command === "cancel");
    // A vote that is cancelled without a word why is what an audit cannot explain.
    if (asked?.command !== "cancel" || asked.reason === null) continue;
    return { type: "cancelled", by: comment.author, reason: asked.reason, tally: tallied(vote, ballots) };
  }
  return null;
}

/** An open vote: ballots as they stand, then whatever ends it. */
function running(vote: Vote, { subject, rules, now }: Asked): Event[] {
  const seen = subject.ballots.flatMap((comment) => {
    // What was there before the vote opened was said of something else.
    const ballot = comment.created < vote.openedAt ? null : ballotOf(comment);
    return ballot === null ? [] : [ballot];
  });
  const ballots = mergeBallots(vote.ballots, seen, now, vote.deadline);
  const changed = JSON.stringify(ballots) !== JSON.stringify(vote.ballots);
  const events: Event[] = changed ? [{ type: "ballots", ballots }] : [];
  const stale = subject.issueGone ? "its issue was deleted" : staleness(vote, subject.pull, subject.depth, rules, now);
  if (stale !== null) return [...events, { type: "superseded", reason: stale, tally: tallied(vote, ballots) }];
  const cancel = cancelled(vote, subject, ballots);
  if (cancel !== null) return [...events, cancel];
  if (Date.parse(now) <= Date.parse(vote.deadline)) return events;
  const counted = tallied(vote, ballots);
  if (counted.outcome === "no quorum" && !vote.extended)
    return [
      ...events,
      { type: "extended", deadline: after(vote.deadline, vote.opened.policy.policy.extension), tally: counted },
    ];
  return [...events, { type: "closed", tally: counted }];
}

/** A vote that passed: merged, or overtaken before it was. */
function waiting(vote: Vote, { subject, rules, now }: Asked): Event[] {
  const { pull, depth } = subject;
  if (pull.merged && pull.head.sha === vote.opened.head && pull.mergeCommit !== null)
    return [{ type: "merged", commit: pull.mergeCommit }];
  const stale = staleness(vote, pull, depth, rules, now);
  const { ending } = vote;
  if (stale === null || ending === null) return [];
  return [{ type: "superseded", reason: stale, tally: ending.tally }];
}

/** Whether a vote is over for good, so that another may open. */
function settled(vote: Vote | undefined): boolean {
  return vote === undefined || (vote.ending !== null && !passed(vote)) || vote.merged !== null;
}

/** A new vote, where everything allows it. */
function opening({ subject, votes, earlier, memory, rules, now }: Asked, depth: Depth): Addition[] {
  const { pull } = subject;
  const { scope, found, interests } = depth;
  if (scope.kind !== "submission" || found.state !== "found" || pull.state !== "open" || pull.draft) return [];
  const { evidence } = found;
  const attempts = memory.judged.map(({ event }) => event);
  const gate = gates(evidence, rules.waivers, attempts, now);
  if (gate.blocking.length > 0) return [];
  const policy = policyDigest(rules.policy);
  const key = voteKey({
    repository: rules.repository,
    pull: pull.number,
    head: pull.head.sha,
    evidence: evidence.digest,
    policy,
  });
  if (votes.some((vote) => vote.key === key) || barred(evidence, earlier, memory.revotes, rules.policy, now) !== null)
    return [];
  const electors = electorateOf(rules.voters, now, interests);
  const event: EventOf<"opened"> = {
    type: "opened",
    pull: pull.number,
    head: pull.head.sha,
    title: pull.title,
    author: pull.author,
    evidence,
    policy: { digest: policy, policy: rules.policy },
    electorate: { digest: electorateDigest(electors), electors },
    waivers: [...gate.waivers],
    deadline: after(now, rules.policy.window),
    supersedes: votes.at(-1)?.key ?? null,
  };
  return [{ key, event }];
}

/** Evidence that was refused is reported once a run. */
function refusal({ subject, memory, rules }: Asked, { found }: Depth): Addition[] {
  if (found.state !== "refused" || memory.refused.some(({ event }) => event.run === found.run)) return [];
  const { pull } = subject;
  const problems = found.problems.slice(0, 50).map((problem) => problem.slice(0, 500));
  const event: Event = { type: "refused", pull: pull.number, head: pull.head.sha, run: found.run, problems };
  return [{ key: pullKey(rules.repository, pull.number), event }];
}

/** Evidence is written down once, whatever it says. */
function judgement({ subject, memory, rules }: Asked, { found }: Depth): Addition[] {
  if (found.state !== "found") return [];
  const { run, attempt, evidence } = found;
  if (memory.judged.some(({ event }) => event.evidence === evidence.digest)) return [];
  const { pull } = subject;
  const verdicts = evidence.verdicts.map((verdict) => ({
    submission: `${verdict.vendor}/${verdict.submission}`,
    sourceDigest: verdict.sourceDigest,
    opDigest: verdict.opDigest,
    chip: verdict.device.chip,
    status: verdict.status,
    conforms: verdict.conforms,
    failing: verdict.failing.slice(0, 20).map(({ name }) => name),
  }));
  const about = { pull: pull.number, head: pull.head.sha, run, attempt, evidence: evidence.digest };
  return [{ key: pullKey(rules.repository, pull.number), event: { type: "judged", ...about, verdicts } }];
}

/** The run that a recheck repeats: of what was just found, else of what the running vote rests on. */
function runOf(depth: Depth | null, vote: Vote | undefined): { readonly run: number; readonly attempt: number } | null {
  if (depth !== null && depth.found.state !== "missing") return { run: depth.found.run, attempt: depth.found.attempt };
  const first = vote?.opened.evidence.runs[0];
  return first === undefined ? null : { run: first.run, attempt: first.attempt };
}

/** `/recheck` and `/revote` under the pull request or the issue, each comment once. */
function requests({ subject, votes, memory, rules, now }: Asked): Addition[] {
  const { pull, depth } = subject;
  const key = pullKey(rules.repository, pull.number);
  const current = votes.at(-1);
  const open = current !== undefined && current.ending === null;
  const electors = open
    ? current.opened.electorate.electors
    : depth === null
      ? []
      : electorateOf(rules.voters, now, depth.interests);
  const newest = runOf(depth, current);
  const additions: Addition[] = [];
  for (const comment of [...subject.said, ...subject.ballots]) {
    const elector = deciding(electors, comment.author.id);
    const commands = commandsOf(comment.body).map(({ command }) => command);
    // Who submits may ask for another run until a vote is open: then every run is a draw, and the draw is not theirs.
    const may = elector !== undefined || (!open && comment.author.id === pull.author.id);
    const done = [...memory.rechecks, ...memory.revotes].some(({ event }) => event.comment === comment.id);
    if (done) continue;
    if (commands.includes("recheck") && may && newest !== null) {
      additions.push({ key, event: { type: "recheck", by: comment.author, comment: comment.id, ...newest } });
    } else if (commands.includes("revote") && elector !== undefined && !open)
      additions.push({
        key,
        event: { type: "revote", by: comment.author, organisation: elector.organisation, comment: comment.id },
      });
  }
  return additions;
}

/** What is to be added to the ledger about a pull request; nothing where nothing happened. */
export function decide(asked: Asked): readonly Addition[] {
  const { subject, votes } = asked;
  const current = votes.at(-1);
  const { depth } = subject;
  const additions = requests(asked);
  if (current !== undefined && !settled(current)) {
    const events = current.ending === null ? running(current, asked) : waiting(current, asked);
    additions.push(...events.map((event) => ({ key: current.key, event })));
  } else if (depth !== null) additions.push(...opening(asked, depth));
  if (depth !== null) additions.push(...refusal(asked, depth), ...judgement(asked, depth));
  return additions;
}
