// openxpu judge: the judge judged, by kernels whose verdict is known.
import { Command } from "commander";
import type { Lane, Ports } from "../domain/ports.ts";
import { InputError } from "../domain/problem.ts";
import { LANES } from "../pipeline.ts";
import { type Runnable, scoredOf } from "../score/kernels.ts";
import { scoreSeed, type SeedResult } from "../score/score.ts";
import { clean, rowsOf, rulesTable, type ScoreRow, scoreTable } from "../score/table.ts";
import { digestText } from "../stages/execute/regimes.ts";
import type { Catalogue } from "../stages/validate/catalogue.ts";
import { catalogueOf, type Context, usage } from "./context.ts";
import { attacksCommand } from "./judge-attacks.ts";

interface ScoreOptions {
  readonly seeds: string;
  readonly round: string;
  readonly thorough: string;
  readonly hidden?: string;
  readonly op: readonly string[];
  readonly kernel?: string;
  readonly only?: string;
  readonly json?: string;
}

/** Seeds of a quick look; CI takes a few, the nightly run 50. */
const SEEDS = "3";

/** Seeds in which every mutant meets every case, so that the table can say which lanes object; in the others one objection ends it. */
const THOROUGH = "1";

type Op = NonNullable<ReturnType<Catalogue["ops"]["get"]>>;

/** How much of everything a score takes. */
interface Counts {
  readonly seeds: number;
  readonly round: number;
  readonly thorough: number;
  /** Hidden cases of a seed; null: as many as the op says. */
  readonly hidden: number | null;
}

function wrongVerdicts(rows: readonly ScoreRow[]): number {
  return rows.reduce((sum, row) => sum + row.falseAccepts + row.falseRejects, 0);
}

async function scoreOp(
  op: Op,
  kernels: readonly Runnable[],
  { seeds, round, thorough, hidden }: Counts,
  lanes: readonly Lane[],
  ports: Ports,
  context: Context,
): Promise<ScoreRow[]> {
  const oracle = await ports.ops.oracle(op.value.op);
  const results: (readonly SeedResult[])[] = [];
  const killers = new Map<string, string>();
  const started = ports.clock.elapsed();
  for (let index = 0; index < seeds; index += 1) {
    const seed = digestText("openxpu judge score v1", String(round * seeds + index)).slice(0, 32);
    const draw = { seed, thorough: index < thorough, hidden: hidden ?? op.value.hidden.count, killers };
    const made = await scoreSeed(op, kernels, draw, oracle, lanes, ports);
    for (const { scored, killer } of made) if (killer !== null) killers.set(scored.entry, killer);
    results.push(made);
    const seconds = ((ports.clock.elapsed() - started) / 1000).toFixed(0);
    const wrong = wrongVerdicts(rowsOf(op.value.op, results));
    context.terminal.note(
      `  ${op.value.op}: ${kernels.length} kernels, seed ${index + 1} of ${seeds}, ${wrong} wrong verdicts · ${seconds} s`,
    );
  }
  return rowsOf(op.value.op, results);
}

function chosen(catalogue: Catalogue, names: readonly string[]): Op[] {
  const stray = names.find((name) => !catalogue.ops.has(name));
  if (stray !== undefined)
    throw usage(
      "OP_UNKNOWN",
      "--op",
      `there is no op '${stray}'`,
      `choose one of ${[...catalogue.ops.keys()].join(", ")}`,
    );
  return [...catalogue.ops.values()].filter((op) => names.length === 0 || names.includes(op.value.op));
}

/** A count that was typed. @throws InputError */
function countOf(flag: string, typed: string, least: number): number {
  const count = Number(typed);
  if (Number.isInteger(count) && count >= least) return count;
  throw usage("VALUE_INVALID", flag, `'${typed}' is no such number`, `give a whole number from ${least} on`);
}

/** A gate that got looser can only let mutants pass, one that got tighter only reject legal variants: then half of the kernels will do. */
function isWanted({ entry, expected }: Runnable["scored"], { kernel, only }: ScoreOptions): boolean {
  if (only !== undefined && only !== "mutants" && only !== "legal")
    throw usage("USAGE", "--only", `'${only}' is neither`, "choose mutants or legal");
  return (kernel ?? entry) === entry && (only === undefined || (only === "legal") === (expected === "accept"));
}

async function score(options: ScoreOptions, context: Context): Promise<void> {
  const counts = {
    seeds: countOf("--seeds", options.seeds, 1),
    round: countOf("--round", options.round, 0),
    thorough: countOf("--thorough", options.thorough, 0),
    hidden: options.hidden === undefined ? null : countOf("--hidden", options.hidden, 0),
  };
  const { ports, toolchain } = await context.world();
  const catalogue = await catalogueOf(context, ports);
  const lanes = await Promise.all(Array.from({ length: LANES }, () => ports.lanes.start()));
  const rows: ScoreRow[] = [];
  try {
    for (const op of chosen(catalogue, options.op)) {
      const kernels = await scoredOf(op, toolchain, ports);
      if (!kernels.ok) throw new InputError(kernels.problems);
      const wanted = kernels.value?.filter(({ scored }) => isWanted(scored, options)) ?? [];
      if (wanted.length > 0) rows.push(...(await scoreOp(op, wanted, counts, lanes, ports, context)));
    }
  } finally {
    await Promise.all(lanes.map((lane) => lane.close()));
  }
  const document = JSON.stringify({ schema: "openxpu.score/v1", ...counts, clean: clean(rows), rows });
  if (options.json === "-") context.terminal.out(document);
  else {
    if (options.json !== undefined) await ports.files.write(options.json, document);
    context.terminal.out(scoreTable(rows));
    for (const row of rows.filter(({ falseRejects }) => falseRejects > 0))
      context.terminal.out(`✘ ${row.op}/${row.entry}: ${row.because}`);
    context.terminal.out(`\n${rulesTable(rows)}`);
  }
  context.exit(clean(rows) ? 0 : 1);
}

const collect = (value: string, before: readonly string[]): string[] => [...before, value];

/** The verb. */
export function judgeCommand(context: Context): Command {
  const command = new Command("judge").description("the judge judged: by kernels whose verdict is known");
  command
    .command("score")
    .description(
      "every mutant must be rejected and every legal variant accepted, in every seed; a lane marked * is the one its author expected",
    )
    .option("--seeds <n>", "seeds of inputs and hidden cases", SEEDS)
    .option("--round <n>", "which seeds: every round of as many has others", "0")
    .option(
      "--thorough <n>",
      "seeds in which every kernel meets every case; in the others one objection to a mutant is enough, and a legal variant meets a third of the cases",
      THOROUGH,
    )
    .option("--hidden <n>", "hidden cases of a seed, as many as the op says by default")
    .option("--op <name>", "an op; repeatable, all by default", collect, [])
    .option("--kernel <entry>", "one kernel of it")
    .option("--only <half>", "mutants, or legal")
    .option("--json <file>", "{schema, seeds, round, thorough, hidden, clean, rows}; - for stdout")
    .action((options: ScoreOptions) => score(options, context));
  command.addCommand(attacksCommand(context));
  return command;
}
