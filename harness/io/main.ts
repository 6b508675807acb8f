// Wires every port to this machine and this checkout. The only importer of the other files of io/.
import { createHash } from "node:crypto";
import { access, realpath } from "node:fs/promises";
import { cpus } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Host, Ports, Progress } from "../domain/ports.ts";
import { HarnessError } from "../domain/problem.ts";
import { diskCache } from "./cache.ts";
import { diskFiles } from "./files.ts";
import { brokerLanes } from "./lanes.ts";
import { checkoutOps } from "./ops.ts";
import { sweepScratch } from "./scratch.ts";
import { hostProcesses } from "./processes.ts";

/** Everything that the commands need of the machine. */
export interface World {
  readonly ports: Ports;
  /** Compiler and headers for submissions. */
  readonly toolchain: {
    readonly compiler: string;
    readonly version: string;
    readonly abi: string;
    readonly machine: string;
    readonly includes: readonly string[];
    readonly scratch: string;
    readonly reads?: readonly string[];
    readonly library?: string;
  };
}

/** Absolute path of the checkout that this file belongs to. */
export const CHECKOUT = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** null where the Python environment was not installed: then nothing can be run. */
async function sitePackages(checkout: string): Promise<string | null> {
  const library = `${checkout}/.openxpu/venv/lib`;
  const [python] = (await diskFiles.list(library)).filter((name) => name.startsWith("python3"));
  return python === undefined ? null : `${library}/${python}/site-packages`;
}

/** The toolchain and lanes of a checkout that can only read. */
function readOnly(compiler: string, home: string): Pick<World, "toolchain"> & Pick<Ports, "lanes"> {
  const start = (): Promise<never> =>
    Promise.reject(
      new HarnessError(
        "SETUP_INCOMPLETE",
        "the Python environment is not there",
        "run npm start once: it installs what is missing",
      ),
    );
  return {
    lanes: { start },
    toolchain: {
      compiler,
      version: "unknown",
      abi: "unknown",
      machine: process.arch,
      includes: [],
      scratch: `${home}/scratch`,
    },
  };
}

/** What a Python child reads: the environment, the interpreter it was made from, and the system's libraries. */
async function pythonFolders(home: string): Promise<string[]> {
  const made = /^home\s*=\s*(.+)$/m.exec(await diskFiles.text(`${home}/venv/pyvenv.cfg`))?.[1]?.trim() ?? "/usr/bin";
  const folders = [`${home}/venv`, `${dirname(made)}/lib`, "/usr/lib", "/usr/local/lib"];
  const there = await Promise.all(folders.map(async (folder) => (await diskFiles.kind(folder)) === "folder"));
  return [...new Set(folders.filter((_, index) => there[index]))];
}

/** What a compiler reads besides a submission: the system's folders, and its own where it was installed elsewhere. */
async function compilerFolders(compiler: string, path: string): Promise<string[]> {
  const candidates = compiler.includes("/") ? [compiler] : path.split(":").map((folder) => `${folder}/${compiler}`);
  const found = await Promise.all(candidates.map((program) => realpath(program).catch(() => "")));
  const home = dirname(dirname(found.find((program) => program !== "") ?? "/usr/bin/g++"));
  const own = home === "/" ? [] : ["bin", "include", "lib", "lib64", "libexec"].map((name) => `${home}/${name}`);
  const system = ["/usr", "/bin", "/lib", "/lib64", "/etc/alternatives", "/etc/ld.so.cache"];
  const folders = [...system, ...own.filter((folder) => !folder.startsWith("/usr/"))];
  const there = await Promise.all(
    folders.map((folder) =>
      access(folder).then(
        () => true,
        () => false,
      ),
    ),
  );
  return folders.filter((_, index) => there[index]);
}

async function hostOf(ports: Pick<Ports, "processes" | "files">, variables: Host["variables"]): Promise<Host> {
  const { version } = JSON.parse(await ports.files.text(`${CHECKOUT}/package.json`)) as { readonly version: string };
  const git = (...args: readonly string[]): ReturnType<Ports["processes"]["run"]> =>
    ports.processes.run(["git", "-C", CHECKOUT, ...args], {
      cwd: CHECKOUT,
      environment: { LC_ALL: "C" },
      timeoutSeconds: 10,
    });
  const head = await git("rev-parse", "HEAD");
  const changes = await git("status", "--porcelain", "--untracked-files=no");
  const clean = head.code === 0 && changes.code === 0 && changes.stdout.trim() === "";
  const processors = cpus();
  return {
    model: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    version,
    commit: clean ? head.stdout.trim() : null,
    variables,
    checkout: CHECKOUT,
  };
}

/** sha256 of the header that the harness offers to kernels: it decides what they compile to. */
async function elementsDigest(): Promise<string> {
  const header = await diskFiles.read(`${CHECKOUT}/harness/executors/native/include/openxpu/elements.h`);
  return createHash("sha256").update(header).digest("hex");
}

/** What runs kernels: the broker with its zygotes, the compiler and its headers. */
async function runners(
  packages: string,
  home: string,
  compiler: string,
  processes: Ports["processes"],
  path: string,
): Promise<ReturnType<typeof readOnly>> {
  const asked = await processes.run([compiler, "--version"], {
    cwd: CHECKOUT,
    environment: { LC_ALL: "C" },
    timeoutSeconds: 10,
  });
  const ffi = (await diskFiles.list(packages)).find((name) => /^apache_tvm_ffi-.*\.dist-info$/.test(name));
  const lanes = brokerLanes(
    {
      broker: `${home}/broker/openxpu-broker`,
      zygotes: {
        native: {
          argv: [`${home}/broker/openxpu-native`, `${packages}/tvm_ffi/lib/libtvm_ffi.so`],
          environment: {},
          folder: "/",
          binds: [],
        },
        python: {
          argv: [
            `${home}/venv/bin/python`,
            "-s",
            "-E",
            `${CHECKOUT}/harness/broker/zygote.py`,
            `${home}/broker/libopenxpu_worker.so`,
          ],
          // Huge pages for its heap: a fork copies fewer page tables (open and close 12 ms instead of 19, medians of 40).
          environment: { GLIBC_TUNABLES: "glibc.malloc.hugetlb=1" },
          folder: "/",
          binds: await pythonFolders(home),
        },
      },
    },
    { PATH: "/usr/bin:/bin" },
  );
  const toolchain = {
    compiler,
    version: asked.stdout.split("\n")[0] ?? "unknown",
    abi: `${ffi ?? "unknown"} ${await elementsDigest()}`,
    machine: process.arch,
    includes: [`${packages}/tvm_ffi/include`, `${CHECKOUT}/harness/executors/native/include`],
    scratch: `${home}/scratch`,
    reads: await compilerFolders(compiler, path),
    library: `${packages}/tvm_ffi/lib/libtvm_ffi.so`,
  };
  return { lanes, toolchain };
}

/**
 * Connects the harness to this machine. Where only the packages are installed, files can be read and nothing can be run.
 * @param variables the judge's environment, of which children see nothing by default
 * @param tree the folder with kernels/ and suites/ that judge; the installation is always this checkout's
 */
export async function world(variables: Host["variables"], progress: Progress, tree = CHECKOUT): Promise<World> {
  const path = variables["PATH"] ?? "/usr/bin:/bin";
  const home = `${CHECKOUT}/.openxpu`;
  const processes = hostProcesses(path, `${home}/broker/openxpu-confine`);
  const packages = await sitePackages(CHECKOUT);
  await sweepScratch(`${home}/scratch`, Date.now());
  const compiler = variables["CXX"] ?? "g++";
  const started = performance.now();
  const { lanes, toolchain } =
    packages === null ? readOnly(compiler, home) : await runners(packages, home, compiler, processes, path);
  return {
    ports: {
      host: await hostOf({ processes, files: diskFiles }, variables),
      files: diskFiles,
      processes,
      clock: { now: () => new Date(), elapsed: () => performance.now() - started },
      cache: diskCache(`${home}/cache`),
      ops: checkoutOps(tree),
      lanes,
      progress,
    },
    toolchain,
  };
}
