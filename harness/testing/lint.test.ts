// The lint configuration finds what it is there for: each rule is shown a file that breaks it.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Folder of the repository, offending text, rule. */
const PLANTED: readonly (readonly [string, string, string])[] = [
  ["harness/domain", 'import { a } from "../io/a.ts";\nexport { a };', "eslint(no-restricted-imports)"],
  ["harness/onnx", 'import { a } from "yaml";\nexport { a };', "eslint(no-restricted-imports)"],
  ["harness/stages/compare", 'import { a } from "../execute/a.ts";\nexport { a };', "eslint(no-restricted-imports)"],
  ["harness/stages/build", 'import { a } from "tinybench";\nexport { a };', "eslint(no-restricted-imports)"],
  ["harness/stages/measure", 'import { a } from "../../io/a.ts";\nexport { a };', "eslint(no-restricted-imports)"],
  ["harness/stages/validate", 'import { a } from "node:fs";\nexport { a };', "eslint(no-restricted-imports)"],
  ["harness/pipeline", 'import { a } from "../io/a.ts";\nexport { a };', "eslint(no-restricted-imports)"],
  ["harness/commands", 'import { a } from "../io/a.ts";\nexport { a };', "eslint(no-restricted-imports)"],
  ["harness/commands/text", 'import { a } from "../../io/a.ts";\nexport { a };', "eslint(no-restricted-imports)"],
  ["harness/io", 'import { a } from "../stages/compare/a.ts";\nexport { a };', "eslint(no-restricted-imports)"],
  ["reports", 'import { a } from "../harness/pipeline.ts";\nexport { a };', "eslint(no-restricted-imports)"],
  ["reports/case", 'import { a } from "../../harness/io/a.ts";\nexport { a };', "eslint(no-restricted-imports)"],
  ["kernels/conv", 'import { a } from "../../harness/onnx/a.ts";\nexport { a };', "eslint(no-restricted-imports)"],
  [
    "kernels/conv/reference",
    'import { a } from "../../../harness/io/a.ts";\nexport { a };',
    "eslint(no-restricted-imports)",
  ],
  ["harness/io", "export const a: any = 1;", "typescript(no-explicit-any)"],
  ["harness/io", "export const a = (b: string | undefined): string => b!;", "typescript(no-non-null-assertion)"],
  [
    "harness/io",
    'import { A } from "./a.ts";\nexport const a = (b: A): A => b;',
    "typescript(consistent-type-imports)",
  ],
  ["harness/io", "const a = async (): Promise<void> => {};\na();", "typescript(no-floating-promises)"],
  [
    "harness/io",
    'export const a = (b: "x" | "y"): void => {\n  switch (b) {\n    case "x":\n      break;\n  }\n};',
    "typescript(switch-exhaustiveness-check)",
  ],
  ["harness/io", 'console.log("a");', "eslint(no-console)"],
  ["harness/io", 'export const a = process.env["A"];', "node(no-process-env)"],
  ["harness/io", "export const a = [\n".concat("  1,\n".repeat(260), "];"), "eslint(max-lines)"],
  [
    "harness/io",
    `export const a = (b: number): number => {\n${"  if (b > 1) return b;\n".repeat(21)}  return 0;\n};`,
    "eslint(complexity)",
  ],
];

let root: string;
let found: ReadonlySet<string>;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "openxpu-lint-"));
  symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"));
  for (const name of [".oxlintrc.json", "tsconfig.json"]) cpSync(join(ROOT, name), join(root, name));
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `${text}\n`);
  };
  for (const [index, [folder, text]] of PLANTED.entries()) write(`${folder}/planted-${index}.ts`, text);
  write(
    "harness/io/a.ts",
    'export interface A {\n  readonly a: 1;\n}\nimport type { B } from "./b.ts";\nexport type C = B;',
  );
  write("harness/io/b.ts", 'import { x } from "./c.ts";\nexport type B = typeof x;\nexport const y = x;');
  write("harness/io/c.ts", 'import { y } from "./b.ts";\nexport const x: number = y;');
  const oxlint = join(ROOT, "node_modules", ".bin", "oxlint");
  const { stdout } = spawnSync(oxlint, ["--type-aware", "--format=json"], {
    cwd: root,
    encoding: "utf8",
    timeout: 50_000,
  });
  const { diagnostics }: { readonly diagnostics: readonly { readonly filename: string; readonly code: string }[] } =
    JSON.parse(stdout);
  found = new Set(diagnostics.map(({ filename, code }) => `${filename} ${code}`));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

test.each(PLANTED.map(([folder, , rule], index) => [`${folder}/planted-${index}.ts`, rule] as const))(
  "%s: %s",
  (path, rule) => {
    expect([...found]).toContain(`${path} ${rule}`);
  },
);

test("a cycle between files: import(no-cycle)", () => {
  expect([...found]).toContain("harness/io/b.ts import(no-cycle)");
});
