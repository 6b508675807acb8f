// Ctrl-C and a runner that is taken away: the run ends with everything it started, says how to go on, and goes on.
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { runSchema } from "../../domain/run-record.ts";
import { openxpu } from "../terminal.ts";
import { vendorTree } from "../vendor-tree.ts";
import { alive, partsOf } from "./processes.ts";
import { addSubmissions } from "./submissions.ts";

const LAUNCH = fileURLToPath(new URL("launch.mjs", import.meta.url));
const OPTIONS = ["--suite", "smoke", "--no-measure", "--executor", "native", "--case", "{hidden_*,one_*}"];
const tree = vendorTree();
const folders = addSubmissions(tree);
afterAll(() => tree.remove());

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Starts a run, sends a signal as soon as its broker is there, and gives what it said, its exit and who is left. */
async function interrupted(
  signal: NodeJS.Signals,
  out: string,
): Promise<{ exit: number | null; words: string; left: number }> {
  const judge = spawn(process.execPath, [LAUNCH, "check", ...folders, ...OPTIONS, "--out", out], { detached: true });
  let words = "";
  for (const stream of [judge.stdout, judge.stderr]) stream.on("data", (chunk: Buffer) => (words += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => judge.once("close", resolve));
  const begun = (): boolean =>
    existsSync(`${out}/records`) && partsOf(judge.pid ?? 0).some(([part]) => part === "zygote");
  while (!begun() && judge.exitCode === null) await sleep(10);
  const all = partsOf(judge.pid ?? 0).map(([, one]) => one);
  judge.kill(signal);
  const exit = await ended;
  for (let looks = 0; looks < 500 && alive(all).length > 0; looks += 1) await sleep(10);
  return { exit, words, left: alive(all).length };
}

describe("a run that is interrupted", () => {
  it.each<[NodeJS.Signals, number]>([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ])(
    "by %s ends with %d and everything it started, and can go on",
    async (signal, code) => {
      const out = join(tree.root, signal);
      const { exit, words, left } = await interrupted(signal, out);
      const run =
        readdirSync(`${out}/records`)
          .find((name) => name.endsWith(".run.json"))
          ?.replace(".run.json", "") ?? "";
      expect([exit, left]).toEqual([code, 0]);
      expect(words).toMatch(new RegExp(`interrupted: \\d+ finished records .* check --resume ${run} --out ${out}`));
      const again = await openxpu("check", "--resume", run, "--out", out, "--json", "-");
      const document = runSchema.parse(JSON.parse(again.stdout));
      expect([document.run, document.submissions.map(({ records }) => records.length)]).toEqual([run, [4, 4, 4, 4]]);
    },
    180_000,
  );
});

describe("--resume", () => {
  it.each([
    [["check", "a", "--resume", "x"], "goes on with what it began with"],
    [["check", "--resume", "x", "--seed", "5".repeat(32)], "goes on with what it began with"],
    [["suite", "run", "smoke", "--resume", "x"], "goes on with what it began with"],
    [["check", "--resume", "20261122T101500Z-3fa91c"], "no run of that name began here"],
    [["suite", "run", "--resume", "../../x"], "no run of that name began here"],
  ])("%j is refused: exit 2", async (typed, said) => {
    const { exit, stderr } = await openxpu(...typed);
    expect([exit, stderr]).toEqual([2, expect.stringContaining(said)]);
  });

  it("is refused where a source has changed since", async () => {
    const out = join(tree.root, "changed");
    const [folder = ""] = folders;
    const name = folder.split("/").at(-1) ?? "";
    await openxpu("check", folder, ...OPTIONS, "--out", out);
    const run =
      readdirSync(`${out}/records`)
        .find((file) => file.endsWith(".run.json"))
        ?.replace(".run.json", "") ?? "";
    tree.add(name, { "NOTES.md": "something else\n" });
    const { exit, stderr } = await openxpu("check", "--resume", run, "--out", out);
    expect([exit, stderr]).toEqual([2, expect.stringMatching(/RUN_CHANGED {3}acme\/right.*\n.*source is not the one/)]);
  }, 120_000);
});
