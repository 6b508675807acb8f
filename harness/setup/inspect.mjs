// What this machine has of everything the harness can use: the parts it needs, and optional ones with what is weaker without each.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { brokerOutputFolder, readBrokerOutputs, changedOutputs } from "./broker.mjs";
import { arePackagesInstalled, npmCommand } from "./packages.mjs";
import { readVenvStamp } from "./python.mjs";
import { COMPILER_FIX, findCc, findCxx, findOnPath, findPython, PYTHON_FIX } from "./tools.mjs";

/** A driver whose device hangs must not hang the question. */
const TIMEOUT_MS = 5_000;
const SET_UP = "any command of openxpu installs it; the first lines it prints say what stands in the way";
const NO_HARNESS = "nothing runs";

/** @returns {Promise<string | undefined>} what it prints, or undefined when it is not there or fails */
const ask = ([program, ...rest]) =>
  new Promise((resolve) => {
    execFile(program, rest, { timeout: TIMEOUT_MS, encoding: "utf8" }, (error, stdout, stderr) =>
      resolve(error === null ? `${stdout}${stderr}` : undefined),
    );
  });

const VERSION = /\d+(?:\.\d+)+/;

/** Optional programs: names in order of preference, the question, and what they are for. */
const PROGRAMS = [
  {
    name: "git",
    names: ["git"],
    flags: ["--version"],
    purpose: "commit of submissions and harness in the records",
    get: "apt-get install git",
    weaker: "records name no commit and are not votable",
  },
  {
    name: "Chromium of the system",
    names: ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
    flags: ["--version"],
    purpose: "page tests in the browser that people here use",
    get: "apt-get install chromium",
    weaker: "page tests use the Chromium that comes with the packages",
  },
  {
    name: "nvcc",
    names: ["nvcc"],
    elsewhere: ["/usr/local/cuda/bin/nvcc"],
    flags: ["--version"],
    version: /release ([\d.]+)/,
    purpose: "cuda submissions compiled for a device",
    get: "a CUDA toolkit, or the one of a compatible chip's maker",
    weaker: "cuda submissions are judged in CPU emulation: no speedup",
  },
  {
    name: "nvidia-smi",
    names: ["nvidia-smi"],
    flags: ["--query-gpu=driver_version", "--format=csv,noheader"],
    purpose: "devices of the cuda backend: model, driver, clocks",
    get: "the driver of the device",
    weaker: "no run on such devices",
  },
  {
    name: "ixsmi",
    names: ["ixsmi"],
    flags: ["-L"],
    purpose: "CUDA-compatible devices with 64 lanes a warp: model, driver, clocks",
    get: "the driver of the device",
    weaker: "no run on such devices",
  },
  {
    name: "cnmon",
    names: ["cnmon"],
    flags: ["version"],
    purpose: "devices of the mlu backend: model, driver, clocks",
    get: "the driver of the device",
    weaker: "bang-c submissions are judged in CPU emulation: no speedup",
  },
  {
    name: "npu-smi",
    names: ["npu-smi"],
    flags: ["-v"],
    purpose: "devices of the ascend backend: model, driver, clocks",
    get: "the driver of the device",
    weaker: "ascend-c submissions are judged in CPU emulation: no speedup",
  },
  {
    name: "docker",
    names: ["docker"],
    flags: ["--version"],
    purpose: "environments of vendors as images",
    get: "apt-get install docker.io",
    weaker: "a vendor's toolchain must be installed on this machine itself",
  },
];

async function inspectProgram({ name, names, elsewhere = [], flags, version = VERSION, purpose, get, weaker }) {
  for (const path of [...names.flatMap(findOnPath), ...elsewhere]) {
    const answer = await ask([path, ...flags]);
    if (answer === undefined) continue;
    const match = version.exec(answer);
    return { name, found: true, version: match?.[1] ?? match?.[0] ?? "", needed: false, purpose, get, weaker };
  }
  return { name, found: false, version: "", needed: false, purpose, get, weaker };
}

const needed = (name, version, purpose, get) => ({
  name,
  found: version !== undefined,
  version: version ?? "",
  needed: true,
  purpose,
  get,
  weaker: NO_HARNESS,
});

/** The broker as it is compiled from today's sources. */
function brokerVersion(context) {
  try {
    if (context.tools.cc === undefined || changedOutputs(context).length > 0) return undefined;
    return readBrokerOutputs(context)
      .map(({ name }) => name)
      .join(", ");
  } catch {
    return undefined;
  }
}

/** How far compilers are kept from the machine when they read a stranger's source. */
async function inspectBuilds(state) {
  const answer = await ask([join(brokerOutputFolder(state), "openxpu-confine"), "--probe"]);
  const [level = "none", why = ""] = (answer ?? "").trim().split("\n");
  return {
    name: "confined builds",
    found: level === "userns",
    version: level === "userns" ? "namespaces, limits, filter" : "",
    needed: false,
    purpose: "a compiler sees the toolchain and one submission, no network",
    get: `allow namespaces to this user (${why || "openxpu-confine is not built"})`,
    weaker:
      level === "rlimit"
        ? "builds have limits and a filter, and can read this machine's files"
        : "builds are not confined: sources can include what this user can read",
  };
}

/** @param {string} checkout the folder of package.json */
export async function inspect(checkout) {
  const state = join(checkout, ".openxpu");
  const [python, cxx, cc] = [findPython(), findCxx(), findCc()];
  const installed = readVenvStamp(state)?.packages ?? {};
  const npm = (await ask([...npmCommand(), "--version"]))?.trim();
  const packages = arePackagesInstalled(checkout) ? "as package-lock.json" : undefined;
  return [
    needed("Node", process.versions.node, "the judge", "Node >= 20"),
    needed("npm", npm, "installs the packages of the judge", "comes with Node"),
    needed("packages", packages, "libraries and checks of the judge", SET_UP),
    needed("Python", python.tool?.version, "PyTorch, Triton and ONNX Runtime run in it", PYTHON_FIX),
    ...["torch", "triton", "onnxruntime", "onnx", "numpy", "apache-tvm-ffi", "ruff"].map((name) =>
      needed(
        `${name} (.openxpu/venv)`,
        installed[name],
        name === "ruff" ? "lint of the Python files" : "references and workers",
        SET_UP,
      ),
    ),
    needed("g++ (C++20)", cxx.tool?.version, "compiles submissions", COMPILER_FIX),
    needed("cc", cc.tool?.version, "compiles the broker", COMPILER_FIX),
    needed(
      "broker",
      brokerVersion({ checkout, state, tools: { cc: cc.tool } }),
      "sandbox, memory and clock of the kernels",
      SET_UP,
    ),
    await inspectBuilds(state),
    ...(await Promise.all(PROGRAMS.map(inspectProgram))),
  ];
}
