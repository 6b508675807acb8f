// Takes a valid submission, gives a kernel ready to run on a device, or the compile error. Interpreted dialects need no compiler.
import { createHash } from "node:crypto";
import type { Backend, Device } from "../../domain/device.ts";
import type { Executor } from "../../domain/executor.ts";
import type { Kernel } from "../../domain/kernel.ts";
import { numericsClass, type Op } from "../../domain/op.ts";
import type { Cache, Files, Processes } from "../../domain/ports.ts";
import { HarnessError } from "../../domain/problem.ts";
import { type Submission, submissionId } from "../../domain/submission.ts";
import { compile, type Recipe, type Toolchain } from "./compile.ts";
import { inspectLibrary, type LoadCode } from "./library.ts";

/** A kernel with what its record says of the build. */
export interface Built {
  readonly kernel: Kernel;
  /** sha256 of the library, or of the interpreted source. */
  readonly artifactDigest: string;
  readonly compiler: { readonly compiler: string; readonly version: string; readonly flags: string[] } | null;
  /** What runs while the library loads; null for an interpreted source. */
  readonly loadCode: LoadCode | null;
}

/** What building gave. */
export type BuildOutcome =
  | { readonly ok: true; readonly built: Built }
  | {
      readonly ok: false;
      readonly status: "COMPILE_ERROR" | "INTEGRITY_VIOLATION";
      readonly code: "COMPILE_ERROR" | "LIBRARY_REFUSED";
      readonly place: { readonly file: string; readonly line: number; readonly column: number };
      readonly message: string;
      readonly fix: string;
      readonly log: string;
    };

/** Everything that decides how a submission is built. */
export interface BuildRequest {
  readonly submission: Submission;
  readonly op: Op;
  readonly backend: { readonly value: Backend; readonly folder: string };
  readonly device: Device;
  readonly executor: Executor;
  /** Variables of the judge that a submission may name in `environment.pass`. */
  readonly inherited: Readonly<Record<string, string | undefined>>;
}

const COMPILE_FIX = "correct the source; the compiler's whole log is beside the records";

function environmentOf({ submission, inherited }: BuildRequest): Record<string, string> {
  const { set, pass } = submission.manifest.environment;
  const passed = pass.flatMap((name): [string, string][] => {
    const value = inherited[name];
    return value === undefined ? [] : [[name, value]];
  });
  return { ...Object.fromEntries(passed), ...set };
}

function kernelOf(request: BuildRequest, program: Kernel["program"], binds: Kernel["binds"]): Kernel {
  const { submission, op, executor } = request;
  const { manifest } = submission;
  const numerics = numericsClass(op, manifest.numerics.class);
  if (numerics === undefined) throw new RangeError(`validation let the class '${manifest.numerics.class}' pass`);
  return {
    name: submissionId(submission),
    executor: executor.executor,
    zygote: executor.zygote,
    program,
    binds,
    environment: environmentOf(request),
    align: manifest.requires.align,
    threads: manifest.resources.threads,
    memoryBytes: manifest.resources.memory,
    timeoutSeconds: manifest.resources.timeout,
    numerics,
    deterministic: manifest.numerics.deterministic,
    strided: manifest.requires.layout === "strided",
  };
}

function recipeOf({ submission, backend, device }: BuildRequest): Recipe {
  const recipe: Recipe = { folder: submission.folder, files: submission.manifest.source.files };
  const { emulation } = backend.value;
  if (!device.emulated || emulation === undefined) return recipe;
  return {
    ...recipe,
    emulation: {
      folder: backend.folder,
      include: emulation.include,
      prelude: emulation.prelude,
      rewrite: emulation.launch === "rewrite",
      defines: emulation.chips[device.chip]?.defines ?? [],
    },
  };
}

/** Builds one submission for one device. */
export async function build(
  request: BuildRequest,
  toolchain: Toolchain,
  ports: { readonly files: Files; readonly processes: Processes; readonly cache: Cache },
): Promise<BuildOutcome> {
  const { submission, executor } = request;
  const { manifest } = submission;
  if (executor.zygote === "python") {
    const [file] = manifest.source.files;
    if (file === undefined)
      throw new HarnessError("SETUP_INCOMPLETE", "a submission without sources passed", "report this bug");
    const source = await ports.files.read(`${submission.folder}/${file}`);
    // A model names its arguments itself: it is bound by name, and has no entry.
    const program: Kernel["program"] =
      manifest.source.dialect === "onnx"
        ? { worker: executor.executor, models: { run: `/kernel/${file}` } }
        : { worker: executor.executor, file: `/kernel/${file}`, entry: manifest.entry };
    const kernel = kernelOf(request, program, [{ from: submission.folder, to: "/kernel" }]);
    return {
      ok: true,
      built: {
        kernel,
        artifactDigest: createHash("sha256").update(source).digest("hex"),
        compiler: null,
        loadCode: null,
      },
    };
  }
  const compiled = await compile(recipeOf(request), toolchain, ports);
  if (!compiled.ok) {
    const { place, message, log } = compiled;
    return { ok: false, status: "COMPILE_ERROR", code: "COMPILE_ERROR", place, message, fix: COMPILE_FIX, log };
  }
  const { entry, resources } = manifest;
  const rules = { entry, machine: toolchain.machine, memoryBytes: resources.memory };
  const inspected = inspectLibrary(compiled.library, rules);
  if (!inspected.ok) {
    const place = { file: manifest.source.files[0] ?? "", line: 1, column: 1 };
    return { ok: false, code: "LIBRARY_REFUSED", place, log: "", ...inspected.fault };
  }
  const program = { artifact: "/kernel/kernel.so", entry: manifest.entry };
  const kernel = kernelOf(request, program, [{ from: compiled.path, to: "/kernel/kernel.so" }]);
  const compiler = { compiler: toolchain.compiler, version: toolchain.version, flags: [...compiled.flags] };
  return { ok: true, built: { kernel, artifactDigest: compiled.digest, compiler, loadCode: inspected.runs } };
}
