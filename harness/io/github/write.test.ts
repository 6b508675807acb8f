import { describe, expect, it } from "vitest";
import { portOn } from "../../testing/github/port.ts";
import { twins } from "../../testing/github/started.ts";
import type { GitHub } from "../../domain/github.ts";

const start = twins();
const issue = { title: "Vote", body: "b", labels: ["vote"] };

describe("a write", () => {
  it.each(["500", "502", "timeout-before", "timeout-after-effect"] as const)(
    "is never repeated after %s",
    async (fault) => {
      const twin = await start();
      twin.faults = () => fault;
      await expect(portOn(twin).createIssue(issue)).rejects.toMatchObject({ code: "GITHUB_FAILED" });
      expect(twin.calls).toEqual(["issues/create"]);
      expect(Object.keys(twin.world().issues)).toHaveLength(fault === "timeout-after-effect" ? 1 : 0);
    },
  );

  it("is repeated after a limit: it was refused, so nothing happened", async () => {
    const twin = await start();
    twin.faults = (index) => (index === 0 ? "secondary-limit" : "none");
    await portOn(twin).createIssue(issue);
    expect(Object.keys(twin.world().issues)).toHaveLength(1);
  });

  it("keeps GitHub's distance between writes, and a longer one where people are notified", async () => {
    const twin = await start();
    const port = portOn(twin, { pace: { writeMs: 1000, notificationMs: 3000, retryMs: 0 } });
    const started = twin.clock.now();
    const after = async (call: Promise<unknown>): Promise<number> => {
      await call;
      return twin.clock.now() - started;
    };
    expect(await after(port.createIssue(issue))).toBe(0);
    expect(await after(port.updateIssue(1, { body: "c" }))).toBe(1000);
    expect(await after(port.createComment(1, "d"))).toBe(3000);
    expect(await after(port.createComment(1, "e"))).toBe(6000);
    expect(await after(port.tip("main"))).toBe(6000);
  });
});

describe("labels", () => {
  it("are made, corrected, and left alone when they are right", async () => {
    const twin = await start();
    const port = portOn(twin);
    const label = { name: "vote/open", color: "00ff00", description: "A vote is open" };
    await port.putLabel(label);
    await port.putLabel({ ...label, color: "0000ff" });
    await port.putLabel({ ...label, color: "0000ff" });
    expect(twin.world().labels).toEqual({ "vote/open": { color: "0000ff", description: "A vote is open" } });
    expect(twin.calls.filter((name) => name !== "issues/get-label")).toEqual([
      "issues/create-label",
      "issues/update-label",
    ]);
  });

  it("are put on and taken off without touching the others", async () => {
    const twin = await start();
    const port = portOn(twin);
    const { number } = await port.createIssue({ ...issue, labels: ["mine"] });
    await port.addLabels(number, ["a", "b"]);
    await port.removeLabel(number, "A");
    await port.removeLabel(number, "never there");
    expect(twin.world().issues["1"]?.labels).toEqual(["b", "mine"]);
  });
});

describe("a file of a branch", () => {
  const commit = (port: GitHub, parent: string | null, text: string): Promise<boolean> =>
    port.commitFile("governance-ledger", parent, "ledger.jsonl", text, `Write ${text.trim()}`);

  it("grows by one commit at a time, beside files of others", async () => {
    const twin = await start();
    const port = portOn(twin);
    expect(await commit(port, null, "1\n")).toBe(true);
    twin.commitFiles("governance-ledger", { "README.md": "Ledger" });
    const { commit: tip } = await port.branch("governance-ledger", "ledger.jsonl");
    expect(await commit(port, tip, "1\n2\n")).toBe(true);
    expect(twin.world().branches["governance-ledger"]).toEqual({
      files: { "README.md": "Ledger", "ledger.jsonl": "1\n2\n" },
      log: ["Write 1\n2", "Change files", "Write 1"],
    });
  });

  it("is written by one of two who race", async () => {
    const twin = await start();
    const [one, other] = [portOn(twin), portOn(twin)];
    expect((await Promise.all([commit(one, null, "a\n"), commit(other, null, "b\n")])).filter(Boolean)).toHaveLength(1);
    const parent = await one.tip("governance-ledger");
    expect(
      (await Promise.all([commit(one, parent, "c\n"), commit(other, parent, "d\n")])).filter(Boolean),
    ).toHaveLength(1);
    expect(twin.world().branches["governance-ledger"]?.log).toHaveLength(2);
  });

  it("that a rule protects is an error, not a lost race", async () => {
    const twin = await start();
    const refused = portOn(twin).commitFile("no such name", null, "a", "b", "m");
    await expect(refused).rejects.toMatchObject({
      code: "GITHUB_FAILED",
      message: expect.stringMatching(/status 422/),
    });
  });

  it("may be written although no answer came: the caller looks", async () => {
    const twin = await start();
    const port = portOn(twin);
    twin.faults = (_, operation) => (operation === "git/create-ref" ? "timeout-after-effect" : "none");
    await expect(commit(port, null, "1\n")).rejects.toMatchObject({
      code: "GITHUB_FAILED",
      message: expect.stringMatching(/no answer/),
    });
    expect((await port.branch("governance-ledger", "ledger.jsonl")).text).toBe("1\n");
  });
});

describe("a merge", () => {
  const opened = async (): Promise<{ twin: Awaited<ReturnType<typeof start>>; number: number; head: string }> => {
    const twin = await start();
    const number = twin.openPull({ author: twin.user("alice-cambricon"), files: { a: "1" } });
    return { twin, number, head: twin.state.pulls.get(number)?.head ?? "" };
  };

  it("keeps the voted head in the history", async () => {
    const { twin, number, head } = await opened();
    const merged = await portOn(twin).merge(number, head, "Merge by vote");
    const tip = twin.state.refs.get("refs/heads/main") ?? "";
    expect(merged).toEqual({ state: "merged", commit: tip });
    expect(twin.state.git.commits.get(tip)).toMatchObject({
      message: "Merge by vote",
      parents: [expect.anything(), head],
    });
  });

  it("of another head is refused with GitHub's words, and nothing happens", async () => {
    const { twin, number, head } = await opened();
    twin.push(number, { a: "2" });
    expect(await portOn(twin).merge(number, head, "t")).toEqual({
      state: "refused",
      message: "Head branch was modified. Review and try the merge again.",
    });
  });

  it("against the rules of the branch is refused", async () => {
    const { twin, number, head } = await opened();
    twin.protect("main", { checks: ["openxpu/vote"] });
    expect(await portOn(twin).merge(number, head, "t")).toMatchObject({
      state: "refused",
      message: expect.stringMatching(/openxpu\/vote/),
    });
  });

  it("goes through the merge queue where the branch has one, once", async () => {
    const { twin, number, head } = await opened();
    twin.protect("main", { queue: true });
    const port = portOn(twin);
    expect(await port.merge(number, head, "t")).toEqual({ state: "queued" });
    expect(await port.merge(number, head, "t")).toEqual({ state: "queued" });
    expect(twin.world().issues[String(number)]?.pull).toMatchObject({ queued: true, merged: false });
    const commit = twin.mergeQueued(number);
    expect(await port.pull(number)).toMatchObject({ merged: true, mergeCommit: commit });
    expect(await port.merge(number, head, "t")).toEqual({ state: "merged", commit });
  });

  it("is refused by the queue for another head or a draft", async () => {
    const { twin, number, head } = await opened();
    twin.protect("main", { queue: true });
    const port = portOn(twin);
    twin.push(number, { a: "2" });
    expect(await port.merge(number, head, "t")).toMatchObject({ state: "refused" });
    const draft = twin.openPull({ author: twin.user("alice-cambricon"), files: { b: "1" }, draft: true });
    expect(await port.merge(draft, twin.state.pulls.get(draft)?.head ?? "", "t")).toEqual({
      state: "refused",
      message: "Pull request is still a draft.",
    });
  });
});
