// Rules: the page tells of every vote what the reconciler holds to be its state, and of every ballot all its states.
import { describe, expect, it } from "vitest";
import { votesOf } from "../../harness/vote/state.ts";
import { standingOf } from "../../harness/vote/text/issue.ts";
import { ballotsOf } from "./ballot-states.ts";
import { besidesOf, deadlineOf, storiesOf, type Story } from "./story.ts";
import { ledgerOf, ledgerText } from "./testing/ledger.ts";

const { entries } = ledgerOf(ledgerText());
const stories = storiesOf(entries);

function story(number: number): Story {
  const found = stories.find((one) => one.number === number);
  if (found === undefined) throw new RangeError(`there is no vote ${number}`);
  return found;
}

/** What the ledger saw of a ballot, and what became of it. */
function turns(number: number, comment: number): readonly string[] {
  const found = ballotsOf(story(number)).find(({ ballot }) => ballot.comment === comment);
  return found === undefined ? [] : [...found.states.map(({ turn }) => turn), found.fate];
}

describe("the stories of a ledger", () => {
  it("agree with the state that the reconciler decides on, after every single entry", () => {
    for (let end = 1; end <= entries.length; end += 1) {
      const part = entries.slice(0, end);
      const told = storiesOf(part).map((one) => [one.key, one.standing, deadlineOf(one)]);
      expect(told).toEqual(votesOf(part).map((vote) => [vote.key, standingOf(vote), vote.deadline]));
    }
  });
  it("hold ballots that agree with it, too: those that were not withdrawn", () => {
    for (const [index, vote] of votesOf(entries).entries()) {
      const present = ballotsOf(story(index + 1)).filter(({ fate }) => fate !== "withdrawn");
      expect(present.map(({ ballot }) => ballot)).toEqual(vote.ballots);
    }
  });
  it("name the vote that follows, and no other", () => {
    expect(stories.map(({ followers }) => followers.length)).toEqual([1, 0, 0, 0, 0, 1, 0]);
    expect(story(1).followers).toEqual([story(2).key]);
  });
  it("leave no entry untold", () => {
    const inVotes = stories.reduce((sum, { later }) => sum + 1 + later.length, 0);
    const beside = besidesOf(entries, stories).reduce((sum, { entries: group }) => sum + group.length, 0);
    expect(inVotes + beside).toBe(entries.length);
  });
});

describe("entries without their vote", () => {
  it("are told beside the votes, the newest pull request first", () => {
    const orphans = entries.filter(({ event }) => event.type !== "opened");
    expect(storiesOf(orphans)).toEqual([]);
    expect(besidesOf(orphans, [])[0]?.pull).toBeNull();
    expect(besidesOf(entries, stories).map(({ pull }) => pull)).toEqual([15, 12]);
  });
});

describe("a ballot", () => {
  it("that was edited is shown in both states", () => {
    expect(turns(2, 910)).toEqual(["first seen", "changed", "counts"]);
    const [ballot] = ballotsOf(story(2));
    expect(ballot?.states.map((state) => state.ballot.choice)).toEqual(["against", "for"]);
  });
  it("that was withdrawn stays", () => {
    expect(turns(2, 912)).toEqual(["first seen", "withdrawn", "withdrawn"]);
  });
  it("that does not count says why", () => {
    expect([911, 916, 917].map((comment) => turns(2, comment).at(-1))).toEqual([
      "no elector",
      "recused",
      "an objection needs a reason",
    ]);
    expect(turns(5, 933)).toEqual(["first seen", "spoiled"]);
  });
  it("of an open vote is not counted yet", () => {
    expect(turns(7, 960)).toEqual(["first seen", "open"]);
  });
  it("that comes back after it was withdrawn is seen again", () => {
    const { opened, later } = story(2);
    const [first, second, third] = later.filter(({ event }) => event.type === "ballots");
    if (first === undefined || second === undefined || third === undefined) throw new RangeError("three looks");
    const again = { ...third, event: first.event };
    const told = ballotsOf({ ...story(2), opened, later: [first, second, again], endings: [] });
    expect(told.find(({ ballot }) => ballot.comment === 912)?.states.map(({ turn }) => turn)).toEqual([
      "first seen",
      "withdrawn",
      "seen again",
    ]);
  });
  it("that only the tally knows is told without states", () => {
    const unseen = ballotsOf({ ...story(5), later: [] });
    expect(unseen.map(({ states }) => states.length)).toEqual([0, 0, 0, 0]);
    expect(unseen.map(({ fate }) => fate)).toEqual(["counts", "counts", "counts", "spoiled"]);
  });
});
