// Compiling a submission: one command with fixed flags, cached by everything that decides it, and the first error in the author's words.
import { describe, expect, it } from "vitest";
import type { Finished } from "../../domain/ports.ts";
import { HarnessError } from "../../domain/problem.ts";
import { memoryCache, memoryFiles, scriptedProcesses } from "../../testing/memory.ts";
import { compile, type Recipe, type Toolchain } from "./compile.ts";

const TOOLCHAIN: Toolchain = {
  compiler: "g++",
  version: "g++ 12",
  abi: "test",
  machine: "x64",
  includes: ["/ffi/include"],
  scratch: "/scratch",
  reads: ["/usr"],
  library: "/ffi/libtvm_ffi.so",
};
const RECIPE: Recipe = { folder: "/v/k", files: ["kernel.cc", "tile.h", "more.cc"] };
const EMULATION = {
  folder: "/devices/toy",
  include: "include",
  prelude: "toy.h",
  rewrite: true,
  defines: ["ARCH=3"],
};
const SOURCES = {
  "/v/k/kernel.cc": "int f;\n",
  "/v/k/tile.h": "",
  "/v/k/more.cc": "",
  "/v/k/LICENSE": "a",
  "/devices/toy/include/toy.h": "",
};

/** A machine whose compiler answers as it is told, and writes its output when it succeeds. */
function machine(answer: Partial<Finished> = {}) {
  const files = memoryFiles(SOURCES);
  const cache = memoryCache();
  const processes = scriptedProcesses(async (command) => {
    if ((answer.code ?? 0) === 0) await files.write(command.at(-1) ?? "", "library");
    return answer;
  });
  return { files, cache, processes };
}

describe("compiling", () => {
  it("runs one command: fixed flags, the submission's folder, its units only", async () => {
    const ports = machine();
    const compiled = await compile(RECIPE, TOOLCHAIN, ports);
    const [command = []] = ports.processes.commands;
    const flags = ["-std=c++20", "-O3", "-fPIC", "-shared", "-fvisibility=hidden", "-w", "-fdiagnostics-color=never"];
    flags.push("-fmax-errors=20", "-Wl,-z,noexecstack,-z,relro,-z,now");
    const places = [
      "-I/ffi/include",
      "-I/v/k",
      "-ffile-prefix-map=/v/k=/kernel",
      "-x",
      "c++",
      "/v/k/kernel.cc",
      "/v/k/more.cc",
      "-x",
      "none",
      "-Wl,-z,defs",
      "/ffi/libtvm_ffi.so",
      "-o",
    ];
    expect(command.slice(0, -1)).toEqual(["g++", ...flags, ...places]);
    expect(compiled).toMatchObject({ ok: true, flags });
  });

  it("emulates by headers, defines and a prelude, on sources with launches rewritten under their own names", async () => {
    const ports = machine();
    await ports.files.write("/v/k/kernel.toy.cu", "f<<<1>>>(a);\n");
    await compile({ ...RECIPE, files: ["kernel.toy.cu"], emulation: EMULATION }, TOOLCHAIN, ports);
    const [command = []] = ports.processes.commands;
    expect(command).toEqual(expect.arrayContaining(["-I/devices/toy/include", "-DARCH=3", "-include", "toy.h"]));
    const unit = command.at(-7) ?? "";
    expect(unit).toMatch(/^\/scratch\/[0-9a-f]{16}\/kernel\.toy\.cu\.cc$/);
    expect(ports.files.contents.get(unit)).toBe('#line 1 "kernel.toy.cu"\nOPENXPU_LAUNCH(f, (1), (a));\n');
  });

  it("is confined: it reads the toolchain, the headers offered and its submission, and writes a folder of its own", async () => {
    const ports = machine();
    await ports.files.write("/v/k/kernel.cu", "f<<<1>>>(a);\n");
    await compile(RECIPE, TOOLCHAIN, ports);
    await compile({ ...RECIPE, files: ["kernel.cu"], emulation: EMULATION }, TOOLCHAIN, ports);
    const [host, emulated] = ports.processes.confined;
    expect(host?.read).toEqual(["/usr", "/ffi/include", "/ffi/libtvm_ffi.so", "/v/k"]);
    expect(host?.write).toMatch(/^\/scratch\/[0-9a-f]{16}\/out$/);
    expect(emulated?.read.slice(3, -1)).toEqual(["/devices/toy/include", "/v/k"]);
    expect(emulated?.read.at(-1)).toMatch(/^\/scratch\/[0-9a-f]{16}\/kernel\.cu\.cc$/);
  });

  it("happens once: the same inputs come from the cache, with the same digest", async () => {
    const ports = machine();
    const first = await compile(RECIPE, TOOLCHAIN, ports);
    expect(await compile(RECIPE, TOOLCHAIN, ports)).toEqual(first);
    expect(ports.processes.commands).toHaveLength(1);
  });

  it("happens again when a source, a header, the compiler, a define or an emulation header changes", async () => {
    const ports = machine();
    const emulated = { ...RECIPE, emulation: { ...EMULATION, rewrite: false } };
    const builds = async (recipe: Recipe, toolchain = TOOLCHAIN): Promise<number> => {
      await compile(recipe, toolchain, ports);
      return ports.processes.commands.length;
    };
    expect(await builds(emulated)).toBe(1);
    await ports.files.write("/v/k/tile.h", "int t;\n");
    expect(await builds(emulated)).toBe(2);
    await ports.files.write("/devices/toy/include/toy.h", "int t;\n");
    expect(await builds(emulated)).toBe(3);
    expect(await builds(emulated, { ...TOOLCHAIN, version: "g++ 13" })).toBe(4);
    expect(await builds({ ...emulated, emulation: { ...emulated.emulation, defines: ["ARCH=4"] } })).toBe(5);
    await ports.files.write("/v/k/LICENSE", "b");
    expect(await builds({ ...emulated, emulation: { ...emulated.emulation, defines: ["ARCH=4"] } })).toBe(5);
  });

  it("tells a header from the same header in another folder, and two files from one that holds both", async () => {
    const ports = machine();
    const key = async (changes: Readonly<Record<string, string>>): Promise<string> => {
      const files = memoryFiles({ ...SOURCES, ...changes });
      await compile(RECIPE, TOOLCHAIN, {
        ...ports,
        files: { ...files, read: async (path) => (path.endsWith(".so") ? new Uint8Array() : files.read(path)) },
      });
      return [...ports.cache.entries.keys()].at(-1) ?? "";
    };
    const keys = [
      await key({ "/v/k/a/x.h": "1" }),
      await key({ "/v/k/b/x.h": "1" }),
      await key({ "/v/k/x.h": "1z.h\u00002" }),
      await key({ "/v/k/x.h": "1", "/v/k/z.h": "2" }),
    ];
    expect(new Set(keys).size).toBe(4);
  });

  it("that fails gives the first error with its place, a bounded log, and leaves nothing in the cache", async () => {
    const stderr = `/v/k/kernel.cc:4:3: error: expected ',' or ';' before 'return'\n${"x".repeat(20_000)}`;
    const ports = machine({ code: 1, stderr });
    const compiled = await compile(RECIPE, TOOLCHAIN, ports);
    expect(compiled).toMatchObject({
      ok: false,
      place: { file: "kernel.cc", line: 4, column: 3 },
      message: "expected ',' or ';' before 'return'",
    });
    expect(compiled.ok ? "" : compiled.log).toMatch(/x\n\[\d+ characters more were cut\]\n$/);
    expect(compiled.ok ? 0 : compiled.log.length).toBeLessThan(8192 + 50);
    expect(ports.cache.entries.size).toBe(0);
  });

  it("that takes too long says so", async () => {
    const compiled = await compile(RECIPE, TOOLCHAIN, machine({ code: null }));
    expect(compiled).toMatchObject({
      ok: false,
      place: { file: "kernel.cc", line: 1 },
      message: "compiling took longer than 180 s",
    });
  });

  it("without a compiler is broken infrastructure", async () => {
    const failing = compile(RECIPE, TOOLCHAIN, machine({ code: 127 }));
    await expect(failing).rejects.toThrow(HarnessError);
    await expect(failing).rejects.toMatchObject({
      code: "COMPILER_MISSING",
      fix: expect.stringContaining("install g++"),
    });
  });
});
