import { describe, expect, it } from "vitest";
import { portOn } from "../../testing/github/port.ts";
import { twins } from "../../testing/github/started.ts";

const start = twins();

describe("a read", () => {
  it.each(["500", "502", "timeout-before"] as const)(
    "is repeated after %s, four times at most, with growing waits",
    async (fault) => {
      const twin = await start();
      const port = portOn(twin, { pace: { writeMs: 0, notificationMs: 0, retryMs: 1000 } });
      twin.faults = (index) => (index < 3 ? fault : "none");
      const before = twin.clock.now();
      await port.repository();
      expect(twin.clock.now() - before).toBe(1000 + 4000 + 9000);
      twin.faults = () => fault;
      await expect(port.openPulls()).rejects.toMatchObject({ code: "GITHUB_FAILED" });
      expect(twin.counts()).toEqual({ "repos/get": 4, "pulls/list": 4 });
    },
  );

  it("follows all pages: 250 issues with a label, oldest first, without pull requests", async () => {
    const twin = await start();
    const alice = twin.user("alice-cambricon");
    twin.openIssue(alice, "Another", "");
    const pull = twin.openPull({ author: alice, files: { a: "1" } });
    const port = portOn(twin);
    await port.addLabels(pull, ["vote"]);
    for (let made = 0; made < 250; made += 1) twin.openIssue(alice, `Vote ${made}`, "", ["vote"]);
    const found = await port.issues("vote");
    expect(found.map(({ number }) => number)).toEqual(Array.from({ length: 250 }, (_, index) => index + 3));
    expect(twin.counts()).toMatchObject({ "issues/list-for-repo": 3 });
  });

  it("of what has not changed costs nothing of the rate limit, page by page", async () => {
    const twin = await start();
    const alice = twin.user("alice-cambricon");
    for (let made = 0; made < 150; made += 1) twin.openIssue(alice, `Vote ${made}`, "", ["vote"]);
    const port = portOn(twin);
    const used = (): number => Math.max(...[...twin.tokens.values()].map((token) => token.used));
    const first = await port.issues("vote");
    expect(used()).toBe(2);
    expect(await port.issues("vote")).toEqual(first);
    expect(used()).toBe(2);
    twin.editIssue(150, "changed");
    expect((await port.issues("vote")).at(-1)?.body).toBe("changed");
    expect(used()).toBe(3);
  });

  it("uses answers that an earlier process kept, and none that is damaged", async () => {
    const twin = await start();
    const answers = new Map<string, string>();
    await portOn(twin, { answers }).repository();
    const [[key, text] = ["", ""]] = answers;
    const used = (): number => Math.max(...[...twin.tokens.values()].map((token) => token.used));
    expect((await portOn(twin, { answers }).repository()).id).toBe(777);
    expect(used()).toBe(1);
    answers.set(key, text.slice(1));
    expect((await portOn(twin, { answers }).repository()).id).toBe(777);
    expect(used()).toBe(2);
  });

  it("of what is gone or hidden gives null or nothing", async () => {
    const twin = await start();
    const alice = twin.user("alice-cambricon");
    const issue = twin.openIssue(alice, "Vote", "");
    const port = portOn(twin);
    twin.deleteIssue(issue);
    expect(await port.issue(issue)).toBeNull();
    expect(await port.comments(issue)).toEqual([]);
    expect(await port.issue(99)).toBeNull();
    expect(await port.pull(99)).toBeNull();
    expect(await port.tip("none")).toBeNull();
    expect(await port.branch("none", "a")).toEqual({ commit: null, text: "" });
    expect(await port.runs("none.yml", "0".repeat(40))).toEqual([]);
    const secret = portOn(twin, { repository: "openxpu/secret" });
    expect(await secret.pull(1)).toBeNull();
    expect(await secret.file("README.md", "main")).toBeNull();
  });

  it("follows a repository that was renamed, and no issue that was moved to another one", async () => {
    const twin = await start();
    const alice = twin.user("alice-cambricon");
    const issue = twin.openIssue(alice, "Vote", "");
    const port = portOn(twin);
    twin.rename("openxpu/conformance");
    expect(await port.repository()).toMatchObject({ id: 777, name: "openxpu/conformance" });
    expect((await port.issue(issue))?.title).toBe("Vote");
    await port.createComment(issue, "still here");
    expect(await port.comments(issue)).toMatchObject([{ body: "still here", issue }]);
  });

  it("shows a deleted account as the ghost that GitHub shows", async () => {
    const twin = await start();
    const alice = twin.user("alice-cambricon");
    const issue = twin.openIssue(alice, "Vote", "");
    twin.comment(issue, alice, "/vote +1");
    twin.deleteUser(alice);
    const [comment] = await portOn(twin).comments(issue);
    expect(comment?.author).toEqual({ id: 10_137, login: "ghost" });
  });

  it("sums up the thumbs of an issue", async () => {
    const twin = await start();
    const issue = twin.openIssue(twin.user("alice-cambricon"), "Vote", "", ["vote"]);
    twin.react(issue, twin.user("alice-cambricon"), "+1");
    twin.react(issue, twin.user("bob-nvidia"), "-1");
    twin.react(issue, twin.user("carol-ascend"), "-1");
    twin.react(issue, twin.user("carol-ascend"), "eyes");
    expect((await portOn(twin).issues("vote"))[0]?.thumbs).toEqual({ up: 1, down: 2 });
  });

  it("knows who it is: the workflow's bot, an App's, or a person", async () => {
    const twin = await start();
    const alice = twin.user("alice-cambricon");
    const app = twin.user("openxpu[bot]");
    expect(await portOn(twin).self()).toEqual({ id: 41_898_282, login: "github-actions[bot]" });
    expect(await portOn(twin, { login: "openxpu[bot]" }).self()).toEqual({ id: app.id, login: app.login });
    expect(await portOn(twin, { token: twin.tokenFor({}, alice) }).self()).toEqual({
      id: alice.id,
      login: alice.login,
    });
  });

  it("tells GitHub's time, not this machine's", async () => {
    const twin = await start({ start: "2026-03-01T00:00:00Z" });
    let local = Date.parse("2001-01-01T00:00:00Z");
    const port = portOn(twin, { clock: { now: () => local, sleep: async () => {} } });
    expect(await port.now()).toBe("2026-03-01T00:00:00Z");
    local += 5000;
    expect(await port.now()).toBe("2026-03-01T00:00:05Z");
    expect(twin.calls).toHaveLength(1);
    twin.clock.advance(60_000);
    await port.openPulls();
    expect(await port.now()).toBe("2026-03-01T00:01:00Z");
  });
});

describe("an artifact", () => {
  it("is loaded from where GitHub says, without the token", async () => {
    const twin = await start();
    const run = twin.completeRun({
      path: ".github/workflows/pr-emulate.yml",
      head: twin.commitFiles("main", { a: "1" }),
    });
    const artifact = twin.uploadArtifact(run, "bundle", Buffer.alloc(1000, 7));
    expect(await portOn(twin).download(artifact, 1000)).toEqual(Buffer.alloc(1000, 7));
  });

  it("is asked for again while the storage does not answer, three times", async () => {
    const twin = await start();
    const run = twin.completeRun({ path: "w.yml", head: twin.commitFiles("main", { a: "1" }) });
    const artifact = twin.uploadArtifact(run, "bundle", Buffer.alloc(10));
    // Nothing listens there.
    twin.state.storage = "http://127.0.0.1:1";
    await expect(portOn(twin).download(artifact, 10)).rejects.toMatchObject({
      code: "GITHUB_FAILED",
      message: expect.stringMatching(/the storage gives no answer/),
    });
    expect(twin.counts()["actions/download-artifact"]).toBe(3);
  });

  it("is not loaded from a place of a weaker protocol than GitHub's own", async () => {
    const twin = await start();
    const run = twin.completeRun({ path: "w.yml", head: twin.commitFiles("main", { a: "1" }) });
    const artifact = twin.uploadArtifact(run, "bundle", Buffer.alloc(10));
    twin.state.storage = "file:///etc/passwd#";
    await expect(portOn(twin).download(artifact, 10)).rejects.toMatchObject({ code: "GITHUB_FAILED" });
    expect(twin.counts()["actions/download-artifact"]).toBe(1);
  });

  it("above the limit is refused, expired it is null", async () => {
    const twin = await start();
    const port = portOn(twin);
    const run = twin.completeRun({
      path: ".github/workflows/pr-emulate.yml",
      head: twin.commitFiles("main", { a: "1" }),
    });
    const artifact = twin.uploadArtifact(run, "bundle", Buffer.alloc(1000));
    await expect(port.download(artifact, 999)).rejects.toMatchObject({
      code: "GITHUB_FAILED",
      message: expect.stringMatching(/1000 bytes.*999/),
    });
    expect(await port.download(twin.uploadArtifact(run, "old", Buffer.alloc(1), true), 10)).toBeNull();
    expect(await port.download(4711, 10)).toBeNull();
  });
});
