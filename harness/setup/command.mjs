// Runs one command of set-up: output to a log, last line to the progress, own process group, known to the lock.
import { spawn } from "node:child_process";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Variables by which the caller's npm, pip or Python would change what is installed, and where. */
const DROPPED =
  /^(NODE_OPTIONS|NODE_ENV|PYTHONHOME|PYTHONPATH|PYTHONDONTWRITEBYTECODE|VIRTUAL_ENV|__PYVENV_LAUNCHER__|PIP_(TARGET|PREFIX|ROOT|REQUIRE_VIRTUALENV|REQUIREMENT|CONSTRAINT|DRY_RUN|NO_DEPS|NO_BINARY)|npm_config_(package|call|global|location|prefix|local_prefix|omit|include|only|production|dry_run|workspaces?|package_lock|package_lock_only|ignore_scripts|json|node_options|script_shell))$/i;

/** The environment of a command. */
function commandEnvironment() {
  const kept = Object.entries(process.env).filter(([name]) => !DROPPED.test(name));
  // A user's pip configuration may say `user = true`, which a virtual environment refuses.
  return { ...Object.fromEntries(kept), PIP_USER: "0", PIP_DISABLE_PIP_VERSION_CHECK: "1", PIP_NO_INPUT: "1" };
}

/**
 * @param {readonly string[]} command
 * @param {{ cwd: string, log: string, progress: { detail(text: string): void }, lock: { track(pid: number): () => void } }} context
 * @returns {Promise<{ passed: boolean, output: string }>} a program that is not there fails with its reason as output
 */
export function runCommand([program, ...rest], { cwd, log, progress, lock }) {
  mkdirSync(dirname(log), { recursive: true });
  writeFileSync(log, `$ ${[program, ...rest].join(" ")}\n`);
  return new Promise((resolve) => {
    const child = spawn(program, rest, {
      cwd,
      env: commandEnvironment(),
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const ended = child.pid === undefined ? () => {} : lock.track(child.pid);
    let output = "";
    const take = (chunk) => {
      output += chunk;
      try {
        appendFileSync(log, chunk);
      } catch {
        // A full disk shows in the command's own output, which is kept here.
      }
      const line = chunk.trim().split("\n").at(-1) ?? "";
      if (line !== "") progress.detail(line);
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", take);
    child.on("error", (error) => resolve({ passed: false, output: `${program}: ${error.message}` }));
    child.on("close", (code, signal) => {
      ended();
      if (signal !== null) take(`${program} was ended by ${signal}\n`);
      resolve({ passed: code === 0, output });
    });
  });
}
