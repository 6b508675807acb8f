// openxpu check: the whole pipeline on submission folders, wherever they lie.
import { Command } from "commander";
import type { Context } from "./context.ts";
import { execute, type RunOptions } from "./run.ts";

const collect = (value: string, before: readonly string[]): string[] => [...before, value];

/** Adds the options that every run has. */
export function withRunOptions(command: Command): Command {
  return command
    .option("--device <backend>", "the real chip of a backend instead of emulation")
    .option("--executor <name>", "only this witness; may be repeated", collect, [])
    .option("--case <glob>", "only cases whose name matches")
    .option("--seed <hex>", "repeat a draw of hidden cases (32 hex digits); the result is not votable")
    .option("--no-measure", "verdicts only, no race")
    .option("--json <file>", "write the run as one JSON document; - for stdout (schema openxpu.run/v1)")
    .option("--out <folder>", "where records and the report go", "dist");
}

/** The verb. */
export function checkCommand(context: Context): Command {
  return withRunOptions(new Command("check"))
    .description("judge submission folders: validate, build, run beside the references, compare, measure, record")
    .argument("<submission...>", "folders <vendor>/<submission>")
    .option("--suite <name>", "selectors and budgets of suites/<name>.yaml", "default")
    .action((folders: readonly string[], options: RunOptions) => execute(folders, options, context));
}
