import { describe, expect, it } from "vitest";
import { HERE, octokitOn, refusalOf, twins } from "./started.ts";

const start = twins();

describe("a pull request", () => {
  it("moves its head with pushes, and lists files and commits against its base", async () => {
    const twin = await start();
    const alice = twin.user("alice-cambricon");
    const { pulls } = octokitOn(twin).rest;
    twin.commitFiles("main", { "old.txt": "same content", "keep.txt": "1" });
    const number = twin.openPull({ author: alice, files: { "new.txt": "same content", "old.txt": null } });
    const before = (await pulls.get({ ...HERE, pull_number: number })).data.head.sha;
    const head = twin.push(
      number,
      { "keep.txt": "2" },
      { message: "Fix\n\nCo-authored-by: Bob <bob@example.test>", author: null },
    );
    const { data } = await pulls.get({ ...HERE, pull_number: number });
    expect([data.head.sha, data.commits, data.changed_files, data.head.sha === before]).toEqual([head, 2, 2, false]);
    const files = (await pulls.listFiles({ ...HERE, pull_number: number })).data;
    expect(files.map(({ filename, previous_filename, status }) => [filename, previous_filename, status])).toEqual([
      ["keep.txt", undefined, "modified"],
      ["new.txt", "old.txt", "renamed"],
    ]);
    const commits = (await pulls.listCommits({ ...HERE, pull_number: number })).data;
    expect(commits.map(({ author }) => author?.id)).toEqual([alice.id, undefined]);
  });

  it("of the repository itself moves with its branch", async () => {
    const twin = await start();
    const number = twin.openPull({
      author: twin.user("alice-cambricon"),
      files: { a: "1" },
      fork: false,
      branch: "mine",
    });
    const sha = twin.commitFiles("mine", { a: "2" });
    const { data } = await octokitOn(twin).rest.pulls.get({ ...HERE, pull_number: number });
    expect([data.head.sha, data.head.repo.id, data.head.ref]).toEqual([sha, 777, "mine"]);
  });

  it("of a deleted fork has no repository", async () => {
    const twin = await start();
    const number = twin.openPull({ author: twin.user("alice-cambricon"), files: { a: "1" } });
    const row = twin.state.pulls.get(number);
    if (row !== undefined) row.headRepository = null;
    const { rest } = octokitOn(twin);
    expect((await rest.pulls.get({ ...HERE, pull_number: number })).data.head.repo).toBeNull();
    expect((await rest.pulls.list(HERE)).data[0]?.head.repo).toBeNull();
  });

  it("has labels without a description", async () => {
    const twin = await start();
    const number = twin.openPull({ author: twin.user("alice-cambricon"), files: { a: "1" } });
    const { rest } = octokitOn(twin);
    await rest.issues.addLabels({ ...HERE, issue_number: number, labels: ["vote"] });
    expect((await rest.pulls.get({ ...HERE, pull_number: number })).data.labels).toMatchObject([{ description: null }]);
    expect((await rest.pulls.list(HERE)).data[0]?.labels).toMatchObject([{ name: "vote", description: null }]);
  });

  it("is found by its commits while it is open and by its merge afterwards", async () => {
    const twin = await start();
    const { rest } = octokitOn(twin);
    const number = twin.openPull({ author: twin.user("alice-cambricon"), files: { a: "1" } });
    const head = twin.push(number, { a: "2" });
    const found = async (commit_sha: string): Promise<number[]> =>
      (await rest.repos.listPullRequestsAssociatedWithCommit({ ...HERE, commit_sha })).data.map((pull) => pull.number);
    expect(await found(head)).toEqual([number]);
    const { data } = await rest.pulls.merge({ ...HERE, pull_number: number });
    expect(await found(data.sha)).toEqual([number]);
  });
});

describe("a merge", () => {
  it("is bound to the head that it names", async () => {
    const twin = await start();
    const { pulls } = octokitOn(twin).rest;
    const number = twin.openPull({ author: twin.user("alice-cambricon"), files: { a: "1" } });
    const old = (await pulls.get({ ...HERE, pull_number: number })).data.head.sha;
    twin.push(number, { a: "2" });
    expect((await refusalOf(pulls.merge({ ...HERE, pull_number: number, sha: old }))).status).toBe(409);
    expect(twin.world().branches["main"]?.files).not.toHaveProperty("a");
  });

  it("keeps what both sides changed, and is refused when they changed the same", async () => {
    const twin = await start();
    const { pulls } = octokitOn(twin).rest;
    const number = twin.openPull({ author: twin.user("alice-cambricon"), files: { a: "1" } });
    const other = twin.openPull({ author: twin.user("bob-nvidia"), files: { a: "2" } });
    twin.commitFiles("main", { b: "main" });
    await pulls.merge({ ...HERE, pull_number: number });
    expect(twin.world().branches["main"]?.files).toMatchObject({ a: "1", b: "main" });
    expect((await pulls.get({ ...HERE, pull_number: other })).data.mergeable).toBe(false);
    expect((await refusalOf(pulls.merge({ ...HERE, pull_number: other }))).status).toBe(405);
    expect((await refusalOf(pulls.merge({ ...HERE, pull_number: number }))).status).toBe(405);
  });

  it("waits for the checks that the branch requires", async () => {
    const twin = await start();
    const { pulls, checks } = octokitOn(twin).rest;
    twin.protect("main", { checks: ["openxpu/vote"] });
    const number = twin.openPull({ author: twin.user("alice-cambricon"), files: { a: "1" } });
    const { sha } = (await pulls.get({ ...HERE, pull_number: number })).data.head;
    expect((await refusalOf(pulls.merge({ ...HERE, pull_number: number }))).message).toMatch(
      /"openxpu\/vote" is expected/,
    );
    const { data } = await checks.create({
      ...HERE,
      name: "openxpu/vote",
      head_sha: sha,
      status: "completed",
      conclusion: "failure",
    });
    expect((await refusalOf(pulls.merge({ ...HERE, pull_number: number }))).message).toMatch(/is failing/);
    await checks.update({ ...HERE, check_run_id: data.id, conclusion: "success" });
    await pulls.merge({ ...HERE, pull_number: number });
  });

  it("of a draft or a closed one is refused", async () => {
    const twin = await start();
    const { pulls } = octokitOn(twin).rest;
    const draft = twin.openPull({ author: twin.user("alice-cambricon"), files: { a: "1" }, draft: true });
    const closed = twin.openPull({ author: twin.user("alice-cambricon"), files: { b: "1" } });
    twin.closePull(closed);
    for (const pull_number of [draft, closed])
      expect((await refusalOf(pulls.merge({ ...HERE, pull_number }))).status).toBe(405);
  });
});
