// Comments -> ballots and commands, and what of them the ledger holds next.
import type { Comment } from "../../domain/github.ts";
import type { Ballot } from "../../domain/vote.ts";
import { reasonIn, type Spoken, spokenIn } from "./spoken.ts";

/** What can be said after `/vote`. Nothing else is read as one of them. */
const CHOICE_OF: Readonly<Record<string, Ballot["choice"]>> = { "+1": "for", "-1": "against", "0": "abstain" };

/** How a ballot is written, for people whose ballot was spoiled. */
export const BALLOT_FORMS = "`/vote +1`, `/vote -1 <reason>` or `/vote 0`, once in a comment, at the start of a line";

/** A command that is not a ballot. */
export type Command =
  | { readonly command: "recheck" | "revote" }
  /** `reason` is null where none was given. */
  | { readonly command: "cancel"; readonly reason: string | null }
  /** `language` is null where none was named that there is. */
  | { readonly command: "explain"; readonly language: "en" | "zh" | null };

function said({ rest, below }: Spoken): { readonly choice: Ballot["choice"]; readonly reason: string } {
  const [word = ""] = rest.split(/\s/, 1);
  const choice = Object.hasOwn(CHOICE_OF, word) ? (CHOICE_OF[word] ?? "spoiled") : "spoiled";
  return { choice, reason: [rest.slice(word.length), ...below].join("\n").trim() };
}

/** The ballot in a comment, or null where no line votes. Several lines that say the same are one ballot; that differ, a spoiled one. */
export function ballotOf(comment: Comment): Ballot | null {
  const votes = spokenIn(comment.body)
    .filter(({ word }) => word === "vote")
    .map(said);
  const [first] = votes;
  if (first === undefined) return null;
  return {
    comment: comment.id,
    voter: { id: comment.author.id, login: comment.author.login },
    choice: votes.every(({ choice }) => choice === first.choice) ? first.choice : "spoiled",
    reason: reasonIn(votes.map(({ reason }) => reason).join("\n")),
    created: comment.created,
    updated: comment.updated,
  };
}

function commandOf({ word, rest }: Spoken): Command[] {
  switch (word) {
    case "vote":
      return [];
    case "recheck":
    case "revote":
      return [{ command: word }];
    case "cancel":
      return [{ command: word, reason: reasonIn(rest) }];
    case "explain":
      return [{ command: word, language: rest === "en" || rest === "zh" ? rest : null }];
  }
}

/** The other commands of a comment, in order. Said twice is said once; of several `/cancel` the first one's reason holds. */
export function commandsOf(body: string): readonly Command[] {
  const commands = spokenIn(body).flatMap(commandOf);
  const same = (one: Command, other: Command): boolean =>
    one.command === other.command &&
    (one.command !== "explain" || other.command !== "explain" || one.language === other.language);
  return commands.filter((command, index) => commands.findIndex((earlier) => same(earlier, command)) === index);
}

const time = (text: string): number => Date.parse(text);

/** Of one comment's states the last; of two from the same second the second argument. */
function later(one: Ballot | undefined, other: Ballot): Ballot {
  return one !== undefined && time(one.updated) > time(other.updated) ? one : other;
}

/**
 * The ballots that the ledger holds next: `known` as it holds them now, `seen` as the comments are now, all of them.
 * Until the deadline the comments decide: one that is gone is withdrawn. From then on nothing that is known is taken away or
 * changed by what was done later; what was said in time and is seen only now is added. An unknown comment edited after the
 * deadline is added as it is, for the tally to mark.
 * `now` is only the moment of the look: GitHub's times on the ballots decide wherever there are any.
 */
export function mergeBallots(
  known: readonly Ballot[],
  seen: readonly Ballot[],
  now: string,
  deadline: string,
): Ballot[] {
  const end = time(deadline);
  const before = new Map(known.map((ballot) => [ballot.comment, ballot]));
  const present = new Map<number, Ballot>();
  for (const ballot of seen) present.set(ballot.comment, later(present.get(ballot.comment), ballot));
  // A clock that is behind cannot reopen a vote: a comment from after the deadline proves that it is over.
  const over = time(now) > end || seen.some(({ created, updated }) => time(created) > end || time(updated) > end);
  const next = new Map(over ? before : []);
  for (const [comment, ballot] of present) {
    const old = before.get(comment);
    const [was, is] = [old === undefined ? Number.NEGATIVE_INFINITY : time(old.updated), time(ballot.updated)];
    // Within one second nothing tells the order: the comment as it is holds while the vote runs, the ledger when it is over.
    const newer = over ? is > was && is <= end : is >= was;
    next.set(comment, old === undefined || newer ? ballot : old);
  }
  return [...next.values()].toSorted((a, b) => time(a.created) - time(b.created) || a.comment - b.comment);
}
