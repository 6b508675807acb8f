// A device on a machine that refuses namespaces: told and left alone, unless the flag says to go on; and then no vote may rest on it.
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recordSchema } from "../../domain/run-record.ts";
import { vendorTree } from "../vendor-tree.ts";
import { addSubmissions } from "./submissions.ts";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const REFUSE = at("../../broker/test_refuse.c");
const LAUNCH = at("launch.mjs");
const OPTIONS = ["--suite", "smoke", "--no-measure", "--executor", "native", "--case", "{hidden_0,one_column*}"];
const tree = vendorTree();
const out = join(tree.root, "out");
let folder: string;
let refuse: string;
beforeAll(() => {
  [folder = ""] = addSubmissions(tree);
  refuse = join(tree.root, "refuse");
  execFileSync(process.env["CC"] ?? "cc", ["-D_GNU_SOURCE", REFUSE, "-o", refuse]);
});
afterAll(() => tree.remove());

/** `check` as a container runs it that refuses namespaces. */
function check(...more: readonly string[]): { readonly exit: number | null; readonly words: string } {
  const args = ["namespaces", process.execPath, LAUNCH, "check", folder, ...OPTIONS, "--out", out, ...more];
  const { status, stdout, stderr } = spawnSync(refuse, args, {
    encoding: "utf8",
    env: { PATH: process.env["PATH"], CI: "true" },
  });
  return { exit: status, words: stdout + stderr };
}

describe("--device where isolation is not full", () => {
  it("is refused with what is missing and what to do: exit 3, and nothing is judged", () => {
    const { exit, words } = check("--device", "cpu");
    expect(exit).toBe(3);
    expect(words).toContain("ISOLATION_WEAK   --device cpu needs isolation 'full', and this machine gives 'rlimit'");
    expect(words).toMatch(/namespace.*Operation not permitted[\s\S]*--below-full goes on/);
    expect(readdirSync(`${out}/records`).filter((name) => name.endsWith(".jsonl"))).toEqual([]);
  }, 120_000);

  it("goes on with --below-full, and every record says why it is not votable", () => {
    const { words } = check("--device", "cpu", "--below-full");
    const [file = ""] = readdirSync(`${out}/records`).filter((name) => name.endsWith(".jsonl"));
    expect(words).toContain(file);
    const lines = readFileSync(`${out}/records/${file}`, "utf8").trimEnd().split("\n");
    for (const record of lines.map((line) => recordSchema.parse(JSON.parse(line)))) {
      expect(record.device.isolation).toBe("rlimit");
      expect(record.votable).toContain(
        "isolation 'rlimit' is below the 'full' that a run on a device needs (--below-full)",
      );
    }
    expect(lines).toHaveLength(2);
  }, 120_000);
});
