// A valid submission becomes a kernel: what it asks for and no more, interpreted or compiled.
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type Executor, executorSchema } from "../../domain/executor.ts";
import { modelBytes, valueInfo } from "../../onnx/testing/models.ts";
import {
  type Changes,
  catalogueOf,
  edited,
  miniature,
  miniatureOp,
  SUBMISSION,
  SUBMISSION_YAML,
  validSubmission,
} from "../../testing/miniature.ts";
import { kernelLibrary, sharedLibrary } from "../../testing/library.ts";
import { memoryCache, scriptedProcesses } from "../../testing/memory.ts";
import { build, type BuildOutcome, type BuildRequest } from "./kernel.ts";

const TOOLCHAIN = {
  compiler: "g++",
  version: "g++ 12",
  abi: "test",
  machine: "x64",
  includes: [],
  scratch: "/scratch",
};
const COST = { call: 0, work: 0 };

function executorOf(executor: string, zygote: "native" | "python"): Executor {
  return executorSchema.parse({ edition: 1, executor, title: executor, zygote, version: executor, cost: COST });
}

async function built(
  changes: Changes,
  rest: Partial<BuildRequest> = {},
  library = kernelLibrary("sums"),
): Promise<{ outcome: BuildOutcome; commands: readonly (readonly string[])[] }> {
  const files = miniature(changes);
  const backend = (await catalogueOf(files)).backends.get("toy");
  if (backend === undefined) throw new Error("the miniature has no toy");
  const processes = scriptedProcesses(async (command) => {
    await files.write(command.at(-1) ?? "", library);
    return {};
  });
  const device = { backend: "toy", chip: "T1", model: "a processor", emulated: true } as const;
  const executor = executorOf("native", "native");
  const request = {
    submission: await validSubmission(changes),
    op: await miniatureOp(),
    backend,
    device,
    executor,
    inherited: {},
    ...rest,
  };
  return {
    outcome: await build(request, TOOLCHAIN, { files, processes, cache: memoryCache() }),
    commands: processes.commands,
  };
}

function ok(outcome: BuildOutcome): Extract<BuildOutcome, { ok: true }>["built"] {
  if (!outcome.ok) throw new Error(outcome.message);
  return outcome.built;
}

describe("building", () => {
  it("compiles a native kernel and shows the sandbox its library only", async () => {
    const { outcome } = await built({});
    const { kernel, compiler, artifactDigest } = ok(outcome);
    expect(kernel).toMatchObject({
      name: "acme/sums",
      program: { artifact: "/kernel/kernel.so", entry: "sums" },
      binds: [{ from: expect.stringMatching(/^\/cache\/[0-9a-f]{64}$/), to: "/kernel/kernel.so" }],
      align: 256,
      threads: 1,
      memoryBytes: 2 ** 30,
      timeoutSeconds: 60,
      numerics: { class: "fp32" },
      deterministic: true,
    });
    expect(compiler).toMatchObject({ compiler: "g++", version: "g++ 12" });
    expect(artifactDigest).toBe(createHash("sha256").update(kernelLibrary("sums")).digest("hex"));
  });

  it("defines what the emulated chip says, and nothing on the real one", async () => {
    expect((await built({})).commands[0]).toContain("-DTOY=1");
    const real = { backend: "toy", chip: "T1", model: "a card", emulated: false } as const;
    expect((await built({}, { device: real })).commands[0]).not.toContain("-DTOY=1");
  });

  it("compiles nothing for an interpreted dialect: its source is the artifact", async () => {
    const { outcome, commands } = await built({}, { executor: executorOf("triton", "python") });
    const { kernel, compiler, artifactDigest } = ok(outcome);
    expect(commands).toEqual([]);
    expect(kernel.program).toEqual({ worker: "triton", file: "/kernel/kernel.cc", entry: "sums" });
    expect(kernel.binds).toEqual([{ from: "/tree/vendors/acme/sums", to: "/kernel" }]);
    expect([compiler, artifactDigest]).toEqual([null, createHash("sha256").update("int sums;\n").digest("hex")]);
  });

  it("gives a model to its worker as the one that runs: it has no entry", async () => {
    const yaml = SUBMISSION_YAML.replace("c-abi, files: [kernel.cc]", "onnx, files: [kernel.onnx]");
    const changes = {
      [`${SUBMISSION}/submission.yaml`]: yaml.replace("supports: {}", "supports: {dtypes: {T: [float32]}}"),
      "harness/devices/toy/device.yaml":
        "edition: 1\nbackend: toy\ntitle: Toy\ndialects: [onnx]\nemulation: {chips: {T1: {}}}\nphysical: {}\n",
      [`${SUBMISSION}/kernel.onnx`]: modelBytes({
        graph: { input: [valueInfo("x", 1, ["n"])], output: [valueInfo("y", 1, ["m"])] },
      }),
    };
    const { outcome, commands } = await built(changes, { executor: executorOf("onnxruntime", "python") });
    expect(commands).toEqual([]);
    expect(ok(outcome).kernel.program).toEqual({ worker: "onnxruntime", models: { run: "/kernel/kernel.onnx" } });
  });

  it("takes requirements, resources and the declaration of nondeterminism from the manifest", async () => {
    const more =
      "numerics: {class: fp32_cast, deterministic: false}\nrequires: {align: 1}\nresources: {threads: 2, memory: 512MiB, timeout: 1.5s}";
    const { kernel } = ok((await built(edited("numerics: {class: fp32}", more))).outcome);
    expect(kernel).toMatchObject({
      align: 1,
      threads: 2,
      memoryBytes: 2 ** 29,
      timeoutSeconds: 1.5,
      deterministic: false,
    });
    expect(kernel.numerics.casts).toEqual({ p: "T" });
  });

  it("passes on the variables that the manifest names and the judge has, and no other", async () => {
    const changes = edited("supports: {}", "environment: {set: {MODE: fast}, pass: [HOME_OF_SDK, ABSENT]}");
    const inherited = { HOME_OF_SDK: "/sdk", SECRET: "s", ABSENT: undefined };
    expect(ok((await built(changes, { inherited })).outcome).kernel.environment).toEqual({
      HOME_OF_SDK: "/sdk",
      MODE: "fast",
    });
    expect(ok((await built({}, { inherited })).outcome).kernel.environment).toEqual({});
  });

  it("notes the code that runs while the library loads", async () => {
    const library = sharedLibrary({ gives: ["__tvm_ffi_sums"], tags: [[27, 16]] });
    expect(ok((await built({}, {}, library)).outcome).loadCode).toEqual({ constructors: 2, resolvers: [] });
  });

  it("refuses a library that must not be loaded, at its first source, with the status of the fault", async () => {
    const { outcome } = await built({}, {}, sharedLibrary({ gives: ["__tvm_ffi_other"] }));
    expect(outcome).toMatchObject({
      ok: false,
      status: "COMPILE_ERROR",
      code: "LIBRARY_REFUSED",
      place: { file: "kernel.cc", line: 1, column: 1 },
      message: "it does not give the function __tvm_ffi_sums",
      fix: expect.stringContaining("export it"),
    });
    const attempt = await built({}, {}, sharedLibrary({ gives: ["__tvm_ffi_sums"], runpath: "/tmp" }));
    expect(attempt.outcome).toMatchObject({ ok: false, status: "INTEGRITY_VIOLATION" });
  });

  it("gives a compile error as a result with its place", async () => {
    const files = miniature();
    const backend = (await catalogueOf(files)).backends.get("toy");
    const processes = scriptedProcesses(() => ({
      code: 1,
      stderr: "/tree/vendors/acme/sums/kernel.cc:1:4: error: no\n",
    }));
    const device = { backend: "toy", chip: "T1", model: "a processor", emulated: true } as const;
    if (backend === undefined) throw new Error("the miniature has no toy");
    const request = {
      submission: await validSubmission(),
      op: await miniatureOp(),
      backend,
      device,
      executor: executorOf("native", "native"),
      inherited: {},
    };
    const outcome = await build(request, TOOLCHAIN, { files, processes, cache: memoryCache() });
    expect(outcome).toMatchObject({ ok: false, place: { file: "kernel.cc", line: 1, column: 4 }, message: "no" });
  });
});
