// What is never loaded, each with its status and words; and that no bytes, however forged, stop the reader.
import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kernelLibrary, type LibraryShape, sharedLibrary } from "../../testing/library.ts";
import { readSharedLibrary } from "./elf.ts";
import { inspectLibrary } from "./library.ts";

const RULES = { entry: "k", machine: "x64", memoryBytes: 2 ** 30 };
const GIVES = ["__tvm_ffi_k"];

/** Rule, library, status, words. */
const REFUSED: readonly (readonly [rule: string, library: Uint8Array, status: string, words: RegExp])[] = [
  ["text", new TextEncoder().encode("#!/bin/sh\n".repeat(20)), "COMPILE_ERROR", /no ELF file/],
  ["nothing", new Uint8Array(), "COMPILE_ERROR", /no ELF file/],
  ["half a library", kernelLibrary("k").subarray(0, 300), "COMPILE_ERROR", /ends before what its headers name/],
  ["32 bits", kernelLibrary("k").map((byte, at) => (at === 4 ? 1 : byte)), "COMPILE_ERROR", /not for 64 bits/],
  ["a program", sharedLibrary({ gives: GIVES, type: 2 }), "COMPILE_ERROR", /no shared library/],
  ["another processor", sharedLibrary({ gives: GIVES, machine: 183 }), "COMPILE_ERROR", /for arm64.* machine is x64/],
  ["a processor without a name", sharedLibrary({ gives: GIVES, machine: 999 }), "COMPILE_ERROR", /for machine 999/],
  ["no kernel", sharedLibrary({ gives: ["k"] }), "COMPILE_ERROR", /does not give the function __tvm_ffi_k/],
  ["a kernel that it wants itself", sharedLibrary({ wants: GIVES }), "COMPILE_ERROR", /does not give the function/],
  [
    "a symbol of nobody",
    sharedLibrary({ gives: GIVES, wants: ["_Z6sorcer"] }),
    "COMPILE_ERROR",
    /nothing gives _Z6sorcer/,
  ],
  ["relocated code", sharedLibrary({ gives: GIVES, tags: [[22, 0]] }), "COMPILE_ERROR", /TEXTREL/],
  ["relocated code by a flag", sharedLibrary({ gives: GIVES, tags: [[30, 4]] }), "COMPILE_ERROR", /TEXTREL/],
  ["an executable stack", sharedLibrary({ gives: GIVES, stackFlags: 7 }), "COMPILE_ERROR", /executable stack/],
  [
    "4 GiB of zeros",
    sharedLibrary({ gives: GIVES, memoryBytes: 2 ** 32 }),
    "COMPILE_ERROR",
    /4096 MiB, .* is 1024 MiB/,
  ],
  [
    "a folder to load from",
    sharedLibrary({ gives: GIVES, runpath: "$ORIGIN" }),
    "INTEGRITY_VIOLATION",
    /RUNPATH \$ORIGIN/,
  ],
  [
    "a foreign library",
    sharedLibrary({ gives: GIVES, needed: ["libblas.so.3"] }),
    "INTEGRITY_VIOLATION",
    /needs libblas/,
  ],
  [
    "a library by its path",
    sharedLibrary({ gives: GIVES, needed: ["/tmp/libc.so.6"] }),
    "INTEGRITY_VIOLATION",
    /needs \/tmp/,
  ],
  ["an audit library", sharedLibrary({ gives: GIVES, tags: [[0x6ffffefc, 1]] }), "INTEGRITY_VIOLATION", /AUDIT __tvm/],
  ["a filter", sharedLibrary({ gives: GIVES, tags: [[0x7fffffff, 1]] }), "INTEGRITY_VIOLATION", /FILTER __tvm/],
  ["writable code", sharedLibrary({ gives: GIVES, codeFlags: 7 }), "INTEGRITY_VIOLATION", /writable and executable/],
];

describe("a library", () => {
  it.each(REFUSED)("of %s is refused", (_rule, library, status, words) => {
    const found = inspectLibrary(library, RULES);
    expect(found).toMatchObject({ ok: false, fault: { status, message: expect.stringMatching(words) } });
    expect(found.ok ? "" : found.fault.fix).not.toBe("");
  });

  it("of an honest build passes, and what runs while it loads is noted", () => {
    const shape: LibraryShape = {
      gives: GIVES,
      wants: ["TVMFFIErrorSetRaised"],
      needed: ["libc.so.6", "libtvm_ffi.so"],
    };
    expect(inspectLibrary(sharedLibrary(shape), RULES)).toEqual({ ok: true, runs: { constructors: 0, resolvers: [] } });
    const tags = [
      [12, 64],
      [27, 24],
      [33, 8],
    ] as const;
    const found = inspectLibrary(sharedLibrary({ ...shape, tags }), RULES);
    expect(found).toMatchObject({ ok: true, runs: { constructors: 5 } });
  });

  it("that reaches out is an attempt even where it is a mistake, too", () => {
    const found = inspectLibrary(sharedLibrary({ runpath: "/tmp", needed: [] }), RULES);
    expect(found).toMatchObject({ ok: false, fault: { status: "INTEGRITY_VIOLATION" } });
  });
});

/** Real libraries, as far as this machine has them; the small one always. */
const REAL = ["/lib64/ld-linux-x86-64.so.2", "/usr/lib/x86_64-linux-gnu/libm.so.6", "/lib/ld-linux-aarch64.so.1"]
  .filter((path) => existsSync(path))
  .map((path) => new Uint8Array(readFileSync(path)));
const LIBRARIES = [sharedLibrary({ gives: GIVES, wants: ["a", "b"], runpath: "/x", tags: [[12, 1]] }), ...REAL];

/** It comes to an end with an answer; the value matters to no rule. */
function answers(bytes: Uint8Array): void {
  for (const machine of ["x64", "arm64"]) {
    const found = inspectLibrary(bytes, { ...RULES, machine });
    expect(found.ok ? "" : found.fault.message).toBeTypeOf("string");
  }
}

describe("the reader", () => {
  it("reads the libraries of this machine", () => {
    for (const library of REAL) expect(readSharedLibrary(library, process.arch)).toMatchObject({ ok: true });
  });

  it("answers any bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 512 }), answers));
    const header = kernelLibrary("k").subarray(0, 64);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 512 }), (rest) => answers(new Uint8Array([...header, ...rest]))));
  });

  it("answers a library cut anywhere", () => {
    for (const library of LIBRARIES) {
      fc.assert(
        fc.property(fc.integer({ min: 0, max: library.length }), (end) => answers(library.subarray(0, end))),
        { numRuns: 50 },
      );
    }
  });

  it("answers a library with any of its bytes changed", () => {
    for (const library of LIBRARIES) {
      // Headers and tables lie at the front, where most changes are to fall.
      const place = fc.oneof(fc.nat(Math.min(library.length, 4096) - 1), fc.nat(library.length - 1));
      fc.assert(
        fc.property(fc.array(fc.tuple(place, fc.nat(255)), { minLength: 1, maxLength: 16 }), (changes) => {
          const bytes = library.slice();
          for (const [at, value] of changes) bytes[at] = value;
          answers(bytes);
        }),
        { numRuns: 100 },
      );
    }
  });

  it("reads no table without end: lists that lead back to themselves, names that overlap", () => {
    const small = sharedLibrary({
      gives: GIVES,
      tags: [
        [0x6ffffffe, 64],
        [0x6fffffff, 2 ** 31],
        [0x6ffffef5, 64],
      ],
    });
    fc.assert(
      fc.property(fc.nat(small.length - 65), fc.nat(255), (at, value) => {
        const bytes = small.slice();
        bytes[64 + at] = value;
        answers(bytes);
      }),
      { numRuns: 300 },
    );
  });
});
