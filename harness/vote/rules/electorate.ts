// Who may vote on one pull request, and who of them may not decide it and why.
import type { Voter } from "../../domain/governance.ts";
import type { Actor, Elector } from "../../domain/vote.ts";

/** Somebody whom a commit message names in a `Co-authored-by:` line: a claim of the message, checked by nobody. */
export interface Coauthor {
  /** The address, or the whole line where it holds none; hostile text. */
  readonly named: string;
  /** Number and login where the address is one of GitHub's noreply addresses; both null: nobody knows who it is. */
  readonly id: number | null;
  readonly login: string | null;
}

/** What a pull request has to do with people. */
export interface Interests {
  /** Folder name of the vendor that submits. */
  readonly vendor: string;
  /** Owners that the vendor's manifest names at the base, by numeric id. */
  readonly owners: readonly number[];
  /** Owners that it names at the head: a claim of the submitter. */
  readonly claimedOwners: readonly number[];
  readonly author: Actor;
  /** Accounts that GitHub knows behind its commits. */
  readonly committers: readonly Actor[];
  /** Of all its commits. */
  readonly coauthors: readonly Coauthor[];
}

const TRAILER = "co-authored-by:";
const NOREPLY = /^(?:(\d{1,15})\+)?([a-z0-9](?:[a-z0-9-]|\[bot\]){0,60})@users\.noreply\.github\.com$/i;

function coauthorOf(line: string): Coauthor {
  const from = line.lastIndexOf("<");
  const to = line.indexOf(">", from);
  const named = (from >= 0 && to > from ? line.slice(from + 1, to) : line).trim();
  const [, id, login] = NOREPLY.exec(named) ?? [];
  return { named, id: id === undefined ? null : Number(id), login: login?.toLowerCase() ?? null };
}

/** The co-authors that a commit message names, anywhere in it. */
export function coauthors(message: string): Coauthor[] {
  return message
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .filter((line) => line.slice(0, TRAILER.length).toLowerCase() === TRAILER)
    .map((line) => coauthorOf(line.slice(TRAILER.length)));
}

/** Whether ballots of a voter count at a moment: from the first day, UTC, to the day that no longer does. Unreadable times say no. */
function serves({ since, until }: Voter, at: number): boolean {
  const midnight = (day: string): number => Date.parse(`${day}T00:00:00Z`);
  return midnight(since) <= at && (until === undefined || at < midnight(until));
}

/** `objects` is false where something recuses that the submitter did not write. */
function recusalOf(voter: Voter, interests: Interests): Pick<Elector, "recused" | "objects"> {
  const named = ({ id, login }: Coauthor): boolean => id === voter.id || login === voter.login.toLowerCase();
  const known: readonly (readonly [boolean, string])[] = [
    [voter.organisation === interests.vendor, `of the submitting vendor ${interests.vendor}`],
    [interests.owners.includes(voter.id), "owns the submission"],
    [interests.author.id === voter.id, "author of the pull request"],
  ];
  const claimed: readonly (readonly [boolean, string])[] = [
    [interests.claimedOwners.includes(voter.id) && !interests.owners.includes(voter.id), "named as owner by the head"],
    [interests.committers.some(({ id }) => id === voter.id), "author of a commit"],
    [interests.coauthors.some(named), "named as co-author of a commit"],
  ];
  const words = (reasons: typeof known): string[] => reasons.flatMap(([holds, text]) => (holds ? [text] : []));
  const [firm, said] = [words(known), words(claimed)];
  const all = [...firm, ...said];
  return { recused: all.length === 0 ? null : all.join("; "), objects: firm.length === 0 };
}

/**
 * The electorate of a vote that opens `at` a moment (GitHub's time), by id: frozen in the ledger, it decides until the end.
 * What comes from the head of the pull request can recuse and never lift a recusal.
 */
export function electorateOf(voters: readonly Voter[], at: string, interests: Interests): Elector[] {
  const moment = Date.parse(at);
  return voters
    .filter((voter) => serves(voter, moment))
    .map((voter) => ({
      id: voter.id,
      login: voter.login,
      organisation: voter.organisation,
      ...recusalOf(voter, interests),
    }))
    .toSorted((a, b) => a.id - b.id);
}
