// Two reconcilers at the same time: one issue, one tally, one ledger, whatever the order of their calls.
import { describe, expect, it } from "vitest";
import { DAY, type Story, story, verdict } from "./testing/story.ts";

const voteIssues = (now: Story): unknown[] =>
  Object.values(now.twin.world().issues).filter(({ title }) => title.startsWith("Vote: "));

/** Both run at once; what GitHub refuses one of them for a lost race is not an error. */
async function both(now: Story): Promise<void> {
  await Promise.all([now.run("run 1"), now.run("run 2")]);
}

describe("two reconcilers", () => {
  it.each(Array.from({ length: 10 }, (_, attempt) => attempt))(
    "make one issue, one ballot box and one tally (attempt %i)",
    async () => {
      const now = await story();
      now.evidence(verdict());
      await both(now);
      // Whoever lost the race acts for the other only after a while.
      await both(now);
      expect(voteIssues(now)).toHaveLength(1);
      for (const voter of [0, 1, 2, 3, 4]) now.vote(voter, "/vote +1");
      await both(now);
      now.twin.clock.advance(7 * DAY + 1000);
      await both(now);
      now.twin.clock.advance(DAY);
      await both(now);
      await now.run("run 3");
      expect(now.twin.violations).toEqual([]);
      const types = now.ledger().match(/"type":"(opened|issue|extended|closed|merged)"/g);
      expect(types).toEqual(['"type":"opened"', '"type":"issue"', '"type":"closed"', '"type":"merged"']);
      expect(voteIssues(now)).toEqual([expect.objectContaining({ state: "closed" })]);
      const [issue] = voteIssues(now) as { comments: { body: string }[] }[];
      expect(issue?.comments.filter(({ body }) => body.includes("openxpu:closed"))).toHaveLength(1);
      await now.stop();
    },
  );

  it("mend what was made twice: the lowest number is the vote, the other is closed and never counted", async () => {
    const now = await story();
    now.evidence(verdict());
    await now.run();
    const body = now.twin.world().issues[String(now.issue())]?.body ?? "";
    const bot = now.twin.user("github-actions[bot]");
    const twice = now.twin.openIssue(bot, "Vote: again", body, ["openxpu/vote"]);
    now.twin.comment(twice, now.voters[0] ?? now.author, "/vote +1");
    await now.run();
    expect(now.twin.world().issues[String(twice)]).toMatchObject({ state: "closed", reason: "not_planned" });
    expect(now.votes()[0]?.ballots).toEqual([]);
    await now.stop();
  });
});
