// The merge queue of the twin: groups are commits on branches of their own, seen through the API like any other.
import { describe, expect, it } from "vitest";
import { HERE, octokitOn, twins } from "./started.ts";

const start = twins();
const CHECK = "openxpu/vote";

async function queued() {
  const twin = await start();
  twin.protect("main", { queue: true, checks: [CHECK] });
  const author = twin.user("alice-cambricon");
  const pulls = ["a", "b"].map((path) => twin.openPull({ author, files: { [path]: "1" } }));
  for (const pull of pulls) twin.enqueue(pull);
  const base = twin.state.refs.get("refs/heads/main") ?? "";
  return { twin, pulls, base, rest: octokitOn(twin).rest };
}

describe("a merge group", () => {
  it("merges its pull requests one after the other on a branch that is named for the last of them", async () => {
    const { twin, pulls, base, rest } = await queued();
    const { branch, commit } = twin.mergeGroup(...pulls);
    expect(branch).toBe(`gh-readonly-queue/main/pr-${pulls[1]}-${base}`);
    expect((await rest.git.getRef({ ...HERE, ref: `heads/${branch}` })).data.object.sha).toBe(commit);
    const { data } = await rest.repos.compareCommitsWithBasehead({ ...HERE, basehead: `main...${commit}` });
    const heads = pulls.map((pull) => twin.state.pulls.get(pull)?.head);
    expect(data.commits.flatMap(({ parents }) => parents[1]?.sha ?? [])).toEqual(heads);
  });

  it("lands where its own check succeeded, by the commits that were tested", async () => {
    const { twin, pulls, rest } = await queued();
    const group = twin.mergeGroup(...pulls);
    await rest.checks.create({ ...HERE, name: CHECK, head_sha: group.commit, conclusion: "success" });
    expect(twin.landGroup(group)).toBe(true);
    expect(twin.state.refs.get("refs/heads/main")).toBe(group.commit);
    for (const pull_number of pulls) {
      const { data } = await rest.pulls.get({ ...HERE, pull_number });
      expect([data.merged, data.state]).toEqual([true, "closed"]);
    }
    await expect(rest.git.getRef({ ...HERE, ref: `heads/${group.branch}` })).rejects.toMatchObject({ status: 404 });
  });

  it.each([
    ["has no check", false],
    ["was built on a main that has moved", true],
  ])("does not land where it %s, and its pull requests leave the queue", async (_, moved) => {
    const { twin, pulls, rest } = await queued();
    const group = twin.mergeGroup(...pulls);
    if (moved) {
      await rest.checks.create({ ...HERE, name: CHECK, head_sha: group.commit, conclusion: "success" });
      twin.commitFiles("main", { c: "1" });
    }
    expect(twin.landGroup(group)).toBe(false);
    for (const pull of pulls)
      expect(twin.world().issues[String(pull)]?.pull).toMatchObject({ merged: false, queued: false });
    expect(twin.world().branches).not.toHaveProperty([group.branch]);
  });

  it("is gone when somebody pushes to one of its pull requests", async () => {
    const { twin, pulls } = await queued();
    const { branch } = twin.mergeGroup(...pulls);
    twin.push(pulls[0] ?? 0, { a: "2" });
    expect(twin.world().branches).not.toHaveProperty([branch]);
    expect(() => twin.mergeGroup(...pulls)).toThrow("is in no queue");
  });
});
