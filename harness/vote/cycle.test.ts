// A vote's whole life on the twin of GitHub.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DEVICE, deviceTitle } from "../domain/workflow.ts";
import { DAY, type Story, story, verdict } from "./testing/story.ts";

let now: Story;
beforeEach(async () => {
  now = await story();
});
afterEach(async () => {
  expect(now.twin.violations).toEqual([]);
  await now.stop();
});

const checkOf = (head: string): unknown => now.twin.world().checks[head]?.["openxpu/vote"]?.conclusion;
const head = (): string => now.twin.world().issues[String(now.pull)]?.pull?.head ?? "";

async function opened(): Promise<void> {
  now.evidence(verdict());
  await now.run();
}

async function allInFavour(): Promise<void> {
  for (const voter of [0, 1, 2, 3, 4]) now.vote(voter, "/vote +1");
  await now.run();
}

describe("a pull request with evidence", () => {
  it("gets a vote: an issue, a check in progress, a label, and everything frozen in the ledger", async () => {
    await opened();
    const [vote] = now.votes();
    expect(vote).toMatchObject({ issue: now.issue(), ending: null, opened: { pull: now.pull, head: head() } });
    expect(vote?.opened.electorate.electors.filter(({ recused }) => recused === null)).toHaveLength(6);
    expect(checkOf(head())).toBeNull();
    expect(now.twin.world().issues[String(now.pull)]?.labels).toEqual(["emulated only", "vote/open"]);
    expect(now.twin.world().issues[String(now.issue())]?.body).toContain("Emulated only");
  });

  it("is left alone by a second run: nothing is written twice", async () => {
    await opened();
    const before = now.twin.world();
    expect(await now.run("run 2")).toEqual({ done: [], problems: [] });
    expect(now.twin.world()).toEqual(before);
  });

  it("waits, and says so, while there is no evidence", async () => {
    await now.run();
    expect(now.votes()).toEqual([]);
    expect(now.twin.world().checks[head()]?.["openxpu/vote"]).toMatchObject({
      conclusion: null,
      title: "Waits for evidence",
    });
  });

  it("gets no vote while a number is wrong", async () => {
    now.evidence(
      verdict({
        conforms: false,
        status: "INCORRECT_NUMERICAL",
        failing: [{ name: "tail", status: "INCORRECT_NUMERICAL", finding: "rows 96..99" }],
      }),
    );
    await now.run();
    expect(now.votes()).toEqual([]);
    expect(checkOf(head())).toBe("action_required");
  });

  it("is merged by its commit when enough organisations agree and the time to object is over", async () => {
    await opened();
    await allInFavour();
    now.twin.clock.advance(7 * DAY + 1000);
    await now.run();
    expect(checkOf(head())).toBe("success");
    expect(now.twin.world().issues[String(now.pull)]?.pull?.merged).toBe(false);
    now.twin.clock.advance(DAY);
    await now.run();
    expect(now.twin.world().issues[String(now.pull)]?.pull?.merged).toBe(true);
    expect(now.votes()[0]?.merged).toMatch(/^[0-9a-f]{40}$/);
    expect(now.twin.world().issues[String(now.issue())]).toMatchObject({ state: "closed", reason: "completed" });
  });

  it("is prolonged once where quorum is missed, then fails", async () => {
    await opened();
    now.vote(0, "/vote +1");
    now.twin.clock.advance(7 * DAY + 1000);
    await now.run();
    expect(now.votes()[0]).toMatchObject({ extended: true, ending: null });
    now.twin.clock.advance(7 * DAY);
    await now.run();
    expect(now.votes()[0]?.ending).toMatchObject({ type: "closed", tally: { outcome: "no quorum" } });
    expect(checkOf(head())).toBe("failure");
  });
});

describe("a vote that something happens to", () => {
  beforeEach(async () => {
    await opened();
    await allInFavour();
  });

  it("is superseded by a new head, with a check that is no success", async () => {
    const old = head();
    now.twin.push(now.pull, { "vendors/cambricon/mlu_demo/kernel.mlu": "swapped" });
    await now.run();
    expect(now.votes()[0]?.ending).toMatchObject({
      type: "superseded",
      reason: expect.stringContaining("the head moved"),
    });
    expect(checkOf(old)).toBe("cancelled");
    now.evidence(verdict({ sourceDigest: "d".repeat(64) }));
    await now.run();
    expect(now.votes()).toHaveLength(2);
    expect(now.votes()[1]?.ballots).toEqual([]);
    expect(now.twin.world().issues[String(now.votes()[0]?.issue)]?.comments.at(-1)?.body).toContain(`#${now.issue()}`);
  });

  it("is superseded even where the head moves after it passed, before it is merged", async () => {
    now.twin.clock.advance(7 * DAY + 1000);
    await now.run();
    now.twin.push(now.pull, { "vendors/cambricon/mlu_demo/kernel.mlu": "swapped" });
    now.twin.clock.advance(DAY);
    await now.run();
    expect(now.votes()[0]?.ending?.type).toBe("superseded");
    expect(now.twin.world().issues[String(now.pull)]?.pull?.merged).toBe(false);
  });

  it.each([
    ["policy", (): void => void (now.rules = { ...now.rules, policy: { ...now.rules.policy, quorum: 3 } })],
    ["electorate", (): void => void (now.rules = { ...now.rules, voters: now.rules.voters.slice(1) })],
    ["meaning of matmul", (): void => void (now.rules = { ...now.rules, ops: new Map([["matmul", "e".repeat(64)]]) })],
  ])("is superseded when the %s changes", async (what, change) => {
    change();
    await now.run();
    expect(now.votes()[0]?.ending).toMatchObject({ type: "superseded", reason: `the ${what} changed` });
  });

  it("stands when somebody becomes a voter later, or evidence is only repeated", async () => {
    now.rules = {
      ...now.rules,
      voters: [...now.rules.voters, { id: 555, login: "late", organisation: "delta", since: "2027-01-01" }],
    };
    now.evidence(verdict());
    await now.run("run 1", [now.pull]);
    expect(now.votes()[0]?.ending).toBeNull();
  });

  it("is superseded when a repetition gives another verdict", async () => {
    now.evidence(
      verdict({ conforms: false, status: "TIMEOUT", failing: [{ name: "tail", status: "TIMEOUT", finding: "60 s" }] }),
    );
    await now.run("run 1", [now.pull]);
    expect(now.votes()[0]?.ending?.type).toBe("superseded");
  });

  it("is void when its issue is deleted", async () => {
    now.twin.deleteIssue(now.issue());
    await now.run();
    expect(now.votes()[0]?.ending).toMatchObject({ type: "superseded", reason: "its issue was deleted" });
    expect(checkOf(head())).toBe("cancelled");
  });

  it("is cancelled by an elector with a reason, on record, and by nobody else", async () => {
    now.twin.comment(now.issue(), now.author, "/cancel I do not like it");
    now.vote(6, "/cancel the vendor itself");
    now.vote(0, "/cancel");
    await now.run();
    expect(now.votes()[0]?.ending).toBeNull();
    now.vote(0, "/cancel the licence is unclear");
    await now.run();
    expect(now.votes()[0]?.ending).toMatchObject({ type: "cancelled", reason: "the licence is unclear" });
    expect(checkOf(head())).toBe("cancelled");
  });

  it("shows its issue as it was rendered when a person edits it", async () => {
    const before = now.twin.world().issues[String(now.issue())]?.body;
    now.twin.editIssue(now.issue(), "Vote for it!");
    await now.run();
    expect(now.twin.world().issues[String(now.issue())]?.body).toBe(before);
  });
});

describe("a device run during a vote", () => {
  const onDevice = (change: object = {}) =>
    verdict({ device: { ...verdict().device, emulated: false, isolation: "full" }, ...change });
  const runOf = (title: string, event = "workflow_dispatch"): void => {
    const main = now.twin.state.refs.get("refs/heads/main") ?? "";
    now.twin.completeRun({ path: DEVICE, head: main, title, event, conclusion: "failure" });
  };

  it("is looked at unasked: a kernel that a chip saw fail loses its vote", async () => {
    await opened();
    const failing = [{ name: "tail", status: "TIMEOUT" as const, finding: "60 s" }];
    now.evidence(verdict(), onDevice({ conforms: false, status: "TIMEOUT", failing }));
    await now.run();
    expect(now.votes()[0]?.ending).toBeNull();
    runOf(deviceTitle(now.pull, head()));
    await now.run();
    expect(now.votes()).toMatchObject([{ ending: { type: "superseded", reason: expect.stringContaining("TIMEOUT") } }]);
  });

  it("opens the next vote, which shows the device, when the kernel passed there", async () => {
    await opened();
    now.evidence(verdict(), onDevice());
    runOf(deviceTitle(now.pull, head()));
    await now.run();
    expect(now.votes()).toMatchObject([{ ending: { type: "superseded" } }, { ending: null }]);
    expect(now.twin.world().issues[String(now.pull)]?.labels).toEqual(["vote/open"]);
  });

  it("is left alone where it is of another head or was started otherwise", async () => {
    await opened();
    now.evidence(verdict(), onDevice());
    runOf(deviceTitle(now.pull, "0".repeat(40)));
    runOf(deviceTitle(now.pull, head()), "push");
    expect(await now.run()).toEqual({ done: [], problems: [] });
    expect(now.votes()).toHaveLength(1);
  });
});
