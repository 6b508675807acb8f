// The merge queue on the twin: a head that was voted in lands through a group of its own, and nothing else does.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EMULATE } from "../domain/workflow.ts";
import type { Group } from "../testing/github/queue.ts";
import { DAY, type Story, story, verdict } from "./testing/story.ts";

let now: Story;

/** The vote passes, the time to object is over, and the reconciler asks for the merge. */
beforeEach(async () => {
  now = await story();
  now.twin.protect("main", { queue: true, checks: ["openxpu/vote"] });
  now.evidence(verdict());
  await now.run();
  for (const voter of [0, 1, 2, 3, 4]) now.vote(voter, "/vote +1");
  now.twin.clock.advance(7 * DAY + 1000);
  await now.run();
  now.twin.clock.advance(DAY);
});
afterEach(async () => {
  expect(now.twin.violations).toEqual([]);
  await now.stop();
});

const pullOf = (number: number): unknown => now.twin.world().issues[String(number)]?.pull;
const checkOn = (commit: string) => now.twin.world().checks[commit]?.["openxpu/vote"];
const mainHas = (path: string): boolean => path in (now.twin.world().branches["main"]?.files ?? {});

/** Another pull request, whose head the reconciler has looked at; `ordinary` ones need no vote. */
async function another(path: string, ordinary: boolean): Promise<number> {
  const number = now.twin.openPull({ author: now.author, files: { [path]: "x" } });
  if (ordinary) now.ordinary.add(number);
  await now.run();
  now.twin.enqueue(number);
  return number;
}

/** GitHub builds a group and runs the workflow on it. */
function grouped(...pulls: readonly number[]): Group {
  const group = now.twin.mergeGroup(...pulls);
  now.twin.completeRun({ path: EMULATE, head: group.commit, branch: group.branch, event: "merge_group" });
  return group;
}

describe("a head that was voted in", () => {
  it("goes to the merge queue by one call a run, and nothing of it is a problem or done twice", async () => {
    now.twin.revive();
    expect(await now.run()).toEqual({ done: [], problems: [] });
    expect(now.twin.counts()["pulls/merge-async"]).toBe(1);
    expect(pullOf(now.pull)).toMatchObject({ queued: true, merged: false });
    const before = now.twin.world();
    expect(await now.run("run 2")).toEqual({ done: [], problems: [] });
    expect(now.twin.world()).toEqual(before);
  });

  it("lands by a group that gets its check, and the ledger knows the commit", async () => {
    await now.run();
    const group = grouped(now.pull);
    await now.run();
    expect(checkOn(group.commit)).toMatchObject({ conclusion: "success", title: "Every head was allowed", runs: 1 });
    expect(await now.run()).toEqual({ done: [], problems: [] });
    expect(now.twin.landGroup(group)).toBe(true);
    await now.run();
    expect(now.votes()[0]?.merged).toBe(group.commit);
    expect(mainHas("vendors/cambricon/mlu_demo/submission.yaml")).toBe(true);
    expect(await now.run()).toEqual({ done: [], problems: [] });
  });

  it("lands with an ordinary change in one group, each by a commit of its own", async () => {
    await now.run();
    const other = await another("docs/a.md", true);
    const group = grouped(now.pull, other);
    await now.run();
    expect(checkOn(group.commit)).toMatchObject({ conclusion: "success" });
    expect(now.twin.landGroup(group)).toBe(true);
    await now.run();
    expect([pullOf(now.pull), pullOf(other)]).toMatchObject([{ merged: true }, { merged: true }]);
    const merged = now.votes()[0]?.merged;
    expect(merged).not.toBe(group.commit);
    expect(merged).toBe(now.twin.state.pulls.get(now.pull)?.merged?.commit);
  });
});

describe("a group that holds a head nobody voted in", () => {
  it("is refused, and says which head", async () => {
    const other = await another("vendors/cambricon/mlu_other/submission.yaml", false);
    const group = grouped(other);
    await now.run();
    const refused = {
      conclusion: "failure",
      title: "A head was not allowed",
      summary: `#${other}: Waits for evidence`,
    };
    expect(checkOn(group.commit)).toMatchObject(refused);
    expect(now.twin.landGroup(group)).toBe(false);
    expect(pullOf(other)).toMatchObject({ queued: false, merged: false });
  });

  it("is refused with the one beside it, which goes to the queue again", async () => {
    await now.run();
    const other = await another("vendors/cambricon/mlu_other/submission.yaml", false);
    const group = grouped(now.pull, other);
    await now.run();
    expect(checkOn(group.commit)).toMatchObject({ conclusion: "failure", summary: `#${other}: Waits for evidence` });
    expect(now.twin.landGroup(group)).toBe(false);
    expect(mainHas("vendors/cambricon/mlu_demo/submission.yaml")).toBe(false);
    await now.run();
    expect([pullOf(now.pull), pullOf(other)]).toMatchObject([{ queued: true }, { queued: false }]);
  });
});

describe("a group whose pull request got a new head meanwhile", () => {
  it("is gone: it gets no check, is no problem, and the vote is over", async () => {
    await now.run();
    const group = grouped(now.pull);
    now.twin.push(now.pull, { "vendors/cambricon/mlu_demo/kernel.mlu": "swapped" });
    expect(await now.run()).toMatchObject({ problems: [] });
    expect(checkOn(group.commit)).toBeUndefined();
    expect(now.votes()[0]?.ending).toMatchObject({ type: "superseded" });
    expect(pullOf(now.pull)).toMatchObject({ queued: false, merged: false });
  });

  it("is never allowed while its branch lingers, and holds up nothing else", async () => {
    await now.run();
    const group = grouped(now.pull);
    now.twin.push(now.pull, { "vendors/cambricon/mlu_demo/kernel.mlu": "swapped" });
    now.twin.state.refs.set(`refs/heads/${group.branch}`, group.commit);
    const other = now.twin.openPull({ author: now.author, files: { "docs/a.md": "x" } });
    now.ordinary.add(other);
    const { problems } = await now.run();
    expect(problems).toEqual([expect.stringContaining("belongs to no pull request")]);
    expect(checkOn(group.commit)).toBeUndefined();
    expect(checkOn(now.twin.state.pulls.get(other)?.head ?? "")).toMatchObject({ conclusion: "neutral" });
  });
});

describe("a group that was allowed", () => {
  it("is allowed no longer when the vote behind it is superseded before it lands", async () => {
    await now.run();
    const group = grouped(now.pull);
    await now.run();
    now.rules = { ...now.rules, policy: { ...now.rules.policy, quorum: 3 } };
    await now.run();
    expect(checkOn(group.commit)).toMatchObject({ conclusion: "failure", runs: 1 });
    expect(now.twin.landGroup(group)).toBe(false);
  });
});
