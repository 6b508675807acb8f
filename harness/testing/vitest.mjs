// Runs the TypeScript tests with vitest, its own report straight to the terminal.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./checks.mjs";

function readCounts(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

/** A test file that vitest did not look at must not pass unseen. */
function missedFiles(expected, counts) {
  const seen = new Set(counts.files);
  return expected.filter((file) => !seen.has(file));
}

/** @param {string} checkout @param {readonly string[]} files relative paths @returns {Promise<import("./checks.mjs").Outcome>} */
export async function runVitest(checkout, files) {
  const folder = mkdtempSync(join(tmpdir(), "openxpu-vitest-"));
  const path = join(folder, "counts.json");
  const reporters = [
    "--reporter=default",
    `--reporter=${fileURLToPath(new URL("vitest-counts.mjs", import.meta.url))}`,
  ];
  const command = [
    process.execPath,
    join(checkout, "node_modules", "vitest", "vitest.mjs"),
    "run",
    ...reporters,
    ...files,
  ];
  const { code } = await run(command, {
    cwd: checkout,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, OPENXPU_VITEST_COUNTS: path },
  });
  const counts = readCounts(path);
  rmSync(folder, { recursive: true, force: true });
  if (counts === undefined)
    return { passed: 0, failed: 1, skipped: [], output: `vitest ended with ${code} and no counts\n` };
  const outside = [
    ...counts.brokenFiles.map((file) => `${file} failed outside its tests`),
    ...missedFiles(files, counts).map((file) => `${file} was not run`),
    ...counts.unhandled.map((message) => `an error outside any test: ${message}`),
  ];
  if (code !== 0 && counts.failed + outside.length === 0)
    outside.push(`vitest ended with ${code} although no test failed`);
  const output = outside.map((line) => `${line}\n`).join("");
  return { passed: counts.passed, failed: counts.failed + outside.length, skipped: counts.skipped, output };
}
