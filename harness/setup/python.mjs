// Step 2: the pinned Python environment in .openxpu/venv. Its stamp is written last; an environment without one is made anew.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "./command.mjs";
import { diagnose, SetupFault } from "./fault.mjs";
import { fileIdentity } from "./tools.mjs";

/** Measured: 1.6 GB with the CPU build of torch, and the downloads beside it. */
const NEEDED_BYTES = 3e9;

const venvPath = (state) => join(state, "venv");
export const venvPython = (state) => join(venvPath(state), "bin", "python");
/** Inside the environment, so that it goes when the environment goes. */
export const venvStampPath = (state) => join(venvPath(state), "openxpu.json");
const requirementsPath = (checkout) => join(checkout, "harness", "setup", "requirements.txt");

/** What a finished environment was made from. @returns {undefined | Record<string, any>} */
export function readVenvStamp(state) {
  try {
    return JSON.parse(readFileSync(venvStampPath(state), "utf8"));
  } catch {
    return undefined;
  }
}

const requirementsDigest = (checkout) =>
  createHash("sha256")
    .update(readFileSync(requirementsPath(checkout)))
    .digest("hex");

/** Its scripts hold absolute paths and its packages are built for one Python, so neither may change. The Python on PATH may. */
const isUsable = ({ checkout, state }, stamp) =>
  stamp !== undefined &&
  stamp.checkout === checkout &&
  stamp.architecture === process.arch &&
  stamp.pythonIdentity === fileIdentity(String(stamp.python)) &&
  existsSync(venvPython(state));

/**
 * Imports every package once and runs an operation of each: finds a broken installation now, and leaves compiled Python files where the
 * sandboxed workers, which may not write, find them.
 */
const PROOF = `
import json, os
os.environ["TRITON_INTERPRET"] = "1"
from importlib.metadata import version
import numpy, onnx, onnxruntime, torch, triton, triton.language, tvm_ffi
import triton.runtime.interpreter
torch.nn.functional.conv2d(torch.ones(1, 1, 3, 3), torch.ones(1, 1, 3, 3))
torch.nn.functional.scaled_dot_product_attention(*[torch.ones(1, 1, 2, 2)] * 3)
onnxruntime.get_available_providers()
names = ["apache-tvm-ffi", "numpy", "onnx", "onnxruntime", "ruff", "torch", "triton"]
print("PROOF " + json.dumps({"include": tvm_ffi.libinfo.find_include_path(), "packages": {name: version(name) for name in names}}))
`;

async function runStep(context, what, command, logName) {
  const log = join(context.state, "log", logName);
  context.progress.detail(what);
  const { passed, output } = await runCommand(command, { ...context, cwd: context.checkout, log });
  if (!passed)
    throw diagnose({
      what,
      output,
      log,
      fix: `read the log; if it does not help, remove ${context.state} and run the same command again`,
    });
  return output;
}

function requireSpace(state) {
  const { bavail, bsize } = statfsSync(state);
  if (bavail * bsize >= NEEDED_BYTES) return;
  throw new SetupFault([
    {
      code: "SETUP_DISK",
      message: "the Python environment needs 3 GB",
      found: `${(bavail * bsize * 1e-9).toFixed(1)} GB free at ${state}`,
      fix: "free some space there, then run the same command again",
    },
  ]);
}

/** pip prefers a local version (2.13.0+cpu) over the plain one wherever its configuration offers both. */
function pipCommands({ checkout, state }) {
  const index = process.env["OPENXPU_PIP_INDEX"] ? ["--index-url", process.env["OPENXPU_PIP_INDEX"]] : [];
  const torchIndex = process.env["OPENXPU_TORCH_INDEX"];
  // Wheels only: nothing is built here, and no package runs code while it is installed.
  const pip = [
    venvPython(state),
    "-m",
    "pip",
    "install",
    "--only-binary=:all:",
    "--no-compile",
    "--progress-bar",
    "off",
    ...index,
  ];
  const torch = /^torch==.*$/m.exec(readFileSync(requirementsPath(checkout), "utf8"))?.[0];
  const torchFirst = torchIndex && torch ? [[...pip, "--no-deps", "--extra-index-url", torchIndex, torch]] : [];
  return [...torchFirst, [...pip, "-r", requirementsPath(checkout)]];
}

export const pythonStep = {
  title: "Python environment",
  expectation: "pip, 1.6 GB with the CPU build of torch; a minute or some, depending on the network",
  isDone(context) {
    const stamp = readVenvStamp(context.state);
    return isUsable(context, stamp) && stamp.requirements === requirementsDigest(context.checkout);
  },
  async run(context) {
    const { checkout, state, tools } = context;
    const old = readVenvStamp(state);
    const kept = isUsable(context, old);
    rmSync(venvStampPath(state), { force: true });
    if (!kept) {
      mkdirSync(state, { recursive: true });
      rmSync(venvPath(state), { recursive: true, force: true });
      requireSpace(state);
      await runStep(
        context,
        "making the Python environment",
        [tools.python.path, "-m", "venv", venvPath(state)],
        "venv.log",
      );
    }
    let count = 0;
    for (const command of pipCommands(context)) {
      count += 1;
      await runStep(context, "pip install", command, `pip-${count}.log`);
    }
    const output = await runStep(
      context,
      "importing the Python packages",
      [venvPython(state), "-c", PROOF],
      "proof.log",
    );
    const proof = JSON.parse(/^PROOF (.*)$/m.exec(output)[1]);
    const [python, version] = kept ? [old.python, old.version] : [tools.python.path, tools.python.version];
    const stamp = {
      checkout,
      architecture: process.arch,
      python,
      pythonIdentity: fileIdentity(String(python)),
      version,
      requirements: requirementsDigest(checkout),
      ...proof,
    };
    writeFileSync(venvStampPath(state), `${JSON.stringify(stamp, undefined, 2)}\n`);
  },
};
