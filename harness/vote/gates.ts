// What must be green before anybody is asked: a vote cannot overrule a number.
import type { Evidence, EvidenceVerdict } from "../domain/evidence.ts";
import type { Waiver } from "../domain/governance.ts";
import type { EventOf } from "../domain/ledger.ts";
import { INFRASTRUCTURE } from "../domain/verdict.ts";

/** Whether a vote may open on evidence. */
export interface Gates {
  /** Why not, in words; empty where it may. */
  readonly blocking: readonly string[];
  /** Waivers that lift a failed gate: shown wherever the evidence is. */
  readonly waivers: readonly Waiver[];
}

/** A waiver holds for sources that have not changed, until its day. */
export function holds({ until }: Waiver, now: string): boolean {
  return now.slice(0, 10) < until;
}

/** The waiver under which a verdict's failing cases are accepted: numeric ones only, all of them named. */
function waiverOf(verdict: EvidenceVerdict, waivers: readonly Waiver[], now: string): Waiver | undefined {
  const numeric = verdict.failing.every(({ status }) => status === "INCORRECT_NUMERICAL");
  if (!numeric || verdict.failing.length === 0) return undefined;
  return waivers.find(
    (waiver) =>
      waiver.vendor === verdict.vendor &&
      waiver.submission === verdict.submission &&
      waiver.sourceDigest === verdict.sourceDigest &&
      holds(waiver, now) &&
      verdict.failing.every(({ name }) => waiver.cases.includes(name)),
  );
}

const nameOf = ({ vendor, submission, device }: EvidenceVerdict): string =>
  `${vendor}/${submission} on ${device.chip}${device.emulated ? " (emulated)" : ""}`;

/** An attempt in which the very same sources failed: another draw of hidden cases does not make them right. */
function failedBefore(verdict: EvidenceVerdict, judged: readonly EventOf<"judged">[]): string | undefined {
  for (const { run, verdicts } of judged) {
    const same = verdicts.find(
      (other) =>
        other.submission === `${verdict.vendor}/${verdict.submission}` &&
        other.sourceDigest === verdict.sourceDigest &&
        other.opDigest === verdict.opDigest &&
        other.chip === verdict.device.chip &&
        !other.conforms &&
        !INFRASTRUCTURE.includes(other.status),
    );
    if (same !== undefined) return `the same sources were ${same.status} in run ${run} (${same.failing.join(", ")})`;
  }
  return undefined;
}

/**
 * Judges evidence. How well it was isolated, and whether its run may speak of a device, is in each verdict's `unvotable` already.
 * @param judged every attempt on the pull request so far
 */
export function gates(
  evidence: Evidence,
  waivers: readonly Waiver[],
  judged: readonly EventOf<"judged">[],
  now: string,
): Gates {
  const blocking: string[] = [];
  const used: Waiver[] = [];
  for (const verdict of evidence.verdicts) {
    const name = nameOf(verdict);
    for (const reason of verdict.unvotable) blocking.push(`${name}: ${reason}`);
    const before = verdict.conforms ? failedBefore(verdict, judged) : undefined;
    if (before !== undefined) blocking.push(`${name}: ${before}`);
    if (verdict.conforms) continue;
    const waiver = waiverOf(verdict, waivers, now);
    if (waiver !== undefined) used.push(waiver);
    else {
      const [first] = verdict.failing;
      const why = first === undefined ? verdict.status : `${first.name} is ${first.status}`;
      blocking.push(`${name}: it does not conform (${why}${verdict.failing.length > 1 ? ", and others" : ""})`);
    }
  }
  return { blocking, waivers: used };
}
