// Bad input: every way a submission folder can be wrong gives its code, its place and its fix, and never an exception.
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { diskFiles } from "../../io/files.ts";
import {
  type Changes,
  catalogueOf,
  edited,
  MINIATURE,
  miniature,
  ROOT,
  SUBMISSION,
  SUBMISSION_YAML,
  submissionProblems,
} from "../../testing/miniature.ts";
import { expectProblem, rows } from "../../testing/rows.ts";
import { submissionYaml, vendorTree } from "../../testing/vendor-tree.ts";
import { validateSubmission } from "./submission.ts";

const YAML = `${SUBMISSION}/submission.yaml`;
const SOURCE = `${SUBMISSION}/kernel.cc`;
const PROVENANCE = `${SUBMISSION}/PROVENANCE.yaml`;
const VENDOR = "vendors/acme/vendor.yaml";

const EDITS = rows(`
  a licence that is no SPDX identifier: Apache-2.0 => Apache-2
    LICENSE_INVALID 5:10 'Apache-2' is no SPDX licence identifier · did you mean 'Apache-2.0'?
  a licence near nothing: Apache-2.0 => all rights reserved
    LICENSE_INVALID 5:10 'all rights reserved' is no SPDX · for example Apache-2.0
  a folder with another name: submission: sums => submission: summs
    SUBMISSION_MISPLACED 2:13 'summs' lies in a folder named 'sums' · give both the same name
  a source that is not there: kernel.cc => kernels.cc
    SOURCE_MISSING 7:34 there is no file 'kernels.cc' · add the file
  a folder for a source: kernel.cc => .
    SOURCE_MISSING 7:34 there is no file '.' · add the file
  a source above the folder: kernel.cc => ../sums/kernel.cc
    SOURCE_OUTSIDE 7:34 '../sums/kernel.cc' leaves the folder · name a file inside the folder
  a source that goes down and up again: kernel.cc => a/../../vendor.yaml
    SOURCE_OUTSIDE 7:34 leaves the folder · name a file inside the folder
  an absolute source: kernel.cc => /tree/vendors/acme/sums/kernel.cc
    SOURCE_OUTSIDE 7:34 leaves the folder · name a file inside the folder
  a source with a NUL: kernel.cc => "kernel.cc\\0"
    SOURCE_OUTSIDE 7:34 leaves the folder · name a file inside the folder
`);

/** Other files of the tree, and what must be said. */
const FILES: readonly (readonly [rule: string, changes: Changes, expected: string])[] = [
  ["no manifest", { [YAML]: null }, "MANIFEST_MISSING 1:1 no such file · npx openxpu new submission"],
  ["no vendor", { [VENDOR]: null }, `MANIFEST_MISSING ${VENDOR}:1:1 no such file · create it`],
  ["no provenance", { [PROVENANCE]: null }, `MANIFEST_MISSING ${PROVENANCE}:1:1 no such file · create it`],
  ["a locked manifest", { [YAML]: { unreadable: "EACCES" } }, "MANIFEST_UNREADABLE 1:1 EACCES · permissions"],
  ["a linked manifest", { [YAML]: { odd: "link" } }, "MANIFEST_UNREADABLE 1:1 a link, not a file · a regular file"],
  ["a pipe for a manifest", { [YAML]: { odd: "other" } }, "MANIFEST_UNREADABLE 1:1 a special file · a regular file"],
  [
    "no licence text",
    { [`${SUBMISSION}/LICENSE`]: null },
    `LICENSE_INVALID ${SUBMISSION}/LICENSE:1:1 no licence text · add`,
  ],
  [
    "a vendor's folder with another name",
    { [VENDOR]: (MINIATURE[VENDOR] ?? "").replace("vendor: acme", "vendor: acne") },
    `SUBMISSION_MISPLACED ${VENDOR}:2:9 'acne' lies in a folder named 'acme' · give both the same name`,
  ],
  ["a linked source", { [SOURCE]: { odd: "link" } }, "SOURCE_OUTSIDE 7:34 'kernel.cc' is a link · the file itself"],
  ["a locked source", { [SOURCE]: { unreadable: "EACCES" } }, "SOURCE_MISSING 7:34 cannot be read: EACCES · permis"],
  [
    "a source of 4 MiB and a byte",
    { [SOURCE]: new Uint8Array(2 ** 22 + 1) },
    "SOURCE_OUTSIDE 7:34 'kernel.cc' is larger than 4 MiB · that people can review",
  ],
  [
    "a file that is too large to be looked at",
    { [`${SUBMISSION}/weights.bin`]: new Uint8Array(2 ** 24) },
    `SOURCE_OUTSIDE ${SUBMISSION}/weights.bin:1:1 with it the folder is larger than 16 MiB · that people can review`,
  ],
  [
    "more files than people can review",
    Object.fromEntries(Array.from({ length: 1025 }, (_, index) => [`${SUBMISSION}/more/${index}.h`, ""])),
    `SOURCE_OUTSIDE ${SUBMISSION}:1:1 it has more than 1024 files · that people can review`,
  ],
  [
    "folders without an end",
    { [`${SUBMISSION}/${"a/".repeat(20)}b.h`]: "" },
    `SOURCE_OUTSIDE ${SUBMISSION}/${"a/".repeat(16)}a:1:1 folders lie more than 16 deep · that people can review`,
  ],
  [
    "a manifest that is too large to be parsed",
    { [YAML]: `# ${"x".repeat(2 ** 18)}\n` },
    "MANIFEST_UNREADABLE 1:1 it is larger than 256 KiB · leave out",
  ],
  [
    "a link that no manifest names",
    { [`${SUBMISSION}/include`]: { odd: "link" } },
    `SOURCE_OUTSIDE ${SUBMISSION}/include:1:1 a link or a special file · remove it`,
  ],
  [
    "another locked file",
    { [`${SUBMISSION}/notes.md`]: { unreadable: "EACCES" } },
    `MANIFEST_UNREADABLE ${SUBMISSION}:1:1 EACCES · names and permissions`,
  ],
];

describe("one thing wrong with a submission is one problem with a code, a place and a fix", () => {
  it.each(EDITS)("%s", async (_rule, { from, to, expected }) => {
    expectProblem(await submissionProblems(edited(from, to)), expected, YAML);
  });

  it.each(FILES)("%s", async (_rule, changes, expected) => {
    expectProblem(await submissionProblems(changes), expected, YAML);
  });

  it("a misspelt key is not also a missing one", async () => {
    const found = await submissionProblems({
      [YAML]: SUBMISSION_YAML.replace("op:", "ops:").replace("entry", "enter"),
    });
    expect(found.map(({ code, fix }) => [code, fix])).toEqual([
      ["KEY_UNKNOWN", "did you mean 'op'?"],
      ["KEY_UNKNOWN", "did you mean 'entry'?"],
    ]);
  });
});

describe("a submission as a whole", () => {
  it("is valid when nothing is wrong, with its defaults and a digest over every file", async () => {
    const validate = async (changes: Changes): Promise<string> => {
      const files = miniature(changes);
      const checked = await validateSubmission(`${ROOT}/${SUBMISSION}`, SUBMISSION, await catalogueOf(files), files);
      if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
      expect(checked.value.manifest.resources).toEqual({ threads: 1, memory: 2 ** 30, timeout: 60 });
      expect(checked.value.manifest.requires.align).toBe(256);
      return checked.value.digest;
    };
    const digest = await validate({});
    expect(await validate({})).toBe(digest);
    expect(await validate({ [SOURCE]: "int sum;\n" })).not.toBe(digest);
    expect(await validate({ [`${SUBMISSION}/empty.h`]: "" })).not.toBe(digest);
  });

  it("shows every problem at once, over all its files", async () => {
    const wrong = SUBMISSION_YAML.replace("kernel.cc", "../k.cc").replace("Apache-2.0", "Apache-2");
    const stray = { [`${SUBMISSION}/stray`]: { odd: "link" } } as const;
    const found = await submissionProblems({ [YAML]: wrong.replace("fp32", "fp33"), [PROVENANCE]: null, ...stray });
    const codes = ["MANIFEST_MISSING", "LICENSE_INVALID", "SOURCE_OUTSIDE", "NUMERICS_UNKNOWN", "SOURCE_OUTSIDE"];
    expect(found.map((problem) => problem.code)).toEqual(codes);
  });

  it("may have a file whose name begins with two dots", async () => {
    const there = { [SOURCE]: null, [`${SUBMISSION}/..kernel.cc`]: "int a;\n" };
    expect(await submissionProblems({ ...edited("kernel.cc", "..kernel.cc"), ...there })).toEqual([]);
  });

  it("that is not a folder is missing", async () => {
    const files = miniature();
    const catalogue = await catalogueOf(files);
    const check = async (path: string): Promise<unknown> =>
      validateSubmission(`${ROOT}/${path}`, path, catalogue, files);
    const absent = { code: "MANIFEST_MISSING", message: "there is no such folder" };
    const place = { file: "nowhere", line: 1, column: 1 };
    expect(await check("nowhere")).toMatchObject({ ok: false, problems: [{ ...absent, place }] });
    expect(await check(SOURCE)).toMatchObject({ ok: false, problems: [{ message: "it is a file, not a folder" }] });
  });

  it("typed as '.' has its vendor's manifest at '../vendor.yaml'", async () => {
    const files = miniature({ [VENDOR]: null });
    const checked = await validateSubmission(`${ROOT}/${SUBMISSION}`, ".", await catalogueOf(files), files);
    expect(checked.ok ? [] : checked.problems.map(({ place }) => place.file)).toEqual(["../vendor.yaml"]);
  });
});

describe("links on a real disk", () => {
  const tree = vendorTree();
  afterAll(() => tree.remove());

  /** Codes and places of a submission whose folder was changed. */
  async function check(name: string, source: string, change: (folder: string) => void): Promise<string[]> {
    const yaml = submissionYaml(name, "window_sum", "fp32").replace("kernel.cc", source);
    const folder = tree.add(name, { "submission.yaml": yaml, "kernel.cc": "int a;\n" });
    change(folder);
    const checked = await validateSubmission(folder, name, await catalogueOf(miniature()), diskFiles);
    return checked.ok ? [] : checked.problems.map(({ code, place }) => `${code} ${place.file}:${place.line}`);
  }

  it("a source behind a linked folder lies outside", async () => {
    const link = (folder: string): void => symlinkSync("/etc", join(folder, "include"));
    expect(await check("behind", "include/passwd", link)).toEqual(["SOURCE_OUTSIDE behind/submission.yaml:7"]);
  });

  it("a link that leads to itself is no source", async () => {
    const link = (folder: string): void => symlinkSync("loop", join(folder, "loop"));
    expect(await check("loops", "loop/kernel.cc", link)).toEqual(["SOURCE_MISSING loops/submission.yaml:7"]);
  });

  it("a name longer than a file system takes is a problem, not an exception", async () => {
    const found = await check("long_name", `${"a".repeat(300)}.cc`, () => {});
    expect(found).toEqual(["SOURCE_MISSING long_name/submission.yaml:7"]);
  });

  it("a folder in the place of a manifest is unreadable", async () => {
    const swap = (folder: string): void => {
      rmSync(join(folder, "PROVENANCE.yaml"));
      mkdirSync(join(folder, "PROVENANCE.yaml"));
      writeFileSync(join(folder, "PROVENANCE.yaml", "a"), "");
    };
    expect(await check("folder", "kernel.cc", swap)).toEqual(["MANIFEST_UNREADABLE folder/PROVENANCE.yaml:1"]);
  });
});
