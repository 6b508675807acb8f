// Runs one file of Python tests (unittest) in the environment of the harness and reads its counts.
import { basename, dirname, join } from "node:path";
import { venvPython } from "../setup/python.mjs";
import { run } from "./checks.mjs";

/** A file that takes longer hangs. */
const TIMEOUT_MS = 240_000;

const numberOf = (pattern, text) => Number(pattern.exec(text)?.[1] ?? 0);

/**
 * Reads unittest's own closing lines: `Ran 5 tests in 0.1s` and `FAILED (failures=1, errors=1, skipped=2)`.
 * @param {string} output @param {number} code the exit status
 */
function countUnittest(output, code) {
  const ran = numberOf(/^Ran (\d+) tests? in/m, output);
  const closing = /^(OK|FAILED|NO TESTS RAN)( \(.*\))?$/m.exec(output)?.[0] ?? "";
  const wrong =
    numberOf(/failures=(\d+)/, closing) +
    numberOf(/errors=(\d+)/, closing) +
    numberOf(/unexpected successes=(\d+)/, closing);
  const skipped = [...output.matchAll(/^(\S+) \(.*\.\.\. skipped ['"](.*)['"]$/gm)].map(([, name, reason]) => ({
    name,
    reason,
  }));
  const unread = numberOf(/skipped=(\d+)/, closing) - skipped.length;
  for (let rest = 0; rest < unread; rest += 1) skipped.push({ name: "a Python test", reason: "" });
  // No closing line, no tests, or a failure it does not count: the file itself failed.
  const failed = wrong > 0 ? wrong : code === 0 && closing !== "" && ran > 0 ? 0 : 1;
  return { passed: Math.max(0, ran - wrong - skipped.length), failed, skipped };
}

/** @param {string} checkout @param {string} file relative path @returns {Promise<import("./checks.mjs").Outcome>} */
export async function runPythonTests(checkout, file) {
  const command = [venvPython(join(checkout, ".openxpu")), "-m", "unittest", "-v", basename(file)];
  const { code, output } = await run(command, {
    cwd: join(checkout, dirname(file)),
    timeout: TIMEOUT_MS,
    killSignal: "SIGKILL",
  });
  return { ...countUnittest(output, code), output };
}
