// Elections for tests: by hand, and generated.
import fc from "fast-check";
import type { Fraction, Policy } from "../../../domain/governance.ts";
import type { Ballot, Elector, Tally } from "../../../domain/vote.ts";
import { tally } from "../tally.ts";

/** Deadline of every election here, and a moment so many minutes after it. */
export const DEADLINE = "2026-03-08T12:00:00Z";
export function minutesAfter(minutes: number): string {
  return new Date(Date.parse(DEADLINE) + minutes * 60_000).toISOString();
}

/** The policy of `.github/governance/policy.yaml`. */
export const POLICY: Policy = {
  edition: 1,
  window: 604_800_000,
  extension: 604_800_000,
  wait: 86_400_000,
  quorum: 5,
  approval: [2, 3],
  organisations: 2,
  cap: [1, 3],
  cooldown: 1_209_600_000,
  isolation: { emulated: "userns", device: "full" },
};

export function elector(id: number, organisation: string, recused: string | null = null): Elector {
  return { id, login: `voter-${id}`, organisation, recused, objects: recused === null };
}

/** A ballot said `minutes` after the deadline, negative before it. */
export function ballot(comment: number, voter: number, choice: Ballot["choice"], minutes = -60): Ballot {
  const at = minutesAfter(minutes);
  const reason = choice === "against" ? "slower than it says" : null;
  return { comment, voter: { id: voter, login: `voter-${voter}` }, choice, reason, created: at, updated: at };
}

/** One voter a sign: `{acme: "++-0"}`. */
export function electionOf(camps: Readonly<Record<string, string>>): { electors: Elector[]; ballots: Ballot[] } {
  const signs = Object.entries(camps).flatMap(([name, said]) => Array.from(said, (sign) => [name, sign] as const));
  return {
    electors: signs.map(([name], index) => elector(index + 1, name)),
    ballots: signs.map(([, sign], index) =>
      ballot(index + 100, index + 1, sign === "+" ? "for" : sign === "-" ? "against" : "abstain"),
    ),
  };
}

/** Everything that a tally is a function of. */
export interface Election {
  readonly electors: readonly Elector[];
  readonly ballots: readonly Ballot[];
  readonly policy: Policy;
}

export function tallyOf({ electors, ballots, policy }: Election): Tally {
  return tally(electors, ballots, policy, DEADLINE);
}

/** A share as text -> a fraction; `0` and `1` too. */
function fractionOf(text: string): Fraction {
  const [part = "", whole = "1"] = text.split("/");
  return [Number(part), Number(whole)];
}

/**
 * The election under the strictest policy by which it still passes, so that the least loss fails it; null where no policy is.
 * Two organisations must have spoken, since none passes a vote alone.
 */
export function strictest(election: Election): Election | null {
  const { approval, cast, organisations } = tallyOf(election);
  const shares = [approval, ...organisations.map(({ without }) => without)].map((text) => fractionOf(text ?? "0"));
  const [least] = shares.toSorted(([a, b], [c, d]) => a * d - c * b);
  if (least === undefined || least[0] === 0) return null;
  const favour = organisations.filter((camp) => camp.for > camp.against).length;
  const asked = { quorum: cast.for + cast.against, organisations: favour, approval: [...least] as [number, number] };
  return { ...election, policy: { ...election.policy, ...asked } };
}

const NAMES = ["acme", "beta", "ceta", "delta", "eta"] as const;
const CHOICES = ["for", "against", "abstain", "spoiled"] as const;
const APPROVALS: readonly Fraction[] = [
  [1, 2],
  [3, 5],
  [2, 3],
  [3, 4],
  [1, 1],
];
const CAPS: readonly Fraction[] = [
  [1, 100],
  [1, 5],
  [1, 4],
  [1, 3],
  [2, 5],
  [49, 100],
  [1, 2],
  [3, 5],
  [1, 1],
];

function at<Value>(values: readonly Value[], index: number): Value {
  const value = values[index % values.length];
  if (value === undefined) throw new Error("there is nothing to choose from");
  return value;
}

/** Numbers that an election is read from: small ones, so that a failing one shrinks to something readable. */
const seeds = fc.record({
  rule: fc.tuple(fc.nat(4), fc.nat(8), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 3 })),
  /** An elector each: organisation, and recused where the second is 0. */
  people: fc.array(fc.tuple(fc.nat(4), fc.nat(7)), { minLength: 1, maxLength: 12 }),
  /** Beyond the first ballot of everyone: person, choice, minutes, edited after so many more, with a reason where not 0. */
  more: fc.array(fc.tuple(fc.nat(13), fc.nat(3), fc.integer({ min: -90, max: 40 }), fc.nat(60), fc.nat(2)), {
    maxLength: 8,
  }),
  /** First ballots, for by half of them: so that votes pass as often as they fail. */
  first: fc.array(fc.nat(7), { minLength: 12, maxLength: 12 }),
});

/** Elections of up to five organisations: recused ones, strangers, late, edited, repeated and spoiled ballots included. */
export const elections: fc.Arbitrary<Election> = seeds.map(({ rule, people, more, first }) => {
  const electors = people.map(([name, recused], index) =>
    elector(index + 1, at(NAMES, name), recused === 0 ? "author of a commit" : null),
  );
  const firsts = electors.map(({ id }, index) => {
    const said = first[index] ?? 0;
    return ballot(100 + id, id, said < 5 ? "for" : said < 7 ? "against" : "abstain", -100);
  });
  const others = more.map(([person, choice, minutes, edited, reason], index) => {
    const one = ballot(200 + index, person + 1, at(CHOICES, choice), minutes);
    return {
      ...one,
      updated: minutesAfter(minutes + (edited > 30 ? edited : 0)),
      reason: reason === 0 ? null : "so it is",
    };
  });
  const [approval, cap, quorum, organisations] = rule;
  const policy: Policy = {
    ...POLICY,
    quorum,
    organisations,
    approval: [...at(APPROVALS, approval)],
    cap: [...at(CAPS, cap)],
  };
  return { electors, ballots: [...firsts, ...others], policy };
});
