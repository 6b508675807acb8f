// The entry of every command: what a hostile working directory or environment may not bring into the judge.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const ENTRY = fileURLToPath(new URL("openxpu.mjs", import.meta.url));
const CLI = fileURLToPath(new URL("cli.ts", import.meta.url));
const TSX = fileURLToPath(import.meta.resolve("tsx"));
let hostile: string;

/** A working directory whose files leave a mark when they run. */
beforeEach(() => {
  hostile = mkdtempSync(join(tmpdir(), "openxpu-hostile-"));
  const mark = `import { appendFileSync } from "node:fs"; appendFileSync(${JSON.stringify(join(hostile, "mark"))}, process.pid + "\\n");\n`;
  writeFileSync(
    join(hostile, "commander.ts"),
    `${mark}export class Command {}\nexport class CommanderError extends Error {}\n`,
  );
  writeFileSync(join(hostile, "preload.mjs"), mark);
  writeFileSync(
    join(hostile, "tsconfig.json"),
    '{"compilerOptions": {"baseUrl": ".", "paths": {"commander": ["./commander.ts"]}}}',
  );
});
afterEach(() => rmSync(hostile, { recursive: true, force: true }));

/** How many processes ran a hostile file. */
function marks(): number {
  try {
    return readFileSync(join(hostile, "mark"), "utf8").trim().split("\n").length;
  } catch {
    return 0;
  }
}

function start(
  argv: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): { readonly status: number | null; readonly stdout: string } {
  const { NODE_OPTIONS: _, ...own } = process.env;
  return spawnSync(process.execPath, argv, { cwd: hostile, encoding: "utf8", env: { ...own, ...environment } });
}

test("the tsconfig.json of the working directory maps no package of the judge", () => {
  expect(start([ENTRY, "--help"])).toMatchObject({ status: 0, stdout: expect.stringContaining("Usage: openxpu") });
  expect(marks()).toBe(0);
});

test("the same attack succeeds against tsx alone, so the test above can fail", () => {
  start(["--import", TSX, CLI]);
  expect(marks()).toBe(1);
});

test("inherited NODE_OPTIONS do not reach the judge", () => {
  const question = join(hostile, "question.mjs");
  writeFileSync(question, 'process.stdout.write(String(process.env.NODE_OPTIONS) + "\\n");\n');
  const options = `--import ${join(hostile, "preload.mjs")}`;
  const before = start([question], { NODE_OPTIONS: options });
  expect(before.stdout).toBe(`${options}\n`);
  rmSync(join(hostile, "mark"));
  expect(start([ENTRY, "--help"], { NODE_OPTIONS: options }).status).toBe(0);
  // The first process was started with them and only starts the second, where the judge runs.
  expect(marks()).toBe(1);
});
