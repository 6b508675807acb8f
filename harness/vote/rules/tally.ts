// The rule of a vote: electors, ballots, policy and deadline -> outcome, with every condition in words.
import type { Fraction, Policy } from "../../domain/governance.ts";
import type { Ballot, Choice, Counted, Elector, Reason, Tally } from "../../domain/vote.ts";
import { countBallots } from "./count.ts";
import { atLeast, percentText, type Ratio, ratio, ratioText } from "./ratio.ts";
import { approvalOf, type Camp, sharesOf } from "./weights.ts";

/** An organisation with a binding ballot for or against. */
interface Organisation extends Camp {
  readonly name: string;
}

/** An organisation's approval taken away: what the others come to. */
interface Without {
  readonly name: string;
  /** null where no other organisation said anything. */
  readonly approval: Ratio | null;
}

const exact = ([part, whole]: Fraction): Ratio => ratio(BigInt(part), BigInt(whole));
const inFull = (value: Ratio): string => `${ratioText(value)} (${percentText(value)})`;

/** Organisations by name, in the order of code units: the same everywhere. */
function organisationsOf(counted: readonly Counted[]): readonly Organisation[] {
  const camps = new Map<string, Organisation>();
  for (const { ballot, organisation: name, uncounted } of counted) {
    if (uncounted !== null || name === null || (ballot.choice !== "for" && ballot.choice !== "against")) continue;
    const camp = camps.get(name) ?? { name, for: 0, against: 0 };
    camps.set(name, { ...camp, [ballot.choice]: camp[ballot.choice] + 1 });
  }
  return [...camps.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function approvalReason(approval: Ratio | null, takes: Ratio): Reason {
  const found = approval === null ? "nothing was said for or against" : `approval ${inFull(approval)}`;
  return {
    rule: "approval",
    met: approval !== null && atLeast(approval, takes),
    text: `${found}, it takes ${ratioText(takes)}`,
  };
}

/** Asks for the share only: with quorum or organisations asked again, two organisations would silently become three. */
function withoutReason(without: readonly Without[], takes: Ratio): Reason {
  const said = ({ name, approval }: Without): string =>
    approval === null ? `without ${name} nothing is left` : `without ${name} the approval is ${inFull(approval)}`;
  const against = without.filter(({ approval }) => approval === null || !atLeast(approval, takes));
  const met = without.length > 0 && against.length === 0;
  const text = met
    ? `the approval holds without any one of ${without.length} organisations`
    : without.length === 0
      ? "nothing was said for or against"
      : `${against.map(said).join("; ")}; it takes ${ratioText(takes)}`;
  return { rule: "leave one out", met, text };
}

/**
 * What the ballots come to. Exact, and a function of its arguments alone.
 * `electors` as frozen when the vote opened, `ballots` as the ledger holds them (in any order, a comment once), `deadline` as extended.
 */
export function tally(
  electors: readonly Elector[],
  ballots: readonly Ballot[],
  policy: Policy,
  deadline: string,
): Tally {
  const counted = countBallots(electors, ballots, deadline);
  const number = (choice: Choice): number =>
    counted.filter(({ ballot, uncounted }) => uncounted === null && ballot.choice === choice).length;
  const cast = { for: number("for"), against: number("against"), abstain: number("abstain") };
  const organisations = organisationsOf(counted);
  const shares = sharesOf(organisations, policy.cap);
  const approval = approvalOf(organisations, policy.cap);
  const takes = exact(policy.approval);
  const without = organisations.map(({ name }) => ({
    name,
    approval: approvalOf(
      organisations.filter((other) => other.name !== name),
      policy.cap,
    ),
  }));
  const said = cast.for + cast.against;
  const favour = organisations.filter((camp) => camp.for > camp.against).length;
  const quorum: Reason = {
    rule: "quorum",
    met: said >= policy.quorum,
    text: `${said} ${said === 1 ? "ballot" : "ballots"} for or against, it takes ${policy.quorum}`,
  };
  const breadth: Reason = {
    rule: "organisations",
    met: favour >= policy.organisations,
    text: `${favour} ${favour === 1 ? "organisation" : "organisations"} in favour, it takes ${policy.organisations}`,
  };
  const reasons = [quorum, approvalReason(approval, takes), breadth, withoutReason(without, takes)];
  return {
    outcome: quorum.met ? (reasons.every(({ met }) => met) ? "passed" : "failed") : "no quorum",
    reasons,
    ballots: counted,
    cast,
    organisations: organisations.map((camp, index) => {
      const [share, rest] = [shares[index], without[index]?.approval ?? null];
      return {
        organisation: camp.name,
        for: camp.for,
        against: camp.against,
        share: share === undefined ? "0" : ratioText(share),
        without: rest === null ? null : ratioText(rest),
      };
    }),
    approval: approval === null ? null : ratioText(approval),
  };
}
