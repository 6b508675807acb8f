// Weights of organisations: the cap's definition, and that more approval never comes to less.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Fraction } from "../../domain/governance.ts";
import { atLeast, percentText, type Ratio, ratio, ratioText, sum } from "./ratio.ts";
import { approvalOf, type Camp, sharesOf } from "./weights.ts";

const THIRD: Fraction = [1, 3];
const CAPS: readonly Fraction[] = [
  [1, 100],
  [1, 4],
  [2, 7],
  [1, 3],
  [2, 5],
  [49, 100],
  [1, 2],
  [3, 5],
  [1, 1],
];

const camp = (yes: number, no: number): Camp => ({ for: yes, against: no });
const texts = (shares: readonly Ratio[]): string[] => shares.map(ratioText);
/** 0 where nobody said anything: below every share. */
const approval = (camps: readonly Camp[], cap: Fraction): Ratio =>
  approvalOf(
    camps.filter((one) => one.for + one.against > 0),
    cap,
  ) ?? ratio(0n, 1n);

const camps = fc.array(
  fc.tuple(fc.nat(12), fc.nat(12)).map(([yes, no]) => (yes + no === 0 ? camp(1, 0) : camp(yes, no))),
  { minLength: 1, maxLength: 7 },
);
const caps = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }))
  .map(([a, b]): Fraction => (a < b ? [a, b] : [b, a]));

describe("the weight of an organisation", () => {
  it("is its ballots while none is above the cap", () => {
    expect(texts(sharesOf([camp(2, 0), camp(1, 1), camp(0, 2), camp(1, 1)], THIRD))).toEqual([
      "1/4",
      "1/4",
      "1/4",
      "1/4",
    ]);
    expect(texts(sharesOf([camp(9, 0), camp(1, 0)], [1, 1]))).toEqual(["9/10", "1/10"]);
  });

  it("is cut to the cap's share of the sum after cutting", () => {
    expect(texts(sharesOf([camp(90, 0), camp(3, 0), camp(1, 0), camp(2, 0)], THIRD))).toEqual([
      "1/3",
      "1/3",
      "1/9",
      "2/9",
    ]);
  });

  it("is that of every other where the organisations are too few for the cap", () => {
    expect(texts(sharesOf([camp(90, 0), camp(1, 0)], THIRD))).toEqual(["1/2", "1/2"]);
    expect(texts(sharesOf([camp(7, 2)], THIRD))).toEqual(["1"]);
    expect(texts(sharesOf([camp(7, 2), camp(1, 0), camp(0, 1)], THIRD))).toEqual(["1/3", "1/3", "1/3"]);
  });

  it("sums to 1, is at most the cap where that can be, and below it grows with the ballots", () => {
    fc.assert(
      fc.property(camps, caps, (parties, cap) => {
        const shares = sharesOf(parties, cap);
        const limit = ratio(BigInt(cap[0]), BigInt(cap[1]));
        expect(ratioText(sum(shares))).toBe("1");
        const few = parties.length * cap[0] < cap[1];
        const uncut = shares.flatMap((share, index) => {
          if (few) expect(share).toEqual(ratio(1n, BigInt(parties.length)));
          else expect(atLeast(limit, share)).toBe(true);
          const { for: yes = 0, against: no = 0 } = parties[index] ?? {};
          return few || atLeast(share, limit) ? [] : [ratio(share.part, share.whole * BigInt(yes + no))];
        });
        // Below the cap a ballot weighs the same in every organisation, and none above it weighs more.
        expect(new Set(uncut.map(ratioText)).size).toBeLessThan(2);
      }),
      { numRuns: 5000 },
    );
  });
});

describe("approval", () => {
  it("of 5+ 5- 2+ 2+ at a cap of 1/3 is not lowered by any further +1", () => {
    const trap = [camp(5, 0), camp(0, 5), camp(2, 0), camp(2, 0)];
    expect(ratioText(approval(trap, THIRD))).toBe("2/3");
    for (const index of trap.keys()) {
      const more = trap.map((one, at) => (at === index ? camp(one.for + 1, one.against) : one));
      expect(atLeast(approval(more, THIRD), ratio(2n, 3n))).toBe(true);
    }
    expect(atLeast(approval([...trap, camp(1, 0)], THIRD), ratio(2n, 3n))).toBe(true);
  });

  it("is never lowered by a +1, by a change of mind to +1, by a new organisation's +1 or by a -1 taken back: small elections, all of them", () => {
    const small = [0, 1, 2, 3].flatMap((yes) => [0, 1, 2, 3].map((no) => camp(yes, no)));
    let worse = 0;
    for (const first of small)
      for (const second of small)
        for (const third of small)
          for (const cap of CAPS) {
            const before = approval([first, second, third], cap);
            const { for: yes, against: no } = first;
            const moves = [camp(yes + 1, no), ...(no > 0 ? [camp(yes + 1, no - 1), camp(yes, no - 1)] : [])];
            for (const moved of moves) if (!atLeast(approval([moved, second, third], cap), before)) worse += 1;
          }
    expect(worse).toBe(0);
  });

  it("is never lowered by them in large elections", () => {
    fc.assert(
      fc.property(camps, caps, fc.nat(6), (parties, cap, place) => {
        const before = approval(parties, cap);
        const index = place % parties.length;
        const { for: yes = 0, against: no = 0 } = parties[index] ?? {};
        const moves = [camp(yes + 1, no), ...(no > 0 ? [camp(yes + 1, no - 1), camp(yes, no - 1)] : [])];
        // Who takes back the only ballot of all leaves nothing to approve.
        const lists = [...moves.map((moved) => parties.with(index, moved)), [...parties, camp(1, 0)]].filter((list) =>
          list.some((one) => one.for + one.against > 0),
        );
        for (const list of lists) expect(atLeast(approval(list, cap), before)).toBe(true);
      }),
      { numRuns: 20_000 },
    );
  });

  it("is null where nobody said anything", () => {
    expect(approvalOf([], THIRD)).toBeNull();
  });
});

describe("an exact fraction", () => {
  it("is shown in lowest terms, its percentage cut and never rounded up", () => {
    expect(ratioText(ratio(10n, 14n))).toBe("5/7");
    expect([percentText(ratio(2n, 3n)), percentText(ratio(9999n, 10_000n)), percentText(ratio(1n, 1n))]).toEqual([
      "66.6 %",
      "99.9 %",
      "100.0 %",
    ]);
  });
});
