// What a comment says: ballots and commands among anything that GitHub lets people write.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Comment } from "../../domain/github.ts";
import { ballotSchema } from "../../domain/vote.ts";
import { ballotOf, commandsOf } from "./ballots.ts";
import { minutesAfter } from "./testing/elections.ts";

function comment(body: string): Comment {
  const at = minutesAfter(-30);
  return { id: 7, issue: 1, author: { id: 1, login: "alice-cambricon" }, body, created: at, updated: at };
}
const said = (body: string): [string, string | null] | null => {
  const ballot = ballotOf(comment(body));
  return ballot === null ? null : [ballot.choice, ballot.reason];
};

describe("a ballot", () => {
  it.each([
    ["/vote +1", "for", null],
    ["/vote -1 slower than torch", "against", "slower than torch"],
    ["/vote 0", "abstain", null],
    ["   /vote\t+1  ", "for", null],
    ["Good work.\n\n/vote +1\nthanks to all\n", "for", "thanks to all"],
    ["/vote -1 first\r\nsecond\r\n\r\n/explain zh\r\nthird", "against", "first\nsecond"],
    ["> /vote -1 quoted\n/vote +1", "for", null],
    ["/vote -1\n> what was claimed\nis wrong", "against", "> what was claimed\nis wrong"],
    ["/vote -1 as logged:\n```\n/vote +1\n```", "against", "as logged:\n```\n/vote +1\n```"],
    ["/vote -1\u00a0理由：太慢", "against", "理由：太慢"],
  ])("%j is %s with the reason %j", (body, choice, reason) => {
    expect(said(body)).toEqual([choice, reason]);
  });

  it.each([
    "",
    "+1",
    "/voted +1",
    "/vote-1",
    "/vote+1",
    "/Vote +1",
    "I would /vote +1",
    "> /vote +1",
    "    /vote +1",
    "\t/vote +1",
    "- /vote +1",
    "`/vote +1`",
    "```\n/vote +1\n```",
    "~~~~ sh\n/vote +1\n~~~\n/vote +1",
    "````\n```\n/vote +1\n````",
    "```\n/vote +1",
    "```\n``` still\n/vote +1",
    "```\n~~~\n/vote +1",
    "<!--\n/vote +1\n-->",
    "<!-- /vote +1",
    "\u202e/vote +1",
    "/vote\u200b +1",
    "a\u2028/vote +1",
  ])("is not in %j", (body) => {
    expect(said(body)).toBeNull();
  });

  it.each([
    "```\ncode\n```\n/vote +1",
    "``` a`b\n/vote +1",
    "> ```\n/vote +1",
    "<!-- hidden -->\n/vote +1",
    "    <!--\n/vote +1",
  ])("is in %j: the code or comment has ended", (body) => {
    expect(said(body)?.[0]).toBe("for");
  });

  it.each([
    "/vote",
    "/vote yes",
    "/vote 1",
    "/vote +1, gladly",
    "/vote +1\u202e",
    "/vote \u22121",
    "/vote \uff0b1",
    "/vote +1 fine\n/vote -1 no, wait",
    "/vote 0\n/vote",
    "/vote toString",
    "/vote __proto__",
  ])("is spoiled in %j", (body) => {
    expect(said(body)?.[0]).toBe("spoiled");
  });

  it("said twice alike is one, with both reasons", () => {
    expect(said("/vote -1 slow\n/vote -1 and wrong")).toEqual(["against", "slow\nand wrong"]);
  });

  it("keeps who, which comment and when, as GitHub says", () => {
    expect(ballotOf({ ...comment("/vote +1"), updated: minutesAfter(3) })).toEqual({
      comment: 7,
      voter: { id: 1, login: "alice-cambricon" },
      choice: "for",
      reason: null,
      created: minutesAfter(-30),
      updated: minutesAfter(3),
    });
  });
});

describe("a reason", () => {
  it.each([" ", ".", "👎", "\u200b\u200b", "\u3164", "\u2066\u2069", "\n\n", "<!-- x -->\n<!--\nx"])(
    "is none when there is nothing to read: %j",
    (text) => {
      expect(said(`/vote -1\n${text}`)).toEqual(["against", null]);
    },
  );

  it("is cut to 2,000 code points, none of them split", () => {
    const reason = said(`/vote -1 x${"𝒳".repeat(30_000)}`)?.[1] ?? "";
    expect(Array.from(reason)).toHaveLength(2000);
    expect(reason).not.toMatch(/\p{Surrogate}/u);
  });

  it("holds no half of a character", () => {
    expect(said("/vote -1 a\ud800b\udc00")?.[1]).toBe("a\ufffdb\ufffd");
  });
});

describe("commands", () => {
  it("are read one a line, at the same places as ballots", () => {
    expect(
      commandsOf("/recheck\n/cancel the wrong head\n/explain zh\n/revote\n/vote +1\n> /recheck\n```\n/cancel\n```"),
    ).toEqual([
      { command: "recheck" },
      { command: "cancel", reason: "the wrong head" },
      { command: "explain", language: "zh" },
      { command: "revote" },
    ]);
  });

  it("may lack a reason or a language", () => {
    expect(commandsOf("/cancel\n/explain\n/explain fr\n/explain en")).toEqual([
      { command: "cancel", reason: null },
      { command: "explain", language: null },
      { command: "explain", language: "en" },
    ]);
  });

  it("said twice are said once", () => {
    expect(commandsOf("/recheck\n".repeat(7000))).toEqual([{ command: "recheck" }]);
  });

  it("are no others", () => {
    expect(commandsOf("/merge\n/rechecked\n/cancel-vote\n/EXPLAIN")).toEqual([]);
  });
});

describe("a comment of 65,536 characters", () => {
  const LENGTH = 65_536;
  const worst = [
    " ",
    "`",
    "~",
    ">",
    "/vote ",
    "/vote +1\n",
    "/vote -1 x\n",
    "<!--",
    "-->\n<!--\n",
    "\r",
    "\n",
    "\r\n",
    "```\n",
    "`` `",
    "\u202e",
    "\ud800",
    "\t",
    "/vote\t",
    "\u3164",
    "𝒳",
  ];
  it("of the worst repetitions is read in one pass, well within a test's time", () => {
    for (const text of worst) {
      const body = text.repeat(Math.ceil(LENGTH / text.length)).slice(0, LENGTH);
      for (const whole of [body, `/vote -1 ${body}`, `${body}\n/vote +1`, `/vote +1${body}x`]) {
        ballotOf(comment(whole));
        commandsOf(whole);
      }
    }
  });

  it("of anything gives a ballot that the ledger can hold, or none", () => {
    const piece = fc.oneof(
      fc.constantFrom(...worst, "/vote 0", "/cancel ", "+1", "-1"),
      fc.string({ unit: "binary", maxLength: 20 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const ballot = ballotOf(comment(pieces.join("")));
        if (ballot === null) return;
        expect(ballotSchema.parse(ballot)).toEqual(ballot);
        expect(Array.from(ballot.reason ?? "").length).toBeLessThanOrEqual(2000);
      }),
      { numRuns: 1000 },
    );
  });
});
