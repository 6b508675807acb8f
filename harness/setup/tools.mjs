// The programs set-up needs and does not install: found on PATH, asked for their version, checked to be able to do the work.
import { execFileSync } from "node:child_process";
import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** @typedef {{ path: string, version: string, identity: string }} Tool */

const TIMEOUT_MS = 20_000;

/** Every program of this name on PATH, first found first. @param {string} name */
export function findOnPath(name) {
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .filter((path) => {
      try {
        accessSync(path, constants.X_OK);
        return statSync(path).isFile();
      } catch {
        return false;
      }
    });
}

/** Changes when the program does, without starting it. @param {string} path */
export function fileIdentity(path) {
  try {
    const real = realpathSync(path);
    const { mtimeMs, size } = statSync(real);
    return `${real}:${mtimeMs}:${size}`;
  } catch {
    return `${path}:none`;
  }
}

/** What a program prints, or undefined when it fails. @param {readonly string[]} command @param {string} [input] */
function ask([program, ...rest], input) {
  try {
    return execFileSync(program, rest, {
      input: input ?? "",
      encoding: "utf8",
      timeout: TIMEOUT_MS,
      stdio: ["pipe", "pipe", "ignore"],
      env: { ...process.env, LC_ALL: "C", PYTHONHOME: undefined, PYTHONPATH: undefined },
    });
  } catch {
    return undefined;
  }
}

const PYTHON_QUESTION = `
import json, os, platform, sys
try:
    import ensurepip, venv
    environments = True
except ImportError:
    environments = False
base = os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)
print(json.dumps([platform.python_version(), sys.version_info[:2], environments, sys.maxsize > 2**32, base]))
`;

/** @param {string} path @returns {undefined | { found: string, minor: number, usable: boolean, tool: Tool }} */
function askPython(path) {
  const answer = ask([path, "-I", "-c", PYTHON_QUESTION]);
  if (answer === undefined) return undefined;
  const [version, [major, minor], environments, wide, base] = JSON.parse(answer);
  const lacks = [...(environments ? [] : ["no venv"]), ...(wide ? [] : ["32 bits"])];
  return {
    found: [`${path} is ${version}`, ...lacks].join(", "),
    minor,
    usable: major === 3 && minor >= 10 && lacks.length === 0,
    tool: { path: base, version, identity: fileIdentity(base) },
  };
}

/** `python3` if it will do, else the newest named one. 3.10 comes last: its packages are older. @returns {{ tool?: Tool, found: string }} */
export function findPython() {
  const seen = [];
  for (const name of ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10"]) {
    for (const path of findOnPath(name)) {
      const answer = askPython(path);
      if (answer === undefined) continue;
      if (answer.usable && answer.minor > 10) return { tool: answer.tool, found: answer.found };
      seen.push(answer);
    }
  }
  const usable = seen.find((answer) => answer.usable);
  if (usable !== undefined) return { tool: usable.tool, found: usable.found };
  return { found: seen.map((answer) => answer.found).join("; ") || "no python3 on PATH" };
}

/** Features of the standard that kernels and the broker use, so that an old compiler or a missing library is found here. */
const CXX20 =
  "#include <bit>\n#include <concepts>\n#include <span>\ntemplate <std::integral T> T twice(T x) { return 2 * x; }\nint main() { return twice(0); }\n";
const C17 =
  '#include <stdint.h>\n#include <linux/seccomp.h>\n#include <sys/mman.h>\n_Static_assert(sizeof(void *) == 8, "64 bits");\nint main(void) { return 0; }\n';

/** @param {readonly string[]} names @param {readonly string[]} flags @param {string} program @returns {{ tool?: Tool, found: string }} */
function findCompiler(names, flags, program) {
  const path = names.flatMap(findOnPath)[0];
  if (path === undefined) return { found: `no ${names.join(" or ")} on PATH` };
  const version = ask([path, "-dumpfullversion", "-dumpversion"])?.trim() ?? "unknown";
  const found = `${path} is ${version}`;
  if (ask([path, ...flags, "-fsyntax-only", "-"], program) === undefined)
    return { found: `${found} and cannot compile ${flags[0]}` };
  return { tool: { path, version, identity: fileIdentity(path) }, found };
}

export const findCxx = () => findCompiler(["g++"], ["-std=c++20", "-x", "c++"], CXX20);
export const findCc = () => findCompiler(["cc", "gcc"], ["-std=gnu17", "-x", "c"], C17);

export const COMPILER_FIX =
  "Debian, Ubuntu: apt-get install g++ libc6-dev linux-libc-dev · Fedora: dnf install gcc-c++ glibc-devel kernel-headers · Alpine and other C libraries are not supported";
export const PYTHON_FIX =
  "Debian, Ubuntu: apt-get install python3 python3-venv · Fedora: dnf install python3 · or any CPython from 3.10 on PATH as python3 or python3.N";

/** Everything needed, or every fault at once. @returns {{ tools: { python?: Tool, cxx?: Tool, cc?: Tool }, faults: import("./fault.mjs").Fault[] }} */
export function findTools() {
  const [python, cxx, cc] = [findPython(), findCxx(), findCc()];
  const faults = [];
  if (python.tool === undefined) {
    faults.push({
      code: "SETUP_PYTHON",
      message: "Python >= 3.10 (64 bits) with venv is needed",
      found: python.found,
      fix: PYTHON_FIX,
    });
  }
  if (cxx.tool === undefined) {
    faults.push({
      code: "SETUP_COMPILER",
      message: "g++ with C++20 is needed (GCC 10 or newer)",
      found: cxx.found,
      fix: COMPILER_FIX,
    });
  }
  if (cc.tool === undefined && cxx.tool !== undefined) {
    faults.push({
      code: "SETUP_COMPILER",
      message: "a C compiler with the Linux headers is needed",
      found: cc.found,
      fix: COMPILER_FIX,
    });
  }
  return { tools: { python: python.tool, cxx: cxx.tool, cc: cc.tool }, faults };
}
