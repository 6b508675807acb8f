// A tally as people read it in a terminal.
import { describe, expect, it } from "vitest";
import type { Ballot, Elector } from "../../domain/vote.ts";
import { tally } from "../../vote/rules/tally.ts";
import { ballot, DEADLINE, electionOf, elector, minutesAfter, POLICY } from "../../vote/rules/testing/elections.ts";
import { tallyText } from "./tally.ts";

const text = (electors: readonly Elector[], ballots: readonly Ballot[]): string =>
  tallyText(tally(electors, ballots, POLICY, DEADLINE));

describe("the text of a tally", () => {
  it("is the outcome, the conditions, the organisations and every ballot", () => {
    const { electors, ballots } = electionOf({ acme: "+++", beta: "+-", ceta: "0" });
    const more = [
      { ...ballot(90, 1, "against", -90), reason: null },
      { ...ballot(91, 2, "against", -90), reason: "slow on short rows" },
      ballot(201, 77, "for", -3),
      { ...ballot(202, 6, "spoiled", -2), reason: "yes!" },
      ballot(203, 8, "for", -1),
      { ...ballot(204, 4, "against", -1), updated: minutesAfter(2) },
      ballot(205, 5, "for", 2),
    ];
    const everyone = [...electors, elector(8, "delta", "author of a commit")];
    expect(text(everyone, [...ballots, ...more])).toMatchInlineSnapshot(`
      "✘ failed: 4 for, 1 against, 1 abstaining; approval 3/4

        ✔ quorum          5 ballots for or against, it takes 5
        ✔ approval        approval 3/4 (75.0 %), it takes 2/3
        ✘ organisations   1 organisation in favour, it takes 2
        ✘ leave one out   without acme the approval is 1/2 (50.0 %); it takes 2/3

      organisation   for   against   share   approval without it
      acme           3     0         1/2     1/2
      beta           1     1         1/2     1

          voter      organisation   ballot    said (UTC)                                         reason
      ·   voter-1    acme           -1        2026-03-08 10:30:00   replaced by a later ballot
      ·   voter-2    acme           -1        2026-03-08 10:30:00   replaced by a later ballot   slow on short rows
      ✔   voter-1    acme           +1        2026-03-08 11:00:00   counts
      ✔   voter-2    acme           +1        2026-03-08 11:00:00   counts
      ✔   voter-3    acme           +1        2026-03-08 11:00:00   counts
      ✔   voter-4    beta           +1        2026-03-08 11:00:00   counts
      ✔   voter-5    beta           -1        2026-03-08 11:00:00   counts                       slower than it says
      ✔   voter-6    ceta           0         2026-03-08 11:00:00   counts
      ·   voter-77   -              +1        2026-03-08 11:57:00   no elector
      ·   voter-6    ceta           spoiled   2026-03-08 11:58:00   spoiled                      yes!
      ·   voter-8    delta          +1        2026-03-08 11:59:00   recused
      ·   voter-4    beta           -1        2026-03-08 12:02:00   edited after the deadline    slower than it says
      ·   voter-5    beta           +1        2026-03-08 12:02:00   late

      a ballot is \`/vote +1\`, \`/vote -1 <reason>\` or \`/vote 0\`, once in a comment, at the start of a line; anything else is spoiled"
    `);
  });

  it("of a vote without ballots says so", () => {
    expect(text([], [])).toMatchInlineSnapshot(`
      "✘ no quorum: 0 for, 0 against, 0 abstaining; approval none

        ✘ quorum          0 ballots for or against, it takes 5
        ✘ approval        nothing was said for or against, it takes 2/3
        ✘ organisations   0 organisations in favour, it takes 2
        ✘ leave one out   nothing was said for or against

      no ballots"
    `);
  });

  it("lets no login and no reason make up a line, a colour or a direction", () => {
    const evil = {
      ...ballot(1, 1, "against"),
      voter: { id: 1, login: "a\u001b[31m\u202eb" },
      reason: "no\n✔ passed: 99 for\r\u2028✔\u200b\u00ad\ttail \ud800",
    };
    const shown = text([elector(1, "acme\n✔ passed")], [evil]);
    expect(shown.split(/[\n\r\u2028]/).filter((line) => line.startsWith("✔ passed"))).toEqual([]);
    expect(shown).toContain("a[U+001B][31m[U+202E]b");
    expect(shown).toContain("no ⏎ ✔ passed: 99 for ⏎ ✔[U+200B][U+00AD] tail [U+D800]");
  });

  it("cuts a long reason, and never within a character", () => {
    const long = { ...ballot(1, 1, "against"), reason: "𝒳".repeat(2000) };
    expect(text([elector(1, "acme")], [long])).toContain(`${"𝒳".repeat(60)}...`);
  });
});
