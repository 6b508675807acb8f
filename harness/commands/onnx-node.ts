// The suite of official ONNX node tests behind `suite run`: options, records as they are, table, exit code.
import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import picomatch from "picomatch";
import type { Suite } from "../domain/suite.ts";
import { familyOf } from "../onnx-node/family.ts";
import { runNodeSuite } from "../onnx-node/suite.ts";
import { LANES } from "../pipeline.ts";
import { catalogueOf, type Context, usage } from "./context.ts";
import { newRunId, type RunOptions } from "./prepare.ts";
import { nodeTable } from "./text/node-table.ts";
import { problemText } from "./text/problem.ts";

/** What the suite does not have: its cases and their inputs are fixed. */
function refuse(options: RunOptions): void {
  for (const [name, given] of [["--device", options.device] as const, ["--seed", options.seed] as const]) {
    if (given === undefined) continue;
    const message = "the official node tests are run on this processor, on their own inputs";
    throw usage("USAGE", name, message, `leave ${name} out`);
  }
}

/** Executors beside ONNX Runtime, which always runs. */
function othersOf(options: RunOptions, suite: NonNullable<Suite["onnxNode"]>, known: readonly string[]): string[] {
  const wanted = options.executor ?? [];
  const stray = wanted.find((name) => !known.includes(name));
  if (stray !== undefined) {
    const fix = `choose one of ${known.join(", ")}`;
    throw usage("EXECUTOR_UNKNOWN", "--executor", `there is no executor '${stray}'`, fix);
  }
  return suite.executors.filter((name) => wanted.length === 0 || wanted.includes(name));
}

/** Runs the suite and says what came of it. */
export async function executeNodeSuite(
  name: string,
  suite: NonNullable<Suite["onnxNode"]>,
  options: RunOptions,
  context: Context,
): Promise<void> {
  refuse(options);
  const { ports } = await context.world();
  const { terminal } = context;
  const catalogue = await catalogueOf(context, ports);
  const executors = othersOf(options, suite, [...catalogue.executors.keys()]);
  const [inSuite, chosen] = [picomatch([...suite.cases]), picomatch(options.case ?? "*")];
  const request = {
    run: newRunId(ports.clock.now(), randomBytes(3).toString("hex")),
    suite: { ...suite, executors },
    chosen: (test: string) => inSuite(test) && chosen(test),
    catalogue,
    progress: (text: string) => terminal.note(text),
  };
  const started = ports.clock.elapsed();
  const lanes = await Promise.all(Array.from({ length: LANES }, () => ports.lanes.start()));
  try {
    const { whole, problems } = await runNodeSuite(request, lanes, ports);
    for (const problem of problems) terminal.note(problemText(problem));
    if (whole.records.length === 0)
      throw usage("CASES_EMPTY", "--case", "no case matches", "names are like test_conv_with_autopad_same");
    const file = `${options.out}/${name}/${whole.run}.jsonl`;
    const lines = whole.records.map((record) => `${JSON.stringify(record)}\n`).join("");
    await ports.files.write(resolve(context.folder, file), lines);
    const toStdout = options.json === "-";
    const document = JSON.stringify(whole, null, 1);
    if (toStdout) terminal.out(document);
    else if (options.json !== undefined)
      await ports.files.write(resolve(context.folder, options.json), `${document}\n`);
    const say = (text: string): void => (toStdout ? terminal.note(text) : terminal.out(text));
    say(nodeTable(whole, familyOf));
    const seconds = ((ports.clock.elapsed() - started) / 1000).toFixed(0);
    say(
      `\n${whole.records.length} cases read, run and judged in ${whole.seconds.toFixed(2)} s; ${seconds} s in all · ${file}`,
    );
    context.exit(problems.length > 0 ? 3 : whole.news.length > 0 ? 1 : 0);
  } finally {
    await Promise.all(lanes.map((lane) => lane.close()));
  }
}
