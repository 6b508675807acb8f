// A miniature checkout with the real set-up and stand-ins for npm, Python and the compilers that note how they were called.
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const HARNESS = fileURLToPath(new URL("../..", import.meta.url));

const LOCK = {
  lockfileVersion: 3,
  packages: {
    "": {},
    "node_modules/one": { version: "1.0.0", integrity: "sha512-1" },
    "node_modules/one-win32-x64": { version: "1.0.0", optional: true, os: ["win32"], cpu: ["x64"] },
  },
};
/** What npm notes of the packages it installed. */
const INSTALLED = { packages: { "node_modules/one": LOCK.packages["node_modules/one"] } };

/** Notes the call; a file named for it in `$TROUBLE` makes it slow (a number of seconds) or fail (any other text). */
const PREAMBLE = `#!/bin/sh
note() {
  echo "$1" >> "$CALLS"
  if [ -f "$TROUBLE/$1" ]; then
    case "$(cat "$TROUBLE/$1")" in
      [0-9]*) sleep "$(cat "$TROUBLE/$1")" ;;
      *) cat "$TROUBLE/$1" >&2; exit 1 ;;
    esac
  fi
}
for last in "$@"; do :; done
`;

const NPM = `${PREAMBLE}
note npm
mkdir -p node_modules
echo '${JSON.stringify(INSTALLED)}' > node_modules/.package-lock.json
`;

const PYTHON = `${PREAMBLE}
case "$*" in
  "-I -c"*) echo "[\\"3.11.7\\", [3, 11], true, true, \\"$0\\"]" ;;
  "-m venv"*) note venv; mkdir -p "$last/bin"; cp "$0" "$last/bin/python" ;;
  "-m pip"*) note pip; echo "$*" >> "$CALLS.pip" ;;
  *) note proof; echo 'PROOF {"include": "/include", "packages": {"torch": "2.13.0+cpu"}}' ;;
esac
`;

const COMPILER = `${PREAMBLE}
case "$*" in
  *-dumpversion*) echo 12.2.0 ;;
  *-fsyntax-only*) cat > /dev/null ;;
  *) note cc; echo "$*" > "$2" ;;
esac
`;

/** Stands where the tests would run: says what reached it. */
const RUN = `export async function main() {
  process.stdout.write(JSON.stringify({ ran: true, nodeOptions: process.env.NODE_OPTIONS ?? null }) + "\\n");
  return 0;
}
`;

/** A finished command. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Collects a process's output to its end. */
export function ended(child: ChildProcess): Promise<Ended> {
  const text = { stdout: "", stderr: "" };
  child.stdout?.on("data", (chunk: Buffer) => (text.stdout += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (text.stderr += chunk.toString()));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, ...text })));
}

/** A checkout in a temporary folder. */
export class Miniature {
  readonly root = mkdtempSync(join(tmpdir(), "openxpu-miniature-"));
  readonly checkout = join(this.root, "checkout");
  readonly programs = join(this.root, "bin");

  constructor() {
    for (const folder of [this.programs, join(this.root, "trouble")]) mkdirSync(folder);
    cpSync(join(HARNESS, "setup"), join(this.checkout, "harness", "setup"), { recursive: true });
    cpSync(join(HARNESS, "openxpu.mjs"), join(this.checkout, "harness", "openxpu.mjs"));
    this.write("package.json", '{"version": "1.2.3", "type": "module"}');
    this.write("package-lock.json", JSON.stringify(LOCK));
    this.write("harness/testing/run.mjs", RUN);
    const flags = ["-I$" + "{TVM_FFI_INCLUDE}"];
    this.write(
      "harness/broker/build.json",
      JSON.stringify({ outputs: ["one", "two"].map((name) => ({ name, sources: [`${name}.c`], flags })) }),
    );
    for (const name of ["one.c", "two.c", "both.h"]) this.write(`harness/broker/${name}`, `/* ${name} */\n`);
    for (const [name, text] of Object.entries({ npm: NPM, python3: PYTHON, "g++": COMPILER, cc: COMPILER }))
      this.program(name, text);
    // The shell's own tools, without a Python or a compiler of this machine.
    for (const name of ["sh", "cat", "mkdir", "cp", "sleep"])
      symlinkSync(join("/bin", name), join(this.programs, name));
  }

  /** Writes a file of the checkout. */
  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.checkout, path)), { recursive: true });
    writeFileSync(join(this.checkout, path), text);
  }

  program(name: string, text: string): void {
    writeFileSync(join(this.programs, name), text);
    chmodSync(join(this.programs, name), 0o755);
  }

  /** Lets a stand-in sleep (seconds) or fail with a text; undefined heals it. */
  trouble(name: string, text: string | undefined): void {
    if (text === undefined) rmSync(join(this.root, "trouble", name), { force: true });
    else writeFileSync(join(this.root, "trouble", name), text);
  }

  /** What was called since the last question, in order. */
  calls(): readonly string[] {
    const path = join(this.root, "calls");
    try {
      return readFileSync(path, "utf8").trim().split("\n");
    } catch {
      return [];
    } finally {
      rmSync(path, { force: true });
    }
  }

  /** What pip was called with, one call a line. */
  pipCalls(): string {
    return readFileSync(join(this.root, "calls.pip"), "utf8");
  }

  start(environment: Readonly<Record<string, string>> = {}, argv: readonly string[] = ["test"]): ChildProcess {
    const env = {
      PATH: this.programs,
      CALLS: join(this.root, "calls"),
      TROUBLE: join(this.root, "trouble"),
      ...environment,
    };
    return spawn(process.execPath, [join(this.checkout, "harness", "openxpu.mjs"), ...argv], { cwd: this.root, env });
  }

  run(environment: Readonly<Record<string, string>> = {}, argv: readonly string[] = ["test"]): Promise<Ended> {
    return ended(this.start(environment, argv));
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
