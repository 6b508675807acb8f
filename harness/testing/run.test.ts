// `npm test` on a miniature repository: everything that is wrong is counted, and nothing passes unseen.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const RUN = new URL("run.mjs", import.meta.url).href;
let root: string;

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "openxpu-run-"));
  symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"));
  cpSync(join(ROOT, "vitest.config.ts"), join(root, "vitest.config.ts"));
  mkdirSync(join(root, ".openxpu/venv/bin"), { recursive: true });
  symlinkSync(join(ROOT, ".openxpu/venv/bin/python"), join(root, ".openxpu/venv/bin/python"));
  write("package.json", '{"type": "module", "scripts": {"check:one": "true"}}');
  write("harness/broker/build.json", '{"outputs": [{"name": "a", "sources": ["a.c"], "flags": ["-O2", "-lm"]}]}');
  write("harness/broker/a.c", "int main(void) { return 0; }\n");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Runs the checks and tests of the miniature. */
function run(...filters: readonly string[]): {
  readonly status: number | null;
  readonly stdout: string;
  readonly closing: string;
} {
  const program = `import { main } from ${JSON.stringify(RUN)}; process.exitCode = await main(${JSON.stringify(root)}, ${JSON.stringify(filters)});`;
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("VITEST")));
  const { status, stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    cwd: root,
    encoding: "utf8",
    env: own,
  });
  return { status, stdout, closing: stdout.trimEnd().split("\n").at(-1) ?? "" };
}

const TEST = 'import { expect, test } from "vitest";\n';
const PYTHON = "import unittest\n\nclass T(unittest.TestCase):\n";

test("what passes is counted once each", () => {
  write("harness/a.test.ts", `${TEST}test("a", () => expect(1).toBe(1));\ntest("b", () => {});\n`);
  write("kernels/op/test_a.py", `${PYTHON}    def test_a(self) -> None:\n        self.assertTrue(True)\n`);
  // The script, C, two tests of TypeScript, one of Python.
  expect(run()).toMatchObject({ status: 0, closing: "5 passed, 0 failed" });
});

test("what fails is counted once each, with its output", () => {
  write("package.json", '{"type": "module", "scripts": {"check:one": "echo the check says no; false"}}');
  write("harness/broker/a.c", "int main(void) { int unused; return 0; }\n");
  write("harness/a.test.ts", `${TEST}test("a", () => expect(1).toBe(2));\ntest("b", () => {});\n`);
  write("harness/b.test.ts", 'import "./absent.ts";\n');
  write(
    "harness/d.test.ts",
    `${TEST.replace("test }", "beforeAll, test }")}beforeAll(() => { throw new Error("no group"); });\ntest("d", () => {});\n`,
  );
  write("harness/c.test.ts", `${TEST}test("c", () => { setTimeout(() => { throw new Error("late"); }, 0); });\n`);
  write(
    "harness/broker/test_a.py",
    `${PYTHON}    def test_a(self) -> None:\n        self.fail("python says no")\n    def test_b(self) -> None:\n        pass\n`,
  );
  write("harness/broker/test_b.py", "raise SystemExit(0)\n");
  const { status, stdout, closing } = run();
  expect(status).toBe(1);
  for (const text of [
    "the check says no",
    "unused variable",
    "harness/b.test.ts failed outside its tests",
    "harness/d.test.ts failed outside its tests",
    "late",
    "python says no",
  ])
    expect(stdout).toContain(text);
  // Failed: script, C, a.test a, b.test and d.test as a whole, the late error, test_a.py test_a, test_b.py as a whole. Passed: a.test b, c.test, test_b.
  expect(closing).toBe("3 passed, 8 failed");
});

test("a skip says why, or fails", () => {
  write(
    "harness/a.test.ts",
    `${TEST}test("a", (context) => context.skip("no device here"));\ntest.skip("b", () => {});\ntest("c", () => {});\n`,
  );
  write(
    "harness/test_a.py",
    `${PYTHON}    @unittest.skip("needs a driver")\n    def test_a(self) -> None:\n        pass\n    def test_b(self) -> None:\n        pass\n`,
  );
  const { status, stdout, closing } = run("harness/");
  expect(status).toBe(1);
  expect(stdout).toContain("skipped harness/a.test.ts > a: no device here");
  expect(stdout).toContain("skipped test_a: needs a driver");
  expect(stdout).toContain("✘ skipped without a reason: harness/a.test.ts > b");
  expect(closing).toBe("2 passed, 1 failed, 2 skipped");
});

test("no test at all is no success", () => {
  expect(run("nothing is named like this")).toMatchObject({ status: 1, closing: "0 passed, 0 failed" });
});
