// The evidence of a head commit: verdicts of all its bundles together, and the part of it whose change ends a vote.
import type { Bundle, Evidence, EvidenceVerdict } from "../../domain/evidence.ts";
import { weaker } from "../../domain/kernel.ts";
import { rollUp, type Status } from "../../domain/verdict.ts";
import { bundleDigest, canonical, sha256 } from "./pack.ts";

/** A bundle that was checked, with what its numbers say. */
export interface JudgedBundle {
  readonly bundle: Bundle;
  readonly verdicts: readonly EvidenceVerdict[];
  /** Of the workflow run, for people. */
  readonly url: string;
  /** Its run is one that the pull request cannot rewrite: `isTrustedRun`. */
  readonly trusted: boolean;
}

const compare = (one: string, other: string): number => (one < other ? -1 : Number(one > other));

/** One submission on one kind of device. */
function keyOf({ vendor, submission, device }: EvidenceVerdict): string {
  return JSON.stringify([vendor, submission, device.backend, device.emulated, device.chip]);
}

type Failing = EvidenceVerdict["failing"][number];

const sameFailure = (one: Failing, other: Failing): boolean => one.name === other.name && one.status === other.status;

/** Of two jobs that agree, what is less favourable: nothing gets better by being run again. */
function joined(one: EvidenceVerdict, other: EvidenceVerdict): EvidenceVerdict {
  const worse = rollUp([one.status, other.status]) === one.status ? one : other;
  const speedups = one.speedups.map((mine) => {
    const theirs = other.speedups.find((speedup) => speedup.case === mine.case);
    return theirs !== undefined && theirs.speedup.value < mine.speedup.value ? theirs : mine;
  });
  const known = speedups.map((speedup) => speedup.case);
  const passed = (executor: string): number | undefined =>
    other.witnesses.find((witness) => witness.executor === executor)?.passed;
  return {
    ...worse,
    device: {
      ...worse.device,
      isolation: weaker(one.device.isolation, other.device.isolation) ? one.device.isolation : other.device.isolation,
    },
    conforms: one.conforms && other.conforms,
    // All of both: a waiver for what failed in one must not hide what failed in the other.
    failing: [
      ...one.failing,
      ...other.failing.filter((theirs) => !one.failing.some((mine) => sameFailure(mine, theirs))),
    ],
    witnesses: one.witnesses.map((witness) => ({
      ...witness,
      passed: Math.min(witness.passed, passed(witness.executor) ?? witness.passed),
    })),
    headroom:
      one.headroom === null || other.headroom === null
        ? (one.headroom ?? other.headroom)
        : Math.max(one.headroom, other.headroom),
    speedups: [...speedups, ...other.speedups.filter((speedup) => !known.includes(speedup.case))],
    unvotable: [...new Set([...one.unvotable, ...other.unvotable])].sort(),
  };
}

/**
 * What a run of the base's workflow says of a device, beside one of the pull request's own: that one takes nothing away but by failing. How well it
 * was isolated, and that it could be rewritten, matters no longer: nothing rests on it.
 */
function backed(trusted: EvidenceVerdict, claimed: EvidenceVerdict): EvidenceVerdict {
  return { ...joined(trusted, claimed), device: trusted.device, unvotable: trusted.unvotable };
}

/** The verdicts on one submission and device as one. */
function combined(
  said: readonly { readonly verdict: EvidenceVerdict; readonly trusted: boolean }[],
): EvidenceVerdict[] {
  const of = (kind: boolean): EvidenceVerdict[] => {
    const [first, ...rest] = said.flatMap(({ verdict, trusted }) => (trusted === kind ? [verdict] : []));
    return first === undefined ? [] : [rest.reduce(joined, first)];
  };
  const [trusted] = of(true);
  const [claimed] = of(false);
  return trusted === undefined || claimed === undefined ? [...of(true), ...of(false)] : [backed(trusted, claimed)];
}

/** Bundles of one head commit, checked and in agreement, as evidence. @throws RangeError for none, or for bundles of several commits */
export function evidenceOf(bundles: readonly JudgedBundle[]): Evidence {
  const [first] = bundles;
  if (first === undefined) throw new RangeError("there is no evidence without a bundle");
  if (bundles.some(({ bundle }) => bundle.head !== first.bundle.head))
    throw new RangeError("evidence is of one head commit");
  // By job, so that the order of downloads decides nothing.
  const sorted = [...bundles].sort((a, b) => compare(canonical(a.bundle), canonical(b.bundle)));
  const said = sorted.flatMap(({ verdicts, trusted }) => verdicts.map((verdict) => ({ verdict, trusted })));
  const keys = [...new Set(said.map(({ verdict }) => keyOf(verdict)))].sort(compare);
  const runs = new Map(
    sorted.map(({ bundle, url }) => [
      `${bundle.workflowRun}/${bundle.attempt}`,
      { run: bundle.workflowRun, attempt: bundle.attempt, url },
    ]),
  );
  return {
    digest: sha256(
      sorted
        .map(({ bundle }) => bundleDigest(bundle))
        .sort()
        .join("\n"),
    ),
    head: first.bundle.head,
    verdicts: keys.flatMap((key) => combined(said.filter(({ verdict }) => keyOf(verdict) === key))),
    runs: [...runs.values()].sort((a, b) => a.run - b.run || a.attempt - b.attempt),
  };
}

/** Status by submission and device class, in words. */
function classesOf(evidence: Evidence): ReadonlyMap<string, string> {
  const found = new Map<string, { statuses: Status[]; conforms: boolean }>();
  for (const { vendor, submission, device, status, conforms } of evidence.verdicts) {
    const name = `${vendor}/${submission} · ${device.backend} · ${device.emulated ? "emulated" : "device"}`;
    const before = found.get(name);
    found.set(name, {
      statuses: [...(before?.statuses ?? []), status],
      conforms: conforms && (before?.conforms ?? true),
    });
  }
  return new Map(
    [...found]
      .sort(([a], [b]) => compare(a, b))
      .map(([name, { statuses, conforms }]) => {
        const status = rollUp(statuses) ?? "UNSUPPORTED";
        return [name, status === "PASSED" && !conforms ? "PASSED, not all that it takes" : status];
      }),
  );
}

/** The part of evidence whose change ends a vote: `vendor/submission · backend · emulated|device · status`, sorted. */
export function gatesOf(evidence: Evidence): string[] {
  return [...classesOf(evidence)].map(([name, status]) => `${name} · ${status}`);
}

/** Why new evidence ends the vote on the old, in words; null while every gate has the verdict it had and no device class was added. */
export function superseding(before: Evidence, after: Evidence): string | null {
  const known = classesOf(before);
  const changes = [...classesOf(after)].flatMap(([name, status]) => {
    const old = known.get(name);
    if (old === undefined) return [`${name} was added with ${status}`];
    return old === status ? [] : [`${name} was ${old} and is ${status}`];
  });
  return changes.length === 0 ? null : changes.join("; ");
}
