// argv -> command -> exit code. The only reader of the process's environment besides set-up.
import { Command, CommanderError } from "commander";
import { benchCommand } from "./commands/bench.ts";
import { checkCommand } from "./commands/check.ts";
import type { Context } from "./commands/context.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { headerCommand } from "./commands/header.ts";
import { evidenceCommand } from "./commands/evidence.ts";
import { judgeCommand } from "./commands/judge.ts";
import { measureCommand } from "./commands/measure.ts";
import { newCommand } from "./commands/new.ts";
import { planCommand } from "./commands/plan.ts";
import { reportCommand } from "./commands/report.ts";
import { reproCommand } from "./commands/repro.ts";
import { suiteCommand } from "./commands/suite.ts";
import { voteCommand } from "./commands/vote.ts";
import { oneLine, problemText } from "./commands/text/problem.ts";
import { visible } from "./domain/visible.ts";
import { HarnessError, InputError } from "./domain/problem.ts";
import type { ExitCode } from "./domain/verdict.ts";
import { unzip } from "./io/archive.ts";
import { githubPort } from "./io/github.ts";
import { CHECKOUT, world } from "./io/main.ts";
import { onSignal } from "./io/signals.ts";
import { processTerminal, type Terminal } from "./io/terminal.ts";

const VERBS = [
  checkCommand,
  suiteCommand,
  reportCommand,
  reproCommand,
  newCommand,
  headerCommand,
  doctorCommand,
  benchCommand,
  judgeCommand,
  measureCommand,
  planCommand,
  (context: Context) => evidenceCommand(context, unzip),
  (context: Context) => voteCommand(context, { connect: githubPort, unzip }),
];

function explain(error: unknown, terminal: Terminal): ExitCode {
  if (error instanceof InputError) {
    for (const problem of error.problems) terminal.note(problemText(problem));
    return 2;
  }
  if (error instanceof HarnessError) {
    terminal.note(visible(`✘ ${error.code}   ${oneLine(error.message)}\n  fix ${oneLine(error.fix)}`));
    return 3;
  }
  if (error instanceof Error && "syscall" in error) {
    terminal.note(
      visible(`✘ DISK   ${oneLine(error.message)}\n  fix check the path, its permissions and the space left`),
    );
    return 3;
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  terminal.note(
    visible(
      `✘ INTERNAL   ${oneLine(message)}\n  fix this is a fault of the harness: report it with the command you ran`,
    ),
  );
  return 3;
}

/**
 * Runs one command line.
 * @param argv arguments after the program's name
 * @param environment the judge's variables
 * @param tree the folder with kernels/, suites/ and harness/ manifests that judge: this checkout but for tests
 * @returns 0 conforms, 1 does not conform, 2 bad input, 3 infrastructure
 */
export async function main(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  tree = CHECKOUT,
): Promise<number> {
  const terminal = processTerminal(environment);
  let exit: ExitCode = 0;
  let farewell: (() => string) | undefined;
  const stopListening = onSignal(() => {
    if (farewell !== undefined) terminal.note(visible(`interrupted: ${farewell()}`));
    terminal.settle();
  });
  // Connecting asks the compiler and git: a command and what it calls share one connection.
  let connected: ReturnType<typeof world> | undefined;
  const context: Context = {
    terminal,
    environment,
    folder: process.cwd(),
    checkout: tree,
    world: () => {
      connected ??= world(environment, terminal.progress, tree);
      return connected;
    },
    whenInterrupted: (words) => {
      farewell = words;
      return () => {
        farewell = undefined;
      };
    },
    exit: (code) => {
      exit = code;
    },
  };
  const program = new Command("openxpu")
    .description(
      "Judges hardware kernels beside PyTorch, Triton and ONNX Runtime, and measures them where the device is real.",
    )
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.note(text.trimEnd()),
    })
    .showHelpAfterError("(add --help for what is possible)")
    .helpCommand(false);
  for (const verb of VERBS) {
    const command = verb(context);
    program.addCommand(command);
  }
  // Options given after a verb's name are reported by the verb, with the same streams and exit code.
  const inherit = (command: Command): void => {
    command.copyInheritedSettings(program);
    command.commands.forEach(inherit);
  };
  program.commands.forEach(inherit);
  try {
    await program.parseAsync([...argv], { from: "user" });
    return exit;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return explain(error, terminal);
  } finally {
    stopListening();
    terminal.settle();
  }
}
