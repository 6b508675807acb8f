// openxpu measure: the harness's timing judged, on times that are known.
import { Command } from "commander";
import { TIMING } from "../domain/measurement.ts";
import { seededRandom } from "../domain/random.ts";
import { median } from "../domain/statistics.ts";
import { coverage, NOISES, SPREADS } from "../stages/measure/simulation.ts";
import type { Context } from "./context.ts";
import { usage } from "./context.ts";
import { type Trial, trials } from "./measure-trials.ts";

/** One line of the table, and of `--json`. */
export interface SelftestRow {
  readonly what: string;
  /** Processor hogs beside it. */
  readonly hogs: number;
  readonly trials: number;
  /** A share, or a log ratio, without unit. */
  readonly value: number;
  /** What the value is held against; null where it is only shown. */
  readonly bar: string | null;
  readonly ok: boolean;
}

interface Options {
  readonly trials: string;
  readonly simulated: string;
  readonly json?: string;
}

/** A whole interval further than this from 1 is an alarm. */
const ALARM = 0.02;

const beyond = ([low, high]: readonly [number, number]): boolean => low > 1 + ALARM || high < 1 - ALARM;
const share = <Item>(items: readonly Item[], is: (item: Item) => boolean): number =>
  items.filter(is).length / items.length;

function row(
  what: string,
  hogs: number,
  count: number,
  value: number,
  bar?: { least?: number; most?: number },
): SelftestRow {
  const { least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY } = bar ?? {};
  const words = [
    Number.isFinite(least) ? [`at least ${least}`] : [],
    Number.isFinite(most) ? [`at most ${most}`] : [],
  ].flat();
  const text = words.length === 0 ? null : words.join(", ");
  return { what, hogs, trials: count, value, bar: text, ok: bar === undefined || (value >= least && value <= most) };
}

/** What trials on kernels of known times come to. */
export function trialRows(all: readonly Trial[], hogs: number): SelftestRow[] {
  // A race without its 30 pairs reads nothing, and no record would: it is counted, not read.
  const ended = ({ same, slower }: Trial): boolean =>
    [same, slower].every(({ pairs }) => pairs.length >= TIMING.looks[0]);
  const found = all.filter(ended);
  const count = found.length;
  const given = row("trials that found no time for 30 pairs", hogs, all.length, 1 - share(all, ended));
  if (count === 0) return [given, row("A/A alarms", hogs, 0, Number.NaN, { most: 0.01 })];
  const logs = (ratio: (trial: Trial) => number): number[] => found.map((trial) => Math.abs(Math.log(ratio(trial))));
  const [same, sequential] = [logs(({ same: { ratio } }) => ratio), logs((trial) => trial.sequential.same)];
  const pairs = median(found.map((trial) => trial.same.pairs.length));
  const precise = (trial: Trial): boolean => trial.same.stopReason === "precise";
  const holds = ({ same: { interval } }: Trial): boolean => interval[0] <= 1 && interval[1] >= 1;
  return [
    given,
    row(
      "A/A alarms",
      hogs,
      count,
      share(found, (trial) => beyond(trial.same.interval)),
      { most: 0.01 },
    ),
    row("A/A |log ratio|, median", hogs, count, median(same), { most: 0.005 }),
    row("A/A |log ratio|, largest", hogs, count, Math.max(...same), { most: 0.025 }),
    row("A/A intervals that hold 1", hogs, count, share(found, holds)),
    row("A/A races that got precise", hogs, count, share(found, precise)),
    row("A/A pairs of a race, median", hogs, count, pairs),
    row(
      "5 % slowdown found",
      hogs,
      count,
      share(found, (trial) => trial.slower.interval[1] < 1 - ALARM),
      { least: 0.95 },
    ),
    row("5 % slowdown, ratio read, median", hogs, count, median(found.map((trial) => 1 / trial.slower.ratio))),
    row("sequential A/A |log ratio|, median", hogs, count, median(sequential)),
    row("sequential A/A |log ratio|, largest", hogs, count, Math.max(...sequential)),
    row(
      "sequential A/A alarms",
      hogs,
      count,
      share(found, (trial) => Math.abs(trial.sequential.same - 1) > ALARM),
    ),
    row(
      "sequential 5 % slowdown found",
      hogs,
      count,
      share(found, (trial) => trial.sequential.slower < 1 - ALARM),
    ),
  ];
}

/** Coverage of the interval with the rule that stops, over noises of known truth and all spreads. */
export function simulatedRows(each: number): SelftestRow[] {
  const random = seededRandom("5eed".repeat(8));
  const spreads = SPREADS.length;
  return Object.entries(NOISES).map(([name, draw]) => {
    const shares = SPREADS.map((spread) =>
      coverage(draw, spread, TIMING.halfWidth.device, Math.ceil(each / spreads), random),
    );
    const value = shares.reduce((sum, one) => sum + one, 0) / spreads;
    const count = Math.ceil(each / spreads) * spreads;
    return row(`simulated coverage, ${name}`, 0, count, value, { least: 0.93, most: 0.97 });
  });
}

/** The table for people. */
export function selftestTable(rows: readonly SelftestRow[]): string {
  const width = Math.max(...rows.map(({ what }) => what.length));
  const lines = rows.map(
    ({ what, hogs, trials: count, value, bar, ok }) =>
      `${bar === null ? " " : ok ? "✔" : "✘"} ${what.padEnd(width)}  ${String(hogs).padStart(4)}  ${String(count).padStart(6)}  ${value.toFixed(4).padStart(9)}  ${bar ?? ""}`,
  );
  return [`  ${"what".padEnd(width)}  hogs  trials      value  bar`, ...lines].join("\n");
}

function countOf(flag: string, typed: string): number {
  const count = Number(typed);
  if (Number.isInteger(count) && count >= 1) return count;
  throw usage("VALUE_INVALID", flag, `'${typed}' is no number of trials`, "give a whole number from 1 on");
}

async function selftest(options: Options, context: Context): Promise<void> {
  const count = countOf("--trials", options.trials);
  const each = countOf("--simulated", options.simulated);
  const { ports, toolchain } = await context.world();
  const { terminal } = context;
  terminal.note(`measuring on ${ports.host.cores} x ${ports.host.model}`);
  const rows = simulatedRows(each);
  for (const hogs of [0, 2]) {
    const found = await trials(count, hogs, toolchain, ports, (done) =>
      terminal.note(`  ${done} of ${count} trials, ${hogs} processor hogs`),
    );
    rows.push(...trialRows(found, hogs));
  }
  const clean = rows.every(({ ok }) => ok);
  const document = JSON.stringify({
    schema: "openxpu.selftest/v1",
    machine: `${ports.host.cores} x ${ports.host.model}`,
    clean,
    rows,
  });
  if (options.json === "-") terminal.out(document);
  else {
    if (options.json !== undefined) await ports.files.write(options.json, document);
    terminal.out(selftestTable(rows));
  }
  context.exit(clean ? 0 : 1);
}

/** The verb. */
export function measureCommand(context: Context): Command {
  const command = new Command("measure").description("the clock judged: on times that are known");
  command
    .command("selftest")
    .description(
      "false alarms of a kernel against itself, the interval's coverage, and a planted 5 % slowdown; with and without two processor hogs, beside sequential timing",
    )
    .option("--trials <n>", "trials on real kernels, without and with hogs; each takes seconds", "20")
    .option("--simulated <n>", "simulated races for each kind of noise", "3500")
    .option("--json <file>", "{schema, machine, clean, rows: [{what, hogs, trials, value, bar, ok}]}; - for stdout")
    .action((options: Options) => selftest(options, context));
  return command;
}
