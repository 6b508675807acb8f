// Rules: the ledger from a checkout's own git, without GitHub. The repositories are real and made here.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { ledgerText } from "../../../reports/audit/testing/ledger.ts";
import type { Ports } from "../../domain/ports.ts";
import { diskFiles } from "../../io/files.ts";
import { fetchedLedger } from "./fetched.ts";

const root = mkdtempSync(join(tmpdir(), "openxpu-fetched-"));
const text = ledgerText();
const AS = ["-c", "user.name=bot", "-c", "user.email=bot@example.test"];
const git = (...args: readonly string[]): string => execFileSync("git", args, { encoding: "utf8", stdio: "pipe" });

const ports: Pick<Ports, "processes" | "files"> = {
  files: diskFiles,
  processes: {
    run: async ([program, ...args], { cwd }) => {
      const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: "utf8" });
      return { code: status, stdout, stderr };
    },
  },
};

/** A repository with a main, and a ledger where `keep` leaves one in its folder; cloned as a job would. */
function cloned(name: string, keep: ((folder: string) => void) | null, ...how: readonly string[]): string {
  const from = join(root, `${name}-origin`);
  git("init", "--quiet", "--initial-branch=main", from);
  git("-C", from, ...AS, "commit", "--quiet", "--allow-empty", "--message=one");
  git("-C", from, ...AS, "commit", "--quiet", "--allow-empty", "--message=two");
  if (keep !== null) {
    git("-C", from, "switch", "--quiet", "--orphan", "governance-ledger");
    keep(from);
    git("-C", from, "add", "--all");
    git("-C", from, ...AS, "commit", "--quiet", "--message=ledger");
    git("-C", from, "switch", "--quiet", "main");
  }
  const to = join(root, name);
  git("clone", "--quiet", ...how, pathToFileURL(from).href, to);
  return to;
}
const whole = (folder: string): void => writeFileSync(join(folder, "ledger.jsonl"), text);

afterAll(() => rmSync(root, { recursive: true }));

describe("a fetched ledger", () => {
  it("is what its branch holds, is written beside the page, and leaves the checkout as it was", async () => {
    const checkout = cloned("whole", whole);
    const site = join(root, "site");
    expect(await fetchedLedger(checkout, site, ports)).toBe(text);
    expect(readFileSync(join(site, "ledger.jsonl"), "utf8")).toBe(text);
    expect(git("-C", checkout, "status", "--porcelain")).toBe("");
  });

  it("is empty while there has been no vote", async () => {
    expect(await fetchedLedger(cloned("none", null), join(root, "none-site"), ports)).toBe("");
  });

  it.each<readonly [string, (folder: string) => void]>([
    ["a link", (folder) => symlinkSync("/etc/hostname", join(folder, "ledger.jsonl"))],
    ["another file", (folder) => writeFileSync(join(folder, "other"), "x")],
  ])("is none where its branch holds %s", async (name, keep) => {
    const checkout = cloned(name.replace(" ", "-"), keep);
    await expect(fetchedLedger(checkout, join(root, "never"), ports)).rejects.toMatchObject({
      code: "GITHUB_FAILED",
      message: "governance-ledger has no file ledger.jsonl",
    });
  });

  it("is not called empty where the checkout has half a history, or none", async () => {
    const shallow = cloned("shallow", whole, "--depth=1");
    for (const checkout of [shallow, root])
      await expect(fetchedLedger(checkout, join(root, "never"), ports)).rejects.toMatchObject({
        code: "GITHUB_FAILED",
        fix: expect.stringContaining("fetch-depth: 0"),
      });
  });
});
