// openxpu report: run records -> the static site.
import { resolve } from "node:path";
import { Command } from "commander";
import { benchmark } from "../../reports/export/benchmark.ts";
import { csv } from "../../reports/export/csv.ts";
import { junit } from "../../reports/export/junit.ts";
import { summary } from "../../reports/export/summary.ts";
import { trace } from "../../reports/export/trace.ts";
import { site } from "../../reports/site.ts";
import type { Ports } from "../domain/ports.ts";
import { InputError, type Problem } from "../domain/problem.ts";
import { type RunRecord, recordSchema } from "../domain/run-record.ts";
import { type Context, usage } from "./context.ts";

/** The records of a JSONL file. @throws InputError naming every line that is none */
export async function readRecords(path: string, shown: string, files: Ports["files"]): Promise<RunRecord[]> {
  if ((await files.kind(path)) !== "file")
    throw usage("RUN_UNKNOWN", shown, "there is no such file", "give a file of dist/records/");
  const problems: Problem[] = [];
  const records: RunRecord[] = [];
  for (const [index, line] of (await files.text(path)).split("\n").entries()) {
    if (line.trim() === "") continue;
    const place = { file: shown, line: index + 1, column: 1 };
    try {
      const parsed = recordSchema.safeParse(JSON.parse(line));
      if (parsed.success) records.push(parsed.data);
      else {
        const [issue] = parsed.error.issues;
        const message = `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not a record"}`;
        problems.push({ code: "RECORD_INVALID", place, message, fix: "give lines of schema openxpu.record/v1" });
      }
    } catch {
      // A run that was killed leaves a half line at most.
      const fix = "go on with the run (check --resume), which cuts a half line, or remove the line";
      problems.push({ code: "RECORD_INVALID", place, message: "the line is not JSON", fix });
    }
  }
  if (problems.length > 0) throw new InputError(problems);
  return records;
}

/** Formats that other tools read; each takes all records at once. */
const EXPORTS: Readonly<Record<string, (records: readonly RunRecord[]) => string>> = {
  junit,
  trace,
  benchmark,
  csv,
  summary,
};

/** The verb. */
export function reportCommand(context: Context): Command {
  return new Command("report")
    .description("make the static site from run records")
    .argument("<records...>", "JSONL files of schema openxpu.record/v1")
    .option("--out <folder>", "where the site goes", "dist/site")
    .option("--export <format>", `print ${Object.keys(EXPORTS).join(", ")} to stdout instead of making the site`)
    .action(async (paths: readonly string[], options: { readonly out: string; readonly export?: string }) => {
      const { ports } = await context.world();
      const format = options.export === undefined ? undefined : EXPORTS[options.export];
      if (options.export !== undefined && format === undefined) {
        throw usage(
          "USAGE",
          "--export",
          `there is no format '${options.export}'`,
          `choose one of ${Object.keys(EXPORTS).join(", ")}`,
        );
      }
      const records: RunRecord[] = [];
      for (const path of paths) records.push(...(await readRecords(resolve(context.folder, path), path, ports.files)));
      if (format !== undefined) {
        context.terminal.out(format(records).trimEnd());
        return;
      }
      const folder = resolve(context.folder, options.out);
      for (const [name, content] of site(records)) await ports.files.write(`${folder}/${name}`, content);
      context.terminal.out(`${records.length} records · ${options.out}/index.html`);
    });
}
