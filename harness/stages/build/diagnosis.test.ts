// What a compiler said becomes one error with its place, or the limit that it met.
import { describe, expect, it } from "vitest";
import { diagnose } from "./diagnosis.ts";

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
  [
    "the assembler's",
    "/tmp/ccQkUEIe.s: Assembler messages:\n/tmp/ccQkUEIe.s:4: Error: file not found: /etc/hostname\n",
    "first.cc:1:1",
    "the assembler says: file not found: /etc/hostname",
  ],
  ["no source at all", "g++: fatal error: no input files\ncompilation terminated.\n", "first.cc:1:1", "no input files"],
  ["silence", "", "first.cc:1:1", "the compiler failed without a word"],
  ["something else", "Killed\n", "first.cc:1:1", "Killed"],
];

/** Endings of g++ 12 and of its programs at a limit. */
const LIMITS: readonly (readonly [rule: string, log: string, message: RegExp])[] = [
  [
    "memory of the compiler",
    "\ncc1plus: out of memory allocating 541065200 bytes after a total of 9162752 bytes\n",
    /2 GiB/,
  ],
  ["memory in a template", "virtual memory exhausted: Cannot allocate memory\n", /2 GiB/],
  [
    "memory of the assembler",
    "\nas: out of memory allocating 3700000001 bytes after a total of 135168 bytes\n",
    /2 GiB/,
  ],
  [
    "the size of a file",
    "g++: internal compiler error: File size limit exceeded signal terminated program as\nPlease submit\n",
    /grew beyond 256 MiB/,
  ],
  ["a full scratch folder", "/usr/bin/ld: final link failed: No space left on device\n", /grew beyond 256 MiB/],
  [
    "processor time",
    "g++: fatal error: CPU time limit exceeded signal terminated program cc1plus\n",
    /180 s of processor time/,
  ],
  [
    "somebody's patience",
    "g++: fatal error: Killed signal terminated program cc1plus\ncompilation terminated.\n",
    /was killed/,
  ],
];

describe("a limit", () => {
  it.each(LIMITS)("of %s is said", (_rule, log, message) => {
    expect(diagnose(log, 1, "/v/k", "first.cc")).toMatchObject({
      place: { file: "first.cc", line: 1, column: 1 },
      message: expect.stringMatching(message),
    });
  });

  it("of time is said of a compiler that was killed at its deadline", () => {
    expect(diagnose("", null, "/v/k", "first.cc").message).toBe("compiling took longer than 180 s");
  });

  it("is not believed of a source that names one", () => {
    const log = `/v/k/a.cc:1:2: error: #error out of memory allocating\n${"a/".repeat(500_000)}: out of memory\n`;
    expect(diagnose(log, 1, "/v/k", "first.cc").message).toBe("#error out of memory allocating");
  });
});

describe("the compiler's first error", () => {
  it.each(MESSAGES)("of %s", (_rule, log, place, message) => {
    const found = diagnose(log, 1, "/v/k", "first.cc");
    expect([`${found.place.file}:${found.place.line}:${found.place.column}`, found.message]).toEqual([place, message]);
  });
});
