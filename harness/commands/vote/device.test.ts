// A submission whose device is the host: no vote opens on what the pull request's own run says of it, one opens on a device run of the base's workflow,
// and a kernel that a chip saw fail is barred. The judging, the packing and the votes are real; GitHub is the twin.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunRecord, recordSchema } from "../../domain/run-record.ts";
import { DEVICE, deviceTitle, EMULATE } from "../../domain/workflow.ts";
import type { RunRow } from "../../testing/github/state.ts";
import { type Brought, brought } from "./testing/pull-request.ts";

const JOB = "device-x86-64";
let world: Brought;
let device: RunRow;
/** Records of the device run. */
let honest: string;
let emulated: number;
/** What its artifact holds. */
let uploaded = "";

/** What a machine with this isolation would have written. */
const isolatedBy = (lines: string, level: string): string =>
  lines.replaceAll(/"isolation":"\w+"/g, `"isolation":"${level}"`);

/** Everybody sees the device run like this, with this evidence. */
async function deviceRun(change: Partial<RunRow> = {}, records = honest): Promise<void> {
  const { runs, artifacts } = world.twin.state;
  runs.set(device.id, { ...device, ...change });
  if (records === uploaded) return;
  for (const { id, run } of artifacts.values()) if (run === device.id) artifacts.delete(id);
  await world.upload(device.id, JOB, records);
  uploaded = records;
}

/** The records of a kernel that crashes on the device in its first case that is not timed. */
function crashed(lines: string): string {
  let found = false;
  const records = lines.trimEnd().split("\n");
  return records
    .map((line) => {
      const record: RunRecord = recordSchema.parse(JSON.parse(line));
      if (found || !record.case.counted || record.measurement !== null) return line;
      found = true;
      const finding = {
        lane: "execution",
        gate: "fault",
        probe: null,
        placement: "right",
        output: null,
        message: "a memory fault",
        mismatches: 0,
        total: 0,
        first: null,
        worst: null,
        pattern: null,
      };
      return JSON.stringify({ ...record, status: "RUNTIME_ERROR", findings: [finding], errors: [], gates: [] });
    })
    .map((line) => `${line}\n`)
    .join("");
}

const votes = (): readonly (readonly [number, string])[] =>
  Object.entries(world.twin.world().issues).flatMap(([number, { title, body }]) =>
    title.startsWith("Vote: ") ? [[Number(number), body] as const] : [],
  );
const check = () => world.twin.world().checks[world.head()]?.["openxpu/vote"];

async function reconciled(): Promise<void> {
  const { exit, stderr } = await world.vote("reconcile");
  expect(exit, stderr).toBe(0);
}

beforeAll(async () => {
  world = await brought("vendors/community/x86_conv2d_nhwc_int8");
  const { twin } = world;
  emulated = twin.completeRun({ path: EMULATE, head: world.head() });
  // Two machines find the same: one judges here for both.
  const claimed = isolatedBy(await world.judge(emulated, "emulate-a"), "userns");
  for (const job of ["emulate-a", "emulate-b"]) await world.upload(emulated, job, claimed);
  const title = deviceTitle(world.pull, world.head());
  const run = twin.completeRun({ path: DEVICE, head: world.base(), event: "workflow_dispatch", title });
  honest = isolatedBy(await world.judge(run, JOB, "--suite", "default", "--device", "cpu"), "full");
  const row = twin.state.runs.get(run);
  if (row === undefined) throw new Error("the twin has no device run");
  device = row;
  twin.state.runs.delete(run);
}, 600_000);
afterAll(async () => {
  expect(world.twin.violations).toEqual([]);
  await world.stop();
});

describe("a submission for the host, in order", () => {
  const REWRITABLE = "comes from a run that the pull request itself can rewrite";

  it("gets no vote by its own run, whatever that says of the device", async () => {
    await reconciled();
    expect(votes()).toEqual([]);
    expect(check()).toMatchObject({ conclusion: "action_required", summary: expect.stringContaining(REWRITABLE) });
  });

  it.each<readonly [string, () => Partial<RunRow>]>([
    ["titled for another head", () => ({ title: deviceTitle(world.pull, "c".repeat(40)) })],
    ["titled for another pull request", () => ({ title: deviceTitle(world.pull + 1, world.head()) })],
    ["on another branch", () => ({ branch: "topic" })],
    ["started by a pull request", () => ({ event: "pull_request" })],
    ["of the head's own copy of the workflow", () => ({ branch: "change-1", head: world.head() })],
  ])("is not helped by a device run %s", async (_, change) => {
    await deviceRun(change());
    await reconciled();
    expect(votes()).toEqual([]);
    expect(check()).toMatchObject({ conclusion: "action_required", summary: expect.stringContaining(REWRITABLE) });
  });

  it("is not helped by a run of the head under a tag that is called as the branch: it waits for one of the base", async () => {
    await deviceRun({ head: world.head() });
    await reconciled();
    expect(votes()).toEqual([]);
    expect(check()).toMatchObject({ conclusion: null, summary: expect.stringContaining("is not the base's") });
  });

  it("is not helped by a device whose isolation is below the policy's", async () => {
    await deviceRun({}, isolatedBy(honest, "userns"));
    await reconciled();
    expect(votes()).toEqual([]);
    const summary = expect.stringContaining("isolation 'userns' is below the 'full'");
    expect(check()).toMatchObject({ conclusion: "action_required", summary });
  });

  it("is barred by a device run that failed: its evidence is read too", async () => {
    await deviceRun({ conclusion: "failure" }, crashed(honest));
    const { stderr } = await world.vote("open", "--pull", String(world.pull), "--dry-run");
    expect(stderr).toContain("would: ledger: judged");
    expect(stderr).not.toContain("opened");
  });

  it("gets its vote by a device run of the base's workflow, and the vote says on which device", async () => {
    await deviceRun();
    await reconciled();
    const [[, body] = [0, ""], ...others] = votes();
    expect(others).toEqual([]);
    const row = body.split("\n").find((line) => line.startsWith("| community/x86")) ?? "";
    expect(row).toContain("x86-64");
    expect(row).toContain("✔ PASSED");
    expect(row).toContain("full");
    expect(body).not.toMatch(/emulated/i);
    for (const run of [emulated, device.id]) expect(body).toContain(`[run ${run}.1](`);
    expect(world.twin.world().issues[String(world.pull)]?.labels).toEqual(["vote/open"]);
  });

  it("loses its vote when the device saw the kernel fail, and gets no other by a run that goes away", async () => {
    await deviceRun({ conclusion: "failure" }, crashed(honest));
    const { exit, stderr } = await world.vote("open", "--pull", String(world.pull));
    expect(exit, stderr).toBe(0);
    const { stdout } = await world.vote("tally", "--json", "-");
    expect(JSON.parse(stdout)).toMatchObject({ votes: [{ standing: "superseded" }] });
    expect(votes()[0]?.[1]).toContain("was PASSED and is RUNTIME_ERROR");
    await deviceRun();
    await reconciled();
    expect(votes()).toHaveLength(1);
    world.twin.state.runs.delete(device.id);
    await reconciled();
    expect(votes()).toHaveLength(1);
  });
});
