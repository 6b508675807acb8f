// Every ballot through the ledger: what a person later edits or deletes stays known.
import type { Entry } from "../../harness/domain/ledger.ts";
import type { Ballot, Counted } from "../../harness/domain/vote.ts";
import { ofType } from "./ledger.ts";
import { lastTally, type Story } from "./story.ts";

/** A turn that a ballot took. */
export interface BallotState {
  readonly turn: "first seen" | "changed" | "withdrawn" | "seen again";
  /** The entry that says so. */
  readonly seq: number;
  readonly at: string;
  /** As it was from then on; what was withdrawn as it was before. */
  readonly ballot: Ballot;
}

/** A ballot, what became of it, and every state the ledger holds of it. */
export interface BallotStory {
  /** As it was last. */
  readonly ballot: Ballot;
  readonly organisation: string | null;
  readonly fate: "counts" | "open" | "withdrawn" | NonNullable<Counted["uncounted"]>;
  /** In order; empty where only the tally knows it. */
  readonly states: readonly BallotState[];
}

function turnOf(last: BallotState | undefined, ballot: Ballot): BallotState["turn"] | null {
  if (last === undefined) return "first seen";
  if (last.turn === "withdrawn") return "seen again";
  return JSON.stringify(last.ballot) === JSON.stringify(ballot) ? null : "changed";
}

/** The states of each ballot by its comment. */
function statesOf(entries: readonly Entry[]): ReadonlyMap<number, readonly BallotState[]> {
  const states = new Map<number, BallotState[]>();
  for (const { seq, at, event } of ofType(entries, "ballots")) {
    for (const ballot of event.ballots) {
      const known = states.get(ballot.comment) ?? [];
      const turn = turnOf(known.at(-1), ballot);
      if (turn !== null) states.set(ballot.comment, [...known, { turn, seq, at, ballot }]);
    }
    const present = new Set(event.ballots.map(({ comment }) => comment));
    for (const [comment, known] of states) {
      const last = known.at(-1);
      if (last === undefined || last.turn === "withdrawn" || present.has(comment)) continue;
      known.push({ turn: "withdrawn", seq, at, ballot: last.ballot });
    }
  }
  return states;
}

/** Every ballot of a vote, in order of time. */
export function ballotsOf(story: Story): readonly BallotStory[] {
  const tally = lastTally(story);
  const counted = new Map(tally?.ballots.map((one) => [one.ballot.comment, one]));
  const states = statesOf(story.later);
  const organisations = new Map(
    story.opened.event.electorate.electors.map(({ id, organisation }) => [id, organisation]),
  );
  const told = [...states].flatMap(([comment, known]): BallotStory[] => {
    const last = known.at(-1);
    if (last === undefined) return [];
    const { ballot } = last;
    const found = counted.get(comment);
    const organisation = found?.organisation ?? organisations.get(ballot.voter.id) ?? null;
    const missing = last.turn === "withdrawn" || tally !== null ? "withdrawn" : "open";
    const fate = found === undefined ? missing : (found.uncounted ?? "counts");
    return [{ ballot: found?.ballot ?? ballot, organisation, fate, states: known }];
  });
  const unseen = [...counted.values()]
    .filter(({ ballot }) => !states.has(ballot.comment))
    .map(({ ballot, organisation, uncounted }) => ({
      ballot,
      organisation,
      fate: uncounted ?? ("counts" as const),
      states: [],
    }));
  return [...told, ...unseen].toSorted(
    ({ ballot: a }, { ballot: b }) => Date.parse(a.created) - Date.parse(b.created) || a.comment - b.comment,
  );
}
