// The shape of the code, checked on the import graph itself: a linter that looks at nothing also prints a green tick.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { violations } from "./testing/direction.ts";
import { codeLines, findCycle, importsOf, type SourceFile } from "./testing/imports.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Just below today's number: fewer means that the scan lost sight of some. */
const LEAST_FILES = 170;
const MOST_LINES = 250;
const FOLDERS = [".ci", ".github", "harness", "kernels", "reports", "suites", "vendors"];

/** Makers of chips and their products, which the harness itself must not know. */
const VENDORS = /\b(cambricon|iluvatar|huawei|hygon|metax|moore ?threads|kunlunxin|enflame|biren)\b/i;
const CHIPS = /\b(mlu\d{3}|bi-?v?1[05]0|zk100|910[abc]|[ah]100|h200|mi[23]\d{2}|c500)\b/i;

/** Files of the repository by their ending. */
function list(folders: readonly string[], ending: RegExp): readonly SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => ending.test(name) && !name.includes("node_modules"))
      .map((name) => ({ path: `${folder}/${name}`, text: readFileSync(join(ROOT, folder, name), "utf8") })),
  );
}

const SOURCES = list(["harness", "kernels", "reports"], /\.m?ts$/);
const TYPESCRIPT = SOURCES.filter(({ path }) => path.endsWith(".ts"));
/** Code and manifests; prose may name whom it likes, tests need names. */
const CODE = list(["harness", "kernels", "reports", "suites"], /\.(ts|mjs|c|cc|h|py|ya?ml|json)$/).filter(
  ({ path }) =>
    !/\.test\.ts$|\/testing\/|\/test_[^/]*\.py$|^harness\/(devices|decisions)\//.test(path) &&
    path !== "harness/architecture.test.ts",
);

describe("the rules of direction", () => {
  test("the scan saw the whole tree", () => {
    expect(TYPESCRIPT.length).toBeGreaterThan(LEAST_FILES);
    expect(TYPESCRIPT.flatMap(importsOf).length).toBeGreaterThan(LEAST_FILES);
  });

  test("every file imports only what its part of the repository may", () => {
    expect(TYPESCRIPT.flatMap(violations)).toEqual([]);
  });

  test("there is no cycle", () => {
    expect(findCycle(TYPESCRIPT)).toBeUndefined();
  });

  const planted: readonly (readonly [string, string, string])[] = [
    ["harness/domain/tensor.ts", 'import { readFile } from "node:fs/promises";', "node:fs/promises"],
    ["harness/domain/tensor.ts", 'import type { Files } from "../io/files.ts";', "harness/io/files.ts"],
    ["harness/onnx/model.ts", 'import { parse } from "yaml";', "yaml"],
    ["harness/stages/compare/ulp.ts", 'export { run } from "../execute/run.ts";', "harness/stages/execute/run.ts"],
    ["harness/stages/compare/ulp.ts", 'import {\n  Bench,\n} from "tinybench";', "tinybench"],
    ["harness/stages/build/compile.ts", 'const { $ } = await import("zx");', "zx"],
    ["harness/pipeline.ts", 'import { world } from "./io/main.ts";', "harness/io/main.ts"],
    ["harness/commands/check.ts", 'import "../io/main.ts";', "harness/io/main.ts"],
    ["harness/io/files.ts", 'import { judge } from "../stages/compare/judge.ts";', "harness/stages/compare/judge.ts"],
    ["reports/site.ts", 'import { check } from "../harness/pipeline.ts";', "harness/pipeline.ts"],
    ["kernels/conv/oracle.ts", 'import { model } from "../../harness/onnx/model.ts";', "harness/onnx/model.ts"],
    [
      "kernels/conv/reference/onnx.ts",
      'import { inputs } from "../../attention/inputs.ts";',
      "kernels/attention/inputs.ts",
    ],
    ["kernels/conv/oracle.ts", 'import { cpus } from "node:os";', "node:os"],
  ];
  test.each(planted)("%s may not hold `%s`", (path, text, target) => {
    expect(violations({ path, text })).toEqual([expect.stringContaining(`imports ${target},`)]);
  });

  test("a file outside every part is a violation", () => {
    expect(violations({ path: "harness/misc/thing.ts", text: "" })).toHaveLength(1);
  });

  test("a cycle is found through files that import types only", () => {
    const file = (name: string, next: string): SourceFile => ({
      path: `harness/domain/${name}.ts`,
      text: `import type { T } from "./${next}.ts";`,
    });
    expect(findCycle([file("a", "b"), file("b", "c"), file("c", "b")])).toEqual([
      "harness/domain/b.ts",
      "harness/domain/c.ts",
      "harness/domain/b.ts",
    ]);
  });
});

describe("size", () => {
  test(`no file has more than ${MOST_LINES} lines of code`, () => {
    const python = list(["harness", "kernels"], /\.py$/).map(({ path, text }) => ({
      path,
      text: text.replaceAll(/^\s*#.*$/gm, ""),
    }));
    expect([...SOURCES, ...python].filter(({ text }) => codeLines(text) > MOST_LINES).map(({ path }) => path)).toEqual(
      [],
    );
  });

  test("comments and blank lines do not count", () => {
    expect(codeLines("// one\n\n/** two\n * three\n */\nconst four = 4; // five\n/* six */\nfour();\n")).toBe(2);
  });
});

describe("names", () => {
  test("the folders at the top are those of the map", () => {
    const present = readdirSync(ROOT, { withFileTypes: true }).filter(
      (entry) => entry.isDirectory() && (!entry.name.startsWith(".") || FOLDERS.includes(entry.name)),
    );
    const names = present.map(({ name }) => name).filter((name) => name !== "node_modules" && name !== "dist");
    // Workflows come later than the first release of the harness.
    expect(names.sort()).toEqual(FOLDERS);
  });

  test("makers of chips are named under vendors/ and devices/ only", () => {
    expect(CODE.length).toBeGreaterThan(LEAST_FILES);
    expect(CODE.filter(({ text }) => VENDORS.test(text)).map(({ path }) => path)).toEqual([]);
  });

  test("chips are named under vendors/ and devices/ only", () => {
    expect(CODE.filter(({ text }) => CHIPS.test(text)).map(({ path }) => path)).toEqual([]);
  });

  test("no file is named for its mechanism", () => {
    const banned = /(^|[/_.-])(plugin|manager|helper|service|util|utils|handler|data|info)s?([_.-]|$)/;
    const names = CODE.map(({ path }) => path).filter((path) => banned.test(path.split("/").at(-1) ?? ""));
    expect(names).toEqual([]);
  });
});
