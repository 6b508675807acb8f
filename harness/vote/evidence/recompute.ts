// Verdicts from raw numbers: what a record says of itself is compared with them, and a contradiction refuses the bundle.
import { conformanceOf } from "../../domain/conformance.ts";
import type { EvidenceVerdict } from "../../domain/evidence.ts";
import type { Policy } from "../../domain/governance.ts";
import { type Isolation, weaker } from "../../domain/kernel.ts";
import type { RunRecord } from "../../domain/run-record.ts";
import { contradictions } from "./numbers.ts";
import { canonical } from "./pack.ts";
import { cleaned, quoted } from "./plain.ts";
import { type Recomputed, recomputeRace } from "./race.ts";
import { idOf, nameOf, told } from "./telling.ts";

/** What decides how far records are believed. */
export interface Rules {
  /** The policy's weakest isolation of each kind. */
  readonly isolation: Policy["isolation"];
  /** Whether the run may speak of physical devices: `isTrustedRun`. */
  readonly physical: boolean;
}

/** Rounds of all races of one bundle that are computed again: a second for 10,000; an honest race has dozens. */
const ROUNDS = 50_000;

function weakest(records: readonly RunRecord[]): Isolation {
  return records.reduce<Isolation>(
    (found, { device }) => (weaker(device.isolation, found) ? device.isolation : found),
    "full",
  );
}

/** Reasons why no vote may rest on records that count. */
function unvotableOf(counted: readonly RunRecord[], { isolation, physical }: Rules): string[] {
  const reasons = new Set<string>();
  for (const { device, votable } of counted) {
    const needed = device.emulated ? isolation.emulated : isolation.device;
    if (weaker(device.isolation, needed))
      reasons.add(`isolation '${device.isolation}' is below the '${needed}' that the policy asks for`);
    if (!device.emulated && !physical)
      reasons.add("it is about a physical device, and comes from a run that the pull request itself can rewrite");
    if (votable !== true) for (const reason of votable) reasons.add(cleaned(reason));
  }
  return [...reasons].sort();
}

/** The largest share of the allowed error; what is no number counts as the largest there is. */
function headroomOf(counted: readonly RunRecord[]): number | null {
  const used = counted.flatMap(({ errors }) => errors.map(({ headroom }) => headroom)).filter((one) => one !== null);
  if (used.length === 0) return null;
  return used.reduce<number>((most, one) => Math.max(most, typeof one === "number" ? one : Number.MAX_VALUE), 0);
}

function witnessesOf(counted: readonly RunRecord[]): EvidenceVerdict["witnesses"] {
  const words = counted.flatMap(({ witnesses }) => witnesses).filter(({ status }) => status !== null);
  return [...new Set(words.map(({ executor }) => executor))].sort().map((executor) => {
    const own = words.filter((word) => word.executor === executor);
    return { executor, passed: own.filter(({ status }) => status === "PASSED").length, present: own.length };
  });
}

/** What every record of a submission on a device must have in common. */
function commonOf({ submission, op, device, executor, compiler }: RunRecord): string {
  const { isolation: _, ...same } = device;
  return canonical({ submission, op, device: same, executor, compiler });
}

/** Finding shown of a failing case. */
const SHOWN = 300;

function verdictOf(
  [first, ...rest]: readonly [RunRecord, ...RunRecord[]],
  races: ReadonlyMap<RunRecord, Recomputed>,
  rules: Rules,
): EvidenceVerdict {
  const records = [first, ...rest];
  const { submission, op, device } = first;
  const counted = records.filter((record) => record.case.counted);
  const failing = counted.filter(({ status }) => status !== "PASSED");
  return {
    vendor: submission.vendor,
    submission: submission.submission,
    version: submission.version,
    sourceDigest: submission.sourceDigest,
    op: op.op,
    opDigest: op.digest,
    numerics: submission.numerics.class,
    device: {
      backend: device.backend,
      chip: device.chip,
      model: cleaned(device.model),
      emulated: device.emulated,
      isolation: weakest(counted),
      environment: device.environment,
    },
    ...conformanceOf(records, false),
    cases: {
      passed: counted.length - failing.length,
      counted: counted.length,
      hidden: counted.filter((record) => record.case.hidden).length,
    },
    failing: failing.map((record) => ({
      name: record.case.name,
      status: record.status,
      finding: cleaned(record.findings[0]?.message ?? record.status, SHOWN),
    })),
    witnesses: witnessesOf(counted),
    headroom: headroomOf(counted),
    speedups: counted.flatMap((record) => {
      const speedup = races.get(record)?.speedup ?? null;
      const shown = speedup !== null && rules.physical && record.device.isolation === "full";
      return shown ? [{ case: record.case.name, speedup: { ...speedup, baseline: cleaned(speedup.baseline) } }] : [];
    }),
    unvotable: unvotableOf(counted, rules),
  };
}

/** Records by submission and device, in order of their first. */
function groupsOf(records: readonly RunRecord[]): [RunRecord, ...RunRecord[]][] {
  const groups = new Map<string, [RunRecord, ...RunRecord[]]>();
  for (const record of records) {
    const { backend, chip, emulated } = record.device;
    const key = JSON.stringify([idOf(record), backend, chip, emulated]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [record]);
    else group.push(record);
  }
  return [...groups.values()];
}

/**
 * Computes every verdict of checked records again.
 * @returns problems name record and field; where there is one, no verdict may be used
 */
export function recompute(
  records: readonly RunRecord[],
  rules: Rules,
): { readonly verdicts: readonly EvidenceVerdict[]; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const rounds = records.reduce((sum, { measurement }) => sum + (measurement?.race.pairs.length ?? 0), 0);
  if (rounds > ROUNDS) return { verdicts: [], problems: [`its races have ${rounds} rounds, ${ROUNDS} are read`] };
  const races = new Map<RunRecord, Recomputed>();
  for (const record of records) {
    const race = recomputeRace(record);
    races.set(record, race);
    problems.push(...[...contradictions(record), ...race.problems].map((words) => `${nameOf(record)}: ${words}`));
  }
  const groups = groupsOf(records);
  for (const [first, ...rest] of groups) {
    const common = commonOf(first);
    const stray = rest.find((record) => commonOf(record) !== common);
    if (stray !== undefined)
      problems.push(
        `${nameOf(stray)}: submission, op, device, executor or compiler differ from those of ${quoted(first.case.name)}`,
      );
  }
  return { verdicts: groups.map((group) => verdictOf(group, races, rules)), problems: told(problems) };
}
