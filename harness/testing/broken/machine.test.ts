// Real machines that lack something: a full disk, no shared memory. What is finished is whole, exit is 3, and nobody's kernel is blamed.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recordSchema, type RunRecord } from "../../domain/run-record.ts";
import { vendorTree } from "../vendor-tree.ts";
import { addSubmissions } from "./submissions.ts";

const FILL = fileURLToPath(new URL("fill.mjs", import.meta.url));
const LAUNCH = fileURLToPath(new URL("launch.mjs", import.meta.url));
const tree = vendorTree();
let right: string;
let wrong: string;
let room: string;
beforeAll(() => {
  [right = "", wrong = ""] = addSubmissions(tree);
  room = mkdtempSync(join(tmpdir(), "openxpu-room-"));
});
afterAll(() => {
  tree.remove();
  rmSync(room, { recursive: true, force: true });
});

interface Spoken {
  readonly exit: number | null;
  readonly words: string;
  readonly stdout: string;
}

function sh(script: string, ...args: readonly string[]): Spoken {
  const { status, stdout, stderr } = spawnSync("sh", ["-c", script, "sh", ...args], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"], CI: "true" },
  });
  return { exit: status, words: stdout + stderr, stdout };
}

/** Whether a small file system can be mounted here; where it cannot, a limit on the size of a file stands in for it. */
const MOUNTS = sh('unshare -rm sh -c "mount -t tmpfs tmpfs /mnt"').exit === 0;

/** A script in which `$room` is a folder that holds 48 KiB. */
function cramped(script: string): string {
  return MOUNTS
    ? `room=${room}; unshare -rm sh -c 'room=${room}; mount -t tmpfs -o size=48k tmpfs $room; ${script}' sh "$@"`
    : `room=${room}; ulimit -f 96; ${script}`;
}

const OPTIONS = ["--suite", "smoke", "--no-measure", "--executor", "native", "--case", "{hidden_*,one_*,vector_*}"];
const check = `"${process.execPath}" "${LAUNCH}" check`;

function recordsIn(folder: string): { readonly records: RunRecord[]; readonly torn: boolean; readonly run: string } {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const run = names.find((name) => name.endsWith(".run.json"))?.replace(".run.json", "") ?? "";
  const file = join(folder, `${run}.jsonl`);
  const lines = (existsSync(file) ? readFileSync(file, "utf8") : "").split("\n");
  const torn = lines.pop() !== "";
  return { records: lines.map((line) => recordSchema.parse(JSON.parse(line))), torn, run };
}

describe("a disk that is full", () => {
  it("takes whole lines and whole files, and is told as such", () => {
    const { stdout, words } = sh(cramped(`"${process.execPath}" "${FILL}" $room/full`));
    expect(words).toContain("codes");
    const told = JSON.parse(stdout) as Record<string, unknown>;
    expect(told).toMatchObject({ codes: ["DISK", "DISK"], torn: false, whole: "before\n", left: [] });
    expect(told["lines"]).toBeGreaterThan(5);
  });

  it("ends a run with exit 3 and how to go on; with room again it comes to its end", () => {
    const out = join(tree.root, "out");
    const saved = join(tree.root, "saved");
    mkdirSync(saved);
    const { exit, words } = sh(
      cramped(`${check} "$@" --out $room/out; code=$?; cp -r $room/out/records ${saved}/; exit $code`),
      right,
      wrong,
      ...OPTIONS,
    );
    expect([exit, words.includes("DISK")]).toEqual([3, true]);
    const { records, torn, run } = recordsIn(join(saved, "records"));
    expect([torn, records.every(({ status }) => status !== "INFRA_ERROR")]).toEqual([false, true]);
    expect(words).toContain(
      `${records.length} finished records of the run are kept; go on with: npx openxpu check --resume ${run}`,
    );
    mkdirSync(out);
    sh(`cp -r ${saved}/records ${out}/`);
    const again = sh(`${check} --resume ${run} --out ${out}`);
    // Without witnesses a right kernel proves nothing, which is exit 3 as well: what counts is that every case has its record.
    const after = recordsIn(join(out, "records"));
    expect(again.words).toContain(`${records.length} records are whole`);
    expect(after.records).toHaveLength(12);
    for (const record of records) expect(after.records).toContainEqual(record);
  }, 180_000);
});

describe("a machine without shared memory", () => {
  it("judges nobody: exit 3", () => {
    const out = join(tree.root, "memory");
    const { exit, words } = sh(`ulimit -f 512; ${check} "$@" --out ${out}`, right, wrong, ...OPTIONS);
    expect([exit, words]).toEqual([3, expect.stringMatching(/BROKER_LOST|BROKER_REFUSED|DISK/)]);
    const { records, torn } = recordsIn(join(out, "records"));
    expect([torn, records.filter(({ status }) => status !== "INFRA_ERROR")]).toEqual([false, []]);
  }, 180_000);
});
