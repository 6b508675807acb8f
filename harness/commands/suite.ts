// openxpu suite: what the files in suites/ select.
import { Command } from "commander";
import picomatch from "picomatch";
import type { Ports } from "../domain/ports.ts";
import { withRunOptions } from "./check.ts";
import { catalogueOf, type Context, usage } from "./context.ts";
import { execute, type RunOptions } from "./run.ts";

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

/** The verb. */
export function suiteCommand(context: Context): Command {
  const command = new Command("suite").description("what a file in suites/ selects, and running it");
  command
    .command("list")
    .description("every suite with what it selects")
    .option("--json <file>", "an array of {suite, title, submissions}; - for stdout")
    .action(async (options: { readonly json?: string }) => {
      const { ports } = await context.world();
      const { suites } = await catalogueOf(context, ports);
      const rows: { suite: string; title: string; submissions: string[] }[] = [];
      for (const { value } of suites.values()) {
        rows.push({
          suite: value.suite,
          title: value.title,
          submissions: await selected(value.submissions, context, ports),
        });
      }
      if (options.json === "-") context.terminal.out(JSON.stringify(rows));
      else if (options.json !== undefined) await ports.files.write(options.json, JSON.stringify(rows));
      else
        for (const row of rows)
          context.terminal.out(
            [`${row.suite}   ${row.title}`, ...row.submissions.map((path) => `  ${path}`)].join("\n"),
          );
    });
  const run = withRunOptions(command.command("run").argument("<name>", "a file of suites/, without .yaml"));
  run.description("check the submissions that a suite selects").action(async (name: string, options: RunOptions) => {
    const { ports } = await context.world();
    const suite = (await catalogueOf(context, ports)).suites.get(name);
    if (suite === undefined)
      throw usage("SUITE_UNKNOWN", name, `there is no suite '${name}'`, "npx openxpu suite list names them");
    const folders = await selected(suite.value.submissions, context, ports);
    if (folders.length === 0)
      throw usage("CASES_EMPTY", `suites/${name}.yaml`, "no submission matches", "widen 'submissions'");
    await execute(folders, { ...options, suite: name }, context);
  });
  return command;
}
