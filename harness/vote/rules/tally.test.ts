// The rule of a vote, by examples.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Policy } from "../../domain/governance.ts";
import type { Tally } from "../../domain/vote.ts";
import {
  ballot,
  DEADLINE,
  electionOf,
  elections,
  elector,
  minutesAfter,
  POLICY,
  tallyOf,
} from "./testing/elections.ts";
import { tally } from "./tally.ts";

const of = (camps: Readonly<Record<string, string>>, policy = POLICY): Tally =>
  tallyOf({ ...electionOf(camps), policy });
const texts = ({ reasons }: Tally): string[] => reasons.map(({ met, text }) => `${met ? "met" : "missed"}: ${text}`);
const fates = ({ ballots }: Tally): (string | null)[] => ballots.map(({ uncounted }) => uncounted);

describe("an outcome", () => {
  it("is `passed` when all four conditions are met, with their numbers", () => {
    const result = of({ acme: "++", beta: "++", ceta: "+-" });
    expect(result.outcome).toBe("passed");
    expect(texts(result)).toEqual([
      "met: 6 ballots for or against, it takes 5",
      "met: approval 5/6 (83.3 %), it takes 2/3",
      "met: 2 organisations in favour, it takes 2",
      "met: the approval holds without any one of 3 organisations",
    ]);
    expect(result).toMatchObject({ cast: { for: 5, against: 1, abstain: 0 }, approval: "5/6" });
    expect(result.organisations).toEqual([
      { organisation: "acme", for: 2, against: 0, share: "1/3", without: "3/4" },
      { organisation: "beta", for: 2, against: 0, share: "1/3", without: "3/4" },
      { organisation: "ceta", for: 1, against: 1, share: "1/3", without: "1" },
    ]);
  });

  it("is `no quorum` when too few said for or against: abstentions are no part of it", () => {
    const result = of({ acme: "++0000", beta: "++000" });
    expect(result).toMatchObject({ outcome: "no quorum", cast: { for: 4, against: 0, abstain: 7 } });
    expect(texts(result)[0]).toBe("missed: 4 ballots for or against, it takes 5");
    expect(of({ acme: "+00000000000000000000" }).outcome).toBe("no quorum");
  });

  it("is `failed` when one organisation alone is in favour, however many it is", () => {
    const result = of({ acme: "+++++++++", beta: "+-", ceta: "0" });
    expect(result.outcome).toBe("failed");
    expect(texts(result)).toContain("missed: 1 organisation in favour, it takes 2");
  });

  it("is `failed` when the approval is missed by a hair", () => {
    // 665/1000 of one organisation each, and no share of either is above the cap.
    const camp = "+".repeat(665) + "-".repeat(335);
    expect(of({ acme: camp, beta: camp, ceta: camp })).toMatchObject({ outcome: "failed", approval: "133/200" });
    const enough = `${"+".repeat(2)}-`;
    expect(of({ acme: enough, beta: enough, ceta: enough })).toMatchObject({ outcome: "passed", approval: "2/3" });
  });

  it("is `failed` when it hangs on one organisation", () => {
    const result = of({ acme: "+++", beta: "+++", ceta: "---" }, { ...POLICY, approval: [3, 5] });
    expect(result.outcome).toBe("failed");
    expect(texts(result).at(-1)).toBe(
      "missed: without acme the approval is 1/2 (50.0 %); without beta the approval is 1/2 (50.0 %); it takes 3/5",
    );
  });

  it("of the example in the README is `failed`: one organisation carries it", () => {
    const result = of({ acme: "+".repeat(90), beta: "++-", ceta: "+", delta: "--" });
    expect(result).toMatchObject({ outcome: "failed", approval: "2/3" });
    expect(result.reasons.map(({ met }) => met)).toEqual([true, true, true, false]);
    expect(result.organisations[0]).toMatchObject({ share: "1/3", without: "5/9" });
  });

  it("needs no third organisation: two in favour pass, one of them left out", () => {
    expect(of({ acme: "+++", beta: "++" }).outcome).toBe("passed");
  });

  it("of nothing is no quorum, with every condition missed", () => {
    const result = of({});
    expect(result).toMatchObject({ outcome: "no quorum", approval: null, organisations: [], ballots: [] });
    expect(result.reasons.some(({ met }) => met)).toBe(false);
  });

  it("is never a pass of one organisation, whatever the policy", () => {
    const lax: Policy = {
      ...POLICY,
      quorum: 1,
      organisations: 1,
      cap: [1, 1],
      approval: [1, 2],
    };
    const result = of({ acme: "+++" }, lax);
    expect(result.outcome).toBe("failed");
    expect(texts(result).at(-1)).toBe("missed: without acme nothing is left; it takes 1/2");
    expect(result.organisations[0]).toMatchObject({ share: "1", without: null });
  });
});

describe("the known trap, 5+ 5- 2+ 2+", () => {
  // Capped at 1/3 of the sum before capping it is at 13/20, and with one more +1 of the first at 9/14.
  const policy: Policy = { ...POLICY, approval: [13, 20] };
  const trap = { acme: "+++++", beta: "-----", ceta: "++", delta: "++" };

  it.each(Object.entries(trap))("keeps its approval when one more of %s says +1", (name, said) => {
    const after = of({ ...trap, [name]: `${said}+` }, policy);
    expect([of(trap, policy).reasons[1]?.met, after.reasons[1]?.met]).toEqual([true, true]);
    expect(after.outcome).toBe(of(trap, policy).outcome);
  });
});

describe("a ballot", () => {
  const electors = [elector(1, "acme"), elector(2, "beta", "owns the submission")];
  const fate = (...ballots: Parameters<typeof tally>[1]): (string | null)[] =>
    fates(tally(electors, ballots, POLICY, DEADLINE));

  it("against, of somebody whom only the submitter's commits recuse, counts: naming people silences nobody", () => {
    const named = { ...elector(2, "beta", "author of a commit"), objects: true };
    const counted = tally(
      [elector(1, "acme"), named],
      [ballot(1, 2, "against"), ballot(2, 1, "for")],
      POLICY,
      DEADLINE,
    );
    expect(counted.cast).toEqual({ for: 1, against: 1, abstain: 0 });
    const favour = tally([elector(1, "acme"), named], [ballot(1, 2, "for")], POLICY, DEADLINE);
    expect(favour.ballots[0]?.uncounted).toBe("recused");
  });

  it("of no elector or a recused one is shown and not counted", () => {
    expect(fate(ballot(1, 9, "for"), ballot(2, 2, "for"))).toEqual(["no elector", "recused"]);
  });

  it("counts in the second of the deadline, and no longer in the next one", () => {
    expect(fate(ballot(1, 1, "for", 0))).toEqual([null]);
    expect(fate({ ...ballot(1, 1, "for"), created: minutesAfter(1 / 60), updated: minutesAfter(1 / 60) })).toEqual([
      "late",
    ]);
  });

  it("that was edited after the deadline does not count", () => {
    expect(fate({ ...ballot(1, 1, "for"), updated: minutesAfter(1) })).toEqual(["edited after the deadline"]);
  });

  it("with a time that nobody can read is late, and all are when the deadline cannot be read", () => {
    expect(fate({ ...ballot(1, 1, "for"), created: "yesterday" })).toEqual(["late"]);
    expect(fates(tally(electors, [ballot(1, 1, "for")], POLICY, "soon"))).toEqual(["late"]);
  });

  it("is replaced by the same person's later one; in one second the later comment is", () => {
    expect(fate(ballot(1, 1, "for", -9), ballot(2, 1, "against", -8))).toEqual(["replaced by a later ballot", null]);
    expect(fate(ballot(7, 1, "against"), ballot(8, 1, "for"))).toEqual(["replaced by a later ballot", null]);
  });

  it("that was edited last is the last word", () => {
    const edited = { ...ballot(1, 1, "for", -9), updated: minutesAfter(-1) };
    expect(fate(edited, ballot(2, 1, "against", -8))).toEqual([null, "replaced by a later ballot"]);
  });

  it("that is spoiled, late, or an objection without a reason replaces nothing", () => {
    const said = ballot(1, 1, "for", -9);
    expect(fate(said, ballot(2, 1, "spoiled", -8))).toEqual([null, "spoiled"]);
    expect(fate(said, { ...ballot(2, 1, "against", -8), reason: null })).toEqual([null, "an objection needs a reason"]);
    expect(fate(said, ballot(2, 1, "against", 8))).toEqual([null, "late"]);
    expect(fate(said, { ...ballot(2, 1, "against", -8), updated: minutesAfter(8) })).toEqual([
      null,
      "edited after the deadline",
    ]);
  });

  it("that was spoiled and said again is replaced", () => {
    expect(fate(ballot(1, 1, "spoiled", -9), ballot(2, 1, "for", -8))).toEqual(["replaced by a later ballot", null]);
  });

  it("to abstain replaces a ballot and counts for no side", () => {
    const result = tally(electors, [ballot(1, 1, "for", -9), ballot(2, 1, "abstain", -8)], POLICY, DEADLINE);
    expect(fates(result)).toEqual(["replaced by a later ballot", null]);
    expect(result).toMatchObject({ cast: { for: 0, against: 0, abstain: 1 }, organisations: [] });
  });

  it("counts once even if the list holds it twice", () => {
    const one = ballot(1, 1, "for");
    expect(tally(electors, [one, one, { ...one }], POLICY, DEADLINE).cast.for).toBe(1);
  });

  it("is listed in order of time", () => {
    const result = tally(
      electors,
      [ballot(3, 1, "for", -1), ballot(1, 9, "for", -5), ballot(2, 9, "for", -5)],
      POLICY,
      DEADLINE,
    );
    expect(result.ballots.map((counted) => counted.ballot.comment)).toEqual([1, 2, 3]);
  });
});

describe("the generated elections of the property tests", () => {
  it("pass, fail and miss the quorum often enough for the properties to say something", () => {
    const outcomes = fc.sample(elections, { numRuns: 2000, seed: 5 }).map((election) => tallyOf(election).outcome);
    for (const outcome of ["passed", "failed", "no quorum"])
      expect(outcomes.filter((one) => one === outcome).length).toBeGreaterThan(400);
  });
});
