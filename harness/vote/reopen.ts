// Whether a source that lost may be voted on again: not by asking until the answer is another one.
import type { Evidence } from "../domain/evidence.ts";
import type { Policy } from "../domain/governance.ts";
import type { Vote } from "./state.ts";
import type { Memory } from "./subject.ts";

const sources = ({ verdicts }: Evidence): Set<string> =>
  new Set(verdicts.map(({ vendor, submission, sourceDigest }) => `${vendor}/${submission} ${sourceDigest}`));

/** Whether a vote was lost: counted against it, or given up while it stood so. */
function lost({ ending }: Vote): boolean {
  if (ending === null) return false;
  if (ending.type === "closed") return ending.tally.outcome !== "passed";
  // Before anybody objected there was nothing to lose.
  return ending.tally.cast.against > 0 && ending.tally.reasons.some(({ rule, met }) => rule === "approval" && !met);
}

/** The last vote on the same sources that was lost. */
function lastLost(evidence: Evidence, earlier: readonly Vote[]): Vote | undefined {
  const asked = sources(evidence);
  return earlier.findLast(
    (vote) => lost(vote) && [...sources(vote.opened.evidence)].some((source) => asked.has(source)),
  );
}

/**
 * Why no vote may open yet on sources that lost one; null where it may.
 * It may after the policy's cooldown, or when enough organisations have asked for it since.
 */
export function barred(
  evidence: Evidence,
  earlier: readonly Vote[],
  revotes: Memory["revotes"],
  policy: Policy,
  now: string,
): string | null {
  const vote = lastLost(evidence, earlier);
  if (vote?.endedAt == null) return null;
  const until = Date.parse(vote.endedAt) + policy.cooldown;
  if (Date.parse(now) >= until) return null;
  const asking = new Set(revotes.filter(({ at }) => at >= (vote.endedAt ?? "")).map(({ event }) => event.organisation));
  if (asking.size >= policy.organisations) return null;
  const day = new Date(until).toISOString().slice(0, 10);
  return `the same sources lost vote ${vote.key.slice(0, 12)}: again from ${day}, or when ${policy.organisations} organisations ask for it with /revote (${asking.size} did)`;
}
