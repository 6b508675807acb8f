// What the ledger says of each vote: a fold over its entries, the only source of a vote's state.
import type { Entry, EventOf } from "../domain/ledger.ts";
import type { Ballot } from "../domain/vote.ts";

/** How a vote ended. */
export type Ending = EventOf<"closed"> | EventOf<"superseded"> | EventOf<"cancelled">;

/** A vote. */
export interface Vote {
  readonly key: string;
  readonly opened: EventOf<"opened">;
  readonly openedAt: string;
  /** null until it was made. */
  readonly issue: number | null;
  readonly ballots: readonly Ballot[];
  readonly deadline: string;
  readonly extended: boolean;
  /** null while it is open. */
  readonly ending: Ending | null;
  readonly endedAt: string | null;
  /** Commit of the merge. */
  readonly merged: string | null;
  /** Its newest entry: who wrote it and when. */
  readonly last: { readonly writer: string; readonly at: string };
}

function next(vote: Vote, { at, writer, event }: Entry): Vote {
  const seen = { ...vote, last: { writer, at } };
  switch (event.type) {
    case "issue":
      return { ...seen, issue: event.issue };
    case "ballots":
      return { ...seen, ballots: event.ballots };
    case "extended":
      return { ...seen, deadline: event.deadline, extended: true };
    case "closed":
    case "superseded":
    case "cancelled":
      // A vote that passed can still be superseded until it is merged.
      return { ...seen, ending: event, endedAt: at };
    case "merged":
      return { ...seen, merged: event.commit };
    case "opened":
    case "recheck":
    case "revote":
    case "judged":
    case "refused":
      return seen;
  }
}

/** Every vote in the order of opening. */
export function votesOf(entries: readonly Entry[]): readonly Vote[] {
  const votes = new Map<string, Vote>();
  for (const entry of entries) {
    const { key, at, writer, event } = entry;
    const known = votes.get(key);
    if (known !== undefined) votes.set(key, next(known, entry));
    else if (event.type === "opened")
      votes.set(key, {
        key,
        opened: event,
        openedAt: at,
        issue: null,
        ballots: [],
        deadline: event.deadline,
        extended: false,
        ending: null,
        endedAt: null,
        merged: null,
        last: { writer, at },
      });
  }
  return [...votes.values()];
}

/** Whether a vote ended as passed and nothing happened to it since. */
export function passed({ ending }: Vote): boolean {
  return ending?.type === "closed" && ending.tally.outcome === "passed";
}

/** Events of one kind about a key. */
export function eventsOf<Type extends Entry["event"]["type"]>(
  entries: readonly Entry[],
  key: string,
  type: Type,
): readonly { readonly at: string; readonly event: EventOf<Type> }[] {
  const is = (event: Entry["event"]): event is EventOf<Type> => event.type === type;
  return entries.flatMap(({ key: other, at, event }) => (other === key && is(event) ? [{ at, event }] : []));
}
