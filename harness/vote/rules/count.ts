// Which ballots count, and why the others do not.
import type { Ballot, Counted, Elector } from "../../domain/vote.ts";

type Uncounted = NonNullable<Counted["uncounted"]>;

const byTime = (first: Ballot, second: Ballot): number =>
  Date.parse(first.created) - Date.parse(second.created) || first.comment - second.comment;

/** Of two ballots the one that was said last; the higher comment where both carry the same second. */
const bySaid = (first: Ballot, second: Ballot): number =>
  Date.parse(first.updated) - Date.parse(second.updated) || first.comment - second.comment;

/** Why a ballot could not count even if it were its person's only one. A time that cannot be read is late. */
function outside(elector: Elector | undefined, ballot: Ballot, deadline: number): Uncounted | null {
  if (elector === undefined) return "no elector";
  if (elector.recused !== null && !(elector.objects && ballot.choice === "against")) return "recused";
  if (!(Date.parse(ballot.created) <= deadline)) return "late";
  return Date.parse(ballot.updated) <= deadline ? null : "edited after the deadline";
}

/** Why a ballot says nothing that can be counted. */
function empty(ballot: Ballot): Uncounted | null {
  if (ballot.choice === "spoiled") return "spoiled";
  return ballot.choice === "against" && ballot.reason === null ? "an objection needs a reason" : null;
}

/**
 * Every ballot with what became of it, in order of time. One ballot of a person counts: the last that can.
 * What does not count replaces nothing.
 */
export function countBallots(electors: readonly Elector[], ballots: readonly Ballot[], deadline: string): Counted[] {
  const end = Date.parse(deadline);
  const electorate = new Map(electors.map((elector) => [elector.id, elector]));
  const ordered = ballots.toSorted(byTime);
  // By person, so that nobody has two whatever the list holds.
  const standing = new Map<number, Ballot>();
  for (const ballot of ordered.toSorted(bySaid)) {
    if (outside(electorate.get(ballot.voter.id), ballot, end) === null && empty(ballot) === null)
      standing.set(ballot.voter.id, ballot);
  }
  const counts = new Set([...standing.values()].map((ballot) => ordered.indexOf(ballot)));
  return ordered.map((ballot, index) => {
    const elector = electorate.get(ballot.voter.id);
    const last = standing.get(ballot.voter.id);
    const replaced = last !== undefined && bySaid(ballot, last) <= 0 ? "replaced by a later ballot" : null;
    return {
      ballot,
      organisation: elector?.organisation ?? null,
      uncounted: counts.has(index) ? null : (outside(elector, ballot, end) ?? replaced ?? empty(ballot)),
    };
  });
}
