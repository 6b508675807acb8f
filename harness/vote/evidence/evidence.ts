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
}

const compare = (one: string, other: string): number => (one < other ? -1 : Number(one > other));

/** One submission on one kind of device. */
function keyOf({ vendor, submission, device }: EvidenceVerdict): string {
  return JSON.stringify([vendor, submission, device.backend, device.emulated, device.chip]);
}

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

/** Bundles of one head commit, checked and in agreement, as evidence. @throws RangeError for none, or for bundles of several commits */
export function evidenceOf(bundles: readonly JudgedBundle[]): Evidence {
  const [first] = bundles;
  if (first === undefined) throw new RangeError("there is no evidence without a bundle");
  if (bundles.some(({ bundle }) => bundle.head !== first.bundle.head))
    throw new RangeError("evidence is of one head commit");
  // By job, so that the order of downloads decides nothing.
  const sorted = [...bundles].sort((a, b) => compare(canonical(a.bundle), canonical(b.bundle)));
  const verdicts = new Map<string, EvidenceVerdict>();
  for (const verdict of sorted.flatMap((bundle) => bundle.verdicts)) {
    const before = verdicts.get(keyOf(verdict));
    verdicts.set(keyOf(verdict), before === undefined ? verdict : joined(before, verdict));
  }
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
    verdicts: [...verdicts.entries()].sort(([a], [b]) => compare(a, b)).map(([, verdict]) => verdict),
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
