// The rule cannot be gamed: what holds in every election, 160,000 generated ones.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Ballot, Elector } from "../../domain/vote.ts";
import { mergeBallots } from "./ballots.ts";
import {
  ballot,
  DEADLINE,
  type Election,
  elections,
  elector,
  minutesAfter,
  strictest,
  tallyOf,
} from "./testing/elections.ts";

const RUNS = 20_000;

/** Checks a property over so many elections, with numbers to choose from. */
function inEvery(property: (election: Election, pick: (below: number) => number) => void): void {
  fc.assert(
    fc.property(elections, fc.array(fc.nat(10_000), { minLength: 3, maxLength: 3 }), (election, numbers) => {
      let next = 0;
      property(election, (below) => (numbers[next++ % numbers.length] ?? 0) % below);
    }),
    { numRuns: RUNS },
  );
}

const outcome = (election: Election): string => tallyOf(election).outcome;
const decides = ({ recused }: Elector): boolean => recused === null;
/** In the last second in time; comments above 900 are the last ones in it. */
const LAST = 0;

describe("in every election", () => {
  it("ballots of recused electors, as those of the submitting vendor are, change nothing but their own lines", () => {
    inEvery((election, pick) => {
      const before = tallyOf(election);
      const vendor = [
        elector(901, "acme", "of the submitting vendor acme"),
        elector(902, "acme", "owns the submission"),
      ];
      const said = (["for", "against", "abstain"] as const)[pick(3)] ?? "for";
      const after = tallyOf({
        ...election,
        electors: [...election.electors, ...vendor],
        ballots: [...election.ballots, ballot(901, 901, said), ballot(902, 902, said, LAST)],
      });
      expect({ ...after, ballots: before.ballots }).toEqual(before);
    });
  });

  it("ballots of those who are no electors change nothing but their own lines", () => {
    inEvery((election, pick) => {
      const before = tallyOf(election);
      const stranger = ballot(901, 901, (["for", "against"] as const)[pick(2)] ?? "for", LAST);
      expect({
        ...tallyOf({ ...election, ballots: [stranger, ...election.ballots] }),
        ballots: before.ballots,
      }).toEqual(before);
    });
  });

  it("the order of electors and ballots is irrelevant", () => {
    inEvery((election, pick) => {
      const turn = <One>(list: readonly One[]): One[] => {
        const from = pick(list.length + 1);
        return [...list.slice(from), ...list.slice(0, from)].toReversed();
      };
      const turned = { ...election, electors: turn(election.electors), ballots: turn(election.ballots) };
      expect(tallyOf(turned)).toEqual(tallyOf(election));
    });
  });

  it("one more +1, of somebody silent, abstaining, against or from a new organisation, turns no pass into anything else", () => {
    inEvery((generated, pick) => {
      const election = strictest(generated);
      if (election === null) return;
      expect(outcome(election)).toBe("passed");
      const newcomers = [elector(901, "zeta"), elector(902, "acme"), elector(903, "eta")];
      const electors = [...election.electors, ...newcomers];
      const able = electors.filter(decides);
      const who = able[pick(able.length)];
      if (who === undefined) return;
      expect(outcome({ ...election, electors, ballots: [...election.ballots, ballot(999, who.id, "for", LAST)] })).toBe(
        "passed",
      );
    });
  });

  it("taking back a -1 fails no passed vote: at most it leaves it without quorum", () => {
    inEvery((generated, pick) => {
      const election = strictest(generated);
      if (election === null) return;
      const before = tallyOf(election);
      const objections = before.ballots.filter(
        ({ ballot: { choice }, uncounted }) => uncounted === null && choice === "against",
      );
      const objection = objections[pick(Math.max(1, objections.length))]?.ballot;
      if (objection === undefined) return;
      const { voter } = objection;
      const gone = election.ballots.filter((one) => one.voter.id !== voter.id);
      const loose = { ...election, policy: { ...election.policy, quorum: 1 } };
      const abstaining = [...election.ballots, ballot(999, voter.id, "abstain", LAST)];
      for (const ballots of [gone, abstaining]) {
        const left = { ...loose, ballots };
        expect(outcome(left)).toBe("passed");
        // The strictest quorum is missed by the one ballot that is gone.
        expect(outcome({ ...election, ballots })).toBe("no quorum");
      }
    });
  });

  it("what is written, edited or deleted after the deadline changes nothing that the ledger knew", () => {
    inEvery((election, pick) => {
      const { ballots } = election;
      const inTime = ballots.filter(({ updated }) => Date.parse(updated) <= Date.parse(DEADLINE));
      const touched = inTime.map((one, index): Ballot => {
        const edited: Ballot = { ...one, choice: "against", reason: "thought again", updated: minutesAfter(1 + index) };
        return (index + pick(3)) % 3 === 0 ? edited : one;
      });
      const left = touched.filter((_, index) => (index + pick(4)) % 4 !== 0);
      const late = election.electors.map(({ id }) => ballot(900 + id, id, "for", 2));
      const merged = mergeBallots(inTime, [...left, ...late], minutesAfter(pick(60)), DEADLINE);
      const [before, after] = [tallyOf({ ...election, ballots: inTime }), tallyOf({ ...election, ballots: merged })];
      expect({ ...after, ballots: [] }).toEqual({ ...before, ballots: [] });
    });
  });

  it("no organisation alone passes a vote, and none is missed when one is left out", () => {
    inEvery((election) => {
      const result = tallyOf(election);
      if (result.outcome !== "passed") return;
      expect(result.organisations.length).toBeGreaterThan(1);
      const organisationOf = new Map(election.electors.map(({ id, organisation }) => [id, organisation]));
      for (const { organisation } of result.organisations) {
        const alone = election.ballots.filter(({ voter }) => organisationOf.get(voter.id) === organisation);
        const others = election.ballots.filter(({ voter }) => organisationOf.get(voter.id) !== organisation);
        expect(outcome({ ...election, ballots: alone })).not.toBe("passed");
        expect(tallyOf({ ...election, ballots: others }).reasons[1]).toMatchObject({ rule: "approval", met: true });
      }
    });
  });

  it("the result depends on the arguments alone, and leaves them as they are", () => {
    inEvery((election) => {
      const frozen = {
        electors: Object.freeze(election.electors.map((one) => Object.freeze(one))),
        ballots: Object.freeze(
          election.ballots.map((one) => Object.freeze({ ...one, voter: Object.freeze(one.voter) })),
        ),
        policy: Object.freeze(election.policy),
      };
      expect(tallyOf(frozen)).toEqual(tallyOf(structuredClone(election)));
    });
  });
});
