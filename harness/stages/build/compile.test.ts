// Compiling a submission: one command with fixed flags, cached by everything that decides it, and the first error in the author's words.
import { describe, expect, it } from "vitest";
import type { Finished } from "../../domain/ports.ts";
import { HarnessError } from "../../domain/problem.ts";
import { memoryCache, memoryFiles, scriptedProcesses } from "../../testing/memory.ts";
import { compile, firstError, type Recipe, type Toolchain } from "./compile.ts";

const TOOLCHAIN: Toolchain = {
  compiler: "g++",
  version: "g++ 12",
  abi: "test",
  includes: ["/ffi/include"],
  scratch: "/scratch",
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
    const places = [
      "-I/ffi/include",
      "-I/v/k",
      "-ffile-prefix-map=/v/k=/kernel",
      "-x",
      "c++",
      "/v/k/kernel.cc",
      "/v/k/more.cc",
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
    const unit = command.at(-3) ?? "";
    expect(unit).toMatch(/^\/scratch\/[0-9a-f]{16}\/kernel\.toy\.cu\.cc$/);
    expect(ports.files.contents.get(unit)).toBe('#line 1 "kernel.toy.cu"\nOPENXPU_LAUNCH(f, (1), (a));\n');
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
    expect(compiled.ok ? 0 : compiled.log.length).toBe(8192);
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

/** Messages of g++ 12, the submission's folder /v/k. */
const MESSAGES: readonly (readonly [rule: string, log: string, place: string, message: string])[] = [
  [
    "an error in a source",
    "/v/k/kernel.cc: In function ‘int f(int)’:\n/v/k/kernel.cc:4:3: error: expected ‘,’ or ‘;’ before ‘return’\n    4 |   return x;\n      |   ^~~~~~\n/v/k/kernel.cc:9:1: error: later\n",
    "kernel.cc:4:3",
    "expected ‘,’ or ‘;’ before ‘return’",
  ],
  [
    "an error in a header of the submission",
    "In file included from /v/k/c.cc:1:\n/v/k/tile.h: In instantiation of ‘T tile(T) [with T = int]’:\n/v/k/c.cc:2:21:   required from here\n/v/k/tile.h:1:54: error: request for member ‘nothing’ in ‘value’\n",
    "tile.h:1:54",
    "request for member ‘nothing’ in ‘value’",
  ],
  [
    "a missing header",
    '/v/k/a.cc:1:10: fatal error: none.h: No such file or directory\n    1 | #include "none.h"\ncompilation terminated.\n',
    "a.cc:1:10",
    "none.h: No such file or directory",
  ],
  [
    "an error in a header of the system",
    "/usr/include/c++/12/bits/new_allocator.h:63:26: error: forming pointer to reference type\n",
    "/usr/include/c++/12/bits/new_allocator.h:63:26",
    "forming pointer to reference type",
  ],
  ["an error without a column", "/v/k/kernel.cc:4: error: old style\n", "kernel.cc:4:1", "old style"],
  [
    "a missing symbol",
    "/usr/bin/ld: /tmp/ccxnyVrr.o: in function `f':\nb.cc:(.text+0x5): undefined reference to `g()'\ncollect2: error: ld returned 1 exit status\n",
    "first.cc:1:1",
    "undefined reference to `g()'",
  ],
  [
    "a symbol given twice",
    "/usr/bin/ld: /tmp/a.o: in function `f()':\ne.cc:(.text+0x0): multiple definition of `f()'; /tmp/b.o:d.cc:(.text+0x0): first defined here\ncollect2: error: ld returned 1 exit status\n",
    "first.cc:1:1",
    "multiple definition of `f()'; /tmp/b.o:d.cc:(.text+0x0): first defined here",
  ],
  ["no source at all", "g++: fatal error: no input files\ncompilation terminated.\n", "first.cc:1:1", "no input files"],
  ["silence", "", "first.cc:1:1", "the compiler failed without a word"],
  ["something else", "Killed\n", "first.cc:1:1", "Killed"],
];

describe("the compiler's first error", () => {
  it.each(MESSAGES)("of %s", (_rule, log, place, message) => {
    const found = firstError(log, "/v/k", "first.cc");
    expect([`${found.place.file}:${found.place.line}:${found.place.column}`, found.message]).toEqual([place, message]);
  });
});
