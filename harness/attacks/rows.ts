// What came out, as rows: each attack beside what it must end in, each control, each effect outside. Pure.
import type { Attack, Attacks } from "../domain/attack.ts";
import type { Run } from "../domain/run-record.ts";
import type { Speedup } from "../domain/measurement.ts";
import type { Isolation } from "../domain/kernel.ts";
import { idOf } from "./layout.ts";
import { isStopped } from "./table.ts";

/** One attack. The shape of `judge attacks --json`, README. */
export interface AttackRow {
  readonly attack: string;
  /** Rows of the catalogue. */
  readonly rows: readonly number[];
  readonly source: string;
  readonly does: string;
  readonly expected: readonly string[];
  /** A status; `ABSENT` where the run says nothing of it, `NOT_RUN` where this level does not stop it. */
  readonly got: string;
  /** Of a raced attack that was measured. */
  readonly speedup: number | null;
  readonly reading: Speedup["reading"] | null;
  /** Its first finding, or why it has no speedup. */
  readonly because: string;
  /** Not succeeded: it ended as expected, found nothing, and is not faster than its honest version. */
  readonly ok: boolean;
  /** `false`: a race in which nobody got a speedup says neither that the attack succeeds nor that it fails. */
  readonly decided: boolean;
}

/** One honest kernel. */
export interface ControlRow {
  readonly control: string;
  readonly dialect: string;
  readonly runs: number;
  readonly passed: number;
  readonly because: string;
}

/** One thing that no attack may change. */
export interface EffectRow {
  readonly effect: string;
  readonly ok: boolean;
  readonly because: string;
}

type Submission = Run["submissions"][number];

function find(run: Run | null, name: string): Submission | undefined {
  return run?.submissions.find(({ submission }) => submission === idOf(name));
}

function sourceOf({ source, model, folder }: Attack): string {
  if (source !== undefined) return source;
  return model === undefined ? `folder ${folder ?? ""}` : `model ${model}`;
}

/** The first words that say why a submission is not conforming. */
function becauseOf(found: Submission): string {
  const failing = found.records.find(({ case: { counted }, status }) => counted && status === found.status);
  const problem = found.problems[0];
  return failing?.findings[0]?.message ?? (problem === undefined ? "" : `${problem.code}: ${problem.message}`);
}

function isDecided({ run }: Attack, { status }: Submission, speedup: Speedup | null): boolean {
  return run !== "race" || status !== "PASSED" || speedup !== null;
}

/** The row of an attack; `honest` is what its honest version reads in the same race. */
export function attackRow(
  attack: Attack,
  run: Run | null,
  level: Isolation,
  honest: Speedup["reading"] | null,
): AttackRow {
  const { name, rows, does, expected } = attack;
  const base = { attack: name, rows, source: sourceOf(attack), does, expected };
  if (!isStopped(attack, level)) {
    const because = `only ${attack.stops} stops it and this machine reaches ${level}: not tried`;
    return { ...base, got: "NOT_RUN", speedup: null, reading: null, because, ok: true, decided: true };
  }
  const found = find(run, name);
  if (found === undefined) {
    const because = "the run says nothing of it";
    return { ...base, got: "ABSENT", speedup: null, reading: null, because, ok: false, decided: true };
  }
  const loot = /LOOT[^"\\]{0,80}/.exec(JSON.stringify([found.records, found.problems]))?.[0];
  const bench = found.records.find((record) => record.case.tags.includes("bench"));
  const speedup = bench?.speedup ?? null;
  const robbed = speedup?.reading === "faster" && honest !== "faster";
  const why = bench === undefined || speedup !== null ? "" : (bench.speedupAbsent ?? "");
  return {
    ...base,
    got: found.status,
    speedup: speedup?.value ?? null,
    reading: speedup?.reading ?? null,
    because: loot ?? (robbed ? "faster than its honest version" : becauseOf(found) || why),
    ok: loot === undefined && !robbed && expected.some((status) => status === found.status),
    decided: isDecided(attack, found, speedup),
  };
}

/** The reading of an honest kernel on its bench case. */
export function readingOf(run: Run | null, name: string): Speedup["reading"] | null {
  return find(run, name)?.records.find((record) => record.case.tags.includes("bench"))?.speedup?.reading ?? null;
}

/** The row of a control over all its copies in all runs. */
export function controlRow(
  control: Attacks["controls"][number],
  names: readonly string[],
  runs: readonly (Run | null)[],
): ControlRow {
  const found = runs.flatMap((run) => names.map((name) => find(run, name)));
  const failing = found.find((one) => one?.status !== "PASSED");
  const passed = found.filter((one) => one?.status === "PASSED").length;
  const because = found.length === passed ? "" : failing === undefined ? "it is absent" : becauseOf(failing);
  return { control: control.name, dialect: control.dialect, runs: found.length, passed, because };
}

/** What a neighbour's verdict rests on: nothing in it may depend on who else is judged. Times are left out, they are never the same. */
function fate(found: Submission | undefined): string {
  return JSON.stringify(
    found?.records.map(({ case: { name, inputs, seed }, status, findings, errors, gates, integrity, witnesses }) => ({
      name,
      inputs,
      seed,
      status,
      findings,
      errors,
      gates,
      integrity,
      witnesses: witnesses.map((witness) => [witness.executor, witness.status, witness.errors]),
    })) ?? null,
  );
}

/** Neighbours whose records differ between a run without attacks and one with them. */
export function disturbed(alone: Run | null, beside: Run | null, names: readonly string[]): readonly string[] {
  return names.filter((name) => fate(find(alone, name)) !== fate(find(beside, name)));
}
