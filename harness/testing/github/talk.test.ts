import { describe, expect, it } from "vitest";
import { HERE, octokitOn, refusalOf, twins } from "./started.ts";

const start = twins();

describe("an issue", () => {
  it("is closed with a reason and opened again", async () => {
    const twin = await start();
    const { rest } = octokitOn(twin);
    const { data } = await rest.issues.create({ ...HERE, title: "Vote", body: "b" });
    expect(data).toMatchObject({ number: 1, state: "open", state_reason: null, closed_at: null });
    const at = { ...HERE, issue_number: 1 };
    expect((await rest.issues.update({ ...at, state: "closed", state_reason: "not_planned" })).data).toMatchObject({
      state_reason: "not_planned",
      closed_at: "2026-01-05T10:00:00Z",
    });
    expect((await rest.issues.update({ ...at, state: "open" })).data).toMatchObject({
      state_reason: "reopened",
      closed_at: null,
    });
  });

  it("is gone with its comments when it was deleted, and never was where it never was", async () => {
    const twin = await start();
    const alice = twin.user("alice-cambricon");
    const { rest } = octokitOn(twin);
    const number = twin.openIssue(alice, "Vote", "");
    const comment = twin.comment(number, alice, "/vote +1");
    twin.deleteIssue(number);
    expect((await refusalOf(rest.issues.get({ ...HERE, issue_number: number }))).status).toBe(410);
    expect((await refusalOf(rest.issues.listComments({ ...HERE, issue_number: number }))).status).toBe(410);
    expect((await refusalOf(rest.issues.getComment({ ...HERE, comment_id: comment }))).status).toBe(404);
    expect((await refusalOf(rest.issues.get({ ...HERE, issue_number: 99 }))).status).toBe(404);
    expect((await rest.issues.listForRepo({ ...HERE, state: "all" })).data).toEqual([]);
    expect(twin.world().issues).toEqual({});
  });

  it("appears in lists only after the lag", async () => {
    const twin = await start();
    const { rest } = octokitOn(twin);
    twin.state.lagMs = 5000;
    await rest.issues.create({ ...HERE, title: "Vote", labels: ["vote"] });
    const listed = async (): Promise<number> =>
      (await rest.issues.listForRepo({ ...HERE, labels: "vote" })).data.length;
    expect(await listed()).toBe(0);
    expect((await rest.issues.get({ ...HERE, issue_number: 1 })).data.title).toBe("Vote");
    twin.clock.advance(5000);
    expect(await listed()).toBe(1);
  });

  it("of a pull request is listed among issues and marked", async () => {
    const twin = await start();
    twin.openPull({ author: twin.user("alice-cambricon"), files: { a: "1" } });
    const [only] = (await octokitOn(twin).rest.issues.listForRepo(HERE)).data;
    expect(only?.pull_request).toMatchObject({ merged_at: null });
  });

  it("takes 65,536 characters and no more", async () => {
    const twin = await start();
    const { rest } = octokitOn(twin);
    await rest.issues.create({ ...HERE, title: "Vote", body: "x".repeat(65_536) });
    const refused = await refusalOf(rest.issues.createComment({ ...HERE, issue_number: 1, body: "x".repeat(65_537) }));
    expect(refused.status).toBe(422);
    expect(refused.message).toMatch(/Validation Failed.*body is too long/);
    expect((await refusalOf(rest.issues.update({ ...HERE, issue_number: 1, body: "x".repeat(65_537) }))).status).toBe(
      422,
    );
    expect((await refusalOf(rest.issues.create({ ...HERE, title: " " }))).status).toBe(422);
  });

  it("that is locked takes comments of Apps only", async () => {
    const twin = await start();
    const alice = twin.user("alice-cambricon");
    const { rest } = octokitOn(twin);
    const at = { ...HERE, issue_number: twin.openIssue(alice, "Vote", "") };
    await rest.issues.lock(at);
    const person = octokitOn(twin, twin.tokenFor({ issues: "write" }, alice));
    expect((await refusalOf(person.rest.issues.createComment({ ...at, body: "late" }))).status).toBe(403);
    await rest.issues.createComment({ ...at, body: "closed" });
    await rest.issues.unlock(at);
    await person.rest.issues.createComment({ ...at, body: "now" });
  });
});

describe("comments", () => {
  it("of all issues are listed by when they changed", async () => {
    const twin = await start();
    const alice = twin.user("alice-cambricon");
    const { rest } = octokitOn(twin);
    const issue = twin.openIssue(alice, "Vote", "");
    const first = twin.comment(issue, alice, "1");
    const second = twin.comment(issue, alice, "2");
    const third = twin.comment(issue, alice, "3");
    twin.clock.advance(60_000);
    twin.editComment(first, "1!");
    twin.deleteComment(third);
    const asked = { ...HERE, sort: "updated", direction: "asc" } as const;
    const { data } = await rest.issues.listCommentsForRepo(asked);
    expect(data.map(({ id }) => id)).toEqual([second, first]);
    expect(data[1]).toMatchObject({
      body: "1!",
      created_at: "2026-01-05T10:00:00Z",
      updated_at: "2026-01-05T10:01:00Z",
    });
    const changed = await rest.issues.listCommentsForRepo({ ...asked, since: "2026-01-05T10:00:30Z" });
    expect(changed.data.map(({ id }) => id)).toEqual([first]);
  });

  it("are deleted once", async () => {
    const twin = await start();
    const { rest } = octokitOn(twin);
    await rest.issues.create({ ...HERE, title: "Vote" });
    const { data } = await rest.issues.createComment({ ...HERE, issue_number: 1, body: "b" });
    await rest.issues.deleteComment({ ...HERE, comment_id: data.id });
    expect((await refusalOf(rest.issues.deleteComment({ ...HERE, comment_id: data.id }))).status).toBe(404);
  });
});

describe("reactions", () => {
  it("are one of a kind by one account, and sum up on the issue", async () => {
    const twin = await start();
    const { rest } = octokitOn(twin);
    const at = { ...HERE, issue_number: twin.openIssue(twin.user("alice-cambricon"), "Vote", "") };
    const first = await rest.reactions.createForIssue({ ...at, content: "+1" });
    const again = await rest.reactions.createForIssue({ ...at, content: "+1" });
    expect([first.status, again.status, again.data.id]).toEqual([201, 200, first.data.id]);
    twin.react(at.issue_number, twin.user("bob-nvidia"), "-1");
    expect((await rest.issues.get(at)).data.reactions).toMatchObject({ total_count: 2, "+1": 1, "-1": 1 });
    await rest.reactions.deleteForIssue({ ...at, reaction_id: first.data.id });
    expect((await rest.reactions.listForIssue({ ...at, content: "+1" })).data).toEqual([]);
    const comment = twin.comment(at.issue_number, twin.user("bob-nvidia"), "b");
    await rest.reactions.createForIssueComment({ ...HERE, comment_id: comment, content: "eyes" });
    expect((await rest.reactions.listForIssueComment({ ...HERE, comment_id: comment })).data).toHaveLength(1);
  });
});

describe("labels", () => {
  it("are the same in any case, and are made when an issue asks for them", async () => {
    const twin = await start();
    const { rest } = octokitOn(twin);
    await rest.issues.createLabel({ ...HERE, name: "Vote", color: "ff0000" });
    expect((await refusalOf(rest.issues.createLabel({ ...HERE, name: "vote" }))).message).toMatch(/already_exists/);
    const at = { ...HERE, issue_number: twin.openIssue(twin.user("alice-cambricon"), "A", "") };
    await rest.issues.addLabels({ ...at, labels: ["VOTE", "new"] });
    expect((await rest.issues.listLabelsOnIssue(at)).data.map(({ name }) => name)).toEqual(["Vote", "new"]);
    await rest.issues.setLabels({ ...at, labels: ["new"] });
    expect((await refusalOf(rest.issues.removeLabel({ ...at, name: "vote" }))).message).toMatch(/Label does not exist/);
    await rest.issues.removeLabel({ ...at, name: "NEW" });
    expect((await rest.issues.listLabelsForRepo(HERE)).data).toHaveLength(2);
    await rest.issues.deleteLabel({ ...HERE, name: "new" });
    expect(Object.keys(twin.world().labels)).toEqual(["Vote"]);
    expect((await refusalOf(rest.issues.addLabels({ ...at, labels: ["x".repeat(51)] }))).status).toBe(422);
  });
});

describe("accounts", () => {
  it("keep their number when their login changes, and vanish when they are deleted", async () => {
    const twin = await start();
    const alice = twin.user("alice-cambricon");
    const { rest } = octokitOn(twin);
    const issue = twin.openIssue(alice, "A", "");
    twin.renameUser(alice, "alice-somewhere");
    expect((await rest.issues.get({ ...HERE, issue_number: issue })).data.user).toMatchObject({
      id: alice.id,
      login: "alice-somewhere",
    });
    expect((await refusalOf(rest.users.getByUsername({ username: "alice-cambricon" }))).status).toBe(404);
    twin.deleteUser(alice);
    expect((await rest.issues.get({ ...HERE, issue_number: issue })).data.user).toBeNull();
  });
});

describe("the repository", () => {
  it("redirects from the names that it had", async () => {
    const twin = await start();
    const { rest } = octokitOn(twin);
    twin.rename("openxpu/conformance");
    expect((await rest.repos.get(HERE)).data.full_name).toBe("openxpu/conformance");
    const { data, url } = await rest.issues.create({ ...HERE, title: "A" });
    expect(data.number).toBe(1);
    expect(url).toMatch(/\/repositories\/777\/issues$/);
    expect((await refusalOf(rest.repos.get({ owner: "openxpu", repo: "secret" }))).status).toBe(404);
  });
});
