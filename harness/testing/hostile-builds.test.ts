// Sources that attack the build, and libraries that attack their loading: through the real compiler, sandbox and broker.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { main } from "../cli.ts";
import { type Run, runSchema } from "../domain/run-record.ts";
import { submissionYaml, vendorTree } from "./vendor-tree.ts";

const tree = vendorTree();
const OUTSIDE = join(import.meta.dirname, "..", "..", "package.json");

/** A kernel without a header: it compiles in no time and does nothing. */
const kernel = (name: string): string =>
  `extern "C" __attribute__((visibility("default"))) int __tvm_ffi_${name}(void *, const void *, int, void *) { return 0; }\n`;

/** Runs before the kernel is asked for. */
const early = (body: string): string =>
  `#include <unistd.h>\n#include <sys/socket.h>\nextern "C" void abort();\n__attribute__((constructor)) static void early() { ${body} }\n`;

const TEMPLATES = `template <int N, class T> struct Bomb {
  using L = typename Bomb<N - 1, Bomb<N, T>>::type;
  using R = typename Bomb<N - 1, T *>::type;
  struct type { L l; R r; };
};
template <class T> struct Bomb<0, T> { using type = T; };
`;
const MACRO = `#define A(x) x x x x x x x x x x
#define B(x) A(A(A(A(A(A(A(A(A(x)))))))))
int bomb = 0 B(B(+1));
`;

/** Attack -> what stands before the kernel, the status, and words of the first problem or finding. */
const ATTACKS: Readonly<Record<string, readonly [before: string, status: string, words: RegExp]>> = {
  reads_passwd: ['#include "/etc/passwd"\n', "COMPILE_ERROR", /\/etc\/passwd: No such file/],
  reads_the_judge: [`#include "${OUTSIDE}"\n`, "COMPILE_ERROR", /package\.json: No such file/],
  reads_a_neighbour: ['#include "../reads_passwd/kernel.cc"\n', "COMPILE_ERROR", /kernel\.cc: No such file/],
  takes_a_file_in: ['asm(".incbin \\"/etc/hostname\\"");\n', "COMPILE_ERROR", /file not found: \/etc\/hostname/],
  asks_for_files: [
    `#if __has_include("/etc/passwd") || __has_include("${OUTSIDE}") || __has_include("/proc/self/environ")\n#define SEEN seen\n#else\n#error nothing is there\n#endif\n`,
    "COMPILE_ERROR",
    /nothing is there/,
  ],
  expands_macros: [MACRO, "COMPILE_ERROR", /more than the 2 GiB of memory/],
  nests_templates: [`${TEMPLATES}Bomb<2000, int>::type bomb;\n`, "COMPILE_ERROR", /template instantiation depth/],
  includes_itself: ['#include "kernel.cc"\n#include "kernel.cc"\n', "COMPILE_ERROR", /nested depth 200/],
  fills_the_disk: ["char bomb[4ull << 30] = {1};\n", "COMPILE_ERROR", /files grew beyond 256 MiB/],
  fills_the_memory: ['asm(".rept 100000000\\n.quad 1,2,3,4\\n.endr");\n', "COMPILE_ERROR", /2 GiB of memory/],
  wants_4_gib: [
    '__attribute__((visibility("default"))) char bomb[4ull << 30];\n',
    "COMPILE_ERROR",
    /static data take 40\d\d MiB, and resources\.memory is 1024 MiB/,
  ],
  wants_a_symbol: [
    'extern "C" int nowhere(); int call() { return nowhere(); }\n',
    "COMPILE_ERROR",
    /undefined reference to `nowhere'/,
  ],
  has_no_kernel: [
    "#define __tvm_ffi_has_no_kernel another\n",
    "COMPILE_ERROR",
    /does not give the function __tvm_ffi_has_no_kernel/,
  ],
  writes_its_code: [
    'asm(".section .evil,\\"awx\\"\\n.byte 0xc3\\n.text");\n',
    "INTEGRITY_VIOLATION",
    /writable and executable/,
  ],
  hangs_early: [early("for (;;) {}"), "TIMEOUT", /^while it loaded, it gave no answer within 30 s/],
  crashes_early: [early("*(volatile int *)16 = 1;"), "RUNTIME_ERROR", /^while it loaded, SIGSEGV at address 0x10/],
  aborts_early: [early("abort();"), "RUNTIME_ERROR", /^while it loaded, it was killed by SIGABRT/],
  exits_early: [early("_exit(0);"), "RUNTIME_ERROR", /^while it loaded, it left the process with status 0/],
  forks_early: [early("fork();"), "INTEGRITY_VIOLATION", /^while it loaded, it asked for process access/],
  connects_early: [
    early("socket(AF_INET, SOCK_STREAM, 0);"),
    "INTEGRITY_VIOLATION",
    /^while it loaded, it asked for network access/,
  ],
};

describe("a hostile build", () => {
  let exit = 0;
  let run: Run;

  beforeAll(async () => {
    const folders = Object.entries(ATTACKS).map(([name, [before]]) =>
      tree.add(name, {
        "kernel.cc": before + kernel(name),
        "submission.yaml": submissionYaml(name, "qlinear_conv2d", "int32_half_even", "resources: {timeout: 1s}\n"),
      }),
    );
    const json = join(tree.root, "run.json");
    const selection = ["--case", "prime_extents_asymmetric_pads", "--no-measure", "--executor", "torch"];
    const files = ["--suite", "smoke", "--json", json, "--out", join(tree.root, "out")];
    exit = await main(["check", ...folders, ...selection, ...files], { PATH: process.env["PATH"], CI: "true" });
    run = runSchema.parse(JSON.parse(readFileSync(json, "utf8")));
  }, 240_000);

  afterAll(() => tree.remove());

  it.each(Object.entries(ATTACKS))("%s ends in its status", (name, [, status, words]) => {
    const found = run.submissions.find(({ submission }) => submission === `acme/${name}`);
    const finding = found?.records.find((record) => record.case.counted)?.findings[0]?.message;
    const told = [
      ...(found?.problems.map(({ message }) => message) ?? []),
      ...(finding === undefined ? [] : [finding]),
    ];
    expect([found?.status, told[0]]).toEqual([status, expect.stringMatching(words)]);
  });

  it("is the submission's fault, never the judge's", () => {
    expect([exit, run.submissions.length]).toEqual([1, Object.keys(ATTACKS).length]);
  });

  it("shows nothing of a file that it asked for", () => {
    expect(JSON.stringify(run)).not.toMatch(/root:x:0:0|"scripts":/);
  });
});
