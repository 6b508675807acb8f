// One run through kills: the judge is started, a part of it is killed at a random moment, and what is on disk is looked at; until the run is over.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { begunRunSchema } from "../../domain/begun-run.ts";
import { recordSchema, type RunRecord } from "../../domain/run-record.ts";
import { alive, type Part, PARTS, partsOf, type Process } from "./processes.ts";

const LAUNCH = fileURLToPath(new URL("launch.mjs", import.meta.url));

/** Milliseconds after which what was left of a killed judge must be gone. */
const GONE = 15_000;

/** Milliseconds that no judge takes for these submissions, however busy the machine. */
const HUNG = 240_000;

/** What happened to a run. */
export interface Told {
  readonly kills: Readonly<Record<Part, number>>;
  /** Processes that it took. */
  readonly starts: number;
  /** Half lines that a kill left. */
  readonly torn: number;
  readonly exits: readonly number[];
  readonly records: readonly RunRecord[];
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const keyOf = ({ submission: { submission }, case: { name } }: RunRecord): string => `${submission}/${name}`;

/** Times, and what names a run: everything else of a record is the same whenever it is judged. */
export function timeless(record: RunRecord): unknown {
  const witnesses = record.witnesses.map((one) => ({ ...one, timing: one.timing?.samples ?? null }));
  return { ...record, run: "", time: "", repeat: "", timing: record.timing?.samples ?? null, witnesses };
}

/** The whole lines of a records file, and whether a half one follows. @throws where a whole line is no record, or a case is there twice */
function readLines(path: string): { readonly records: RunRecord[]; readonly torn: boolean } {
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  const lines = text.split("\n");
  const torn = lines.pop() !== "";
  const records = lines.map((line) => recordSchema.parse(JSON.parse(line)));
  const keys = records.map(keyOf);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw new Error(`${twice} is there twice`);
  return { records, torn };
}

/** Every finished record is still there, as it was. */
function assertGrows(before: readonly RunRecord[], after: readonly RunRecord[]): void {
  for (const record of before) {
    if (record.status === "INFRA_ERROR") continue;
    const now = after.find((other) => keyOf(other) === keyOf(record));
    if (JSON.stringify(now) !== JSON.stringify(record))
      throw new Error(`the record of ${keyOf(record)} was lost or changed`);
  }
}

interface Judge {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly ended: Promise<number>;
  words(): string;
}

function start(args: readonly string[]): Judge {
  const one = spawn(process.execPath, [LAUNCH, "check", ...args], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], CI: "true" },
  });
  let words = "";
  for (const stream of [one.stdout, one.stderr]) stream.on("data", (chunk: Buffer) => (words += chunk.toString()));
  const ended = new Promise<number>((resolve, reject) =>
    one.once("exit", (code, signal) =>
      signal === "SIGABRT" ? reject(new Error(`the judge hung: ${words}`)) : resolve(code ?? -1),
    ),
  );
  // A judge that never ends is killed, and found: a run that was to end did not.
  const hung = setTimeout(() => process.kill(-(one.pid ?? 0), "SIGABRT"), HUNG);
  ended.finally(() => clearTimeout(hung)).catch(() => undefined);
  return { process: one, pid: one.pid ?? 0, ended, words: () => words };
}

/** Looks for a part that is not there yet: as many as a slow start takes. */
const LOOKS = 4000;

/** Waits a random time, then for a part of a kind, and kills it with -9. Gives everybody there was; undefined when the run was over first. */
async function kill(
  judge: Judge,
  wanted: Part,
  wait: number,
): Promise<{ readonly all: readonly Process[] } | undefined> {
  const over = await Promise.race([judge.ended, sleep(wait)]);
  if (over !== undefined) return undefined;
  for (let looks = 0; looks < LOOKS && judge.process.exitCode === null; looks += 1) {
    const parts = partsOf(judge.pid);
    const victims = parts.filter(([part, { pid }]) => part === wanted && (part !== "judge" || pid === judge.pid));
    const victim = victims[Math.floor(Math.random() * victims.length)]?.[1];
    if (victim !== undefined) {
      try {
        process.kill(victim.pid, "SIGKILL");
      } catch {
        // It ended by itself between the look and the kill: another one is looked for.
        continue;
      }
      return { all: parts.map(([, one]) => one) };
    }
    await sleep(5);
  }
  return undefined;
}

async function assertGone(all: readonly Process[]): Promise<void> {
  const deadline = performance.now() + GONE;
  while (alive(all).length > 0 && performance.now() < deadline) await sleep(10);
  const left = alive(all);
  if (left.length > 0) throw new Error(`processes are left of a killed judge: ${JSON.stringify(left)}`);
}

/**
 * Runs `check` to its end through up to `limit` kills, each at a random moment of about `span` ms.
 * @param random in [0, 1): decides who is killed and when
 * @throws where a record is lost, torn for good, changed or there twice, or a process is left
 */
export async function killedRun(
  args: readonly string[],
  out: string,
  limit: number,
  span: number,
  random: () => number,
): Promise<Told> {
  const kills = { judge: 0, broker: 0, zygote: 0, child: 0 };
  const exits: number[] = [];
  let [killed, starts, torn, run] = [0, 0, 0, ""];
  let before: RunRecord[] = [];
  const look = (live: boolean): void => {
    run ||= existsSync(`${out}/records`)
      ? (readdirSync(`${out}/records`).find((name) => name.endsWith(".run.json")) ?? "").replace(".run.json", "")
      : "";
    if (run === "") return;
    begunRunSchema.parse(JSON.parse(readFileSync(`${out}/records/${run}.run.json`, "utf8")));
    const now = readLines(`${out}/records/${run}.jsonl`);
    // While the judge lives, a line may be in the making.
    if (now.torn && !live) torn += 1;
    assertGrows(before, now.records);
    before = now.records;
  };
  for (;;) {
    starts += 1;
    const document = `${out}/run.json`;
    rmSync(document, { force: true });
    const judge = start([...(run === "" ? args : ["--resume", run]), "--out", out, "--json", document]);
    while (killed < limit) {
      const part = PARTS[Math.floor(random() * PARTS.length)] ?? "judge";
      const done = await kill(judge, part, random() * span);
      if (done === undefined) break;
      kills[part] += 1;
      killed += 1;
      if (part === "judge") {
        await judge.ended;
        await assertGone(done.all);
        look(false);
        break;
      }
      look(true);
    }
    const exit = await judge.ended;
    exits.push(exit);
    look(false);
    // Only a run that came to its end writes its document; what the kills prevented in it is done by another process.
    const over = existsSync(document) && !before.some(({ status }) => status === "INFRA_ERROR");
    if (over) return { kills, starts, torn, exits, records: before };
    if (exit === 2) throw new Error(judge.words());
    if (starts > limit + 20) throw new Error(`the run does not come to its end: ${judge.words()}`);
  }
}
