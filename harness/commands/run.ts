// What `check` and `suite run` share: a run's records are written as they come, its results printed and reported.
import { resolve } from "node:path";
import type { Ports } from "../domain/ports.ts";
import { InputError } from "../domain/problem.ts";
import type { Run } from "../domain/run-record.ts";
import { type ExitCode, exitCodeOf, worstExit } from "../domain/verdict.ts";
import { check } from "../pipeline.ts";
import type { SubmissionResult } from "../pipeline/request.ts";
import { begin, howToResume, type Prepared } from "./begin.ts";
import { jsonText } from "../domain/visible.ts";
import type { Context } from "./context.ts";
import type { RunOptions } from "./prepare.ts";
import { site } from "../../reports/site.ts";
import { reportToActions } from "./actions.ts";
import { verdictTable } from "./text/verdict-table.ts";

function documentOf(run: string, results: readonly SubmissionResult[]): Run {
  return {
    schema: "openxpu.run/v1",
    run,
    conforms: results.every((result) => result.conforms),
    submissions: results.map(({ submission, vendor, path, status, records, problems }) => ({
      submission,
      vendor,
      path,
      status,
      records: [...records],
      problems: problems.map(({ code, place, message, fix }) => ({ code, ...place, message, fix })),
    })),
  };
}

function exitOf(results: readonly SubmissionResult[]): ExitCode {
  return worstExit(
    results.map((result) => (result.conforms ? 0 : result.status === "PASSED" ? 1 : exitCodeOf(result.status))),
  );
}

function summary(results: readonly SubmissionResult[], seconds: number, files: readonly string[]): string {
  const conforming = results.filter((result) => result.conforms).length;
  return [`${conforming} of ${results.length} conform`, `${seconds.toFixed(0)} s`, ...files].join(" · ");
}

/** What the compiler said of a submission, beside the records; the name that people are told. */
async function keepLog(result: SubmissionResult, run: string, out: string, files: Ports["files"]): Promise<string[]> {
  if (result.log === undefined) return [];
  const name = `records/${run}.${result.submission.replaceAll("/", ".")}.log`;
  await files.write(`${out}/${name}`, result.log);
  return [name];
}

/** Runs to the end; when it cannot, says how to go on. Gives the results, and names of the files with the compiler's words. */
async function judged(
  { request, journal, ports }: Prepared,
  out: string,
  shown: string,
  context: Context,
): Promise<{ results: SubmissionResult[]; logs: string[] }> {
  const results: SubmissionResult[] = [];
  const logs: string[] = [];
  const settle = context.whenInterrupted?.(() => howToResume(request, journal, shown));
  try {
    for await (const result of check(request, ports)) {
      results.push(result);
      logs.push(...(await keepLog(result, request.run, out, ports.files)));
    }
    await journal.finish(results.flatMap((result) => result.records));
    return { results, logs };
  } catch (error) {
    if (!(error instanceof InputError)) context.terminal.note(howToResume(request, journal, shown));
    throw error;
  } finally {
    settle?.();
  }
}

/** Runs, writes each record as soon as it is final, then the report, then the verdicts. */
export async function execute(given: readonly string[], typed: RunOptions, context: Context): Promise<void> {
  const prepared = await begin(given, typed, context);
  const { folders, options, request, journal, ports } = prepared;
  const { terminal } = context;
  const toStdout = options.json === "-";
  const out = resolve(context.folder, options.out);
  const started = ports.clock.elapsed();
  const hidden = request.suite.value.hidden === undefined ? "" : `, ${request.suite.value.hidden} hidden cases each`;
  const again =
    typed.resume === undefined ? "" : ` · going on with ${request.run}, ${journal.count()} records are whole`;
  terminal.note(
    `checking ${folders.length} submission${folders.length === 1 ? "" : "s"} · suite ${options.suite}${hidden} · seed ${request.seed.value} · this machine: ${ports.host.cores} x ${ports.host.model}${again}`,
  );
  const { results, logs } = await judged(prepared, out, options.out, context);
  const whole = documentOf(request.run, results);
  const records = results.flatMap((result) => result.records);
  for (const [name, content] of site(records, whole.submissions))
    await ports.files.write(`${out}/site/${name}`, content);
  await reportToActions(results, records, whole, context, ports.files);
  const document = `${jsonText(whole)}\n`;
  if (options.json !== undefined && !toStdout) await ports.files.write(resolve(context.folder, options.json), document);
  if (toStdout) terminal.out(document.trimEnd());
  const say = (text: string): void => (toStdout ? terminal.note(text) : terminal.out(text));
  say(verdictTable(results));
  say("");
  const files = [...(records.length === 0 ? [] : [`records/${request.run}.jsonl`]), ...logs];
  const told = [`report ${options.out}/site/index.html`, ...files.map((name) => `${options.out}/${name}`)];
  say(summary(results, (ports.clock.elapsed() - started) / 1000, told));
  context.exit(exitOf(results));
}
