// The way of a real submission on the command line: judged twice, packed, uploaded, looked into, and a vote on it opened on the twin of GitHub.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EMULATE } from "../../domain/workflow.ts";
import type { Twin } from "../../testing/github/twin.ts";
import { openxpuIn, type Spoken } from "../../testing/terminal.ts";
import { type Brought, brought } from "./testing/pull-request.ts";

const read = (path: string): string => readFileSync(path, "utf8");

let world: Brought;
let twin: Twin;
let pull: number;

const vote = (...argv: readonly string[]): Promise<Spoken> => world.vote(...argv);
const head = (): string => world.head();

const JOBS = ["emulate-a", "emulate-b"];
/** A judging takes seconds, and many times that on a machine that does other things. */
const PATIENCE_MS = 300_000;

/** A run of pr-emulate on the head: each of its jobs judges. */
async function judged(): Promise<void> {
  const run = twin.completeRun({ path: EMULATE, head: head() });
  for (const job of JOBS) await world.upload(run, job, await world.judge(run, job));
}

/** A run whose jobs tell one lie. */
async function forged(spoil: (lines: string) => string): Promise<void> {
  const run = twin.completeRun({ path: EMULATE, head: head() });
  const lie = spoil(await world.judge(run, "emulate-a"));
  for (const job of JOBS) await world.upload(run, job, lie);
}

beforeAll(async () => {
  world = await brought("vendors/cambricon/mlu_conv2d_nhwc_int8");
  ({ twin, pull } = world);
});
afterAll(() => world.stop());

describe("openxpu vote, in order", () => {
  it("waits for evidence and says so", async () => {
    const { exit, stdout } = await vote("explain", "--pull", String(pull));
    expect([exit, stdout]).toEqual([0, expect.stringContaining("pr-emulate.yml has not finished on this head")]);
  });

  it(
    "refuses forged evidence by name, reports it, and opens nothing",
    async () => {
      await forged((lines) => lines.replace('"mismatches":0', '"mismatches":3'));
      await vote("reconcile");
      expect(twin.world().checks[head()]?.["openxpu/vote"]).toMatchObject({
        conclusion: "action_required",
        title: expect.stringContaining("was refused"),
      });
      expect(Object.values(twin.world().issues)).toHaveLength(1);
    },
    PATIENCE_MS,
  );

  it(
    "says what it would do, and does nothing, with --dry-run",
    async () => {
      await judged();
      const before = twin.world();
      const { exit, stderr } = await vote("open", "--pull", String(pull), "--dry-run");
      expect([exit, stderr]).toEqual([0, expect.stringContaining("would: ledger: opened")]);
      expect(twin.world()).toEqual(before);
    },
    PATIENCE_MS,
  );

  it("opens a vote on honest evidence, with the table that people decide by", async () => {
    const { exit, stderr } = await vote("open", "--pull", String(pull));
    expect(exit, stderr).toBe(0);
    const issue = Object.values(twin.world().issues).find(({ title }) => title.startsWith("Vote: "));
    expect(issue?.title).toBe(`Vote: cambricon/mlu_conv2d_nhwc_int8 1.0.0 (#${pull} at ${head().slice(0, 7)})`);
    expect(issue?.body).toContain("✔ PASSED");
    expect(issue?.body).toContain("of the submitting vendor cambricon");
  });

  it(
    "rests on evidence that anybody can repeat: repro takes the bundle",
    async () => {
      const run = readdirSync(world.folder).find((name) => name.endsWith("emulate-a")) ?? "";
      const bundle = join(world.folder, run, "bundle");
      const [line = ""] = read(join(bundle, "records.jsonl")).split("\n");
      const { repeat } = JSON.parse(line) as { repeat: string };
      const { exit, stdout } = await openxpuIn(
        {},
        "repro",
        repeat.replace("npx openxpu repro ", ""),
        "--bundle",
        bundle,
      );
      expect([exit, stdout]).toEqual([0, expect.stringContaining("reproduced bit for bit")]);
    },
    PATIENCE_MS,
  );

  it("tells the tally and audits the ledger", async () => {
    const told = await vote("tally", "--json", "-");
    expect(JSON.parse(told.stdout)).toMatchObject({
      schema: "openxpu.tally/v1",
      votes: [{ standing: "open", tally: { outcome: "no quorum" } }],
    });
    expect(await vote("audit")).toMatchObject({ exit: 0, stdout: expect.stringContaining("✔ the chain is whole: ") });
  });

  it("finds a ledger that somebody touched", async () => {
    const ledger = twin.world().branches["governance-ledger"]?.files["ledger.jsonl"] ?? "";
    const touched = join(world.folder, "touched.jsonl");
    writeFileSync(touched, ledger.replace('"pull":1', '"pull":2'));
    const { exit, stdout } = await vote("audit", "--ledger", touched);
    expect([exit, stdout]).toEqual([1, expect.stringContaining("a line was changed, lost or added")]);
    expect(twin.violations).toEqual([]);
  });

  it.each([
    [{ GITHUB_TOKEN: "" }, ["reconcile"], "GITHUB_TOKEN"],
    [{ GITHUB_REPOSITORY: "x" }, ["reconcile"], "GITHUB_REPOSITORY"],
    [{}, ["open", "--pull", "x"], "no number of a pull request"],
    [{}, ["simulate", "package.json"], "package.json"],
  ])("exits 2 for what is typed wrong: %j %j", async (wrong, argv, said) => {
    const { exit, stderr } = await openxpuIn({ ...world.environment, ...wrong }, "vote", ...argv);
    expect([exit, stderr]).toEqual([2, expect.stringContaining(said)]);
  });
});
