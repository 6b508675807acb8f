// openxpu check: the whole pipeline on submission folders, wherever they lie.
import { Command } from "commander";
import { type Context, usage } from "./context.ts";
import type { RunOptions } from "./prepare.ts";
import { execute } from "./run.ts";

const collect = (value: string, before: readonly string[]): string[] => [...before, value];

/** Adds the options that every run has. */
export function withRunOptions(command: Command): Command {
  return command
    .option("--device <backend>", "the real chip of a backend instead of emulation")
    .option("--executor <name>", "only this witness; may be repeated", collect, [])
    .option("--case <glob>", "only cases whose name matches")
    .option("--seed <hex>", "repeat a draw of hidden cases (32 hex digits); the result is not votable")
    .option("--no-measure", "verdicts only, no race")
    .option("--below-full", "drive a device on less than full isolation; no vote may rest on the records")
    .option("--resume <run>", "go on with a run that was interrupted: what is whole is not judged again")
    .option("--json <file>", "write the run as one JSON document; - for stdout (schema openxpu.run/v1)")
    .option("--out <folder>", "where records and the report go", "dist");
}

/** Options that are not the run's own: they may be typed again when it goes on. */
const NOT_ITS_OWN = ["resume", "out", "json"];

/** A run that goes on has the submissions and options that it began with. @throws InputError where others were typed, or nothing */
export function assertResumable(given: readonly string[], { resume }: RunOptions, command: Command): void {
  const typed = Object.keys(command.opts()).filter((name) => command.getOptionValueSource(name) === "cli");
  const own = typed.filter((name) => !NOT_ITS_OWN.includes(name));
  if (resume !== undefined && (given.length > 0 || own.length > 0))
    throw usage(
      "USAGE",
      "--resume",
      "a run goes on with what it began with",
      "give --resume with --out and --json alone, or begin a new run",
    );
  if (resume === undefined && given.length === 0)
    command.error(`error: missing required argument '${command.registeredArguments[0]?.name() ?? ""}'`);
}

/** The verb. */
export function checkCommand(context: Context): Command {
  return withRunOptions(new Command("check"))
    .description("judge submission folders: validate, build, run beside the references, compare, measure, record")
    .argument("[submission...]", "folders <vendor>/<submission>; none with --resume")
    .option("--suite <name>", "selectors and budgets of suites/<name>.yaml", "default")
    .action((folders: readonly string[], options: RunOptions, command: Command) => {
      assertResumable(folders, options, command);
      return execute(folders, options, context);
    });
}
