// What `check`, `suite run` and `repro` share: a run is prepared, its results are written as they come, printed and reported.
import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import type { Ports } from "../domain/ports.ts";
import type { Run } from "../domain/run-record.ts";
import { isSeed } from "../domain/random.ts";
import { type ExitCode, exitCodeOf, worstExit } from "../domain/verdict.ts";
import { check } from "../pipeline.ts";
import type { CheckRequest, SubmissionResult } from "../pipeline/request.ts";
import { ciSeed } from "../vote/evidence/pack.ts";
import type { Context } from "./context.ts";
import { catalogueOf, usage } from "./context.ts";
import { site } from "../../reports/site.ts";
import { reportToActions } from "./actions.ts";
import { verdictTable } from "./text/verdict-table.ts";

/** Options of a run as they were typed. */
export interface RunOptions {
  readonly suite: string;
  readonly device?: string;
  readonly executor?: readonly string[];
  readonly case?: string;
  readonly seed?: string;
  readonly measure: boolean;
  readonly json?: string;
  readonly out: string;
}

/** Time and six random hex digits: sorts by time, never collides in practice. */
export function newRunId(now: Date, random: string): string {
  return `${now.toISOString().replace(/[-:]|\.\d+/g, "")}-${random.slice(0, 6)}`;
}

/** The seed of a run: given, recomputable in CI, else random. Fixed here, after the submissions' files are there. */
function seedOf(given: string | undefined, environment: Context["environment"]): CheckRequest["seed"] {
  if (given !== undefined) {
    if (isSeed(given)) return { value: given, origin: "given" };
    throw usage("SEED_INVALID", "--seed", `'${given}' is no seed`, "give 32 hex digits, as a record shows them");
  }
  // On a pull request GITHUB_SHA is a merge commit; the workflow names the head.
  const { OPENXPU_HEAD, GITHUB_SHA, GITHUB_REPOSITORY_ID, GITHUB_RUN_ID, GITHUB_RUN_ATTEMPT } = environment;
  const head = OPENXPU_HEAD ?? GITHUB_SHA;
  const [repository, workflowRun, attempt] = [GITHUB_REPOSITORY_ID, GITHUB_RUN_ID, GITHUB_RUN_ATTEMPT].map(Number);
  if (head !== undefined && /^[0-9a-f]{40}$/.test(head) && repository && workflowRun && attempt)
    return { value: ciSeed({ repository, head, workflowRun, attempt }), origin: "ci" };
  return { value: randomBytes(16).toString("hex"), origin: "random" };
}

function selectionOf(options: RunOptions): string[] {
  return [
    ...(options.case === undefined || options.case === "*" ? [] : [`--case ${options.case}`]),
    ...(options.executor ?? []).map((executor) => `--executor ${executor}`),
    ...(options.measure ? [] : ["--no-measure"]),
    ...(options.device === undefined ? [] : [`--device ${options.device}`]),
  ];
}

/** Prepares a run over folders. @throws InputError for an unknown suite, executor or seed */
export async function prepare(
  folders: readonly string[],
  options: RunOptions,
  context: Context,
): Promise<{ request: CheckRequest; ports: Ports }> {
  const { ports, toolchain } = await context.world();
  const catalogue = await catalogueOf(context, ports);
  const suite = catalogue.suites.get(options.suite);
  if (suite === undefined) {
    const fix = `choose one of ${[...catalogue.suites.keys()].join(", ")}`;
    throw usage("SUITE_UNKNOWN", "--suite", `there is no suite '${options.suite}'`, fix);
  }
  if (suite.value.onnxNode !== undefined)
    throw usage(
      "SUITE_UNKNOWN",
      "--suite",
      `suite '${options.suite}' selects no submissions`,
      `npx openxpu suite run ${options.suite}`,
    );
  const known = [...catalogue.executors.keys()];
  const stray = (options.executor ?? []).find((name) => !known.includes(name));
  if (stray !== undefined)
    throw usage(
      "EXECUTOR_UNKNOWN",
      "--executor",
      `there is no executor '${stray}'`,
      `choose one of ${known.join(", ")}`,
    );
  const { device } = options;
  if (device !== undefined && !catalogue.backends.has(device)) {
    const fix = `choose one of ${[...catalogue.backends.keys()].join(", ")}`;
    throw usage("BACKEND_UNKNOWN", "--device", `there is no backend '${device}'`, fix);
  }
  const request: CheckRequest = {
    submissions: folders.map((path) => ({ folder: resolve(context.folder, path), path: path.replace(/\/+$/, "") })),
    catalogue,
    toolchain,
    suite,
    run: newRunId(ports.clock.now(), randomBytes(3).toString("hex")),
    seed: seedOf(options.seed, context.environment),
    cases: options.case ?? "*",
    executors: options.executor ?? [],
    device: device ?? null,
    measure: options.measure && suite.value.measure.cases > 0,
    selection: selectionOf(options),
  };
  return { request, ports };
}

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

/** Writes what a result leaves on disk as soon as it is there; gives the names that people are told. */
async function keep(result: SubmissionResult, run: string, out: string, files: Ports["files"]): Promise<string[]> {
  const lines = result.records.map((record) => `${JSON.stringify(record)}\n`).join("");
  if (lines !== "") await files.append(`${out}/records/${run}.jsonl`, lines);
  if (result.log === undefined) return lines === "" ? [] : [`records/${run}.jsonl`];
  const name = `records/${run}.${result.submission.replaceAll("/", ".")}.log`;
  await files.write(`${out}/${name}`, result.log);
  return [name];
}

/** Runs, writes each result as soon as it is there, then the report, then the verdicts. */
export async function execute(folders: readonly string[], options: RunOptions, context: Context): Promise<void> {
  const { request, ports } = await prepare(folders, options, context);
  const { terminal } = context;
  const toStdout = options.json === "-";
  const out = resolve(context.folder, options.out);
  const started = ports.clock.elapsed();
  const hidden = request.suite.value.hidden === undefined ? "" : `, ${request.suite.value.hidden} hidden cases each`;
  terminal.note(
    `checking ${folders.length} submission${folders.length === 1 ? "" : "s"} · suite ${options.suite}${hidden} · seed ${request.seed.value} · this machine: ${ports.host.cores} x ${ports.host.model}`,
  );
  const results: SubmissionResult[] = [];
  const written = new Set<string>();
  for await (const result of check(request, ports)) {
    results.push(result);
    for (const name of await keep(result, request.run, out, ports.files)) written.add(name);
  }
  const whole = documentOf(request.run, results);
  const records = results.flatMap((result) => result.records);
  for (const [name, content] of site(records, whole.submissions))
    await ports.files.write(`${out}/site/${name}`, content);
  await reportToActions(results, records, whole, context, ports.files);
  const document = `${JSON.stringify(whole, null, 1)}\n`;
  if (options.json !== undefined && !toStdout) await ports.files.write(resolve(context.folder, options.json), document);
  if (toStdout) terminal.out(document.trimEnd());
  const say = (text: string): void => (toStdout ? terminal.note(text) : terminal.out(text));
  say(verdictTable(results));
  say("");
  const told = [`report ${options.out}/site/index.html`, ...[...written].map((name) => `${options.out}/${name}`)];
  say(summary(results, (ports.clock.elapsed() - started) / 1000, told));
  context.exit(exitOf(results));
}
