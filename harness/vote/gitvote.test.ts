// The weak points of the best known vote bot (cncf/gitvote as of d4bce0e, by its own sources), each a rule here.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DAY, type Story, story, verdict } from "./testing/story.ts";

let now: Story;
beforeEach(async () => {
  now = await story();
  now.evidence(verdict());
  await now.run();
});
afterEach(async () => {
  expect(now.twin.violations).toEqual([]);
  await now.stop();
});

const conclusion = (head: string): unknown => now.twin.world().checks[head]?.["openxpu/vote"]?.conclusion;
const head = (): string => now.twin.world().issues[String(now.pull)]?.pull?.head ?? "";
const passing = (): void => [0, 1, 2, 3, 4].forEach((voter) => now.vote(voter, "/vote +1"));

describe("a vote here", () => {
  it("1 is bound to a commit: code that is swapped in during the vote inherits nothing", async () => {
    passing();
    await now.run();
    now.twin.push(now.pull, { "vendors/cambricon/mlu_demo/kernel.mlu": "swapped" });
    now.twin.clock.advance(9 * DAY);
    await now.run();
    expect(conclusion(head())).not.toBe("success");
    expect(now.twin.world().issues[String(now.pull)]?.pull?.merged).toBe(false);
  });

  it("2 has the electorate of its opening: who joins later has no ballot", async () => {
    const late = now.twin.user("late-delta", 777);
    now.rules = {
      ...now.rules,
      voters: [...now.rules.voters, { id: 777, login: "late-delta", organisation: "delta", since: "2026-01-06" }],
    };
    now.twin.clock.advance(2 * DAY);
    now.twin.comment(now.issue(), late, "/vote -1 not like this");
    await now.run();
    now.twin.clock.advance(6 * DAY);
    await now.run();
    expect(now.votes()[0]?.ballots.map(({ voter }) => voter.id)).toEqual([777]);
    expect(now.twin.world().issues[String(now.issue())]?.body).toContain("0 for, 0 against, 0 abstain.");
  });

  it("3 counts no late ballot", async () => {
    for (const voter of [0, 1, 2, 3]) now.vote(voter, "/vote +1");
    await now.run();
    now.twin.clock.advance(7 * DAY + 60_000);
    now.vote(4, "/vote +1");
    await now.run();
    // Without it quorum is missed: the vote is prolonged, it has not passed.
    expect(now.votes()[0]).toMatchObject({ extended: true, ending: null });
  });

  it("4 stays on record when it is cancelled, and a cancelled check satisfies nobody", async () => {
    passing();
    now.vote(0, "/cancel the evidence is of another chip");
    await now.run();
    expect(now.votes()[0]?.ending).toMatchObject({ type: "cancelled", tally: { cast: { for: 5 } } });
    expect(conclusion(head())).toBe("cancelled");
  });

  it("5 is void, and its check no success, when its issue or its ballots are deleted", async () => {
    passing();
    await now.run();
    now.twin.deleteIssue(now.issue());
    now.twin.clock.advance(9 * DAY);
    await now.run();
    expect(conclusion(head())).toBe("cancelled");
    expect(now.twin.world().issues[String(now.pull)]?.pull?.merged).toBe(false);
  });

  it("6 leaves no orphan after a crash between the ballot box and its record", async () => {
    const other = await story();
    other.evidence(verdict());
    other.twin.faults = (_, operation) => (operation === "issues/create" ? "timeout-after-effect" : "none");
    await other.run().catch(() => undefined);
    other.twin.revive();
    await other.run();
    const issues = Object.values(other.twin.world().issues).filter(({ title }) => title.startsWith("Vote: "));
    expect([issues.length, other.votes().length]).toEqual([1, 1]);
    await other.stop();
  });

  it("7 knows people by number: a renamed account is the same voter, and a taken-over login is nobody", async () => {
    const [ann] = now.voters;
    if (ann === undefined) throw new Error("no voter");
    now.vote(0, "/vote +1");
    now.twin.renameUser(ann, "ann-has-moved");
    const taken = now.twin.user("voter-0-acme", 4242);
    now.twin.comment(now.issue(), taken, "/vote -1 I am she");
    await now.run();
    const ballots = now.votes()[0]?.ballots ?? [];
    expect(ballots.map(({ voter }) => voter.id).toSorted((a, b) => a - b)).toEqual([101, 4242]);
    now.twin.clock.advance(7 * DAY + 60_000);
    await now.run();
    expect(now.twin.world().issues[String(now.issue())]?.body).toContain("1 for, 0 against");
  });
});
