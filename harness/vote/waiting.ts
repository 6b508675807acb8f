// The check of a pull request on whose head nobody votes: what it waits for, or what is in its way and how to clear it.
import type { Check, Pull } from "../domain/github.ts";
import { gates } from "./gates.ts";
import { pullKey, voteKey } from "./key.ts";
import { barred } from "./reopen.ts";
import { policyDigest, type Rules } from "./rules-in-force.ts";
import type { Vote } from "./state.ts";
import type { Depth, Memory } from "./subject.ts";
import { CHECK } from "./text/check.ts";
import { word } from "./text/markdown.ts";

/** What the check says. */
interface Waiting {
  readonly conclusion: Check["conclusion"];
  readonly title: string;
  readonly lines: readonly string[];
}

/** Everything that is in the way of a vote on evidence that was found. */
export function blockingOf(
  pull: Pull,
  depth: Depth,
  votes: readonly Vote[],
  memory: Memory,
  rules: Rules,
  now: string,
): readonly string[] {
  const { found } = depth;
  if (found.state !== "found") return [];
  const { evidence } = found;
  const { blocking } = gates(
    evidence,
    rules.waivers,
    memory.judged.map(({ event }) => event),
    now,
  );
  const stopped = barred(evidence, votes, memory.revotes, rules.policy, now);
  const about = { repository: rules.repository, pull: pull.number, head: pull.head.sha, evidence: evidence.digest };
  const key = voteKey({ ...about, policy: policyDigest(rules.policy) });
  const again = votes.some((vote) => vote.key === key) ? ["this evidence had its vote: /recheck runs it anew"] : [];
  return [...blocking, ...(stopped === null ? [] : [stopped]), ...again];
}

function said(depth: Depth, blocking: readonly string[]): Waiting {
  const { scope, found } = depth;
  if (scope.kind === "ordinary")
    return {
      conclusion: "neutral",
      title: "Ordinary review: no vote",
      lines: ["No path of this pull request is a vendor's."],
    };
  if (scope.kind === "refused")
    return { conclusion: "action_required", title: "No vote can be about these paths", lines: scope.why };
  if (found.state === "missing") return { conclusion: null, title: "Waits for evidence", lines: [found.why] };
  if (found.state === "refused")
    return {
      conclusion: "action_required",
      title: `The evidence of run ${found.run} was refused`,
      lines: found.problems,
    };
  if (found.state === "failed")
    return { conclusion: "action_required", title: "No vote can open yet", lines: found.problems };
  if (blocking.length > 0) return { conclusion: "action_required", title: "No vote can open yet", lines: blocking };
  return { conclusion: null, title: "A vote is about to open", lines: [] };
}

/** The check of a pull request without a vote on its head. */
export function waitingCheck(repository: number, pull: Pull, depth: Depth, blocking: readonly string[]): Check {
  const { conclusion, title, lines } = said(depth, blocking);
  const shown = lines.slice(0, 50).map((line) => `- ${word(line, 400)}`);
  return {
    name: CHECK,
    commit: pull.head.sha,
    externalId: pullKey(repository, pull.number),
    conclusion,
    title,
    summary: shown.length > 0 ? shown.join("\n") : title,
  };
}
