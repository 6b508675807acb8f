// The linter of workflows finds what it is there for: the command of `npm run check:zizmor` is shown a workflow that breaks its rules.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

const PLANTED = `name: planted
on: pull_request_target
jobs:
  build:
    name: Build
    runs-on: ubuntu-24.04
    steps:
      - name: Head
        uses: actions/checkout@v4
        with:
          ref: \${{ github.event.pull_request.head.sha }}
      - name: Title
        run: echo "\${{ github.event.pull_request.title }}"
`;

it("the check of workflows names every fault of a planted one", () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  const folder = mkdtempSync(join(tmpdir(), "openxpu-zizmor-"));
  try {
    mkdirSync(join(folder, ".github/workflows"), { recursive: true });
    writeFileSync(join(folder, ".github/workflows/planted.yml"), PLANTED);
    symlinkSync(join(ROOT, ".openxpu"), join(folder, ".openxpu"));
    const command = scripts["check:zizmor"] ?? "";
    const { status, stdout } = spawnSync("sh", ["-c", command], { cwd: folder, encoding: "utf8", timeout: 30_000 });
    expect(status).toBeGreaterThan(0);
    for (const fault of [
      "dangerous-triggers",
      "template-injection",
      "unpinned-uses",
      "artipacked",
      "excessive-permissions",
    ])
      expect(stdout).toContain(`[${fault}]`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
