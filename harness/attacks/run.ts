// All attacks through the real pipeline, between honest controls, and what came of it.
import type { Attack, Attacks, Control } from "../domain/attack.ts";
import type { Isolation } from "../domain/kernel.ts";
import type { Ports } from "../domain/ports.ts";
import { type Done, check } from "./check.ts";
import { type Place, layAttack, layControl } from "./layout.ts";
import {
  type AttackRow,
  attackRow,
  type ControlRow,
  controlRow,
  disturbed,
  type EffectRow,
  readingOf,
} from "./rows.ts";
import { isStopped } from "./table.ts";
import { changes, living, orphans, treeOf } from "./traces.ts";

/** Everything that came out. */
export interface Outcome {
  readonly level: Isolation;
  readonly attacks: readonly AttackRow[];
  readonly controls: readonly ControlRow[];
  readonly effects: readonly EffectRow[];
}

/** What to try. */
export interface Plan {
  readonly attacks: readonly Attack[];
  readonly controls: Attacks["controls"];
  /** Copies of each control. */
  readonly copies: number;
  readonly seed: string;
  /** Whether attacks on the clock are measured; without, they take no part. */
  readonly race: boolean;
  note(text: string): void;
}

type World = Pick<Ports, "files" | "processes" | "clock">;

/** One published case of the dtype that all take, and a hidden one. */
const JUDGED = "{rows_13x251_float32,hidden_0}";
/** A kernel that hangs at load costs half a minute a case: one is enough. */
const LOADED = "rows_13x251_float32";
/** The bench cases in float32 and one case beside each. */
const RACED = "{square_64_float32,bert_base_projection_fp32,block_float32,llama_7b_decode_float32,hidden_0}";

/** Parts of the checkout that no submission may change. */
const TREES = ["kernels", "vendors", "suites", "harness"];

interface Copies {
  readonly control: Control;
  readonly names: readonly string[];
  readonly folders: readonly string[];
}

async function layControls(plan: Plan, place: Place, ports: World): Promise<Copies[]> {
  const all: Copies[] = [];
  for (const control of plan.controls.filter(({ race }) => plan.race || !race)) {
    const count = control.race ? 2 : plan.copies;
    const names = Array.from({ length: count }, (_, index) => `${control.name}_${index + 1}`);
    const folders: string[] = [];
    for (const name of names) folders.push(await layControl(control, name, place, ports));
    all.push({ control, names, folders });
  }
  return all;
}

/** Controls spread evenly among attacks, one first and one last. */
export function between(controls: readonly string[], attacks: readonly string[]): readonly string[] {
  const step = attacks.length / Math.max(1, controls.length - 1);
  return controls.flatMap((control, index) => [
    control,
    ...attacks.slice(
      Math.round(index * step),
      index === controls.length - 1 ? undefined : Math.round((index + 1) * step),
    ),
  ]);
}

function levelOf(done: Done): Isolation | null {
  return done.run?.submissions.flatMap(({ records }) => records)[0]?.device.isolation ?? null;
}

async function untilGone(ports: World, place: Place): Promise<string> {
  const programs = [`${place.checkout}/.openxpu/broker/`, `${place.checkout}/harness/broker/zygote.py`];
  const until = ports.clock.elapsed() + 5000;
  for (;;) {
    const left = orphans(await living(ports.files), programs);
    if (left.length === 0) return "";
    if (ports.clock.elapsed() > until) return left.map(({ pid, command }) => `${pid} ${command}`).join("; ");
    await ports.processes.run(["sleep", "0.2"], { cwd: "/", environment: {}, timeoutSeconds: 5 });
  }
}

const effect = (name: string, because: string): EffectRow => ({ effect: name, ok: because === "", because });

/** Lays everything out, runs it, and looks at what came out and at what was left. @throws Error where the control run itself failed */
export async function runAttacks(plan: Plan, place: Place, ports: World): Promise<Outcome> {
  const trees = [...TREES.map((name) => `${place.checkout}/${name}`), place.home];
  const before = await treeOf(trees, ports.files);
  const copies = await layControls(plan, place, ports);
  const judgedControls = copies.filter(({ control }) => !control.race);
  const asked = { seed: plan.seed, suite: "smoke", cases: JUDGED, measure: false };
  const folders = judgedControls.flatMap((one) => one.folders);
  plan.note(`${folders.length} honest controls alone`);
  const alone = await check({ ...asked, name: "alone", folders }, place, ports);
  const level = levelOf(alone);
  if (level === null) throw new Error(`the controls were not judged (exit ${alone.exit ?? "none"}): ${alone.tail}`);
  // By the name of the run: that of the attack where it has one of its own.
  const runs = new Map<string, Done>();
  const tried = plan.attacks.filter((attack) => isStopped(attack, level));
  const lay = async (run: Attack["run"]): Promise<string[]> => {
    const laid: string[] = [];
    for (const attack of tried.filter((one) => one.run === run)) laid.push(await layAttack(attack, place, ports));
    return laid;
  };
  const judged = await lay("judge");
  const loaded = await lay("load");
  plan.note(`${judged.length + loaded.length} attacks between them, isolation ${level}`);
  const [first = ""] = folders;
  await Promise.all([
    judged.length === 0
      ? undefined
      : check({ ...asked, name: "judge", folders: between(folders, judged) }, place, ports).then((done) =>
          runs.set("judge", done),
        ),
    loaded.length === 0
      ? undefined
      : check({ ...asked, name: "load", folders: [first, ...loaded], cases: LOADED }, place, ports).then((done) =>
          runs.set("load", done),
        ),
  ]);
  // What could end a run is tried with one neighbour, which shows whether it did.
  const singles = await lay("single");
  for (const folder of singles) {
    const name = folder.slice(folder.lastIndexOf("/") + 1);
    runs.set(name, await check({ ...asked, name, folders: [first, folder], cases: LOADED }, place, ports));
  }
  const racers = plan.race ? await lay("race") : [];
  if (racers.length > 0) {
    const honest = copies.filter(({ control }) => control.race).flatMap((one) => one.folders);
    plan.note(`${racers.length} attacks on the clock, measured`);
    const folders = between(honest, racers);
    runs.set(
      "race",
      await check({ ...asked, name: "race", folders, suite: "default", cases: RACED, measure: true }, place, ports),
    );
  }
  return outcome(plan, copies, level, alone, runs, {
    left: await untilGone(ports, place),
    changed: changes(before, await treeOf(trees, ports.files)),
  });
}

function outcome(
  plan: Plan,
  copies: readonly Copies[],
  level: Isolation,
  alone: Done,
  runs: ReadonlyMap<string, Done>,
  { left, changed }: { readonly left: string; readonly changed: readonly string[] },
): Outcome {
  const runOf = (name: string): Done["run"] => runs.get(name)?.run ?? null;
  const attacks = plan.attacks
    .filter(({ run }) => plan.race || run !== "race")
    .map((attack) => {
      const honest = copies.find(({ control }) => control.race && control.op === attack.op);
      const readings = honest?.names.map((name) => readingOf(runOf("race"), name)) ?? [];
      return attackRow(
        attack,
        runOf(attack.run === "single" ? attack.name : attack.run),
        level,
        readings.includes("faster") ? "faster" : null,
      );
    });
  const controls = copies
    .filter(({ control }) => !control.race || runs.has("race"))
    .map(({ control, names }) =>
      controlRow(
        control,
        names,
        control.race ? [runOf("race")] : [alone.run, ...(runs.has("judge") ? [runOf("judge")] : [])],
      ),
    );
  const names = copies.filter(({ control }) => !control.race).flatMap((one) => one.names);
  const faults = [alone, ...runs.values()].flatMap((done) => done.faults);
  const ended = [...runs].filter(([, done]) => done.run === null).map(([name, done]) => `run '${name}': ${done.tail}`);
  const effects = [
    effect("every run ended with its document", ended.join("; ")),
    effect(
      "neighbours judged as without attacks",
      runs.has("judge") ? disturbed(alone.run, runOf("judge"), names).join(", ") : "",
    ),
    effect("records, pages and terminal", [...new Set(faults)].join("; ")),
    effect("files of the checkout and of the home", changed.join(", ")),
    effect("no process left", left),
  ];
  return { level, attacks, controls, effects };
}

/** Whether no attack succeeded, every control passed, and nothing was changed. */
export function clean({ attacks, controls, effects }: Outcome): boolean {
  return (
    attacks.every(({ ok }) => ok) &&
    controls.every(({ runs, passed }) => runs === passed) &&
    effects.every(({ ok }) => ok)
  );
}
