// openxpu suite: what the files in suites/ select.
import { Command } from "commander";
import picomatch from "picomatch";
import type { Ports } from "../domain/ports.ts";
import type { Suite } from "../domain/suite.ts";
import { assertResumable, withRunOptions } from "./check.ts";
import { catalogueOf, type Context, usage } from "./context.ts";
import { readManifest } from "../onnx-node/digests.ts";
import { MANIFEST } from "../onnx-node/exporter.ts";
import { executeNodeSuite } from "./onnx-node.ts";
import type { RunOptions } from "./prepare.ts";
import { execute } from "./run.ts";

/** Submission folders below `vendors/` of the checkout that the globs select, relative to the working folder. */
export async function selected(
  globs: readonly string[],
  context: Context,
  ports: Pick<Ports, "files">,
): Promise<string[]> {
  const match = picomatch([...globs]);
  const found: string[] = [];
  const root = `${context.checkout}/vendors`;
  for (const vendor of await ports.files.list(root)) {
    for (const submission of await ports.files.list(`${root}/${vendor}`)) {
      const id = `${vendor}/${submission}`;
      if (match(id) && (await ports.files.kind(`${root}/${id}`)) === "folder") found.push(id);
    }
  }
  const prefix = context.folder === context.checkout ? "vendors" : root;
  return found.map((id) => `${prefix}/${id}`);
}

/** Official tests that a suite selects. */
async function nodeTests(
  suite: NonNullable<Suite["onnxNode"]>,
  { checkout }: Context,
  { files }: Pick<Ports, "files">,
): Promise<{ readonly package: string; readonly cases: number }> {
  const manifest = readManifest(await files.text(`${checkout}/${MANIFEST}`));
  const match = picomatch([...suite.cases]);
  return { package: manifest.package, cases: [...manifest.entries.keys()].filter((name) => match(name)).length };
}

interface Row {
  readonly suite: string;
  readonly title: string;
  readonly submissions: readonly string[];
  readonly nodeTests?: { readonly package: string; readonly cases: number };
}

function contents({ submissions, nodeTests: tests }: Row): string[] {
  const official = tests === undefined ? [] : [`${tests.cases.toLocaleString("en")} node tests of ${tests.package}`];
  return [...official, ...submissions].map((line) => `  ${line}`);
}

/** The verb. */
export function suiteCommand(context: Context): Command {
  const command = new Command("suite").description("what a file in suites/ selects, and running it");
  command
    .command("list")
    .description("every suite with what it selects")
    .option("--json <file>", "an array of {suite, title, submissions, nodeTests?: {package, cases}}; - for stdout")
    .action(async (options: { readonly json?: string }) => {
      const { ports } = await context.world();
      const { suites } = await catalogueOf(context, ports);
      const rows: Row[] = [];
      for (const { value } of suites.values()) {
        rows.push({
          suite: value.suite,
          title: value.title,
          submissions: await selected(value.submissions, context, ports),
          ...(value.onnxNode === undefined ? {} : { nodeTests: await nodeTests(value.onnxNode, context, ports) }),
        });
      }
      if (options.json === "-") context.terminal.out(JSON.stringify(rows));
      else if (options.json !== undefined) await ports.files.write(options.json, JSON.stringify(rows));
      else for (const row of rows) context.terminal.out([`${row.suite}   ${row.title}`, ...contents(row)].join("\n"));
    });
  const run = withRunOptions(
    command.command("run").argument("[name]", "a file of suites/, without .yaml; none with --resume"),
  );
  run
    .description("check the submissions, or run the official tests, that a suite selects")
    .action(async (name: string | undefined, options: RunOptions, typed: Command) => {
      assertResumable(name === undefined ? [] : [name], options, typed);
      if (name === undefined) {
        await execute([], options, context);
        return;
      }
      const { ports } = await context.world();
      const suite = (await catalogueOf(context, ports)).suites.get(name);
      if (suite === undefined)
        throw usage("SUITE_UNKNOWN", name, `there is no suite '${name}'`, "npx openxpu suite list names them");
      if (suite.value.onnxNode !== undefined) {
        await executeNodeSuite(name, suite.value.onnxNode, options, context);
        return;
      }
      const folders = await selected(suite.value.submissions, context, ports);
      if (folders.length === 0)
        throw usage("CASES_EMPTY", `suites/${name}.yaml`, "no submission matches", "widen 'submissions'");
      await execute(folders, { ...options, suite: name }, context);
    });
  return command;
}
