// A run on disk while it is under way: what it is made of, and each record as soon as it is final. What was interrupted is read again.
import { createHash } from "node:crypto";
import { type BegunRun, begunRunSchema } from "../domain/begun-run.ts";
import type { Files, Ports } from "../domain/ports.ts";
import { InputError, type Problem } from "../domain/problem.ts";
import { type RunRecord, recordSchema } from "../domain/run-record.ts";
import type { Journal, Source } from "../pipeline/request.ts";
import { usage } from "./context.ts";

/** Where a run lies. */
export interface RunPlace {
  /** Absolute folder of records. */
  readonly folder: string;
  readonly run: string;
}

const recordsOf = ({ folder, run }: RunPlace): string => `${folder}/${run}.jsonl`;
const begunOf = ({ folder, run }: RunPlace): string => `${folder}/${run}.run.json`;
const lineOf = (record: RunRecord): string => `${JSON.stringify(record)}\n`;
const keyOf = ({ submission, case: { name } }: RunRecord): string =>
  `${submission.vendor}/${submission.submission}/${name}`;

/** Files of the harness that decide verdicts; tests do not. */
const JUDGING = /\.(ts|mjs|py|c|h|yaml|json)$/;

async function addTree(folder: string, files: Files, hash: ReturnType<typeof createHash>): Promise<void> {
  for (const name of await files.list(folder)) {
    const path = `${folder}/${name}`;
    if (name.startsWith(".") || name === "testing" || name === "__pycache__") continue;
    const kind = await files.kind(path);
    if (kind === "folder") await addTree(path, files, hash);
    else if (kind === "file" && JUDGING.test(name) && !name.includes(".test."))
      hash.update(`${path}\0`).update(await files.read(path));
  }
}

/** The harness that judges: its commit, or its content where that is not committed. */
export async function harnessOf({ host, files }: Pick<Ports, "host" | "files">): Promise<BegunRun["harness"]> {
  const { version, commit, checkout } = host;
  if (commit !== null) return { version, commit, content: null };
  const hash = createHash("sha256");
  for (const part of ["harness", "kernels"]) await addTree(`${checkout}/${part}`, files, hash);
  return { version, commit, content: hash.digest("hex") };
}

/** What a run began with. @throws InputError RUN_UNKNOWN or RECORD_INVALID */
export async function readBegun(place: RunPlace, shown: string, files: Files): Promise<BegunRun> {
  const file = `${shown}/${place.run}.run.json`;
  if (!/^\d{8}T\d{6}Z-[0-9a-f]{6}$/.test(place.run) || (await files.kind(begunOf(place))) !== "file")
    throw usage(
      "RUN_UNKNOWN",
      file,
      "no run of that name began here",
      "copy the name from what the run said, with its --out",
    );
  try {
    return begunRunSchema.parse(JSON.parse(await files.text(begunOf(place))));
  } catch (error) {
    const words = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    throw usage("RECORD_INVALID", file, `it does not say how a run began: ${words}`, "begin a new run");
  }
}

/** The whole lines of a run's records. What follows the last line end was being written when its writer was killed: it is cut. */
async function readWhole(place: RunPlace, shown: string, files: Files): Promise<RunRecord[]> {
  if ((await files.kind(recordsOf(place))) === "none") return [];
  const text = await files.text(recordsOf(place));
  const found = new Map<string, RunRecord>();
  for (const [index, line] of text.split("\n").slice(0, -1).entries()) {
    let parsed: RunRecord | undefined;
    try {
      parsed = recordSchema.safeParse(JSON.parse(line)).data;
    } catch {
      // The problem below says so.
    }
    const at = { file: `${shown}/${place.run}.jsonl`, line: index + 1, column: 1 };
    if (parsed?.run !== place.run)
      throw new InputError([
        {
          code: "RECORD_INVALID",
          place: at,
          message: "it is no record of this run",
          fix: "remove the line: its case is judged again",
        },
      ]);
    if (parsed.status !== "INFRA_ERROR" && !found.has(keyOf(parsed))) found.set(keyOf(parsed), parsed);
  }
  const whole = [...found.values()];
  if (whole.map(lineOf).join("") !== text)
    await files.write(recordsOf(place), whole.map(lineOf).join(""), { durable: true });
  return whole;
}

/** What is not as it was, one problem each. */
function differences(before: BegunRun, now: Pick<BegunRun, "suite" | "harness" | "sources">, shown: string): Problem[] {
  const found: Problem[] = [];
  const changed = (file: string, message: string): void => {
    const fix = "put back what the run began with, or begin a new run";
    found.push({ code: "RUN_CHANGED", place: { file, line: 1, column: 1 }, message, fix });
  };
  const file = `${shown}/${before.run}.run.json`;
  const commit = ({ commit: one, version }: BegunRun["harness"]): string => one ?? `${version} with changes`;
  if (JSON.stringify(before.harness) !== JSON.stringify(now.harness))
    changed(file, `the run began with harness ${commit(before.harness)}, this is another (${commit(now.harness)})`);
  if (before.suite.digest !== now.suite.digest) changed(file, `suites/${now.suite.suite}.yaml has changed since`);
  for (const { submission, sourceDigest, opDigest } of now.sources) {
    const old = before.sources.find((one) => one.submission === submission);
    if (old?.sourceDigest !== sourceDigest) changed(submission, "its source is not the one that the run began with");
    if (old !== undefined && old.opDigest !== opDigest) changed(submission, "the meaning of its op has changed since");
  }
  for (const { submission } of before.sources)
    if (!now.sources.some((one) => one.submission === submission)) changed(submission, "it is not valid any more");
  return found;
}

/** A journal on disk. `written` says that somebody can go on with the run. */
export interface DiskJournal extends Journal {
  readonly written: () => boolean;
  /** Cases that are on disk. */
  readonly count: () => number;
  /** The finished file: every record in the order of the report. */
  finish(records: readonly RunRecord[]): Promise<void>;
}

/**
 * The journal of a run.
 * @param facts of this process's run; `before` is what an earlier process of it wrote down
 * @throws InputError RECORD_INVALID where a whole line is no record of the run
 */
export async function diskJournal(
  place: RunPlace,
  facts: Omit<BegunRun, "sources">,
  before: BegunRun | undefined,
  shown: string,
  files: Files,
): Promise<DiskJournal> {
  const whole = before === undefined ? [] : await readWhole(place, shown, files);
  const finished = new Map(whole.map((record) => [keyOf(record), record]));
  let written = before !== undefined;
  let count = finished.size;
  return {
    written: () => written,
    count: () => count,
    begin: async (sources: readonly Source[]) => {
      const now = { ...facts, sources: [...sources] };
      const problems = before === undefined ? [] : differences(before, now, shown);
      if (problems.length > 0) throw new InputError(problems);
      if (before === undefined && sources.length > 0) {
        await files.write(begunOf(place), `${JSON.stringify(now, null, 1)}\n`, { durable: true });
        written = true;
      }
    },
    finished: (submission, caseName) => finished.get(`${submission}/${caseName}`),
    keep: async (records) => {
      await files.append(recordsOf(place), records.map(lineOf).join(""));
      count += records.length;
    },
    finish: async (records) => {
      const text = records.map(lineOf).join("");
      if (text === "" || (await sameText(recordsOf(place), text, files))) return;
      await files.write(recordsOf(place), text, { durable: true });
    },
  };
}

async function sameText(path: string, text: string, files: Files): Promise<boolean> {
  return (await files.kind(path)) === "file" && (await files.text(path)) === text;
}
