// openxpu evidence: a job packs what it found, another job that trusts nobody checks it.
import { basename, resolve } from "node:path";
import { Command } from "commander";
import type { Unzip } from "../domain/archive.ts";
import { expectationSchema } from "../domain/expectation.ts";
import type { Ports } from "../domain/ports.ts";
import { InputError } from "../domain/problem.ts";
import type { RunRecord } from "../domain/run-record.ts";
import { decode } from "../manifest.ts";
import { expectedOf } from "../vote/evidence/expected.ts";
import { BUNDLE_FILE, bundleDigest, bundleText, ciSeed, packBundle, RECORDS_FILE } from "../vote/evidence/pack.ts";
import { ARCHIVE } from "../vote/evidence/parse.ts";
import { type Opened, settle } from "../vote/evidence/settle.ts";
import { type Context, usage } from "./context.ts";
import { readRecords } from "./report.ts";
import { evidenceTable, refusalText } from "./text/evidence.ts";

interface PackOptions {
  readonly out: string;
  readonly head: string;
  readonly job: string;
  readonly log: readonly string[];
}

const FIX = "run it in a workflow, which sets the variable";

/** A number that GitHub Actions gives. @throws InputError */
function numberOf(name: string, { environment }: Context): number {
  const text = environment[name] ?? "";
  if (/^[1-9]\d{0,15}$/.test(text)) return Number(text);
  throw usage("USAGE", name, text === "" ? "it is not set" : `'${text}' is no number`, FIX);
}

function optionOf(flag: string, text: string, form: RegExp, fix: string): string {
  if (form.test(text)) return text;
  throw usage("USAGE", flag, `'${text}' has another form`, fix);
}

/** The one value of records that share it. @throws InputError */
function sharedBy(
  records: readonly RunRecord[],
  file: string,
  what: string,
  of: (one: RunRecord) => string | null,
): string {
  const values = [...new Set(records.map(of))];
  const [value] = values;
  if (typeof value === "string" && values.length === 1) return value;
  const found = values.length > 1 ? `there are ${values.length} of them` : "there is none";
  throw usage("RECORD_INVALID", file, `${what}: ${found}`, "give the records of one run of a clean checkout");
}

/** The bytes of a file. @throws InputError when there is none */
async function contentOf(shown: string, context: Context, files: Ports["files"]): Promise<Uint8Array> {
  const path = resolve(context.folder, shown);
  if ((await files.kind(path)) === "file") return files.read(path);
  throw usage("RUN_UNKNOWN", shown, "there is no such file", "check the path");
}

async function pack(paths: readonly string[], options: PackOptions, context: Context): Promise<void> {
  const { ports } = await context.world();
  const head = optionOf("--head", options.head, /^[0-9a-f]{40}$/, "give a commit of 40 hex digits");
  const job = optionOf("--job", options.job, /^[a-z0-9-]{1,40}$/, "use lower-case letters, digits and '-'");
  const run = {
    repository: numberOf("GITHUB_REPOSITORY_ID", context),
    head,
    workflowRun: numberOf("GITHUB_RUN_ID", context),
    attempt: numberOf("GITHUB_RUN_ATTEMPT", context),
  };
  const records: RunRecord[] = [];
  for (const path of paths) records.push(...(await readRecords(resolve(context.folder, path), path, ports.files)));
  const shown = paths.join(", ");
  sharedBy(records, shown, "run id", ({ run: id }) => id);
  const harness = sharedBy(records, shown, "commit of the harness", ({ harness: { commit } }) => commit);
  const seed = ciSeed(run);
  if (sharedBy(records, shown, "seed", ({ seed: { value } }) => value) !== seed)
    throw usage("SEED_INVALID", shown, `the seed is not this run's, ${seed}`, "judge in the job that packs");
  const lines = records.map((record) => `${JSON.stringify(record)}\n`).join("");
  const contents = new Map<string, Uint8Array>([[RECORDS_FILE, new TextEncoder().encode(lines)]]);
  for (const log of options.log) {
    const name = `logs/${basename(log).replace(/[^A-Za-z0-9._-]/g, "_")}`;
    contents.set(name, await contentOf(log, context, ports.files));
  }
  const bundle = packBundle({ ...run, harness, job, seed, files: contents });
  const folder = resolve(context.folder, options.out);
  for (const [name, content] of contents) await ports.files.write(`${folder}/${name}`, content);
  await ports.files.write(`${folder}/${BUNDLE_FILE}`, bundleText(bundle));
  context.terminal.out(`${records.length} records · ${options.out}/${BUNDLE_FILE} · sha256 ${bundleDigest(bundle)}`);
}

interface CheckOptions {
  readonly expect: string;
  readonly json?: string;
}

async function check(paths: readonly string[], options: CheckOptions, unzip: Unzip, context: Context): Promise<void> {
  const { ports } = await context.world();
  const text = new TextDecoder().decode(await contentOf(options.expect, context, ports.files));
  const expectation = decode(text, options.expect, expectationSchema);
  if (!expectation.ok) throw new InputError(expectation.problems);
  const artifacts: Opened[] = [];
  for (const path of paths)
    artifacts.push({ name: path, archive: await unzip(await contentOf(path, context, ports.files), ARCHIVE) });
  const settled = settle(artifacts, expectedOf(expectation.value.value));
  const evidence = settled.ok ? settled.evidence : null;
  const problems = settled.ok ? [] : settled.problems;
  const document = JSON.stringify({ schema: "openxpu.evidence-check/v1", ok: settled.ok, problems, evidence });
  if (options.json !== undefined && options.json !== "-")
    await ports.files.write(resolve(context.folder, options.json), `${document}\n`);
  if (options.json === "-") context.terminal.out(document);
  else {
    context.terminal.out(settled.ok ? evidenceTable(settled.evidence.verdicts) : refusalText(problems));
    context.terminal.out(
      settled.ok ? `\nevidence ${settled.evidence.digest}` : `\nrefused: ${paths.length} bundles change nothing`,
    );
  }
  context.exit(settled.ok ? 0 : 1);
}

const collect = (value: string, before: readonly string[]): string[] => [...before, value];

/** The verb. `unzip` is the port that opens archives. */
export function evidenceCommand(context: Context, unzip: Unzip): Command {
  const command = new Command("evidence").description("bundles of records that a vote can rest on");
  command
    .command("pack")
    .description("write records of this workflow run with a bundle.json that names their digests")
    .argument("<records...>", "JSONL files of schema openxpu.record/v1, of one run")
    .requiredOption("--out <folder>", "where the bundle goes")
    .requiredOption("--head <sha>", "head commit of the pull request that was judged")
    .requiredOption("--job <name>", "which of the jobs with the same seed this is")
    .option("--log <file>", "a log that goes along; repeatable", collect, [])
    .action((paths: readonly string[], options: PackOptions) => pack(paths, options, context));
  command
    .command("check")
    .description(
      "check the artifacts of a run as hostile data and compute its verdicts again; exits 1 where they are refused",
    )
    .argument("<zip...>", "archives of the artifacts, one a job")
    .requiredOption("--expect <file>", "what GitHub and the base commit say (harness/domain/expectation.ts)")
    .option("--json <file>", "{schema, ok, problems, evidence}; - for stdout")
    .action((paths: readonly string[], options: CheckOptions) => check(paths, options, unzip, context));
  return command;
}
