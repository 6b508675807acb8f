import { retry } from "@octokit/plugin-retry";
import { throttling } from "@octokit/plugin-throttling";
import { Octokit } from "@octokit/rest";
import { describe, expect, it } from "vitest";
import { DOCUMENTED } from "./limit.ts";
import { HERE, octokitOn, QUIET, refusalOf, twins } from "./started.ts";

const start = twins();

describe("octokit with its plugins as they come", () => {
  it("repeats a read that failed and follows all pages", async () => {
    const twin = await start();
    const alice = twin.user("alice-cambricon");
    for (let made = 0; made < 120; made += 1) twin.openIssue(alice, `Issue ${made}`, "");
    const octokit = new (Octokit.plugin(retry, throttling))({
      auth: twin.token,
      baseUrl: twin.url,
      log: QUIET,
      retry: { retryAfterBaseValue: 1 },
      throttle: { onRateLimit: () => {}, onSecondaryRateLimit: () => {} },
    });
    twin.faults = (index) => (index === 0 ? "502" : "none");
    const found = await octokit.paginate(octokit.rest.issues.listForRepo, { ...HERE, per_page: 100 });
    expect(found.map(({ number }) => number)).toEqual(Array.from({ length: 120 }, (_, index) => 120 - index));
    expect(twin.counts()).toEqual({ "issues/list-for-repo": 3 });
  });
});

describe("pages", () => {
  it("hold 100 at most and say where the others are", async () => {
    const twin = await start();
    for (let made = 0; made < 250; made += 1) twin.openIssue(twin.user("alice-cambricon"), `Issue ${made}`, "");
    const octokit = octokitOn(twin);
    const second = await octokit.rest.issues.listForRepo({ ...HERE, per_page: 1000, page: 2 });
    expect(second.data).toHaveLength(100);
    const links = [...(second.headers.link ?? "").matchAll(/page=(\d)>; rel="(\w+)"/g)].map(
      ([, page, rel]) => `${rel} ${page}`,
    );
    expect(links).toEqual(["prev 1", "first 1", "next 3", "last 3"]);
    expect((await octokit.rest.issues.listForRepo({ ...HERE, per_page: 100, page: 4 })).data).toEqual([]);
  });
});

describe("conditional requests", () => {
  it("are answered 304 until something changes, and cost nothing", async () => {
    const twin = await start();
    const issue = twin.openIssue(twin.user("alice-cambricon"), "Vote", "body");
    const octokit = octokitOn(twin);
    const first = await octokit.rest.issues.get({ ...HERE, issue_number: issue });
    const headers = { "if-none-match": first.headers.etag ?? "" };
    const used = Number(first.headers["x-ratelimit-used"]);
    expect((await refusalOf(octokit.rest.issues.get({ ...HERE, issue_number: issue, headers }))).status).toBe(304);
    twin.editIssue(issue, "other");
    const later = await octokit.rest.issues.get({ ...HERE, issue_number: issue, headers });
    expect(later.data.body).toBe("other");
    expect(Number(later.headers["x-ratelimit-used"])).toBe(used + 1);
  });
});

describe("limits", () => {
  it("refuse when the hour is used up, until it is over", async () => {
    const twin = await start();
    twin.limits = { ...DOCUMENTED, hourly: 2 };
    const octokit = octokitOn(twin);
    await octokit.rest.repos.get(HERE);
    await octokit.rest.repos.get(HERE);
    expect(await refusalOf(octokit.rest.repos.get(HERE))).toMatchObject({
      status: 403,
      message: expect.stringMatching(/API rate limit exceeded/),
    });
    twin.clock.advance(3_600_000);
    expect((await octokit.rest.repos.get(HERE)).headers["x-ratelimit-remaining"]).toBe("1");
  });

  it("refuse too much content in a minute and say how long to wait", async () => {
    const twin = await start();
    twin.limits = { ...DOCUMENTED, content: 1 };
    const octokit = octokitOn(twin);
    await octokit.rest.issues.create({ ...HERE, title: "a" });
    expect((await refusalOf(octokit.rest.issues.create({ ...HERE, title: "b" }))).message).toMatch(
      /secondary rate limit/,
    );
    expect(twin.world().issues).toHaveProperty("1");
    expect(Object.keys(twin.world().issues)).toHaveLength(1);
    twin.clock.advance(60_000);
    await octokit.rest.issues.create({ ...HERE, title: "b" });
  });
});

describe("tokens", () => {
  it("are refused where they are not known", async () => {
    const twin = await start();
    expect((await refusalOf(octokitOn(twin, "wrong").rest.repos.get(HERE))).status).toBe(401);
  });

  it("may do what they were granted, and the refusal says what would have been enough", async () => {
    const twin = await start();
    const octokit = octokitOn(twin, twin.tokenFor({ issues: "read" }));
    const issue = twin.openIssue(twin.user("alice-cambricon"), "Vote", "");
    await octokit.rest.issues.get({ ...HERE, issue_number: issue });
    const refused = octokit.rest.issues.update({ ...HERE, issue_number: issue, title: "b" });
    await expect(refused).rejects.toMatchObject({
      status: 403,
      response: { headers: { "x-accepted-github-permissions": "issues=write; pull_requests=write" } },
    });
    await expect(octokit.rest.users.getAuthenticated()).rejects.toMatchObject({ status: 403 });
  });

  it("of a person belong to that person", async () => {
    const twin = await start();
    const alice = twin.user("alice-cambricon");
    const octokit = octokitOn(twin, twin.tokenFor({ issues: "write" }, alice));
    expect((await octokit.rest.users.getAuthenticated()).data.id).toBe(alice.id);
    expect((await octokit.rest.issues.create({ ...HERE, title: "a" })).data.user?.login).toBe("alice-cambricon");
  });
});

describe("faults", () => {
  it("before a write leave nothing, after it leave the write", async () => {
    const twin = await start();
    const octokit = octokitOn(twin);
    twin.faults = (_, operation) => (operation === "issues/create" ? "timeout-before" : "none");
    await expect(octokit.rest.issues.create({ ...HERE, title: "a" })).rejects.toThrow();
    expect(twin.world().issues).toEqual({});
    twin.faults = () => "timeout-after-effect";
    await expect(octokit.rest.issues.create({ ...HERE, title: "a" })).rejects.toThrow();
    expect(Object.keys(twin.world().issues)).toHaveLength(1);
  });

  it("name the call by its number and operation, and refuse it without effect", async () => {
    const twin = await start();
    const octokit = octokitOn(twin);
    twin.faults = (index) => (["500", "502", "secondary-limit"] as const)[index] ?? "none";
    const statuses = [];
    for (let call = 0; call < 3; call += 1)
      statuses.push((await refusalOf(octokit.rest.issues.create({ ...HERE, title: "a" }))).status);
    expect(statuses).toEqual([500, 502, 403]);
    await octokit.rest.issues.create({ ...HERE, title: "a" });
    expect(Object.keys(twin.world().issues)).toHaveLength(1);
  });

  it("answer nothing after the death of the client, until it is revived", async () => {
    const twin = await start();
    const octokit = octokitOn(twin);
    twin.faults = (index) => (index === 1 ? "die" : "none");
    await octokit.rest.repos.get(HERE);
    await expect(octokit.rest.repos.get(HERE)).rejects.toThrow();
    await expect(octokit.rest.repos.get(HERE)).rejects.toThrow();
    twin.revive();
    await octokit.rest.repos.get(HERE);
  });
});

describe("time", () => {
  it("passes only when somebody sleeps, or as calls take it", async () => {
    const twin = await start({ start: "2026-02-01T00:00:00Z" });
    twin.latencyMs = 500;
    await Promise.all([twin.clock.sleep(10_000), twin.clock.sleep(10_000)]);
    const { data, headers } = await octokitOn(twin).rest.issues.create({ ...HERE, title: "a" });
    expect(data.created_at).toBe("2026-02-01T00:00:10Z");
    expect(headers.date).toBe("Sun, 01 Feb 2026 00:00:10 GMT");
    expect(twin.clock.now()).toBe(Date.parse("2026-02-01T00:00:10.500Z"));
  });
});
