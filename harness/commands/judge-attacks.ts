// openxpu judge attacks: hostile kernels through the real pipeline, between honest controls.
import { Command } from "commander";
import picomatch from "picomatch";
import { prepare, remove } from "../attacks/layout.ts";
import { clean, type Outcome, runAttacks } from "../attacks/run.ts";
import { tableFaults } from "../attacks/table.ts";
import { attacksTable } from "../attacks/text.ts";
import { type Attacks, attacksSchema } from "../domain/attack.ts";
import { ISOLATION, type Isolation, weaker } from "../domain/kernel.ts";
import type { Ports } from "../domain/ports.ts";
import { HarnessError, InputError } from "../domain/problem.ts";
import { decode } from "../manifest.ts";
import { type Context, usage } from "./context.ts";

interface AttackOptions {
  readonly attack: string;
  readonly level?: string;
  readonly controls: string;
  readonly race: boolean;
  readonly seed: string;
  readonly json?: string;
}

/** The inputs of the hidden cases: the same in every run, so that runs can be compared. */
const SEED = "0123456789abcdef0123456789abcdef";

async function tableOf(folder: string, files: Ports["files"]): Promise<Attacks> {
  const decoded = decode(await files.text(`${folder}/attacks.yaml`), "harness/attacks/attacks.yaml", attacksSchema);
  if (!decoded.ok) throw new InputError(decoded.problems);
  const faults = tableFaults(decoded.value.value);
  if (faults.length > 0) throw usage("VALUE_INVALID", "harness/attacks/attacks.yaml", faults.join("; "), "correct it");
  return decoded.value.value;
}

function wantedLevel(typed: string | undefined): Isolation | undefined {
  const level = ISOLATION.find((one) => one === typed);
  if (typed !== undefined && level === undefined)
    throw usage("VALUE_INVALID", "--level", `'${typed}' is no level`, `choose one of ${ISOLATION.join(", ")}`);
  return level;
}

function copiesOf(typed: string): number {
  const count = Number(typed);
  if (Number.isInteger(count) && count > 0) return count;
  throw usage("VALUE_INVALID", "--controls", `'${typed}' is no count`, "give a whole number from 1 on");
}

async function attack(options: AttackOptions, context: Context): Promise<void> {
  const { ports } = await context.world();
  const { checkout } = ports.host;
  const folder = `${checkout}/harness/attacks`;
  const table = await tableOf(folder, ports.files);
  const level = wantedLevel(options.level);
  const matches = picomatch(options.attack);
  const attacks = table.attacks.filter(({ name }) => matches(name));
  if (attacks.length === 0)
    throw usage(
      "VALUE_INVALID",
      "--attack",
      `no attack matches '${options.attack}'`,
      "see harness/attacks/attacks.yaml",
    );
  const plan = {
    attacks,
    controls: table.controls,
    copies: copiesOf(options.controls),
    seed: options.seed,
    race: options.race && attacks.some(({ run }) => run === "race"),
    note: (text: string) => context.terminal.note(`  ${text}`),
  };
  const place = await prepare(folder, checkout, ports);
  let outcome: Outcome;
  try {
    outcome = await runAttacks(plan, place, ports);
  } finally {
    await remove(place, ports);
  }
  if (level !== undefined && weaker(outcome.level, level))
    throw new HarnessError(
      "ISOLATION_WEAK",
      `this machine reaches level '${outcome.level}', '${level}' was asked for`,
      "npx openxpu doctor says what is missing",
    );
  const document = JSON.stringify({ schema: "openxpu.attacks/v1", clean: clean(outcome), ...outcome });
  if (options.json === "-") context.terminal.out(document);
  else {
    if (options.json !== undefined) await ports.files.write(options.json, document);
    context.terminal.out(attacksTable(outcome));
  }
  context.exit(clean(outcome) ? 0 : 1);
}

/** The verb below `judge`. */
export function attacksCommand(context: Context): Command {
  return new Command("attacks")
    .description(
      "hostile kernels, models and folders, judged between honest ones: none may succeed, none may harm another",
    )
    .option("--attack <glob>", "only attacks whose name matches", "*")
    .option("--level <level>", "fail where this machine isolates less: full, userns, rlimit or none")
    .option("--controls <n>", "copies of every honest control", "2")
    .option("--no-race", "leave the attacks on the clock out: they are measured, which takes minutes")
    .option("--seed <hex>", "of the hidden cases", SEED)
    .option("--json <file>", "{schema, clean, level, attacks, controls, effects}; - for stdout")
    .action((options: AttackOptions) => attack(options, context));
}
