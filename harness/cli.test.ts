// The command line with wrong input: exit 2, what was wrong in words with a fix, and never a stack trace.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { runSchema } from "./domain/run-record.ts";
import { openxpu, type Spoken } from "./testing/terminal.ts";
import { submissionYaml, vendorTree } from "./testing/vendor-tree.ts";

const tree = vendorTree();
afterAll(() => tree.remove());

const OUT = ["--out", join(tree.root, "out")];
const CONV = "vendors/community/x86_conv2d_nhwc_int8";

function add(name: string, source: string, more = ""): string {
  const yaml = submissionYaml(name, "qlinear_conv2d", "int32_half_even", more);
  return tree.add(name, { "submission.yaml": yaml, "kernel.cc": source });
}

/** A line of a stack trace. */
const TRACE = /^\s+at .+:\d+:\d+\)?$/m;

function words({ stdout, stderr }: Spoken): string {
  expect(stdout + stderr).not.toMatch(TRACE);
  return stdout + stderr;
}

const JSONL = join(tree.root, "bad.jsonl");

/** What is typed, and what is said of it. */
const WRONG: readonly (readonly [typed: string, ...said: string[]])[] = [
  ["", "Usage: openxpu"],
  ["frobnicate", "unknown command 'frobnicate'", "--help"],
  ["chekc", "unknown command 'chekc'", "Did you mean check?"],
  ["check", "missing required argument 'submission'", "--help"],
  ["check a --frob", "unknown option '--frob'", "--help"],
  ["check a --seed", "option '--seed <hex>' argument missing"],
  ["check a --seed xyz", "SEED_INVALID", "'xyz' is no seed", "32 hex digits"],
  ["check a --suite none", "SUITE_UNKNOWN", "there is no suite 'none'", "choose one of default"],
  ["check a --executor none", "EXECUTOR_UNKNOWN", "there is no executor 'none'", "choose one of"],
  ["check a --executor torch --executor none", "EXECUTOR_UNKNOWN", "'none'"],
  ["check a --device none", "BACKEND_UNKNOWN", "there is no backend 'none'", "choose one of"],
  ["suite", "Usage: openxpu suite"],
  ["suite frob", "unknown command 'frob'"],
  ["suite run", "missing required argument 'name'"],
  ["suite run none", "SUITE_UNKNOWN", "there is no suite 'none'", "suite list"],
  ["report", "missing required argument 'records'"],
  ["report nowhere.jsonl", "RUN_UNKNOWN   nowhere.jsonl:1:1", "there is no such file"],
  [`report ${JSONL}`, `RECORD_INVALID   ${JSONL}:1:1`, "schema: ", `RECORD_INVALID   ${JSONL}:3:1`, "not JSON"],
  ["repro", "missing required argument"],
  ["repro x", "USAGE   x:1:1", "<run>/<vendor>/<submission>/<case>", "'repeat' line"],
  ["repro 20261122T101500Z-3fa91c/a/b/c", "RUN_UNKNOWN", "dist/records/20261122T101500Z-3fa91c.jsonl", "no such file"],
  ["header", "missing required argument 'op'"],
  ["header none", "OP_UNKNOWN", "there is no op 'none'", "flash_attention"],
  ["new", "Usage: openxpu new"],
  ["new submission a/b", "required option '--op <op>' not specified"],
  ["new submission a/b --op none", "OP_UNKNOWN", "there is no op 'none'"],
  ["new submission bad --op qlinear_conv2d", "USAGE   bad:1:1", "named <vendor>/<submission>"],
  ["new submission ../../b --op qlinear_conv2d", "USAGE", "named <vendor>/<submission>"],
  [`new submission community/x86_conv2d_nhwc_int8 --op qlinear_conv2d`, "SUBMISSION_DUPLICATE", "is there already"],
  ["doctor more", "too many arguments"],
];

describe("wrong input", () => {
  it.each(WRONG)("openxpu %s: exit 2", async (typed, ...said) => {
    writeFileSync(JSONL, '{"schema": "other"}\n\nhalf a li');
    const spoken = await openxpu(...typed.split(" ").filter((word) => word !== ""));
    expect(spoken.exit).toBe(2);
    for (const part of said) expect(words(spoken)).toContain(part);
    // Results go to stdout, what is wrong with the command line to stderr.
    expect(spoken.stdout).toBe("");
  });

  it("a folder that is not there", async () => {
    const spoken = await openxpu("check", "no/where", ...OUT);
    expect(spoken.exit).toBe(2);
    expect(words(spoken)).toContain("✘ MANIFEST_MISSING   no/where:1:1");
    expect(spoken.stdout).toContain("fix give the folder of a submission");
  });

  it("--case that matches nothing", async () => {
    const spoken = await openxpu("check", CONV, "--case", "nothing*", ...OUT);
    expect(spoken.exit).toBe(2);
    expect(words(spoken)).toContain(`✘ CASES_EMPTY   ${CONV}/submission.yaml:1:1`);
    expect(spoken.stdout).toContain("choose from: single_element");
  });

  it("a folder named twice is told and not judged twice", async () => {
    const spoken = await openxpu("check", CONV, `${CONV}/`, "--case", "nothing*", ...OUT);
    expect(spoken.exit).toBe(2);
    expect(words(spoken)).toContain("✘ SUBMISSION_DUPLICATE");
  });

  it("a manifest with several problems: all of them, with their lines", async () => {
    const folder = add("several", "", "colour: red\nresources: {threads: many}\n");
    const spoken = await openxpu("check", folder, ...OUT);
    expect(spoken.exit).toBe(2);
    expect(words(spoken)).toContain(`✘ KEY_UNKNOWN   ${folder}/submission.yaml:10:1\n   10 | colour: red\n      | ^`);
    expect(spoken.stdout).toContain(`✘ VALUE_INVALID   ${folder}/submission.yaml:11:22`);
  });

  it("as one JSON document on stdout, with --json -", async () => {
    const spoken = await openxpu("check", "no/where", "--json", "-", ...OUT);
    const run = runSchema.parse(JSON.parse(spoken.stdout));
    expect(run).toMatchObject({
      conforms: false,
      submissions: [
        { status: "INVALID_MANIFEST", problems: [{ code: "MANIFEST_MISSING", file: "no/where", line: 1, column: 1 }] },
      ],
    });
    expect([spoken.exit, words({ ...spoken, stdout: "" }).includes("MANIFEST_MISSING")]).toEqual([2, true]);
  });
});

describe("a compile error", () => {
  it("exits 1 with the compiler's first error at its place and the rest in the log", async () => {
    const folder = add("broken", '#include "tile.h"\nint f() {\n  return nothing;\n}\nint g() { return 1 }\n');
    writeFileSync(join(folder, "tile.h"), "");
    const spoken = await openxpu("check", folder, "--no-measure", "--suite", "smoke", ...OUT);
    expect(spoken.exit).toBe(1);
    const text = words(spoken);
    expect(text).toContain(`✘ COMPILE_ERROR   ${folder}/kernel.cc:3:10`);
    expect(text).toMatch(/.nothing. was not declared in this scope/);
    const records = join(tree.root, "out/records");
    const logs = readdirSync(records).filter((name) => name.endsWith(".acme.broken.log"));
    expect(logs).toHaveLength(1);
    expect(readFileSync(join(records, logs[0] ?? ""), "utf8")).toContain("kernel.cc:5:19: error");
  }, 60_000);
});

describe("an output that cannot be written", () => {
  it("is a fault of the machine, told without a trace", async () => {
    const spoken = await openxpu("check", "no/where", "--out", join(tree.root, "acme/vendor.yaml"));
    expect(spoken.exit).toBe(3);
    expect(words(spoken)).toMatch(/✘ DISK {3}.*vendor\.yaml[\s\S]*fix check the path/);
  });
});

describe("help", () => {
  const verbs = [
    "",
    "check",
    "suite",
    "suite list",
    "suite run",
    "report",
    "repro",
    "new",
    "new submission",
    "header",
    "doctor",
    "bench",
  ];
  it.each(verbs)("openxpu %s --help exits 0 and says how it is used", async (verb) => {
    const spoken = await openxpu(...verb.split(" ").filter((word) => word !== ""), "--help");
    expect([spoken.exit, spoken.stderr]).toEqual([0, ""]);
    expect(spoken.stdout).toContain(`Usage: ${`openxpu ${verb}`.trim()}`);
    for (const one of verbs.filter((name) => verb === "" && name !== "" && !name.includes(" ")))
      expect(spoken.stdout).toContain(`  ${one}`);
  });

  it("openxpu header prints a stub that names every argument", async () => {
    const { exit, stdout } = await openxpu("header", "qlinear_conv2d", "--entry", "mine");
    expect(exit).toBe(0);
    for (const name of [
      "x_scale",
      "y_zero_point",
      "Optional<TensorView> bias",
      "Array<int64_t> pads",
      "TYPED_FUNC(mine, ",
    ])
      expect(stdout).toContain(name);
  });

  it("openxpu suite list names every suite with what it selects, also as JSON", async () => {
    const { exit, stdout } = await openxpu("suite", "list");
    expect([exit, stdout.includes(`  ${CONV}`)]).toEqual([0, true]);
    const rows: readonly { readonly suite: string; readonly submissions: readonly string[] }[] = JSON.parse(
      (await openxpu("suite", "list", "--json", "-")).stdout,
    );
    expect(rows.find((row) => row.suite === "default")?.submissions).toContain(CONV);
  });
});
