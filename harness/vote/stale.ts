// Why a vote no longer decides anything: something that it rests on is another one now.
import type { Pull } from "../domain/github.ts";
import { superseding } from "./evidence/evidence.ts";
import { holds } from "./gates.ts";
import { digestOf } from "./key.ts";
import { electorateDigest, policyDigest, type Rules } from "./rules-in-force.ts";
import { electorateOf } from "./rules/electorate.ts";
import type { Vote } from "./state.ts";
import type { Depth } from "./subject.ts";

/** Membership alone: who is recused follows from the head, whose change supersedes anyway. */
const NOBODY = {
  vendor: "",
  owners: [],
  claimedOwners: [],
  author: { id: 0, login: "" },
  committers: [],
  coauthors: [],
};

const short = (sha: string): string => sha.slice(0, 7);

/** The pull request itself. */
function ofPull({ opened }: Vote, pull: Pull): string | null {
  if (pull.head.sha !== opened.head) return `the head moved from ${short(opened.head)} to ${short(pull.head.sha)}`;
  if (pull.merged) return "the pull request was merged outside the vote";
  return pull.state === "closed" ? "the pull request was closed" : null;
}

/** The rules of the base branch. */
function ofRules({ opened, openedAt }: Vote, rules: Rules, now: string): string | null {
  if (policyDigest(rules.policy) !== opened.policy.digest) return "the policy changed";
  if (electorateDigest(electorateOf(rules.voters, openedAt, NOBODY)) !== electorateDigest(opened.electorate.electors))
    return "the electorate changed";
  for (const { op, opDigest } of opened.evidence.verdicts)
    if (rules.ops.get(op) !== opDigest) return `the meaning of ${op} changed`;
  const known = new Set(rules.waivers.map((waiver) => digestOf(JSON.stringify(waiver))));
  for (const waiver of opened.waivers) {
    if (!holds(waiver, now)) return `the waiver for ${waiver.submission} expired`;
    if (!known.has(digestOf(JSON.stringify(waiver)))) return `the waiver for ${waiver.submission} was withdrawn`;
  }
  return null;
}

/** New evidence counts where a gate's verdict changed or a device class was added; a mere repetition changes nothing. */
function ofEvidence({ opened }: Vote, depth: Depth | null): string | null {
  return depth?.found.state === "found" ? superseding(opened.evidence, depth.found.evidence) : null;
}

/** Why a vote is superseded, in words; null where it stands. */
export function staleness(vote: Vote, pull: Pull, depth: Depth | null, rules: Rules, now: string): string | null {
  return ofPull(vote, pull) ?? ofRules(vote, rules, now) ?? ofEvidence(vote, depth);
}
