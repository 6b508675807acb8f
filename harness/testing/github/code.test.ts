import { describe, expect, it } from "vitest";
import { HERE, octokitOn, refusalOf, twins } from "./started.ts";

const start = twins();

describe("git's objects", () => {
  it("have the names that git gives them", async () => {
    const twin = await start();
    const { git } = octokitOn(twin).rest;
    const blob = await git.createBlob({ ...HERE, content: "hello\n" });
    // `echo hello | git hash-object --stdin`, and the tree of that one file.
    expect(blob.data.sha).toBe("ce013625030ba8dba906f756967f9e9ca394464a");
    const tree = await git.createTree({
      ...HERE,
      tree: [{ path: "hello.txt", mode: "100644", type: "blob", sha: blob.data.sha }],
    });
    expect(tree.data.sha).toBe("aaa96ced2d9a1c8e72c56b253a0e2fe78393feb7");
    expect(twin.state.git.tree(new Map())).toBe("4b825dc642cb6eb9a060e54bf8d69288fbee4904");
  });

  it.each(["../a", "/a", "a/.git/config", ""])("refuse the path '%s'", async (path) => {
    const twin = await start();
    const { git } = octokitOn(twin).rest;
    const refused = await refusalOf(
      git.createTree({ ...HERE, tree: [{ path, mode: "100644", type: "blob", content: "x" }] }),
    );
    expect(refused.status).toBe(422);
  });

  it("must be there before something is made of them", async () => {
    const twin = await start();
    const { git } = octokitOn(twin).rest;
    const none = "0".repeat(40);
    const statuses = [
      git.createTree({ ...HERE, base_tree: none, tree: [] }),
      git.createTree({ ...HERE, tree: [{ path: "a", mode: "100644", type: "blob", sha: none }] }),
      git.createCommit({ ...HERE, message: "m", tree: none }),
      git.createRef({ ...HERE, ref: "refs/heads/a", sha: none }),
      git.createRef({ ...HERE, ref: "heads/a", sha: none }),
    ].map(async (call) => (await refusalOf(call)).status);
    expect(await Promise.all(statuses)).toEqual([422, 422, 422, 422, 422]);
    expect((await refusalOf(git.getBlob({ ...HERE, file_sha: none }))).status).toBe(404);
  });
});

describe("a branch", () => {
  it("moves forward only, unless a request insists", async () => {
    const twin = await start();
    const { git } = octokitOn(twin).rest;
    const first = twin.commitFiles("ledger", { a: "1" });
    const second = twin.commitFiles("ledger", { a: "2" });
    const at = { ...HERE, ref: "heads/ledger" };
    expect(await refusalOf(git.updateRef({ ...at, sha: first }))).toMatchObject({
      status: 422,
      message: expect.stringMatching(/not a fast forward/),
    });
    await git.updateRef({ ...at, sha: first, force: true });
    await git.updateRef({ ...at, sha: second });
    expect((await git.getRef(at)).data.object.sha).toBe(second);
    expect((await refusalOf(git.createRef({ ...HERE, ref: "refs/heads/ledger", sha: first }))).message).toMatch(
      /already exists/,
    );
    expect((await git.listMatchingRefs({ ...HERE, ref: "heads/" })).data.map(({ ref }) => ref)).toEqual([
      "refs/heads/ledger",
      "refs/heads/main",
    ]);
    await git.deleteRef(at);
    expect((await refusalOf(git.getRef(at))).status).toBe(404);
  });
});

describe("contents", () => {
  it("are those of the commit, a folder is a list, and a large file comes without content", async () => {
    const twin = await start();
    const { repos } = octokitOn(twin).rest;
    const sha = twin.commitFiles("main", { "a/b.txt": "text", "a/c": "x".repeat(1_048_577) });
    twin.commitFiles("main", { "a/b.txt": "other" });
    const get = async (path: string): Promise<unknown> => (await repos.getContent({ ...HERE, path, ref: sha })).data;
    expect(await get("a/b.txt")).toMatchObject({ type: "file", content: "dGV4dA==", encoding: "base64" });
    expect(await get("a")).toMatchObject([{ name: "b.txt", path: "a/b.txt" }, { name: "c" }]);
    expect(await get("a/c")).toMatchObject({ encoding: "none", content: "", size: 1_048_577 });
    expect((await refusalOf(get("nothing"))).status).toBe(404);
    expect((await refusalOf(repos.getContent({ ...HERE, path: "a", ref: "no-branch" }))).status).toBe(404);
  });
});

describe("check runs", () => {
  it("count by their latest of a name, and change only by who made them", async () => {
    const twin = await start();
    const { checks } = octokitOn(twin).rest;
    const sha = twin.commitFiles("main", { a: "1" });
    await checks.create({ ...HERE, name: "vote", head_sha: sha, conclusion: "failure" });
    await checks.create({ ...HERE, name: "vote", head_sha: sha, status: "in_progress" });
    const latest = (await checks.listForRef({ ...HERE, ref: sha })).data;
    expect([latest.total_count, latest.check_runs[0]?.status, latest.check_runs[0]?.conclusion]).toEqual([
      1,
      "in_progress",
      null,
    ]);
    expect((await checks.listForRef({ ...HERE, ref: "main", filter: "all" })).data.total_count).toBe(2);
    const other = octokitOn(twin, twin.tokenFor({ checks: "write" }, twin.user("other[bot]")));
    const id = latest.check_runs[0]?.id ?? 0;
    expect(
      (await refusalOf(other.rest.checks.update({ ...HERE, check_run_id: id, conclusion: "success" }))).status,
    ).toBe(403);
    expect((await refusalOf(checks.create({ ...HERE, name: "a", head_sha: "0".repeat(40) }))).status).toBe(422);
  });
});

describe("artifacts", () => {
  it("lie elsewhere, and expire", async () => {
    const twin = await start();
    const { actions } = octokitOn(twin).rest;
    const head = twin.commitFiles("main", { a: "1" });
    const run = twin.completeRun({ path: ".github/workflows/pr-emulate.yml", head });
    const artifact = twin.uploadArtifact(run, "bundle", Buffer.from("zip"));
    const at = { ...HERE, artifact_id: artifact, archive_format: "zip" };
    const found = await actions.downloadArtifact(at);
    expect(new URL(found.url).port).toBe(new URL(twin.state.storage).port);
    expect((await actions.listWorkflowRunArtifacts({ ...HERE, run_id: run })).data.artifacts[0]).toMatchObject({
      size_in_bytes: 3,
      expired: false,
    });
    twin.clock.advance(91 * 86_400_000);
    expect((await refusalOf(actions.downloadArtifact(at))).status).toBe(410);
    expect((await actions.getArtifact({ ...HERE, artifact_id: artifact })).data.expired).toBe(true);
  });

  it("belong to runs that can be run again", async () => {
    const twin = await start();
    const { actions } = octokitOn(twin).rest;
    const head = twin.commitFiles("main", { a: "1" });
    const run = twin.completeRun({ path: ".github/workflows/pr-emulate.yml", head, headRepository: null });
    await actions.reRunWorkflow({ ...HERE, run_id: run });
    expect((await refusalOf(actions.reRunWorkflow({ ...HERE, run_id: run }))).status).toBe(403);
    const { data } = await actions.getWorkflowRun({ ...HERE, run_id: run });
    expect([data.run_attempt, data.status, data.head_repository]).toEqual([2, "queued", null]);
    twin.finishRerun(run, "failure");
    const listed = await actions.listWorkflowRunsForRepo({ ...HERE, head_sha: head, status: "failure" });
    expect(listed.data.total_count).toBe(1);
    expect((await refusalOf(actions.listWorkflowRuns({ ...HERE, workflow_id: "none.yml" }))).status).toBe(404);
  });
});
