import { describe, expect, it } from "vitest";
import { DOCUMENTED } from "../../testing/github/limit.ts";
import { portOn } from "../../testing/github/port.ts";
import { twins } from "../../testing/github/started.ts";
import { RECOMMENDED } from "./wait.ts";

const start = twins();

describe("a missing permission", () => {
  it("is named with the call, and what to add to the workflow", async () => {
    const twin = await start();
    const port = portOn(twin, { token: twin.tokenFor({ contents: "read" }) });
    await expect(
      port.createCheck({
        name: "c",
        commit: "0".repeat(40),
        externalId: "",
        conclusion: null,
        title: "t",
        summary: "",
      }),
    ).rejects.toMatchObject({
      code: "GITHUB_PERMISSION",
      message:
        "POST /repos/openxpu/kernels/check-runs: the token lacks checks=write (Resource not accessible by integration - https://docs.github.com/rest)",
      fix: "add 'checks: write' to the permissions of the workflow's job",
    });
    await expect(port.createComment(1, "b")).rejects.toMatchObject({
      message: expect.stringMatching(/lacks issues=write or pull_requests=write/),
    });
    expect(twin.calls).toHaveLength(2);
  });
});

describe("a limit", () => {
  it("is waited for as long as GitHub says, and told", async () => {
    const twin = await start();
    const waits: unknown[] = [];
    const port = portOn(twin, { onWait: (ms, call) => waits.push([ms, call]) });
    twin.faults = (index) => (index < 2 ? "secondary-limit" : "none");
    const before = twin.clock.now();
    await port.repository();
    expect(twin.clock.now() - before).toBe(120_000);
    expect(waits).toEqual(Array.from({ length: 2 }, () => [60_000, "GET /repos/openxpu/kernels"]));
  });

  it("of the hour is waited for until the hour is over", async () => {
    const twin = await start();
    twin.limits = { ...DOCUMENTED, hourly: 1 };
    const port = portOn(twin, { patienceMs: 2 * 3_600_000 });
    await port.tip("main");
    const before = twin.clock.now();
    await port.tip("other");
    expect(twin.clock.now() - before).toBe(3_601_000);
  });

  it("of those that GitHub documents is never met at the pace that it recommends", async () => {
    const twin = await start();
    twin.limits = DOCUMENTED;
    const port = portOn(twin, { pace: RECOMMENDED, patienceMs: 0 });
    const { number } = await port.createIssue({ title: "Vote", body: "b", labels: [] });
    for (let said = 0; said < 50; said += 1) {
      const { id } = await port.createComment(number, `${said}`);
      await port.updateComment(id, `${said}!`);
      await port.addLabels(number, [`l${said}`]);
    }
    expect(twin.calls).toHaveLength(151);
  });

  it("that takes longer than all patience is an error", async () => {
    const twin = await start();
    const port = portOn(twin, { patienceMs: 150_000 });
    twin.faults = () => "secondary-limit";
    await expect(port.repository()).rejects.toMatchObject({
      code: "GITHUB_LIMIT",
      message: expect.stringMatching(/^GET \/repos\/openxpu\/kernels: /),
    });
    expect(twin.calls).toHaveLength(3);
    await expect(port.repository()).rejects.toMatchObject({ code: "GITHUB_LIMIT" });
    expect(twin.calls).toHaveLength(4);
  });

  it("that several calls wait for at once is waited for once", async () => {
    const twin = await start();
    // A clock on which nothing passes: all five wait from the same moment.
    const clock = { now: () => 0, sleep: () => new Promise<void>((resolve) => setImmediate(resolve)) };
    const port = portOn(twin, { patienceMs: 60_000, clock });
    twin.faults = (index) => (index < 5 ? "secondary-limit" : "none");
    await Promise.all(["a", "b", "c", "d", "e"].map((branch) => port.tip(branch)));
    expect(twin.calls).toHaveLength(10);
  });
});

describe("any other failure", () => {
  it("may be a 403 of something that nobody may do", async () => {
    const twin = await start();
    const port = portOn(twin);
    const run = twin.completeRun({ path: "w.yml", head: twin.commitFiles("main", { a: "1" }) });
    await port.rerun(run);
    await expect(port.rerun(run)).rejects.toMatchObject({
      code: "GITHUB_FAILED",
      message: expect.stringMatching(/status 403.*already running/),
    });
  });

  it("names the call, the status and GitHub's request, and never the token", async () => {
    const twin = await start();
    const port = portOn(twin);
    const failure: unknown = await port.createComment(1, "b").catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "GITHUB_FAILED" });
    const said = failure instanceof Error ? failure.message : "";
    expect(said).toMatch(
      /^POST \/repos\/openxpu\/kernels\/issues\/1\/comments: status 404, request [0-9A-F-]+: Not Found/,
    );
    expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure))).not.toContain(twin.token);
  });

  it("of a token that is wrong does not show it", async () => {
    const twin = await start();
    const failure: unknown = await portOn(twin, { token: "ghp_wrongtoken" })
      .repository()
      .catch((error: unknown) => error);
    expect(String(failure)).toMatch(/status 401.*Bad credentials/);
    const cause: unknown = failure instanceof Error ? failure.cause : null;
    expect(`${String(failure)} ${JSON.stringify(cause)}`).not.toContain("ghp_wrongtoken");
  });

  it("of a dead network says that no answer came", async () => {
    const twin = await start();
    twin.faults = () => "die";
    await expect(portOn(twin).updateComment(1, "b")).rejects.toMatchObject({
      message: expect.stringMatching(/^PATCH .*: no answer: /),
    });
  });
});
