// One run of `check` in a process of its own, as people run it: the real pipeline, and everything it leaves on disk.
import type { Files, Processes } from "../domain/ports.ts";
import { recordSchema, type Run, runSchema } from "../domain/run-record.ts";
import type { Place } from "./layout.ts";
import { actsOnMarkdown, actsOnPage, actsOnTerminal } from "./traces.ts";

/** What to run. */
export interface Asked {
  /** Names the run's folder. */
  readonly name: string;
  readonly folders: readonly string[];
  readonly suite: string;
  readonly cases: string;
  readonly seed: string;
  readonly measure: boolean;
}

/** What it left. */
export interface Done {
  readonly exit: number | null;
  /** null when no document was written. */
  readonly run: Run | null;
  /** What is wrong with its records and pages, and with what it printed. */
  readonly faults: readonly string[];
  /** The end of what it printed, for people. */
  readonly tail: string;
}

/** Seconds a run may take before it counts as stopped by an attack. */
const DEADLINE = 900;

async function filesBelow(folder: string, files: Files): Promise<string[]> {
  const found: string[] = [];
  for (const name of await files.list(folder)) {
    const path = `${folder}/${name}`;
    const kind = await files.kind(path);
    if (kind === "folder") found.push(...(await filesBelow(path, files)));
    else if (kind === "file") found.push(path);
  }
  return found;
}

/** Every line of the records is a record, and of a submission that was asked for. */
async function recordFaults(out: string, folders: readonly string[], files: Files): Promise<string[]> {
  const names = new Set(folders.map((folder) => folder.split("/").at(-1)));
  const faults: string[] = [];
  for (const path of (await filesBelow(`${out}/records`, files)).filter((one) => one.endsWith(".jsonl"))) {
    const text = await files.text(path);
    if (!text.endsWith("\n")) faults.push("the last record has no end");
    for (const line of text.split("\n").filter((one) => one !== "")) {
      const record = parsed(line);
      if (record === undefined) faults.push(`a line of the records is none: ${JSON.stringify(line.slice(0, 80))}`);
      else if (!names.has(record)) faults.push(`a record of '${record}', which was not asked for`);
    }
  }
  return faults;
}

function parsed(line: string): string | undefined {
  try {
    const record = recordSchema.safeParse(JSON.parse(line));
    return record.success ? record.data.submission.submission : undefined;
  } catch {
    return undefined;
  }
}

/** Pages, job summary, terminal: nothing that a kernel said may act there. */
async function shownFaults(out: string, printed: string, files: Files): Promise<string[]> {
  const faults: string[] = [];
  const terminal = actsOnTerminal(printed);
  if (terminal !== null) faults.push(`what was printed holds ${terminal}`);
  const pages = (await filesBelow(out, files)).filter((path) => /\.(html|md|svg)$/.test(path));
  for (const path of pages) {
    const shown = await files.text(path);
    const page = path.endsWith(".md") ? actsOnMarkdown(shown) : actsOnPage(shown);
    if (page !== null) faults.push(`${path.slice(out.length + 1)} holds ${page}`);
  }
  return faults;
}

/** Runs it. @throws never for what a submission does */
export async function check(
  asked: Asked,
  place: Place,
  ports: { readonly files: Files; readonly processes: Processes },
): Promise<Done> {
  const { files, processes } = ports;
  const out = `${place.scratch}/out/${asked.name}`;
  const json = `${out}/run.json`;
  const flags = ["--suite", asked.suite, "--case", asked.cases, "--seed", asked.seed, "--executor", "torch"];
  const finished = await processes.run(
    [
      process.execPath,
      `${place.checkout}/harness/openxpu.mjs`,
      "check",
      ...asked.folders,
      ...flags,
      ...(asked.measure ? [] : ["--no-measure"]),
      "--json",
      json,
      "--out",
      out,
    ],
    {
      cwd: place.scratch,
      // As a job has it: a token that no kernel may see, and readers that run what they read.
      environment: {
        HOME: place.home,
        CI: "true",
        GITHUB_ACTIONS: "true",
        GITHUB_STEP_SUMMARY: `${out}/summary.md`,
        GITHUB_TOKEN: "LOOT the token of the job",
      },
      timeoutSeconds: DEADLINE,
    },
  );
  const printed = `${finished.stdout}${finished.stderr}`;
  const document = (await files.kind(json)) === "file" ? runSchema.safeParse(JSON.parse(await files.text(json))) : null;
  const faults = [
    ...(await recordFaults(out, asked.folders, files)),
    ...(await shownFaults(out, printed, files)),
    ...(document?.success === false ? [`the document is none: ${document.error.message.slice(0, 200)}`] : []),
  ];
  return { exit: finished.code, run: document?.data ?? null, faults, tail: printed.slice(-2000) };
}
