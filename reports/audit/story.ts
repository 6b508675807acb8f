// What the ledger tells of each vote, and of what happened on pull requests beside votes.
import type { Entry, EventOf } from "../../harness/domain/ledger.ts";
import type { Tally } from "../../harness/domain/vote.ts";
import { byKey, ofType, type Written } from "./ledger.ts";

/** Where a vote stands, best first. */
export const STANDINGS = ["merged", "passed", "open", "failed", "no quorum", "superseded", "cancelled"] as const;
export type Standing = (typeof STANDINGS)[number];

/** How a vote ended; a vote that passed can end a second time, as superseded, until it is merged. */
export type Ending = Entry & { readonly event: EventOf<"closed"> | EventOf<"superseded"> | EventOf<"cancelled"> };

/** One vote from its first to its last entry. */
export interface Story {
  /** From 1, in the order of opening. */
  readonly number: number;
  readonly key: string;
  readonly opened: Written<"opened">;
  /** All entries since, of whatever type. */
  readonly later: readonly Entry[];
  readonly standing: Standing;
  /** In order; empty while the vote is open. */
  readonly endings: readonly Ending[];
  /** Keys of the votes that follow this one. */
  readonly followers: readonly string[];
}

/** Entries of a pull request that belong to no vote. */
export interface Beside {
  readonly key: string;
  /** null where no entry names it. */
  readonly pull: number | null;
  readonly entries: readonly Entry[];
}

function isEnding(entry: Entry): entry is Ending {
  const { type } = entry.event;
  return type === "closed" || type === "superseded" || type === "cancelled";
}

function standingOf(later: readonly Entry[], last: Ending | undefined): Standing {
  if (ofType(later, "merged").length > 0) return "merged";
  if (last === undefined) return "open";
  return last.event.type === "closed" ? last.event.tally.outcome : last.event.type;
}

/** Every vote, in the order of opening. What stands under a vote's key before it opened is not its own. */
export function storiesOf(entries: readonly Entry[]): readonly Story[] {
  const groups = byKey(entries);
  const votes = [...groups].flatMap(([key, group]) => {
    const [opened] = ofType(group, "opened");
    return opened === undefined ? [] : [{ key, opened, later: group.filter(({ seq }) => seq > opened.seq) }];
  });
  const followers = new Map<string, string[]>();
  for (const { key, opened } of votes) {
    const before = opened.event.supersedes;
    if (before !== null) followers.set(before, [...(followers.get(before) ?? []), key]);
  }
  return votes
    .toSorted((a, b) => a.opened.seq - b.opened.seq)
    .map(({ key, opened, later }, index) => {
      const endings = later.filter(isEnding);
      const standing = standingOf(later, endings.at(-1));
      return { number: index + 1, key, opened, later, standing, endings, followers: followers.get(key) ?? [] };
    });
}

/** What happened beside votes, the pull request with the newest entry first. */
export function besidesOf(entries: readonly Entry[], stories: readonly Story[]): readonly Beside[] {
  const opened = new Map(stories.map((story) => [story.key, story.opened.seq]));
  const rest = entries.filter(({ key, seq }) => seq < (opened.get(key) ?? Number.POSITIVE_INFINITY));
  return [...byKey(rest)]
    .map(([key, group]) => ({ key, pull: pullOf(group), entries: group }))
    .toSorted((a, b) => (b.entries.at(-1)?.seq ?? 0) - (a.entries.at(-1)?.seq ?? 0));
}

function pullOf(entries: readonly Entry[]): number | null {
  const [first] = entries.flatMap(({ event }) =>
    event.type === "judged" || event.type === "refused" ? [event.pull] : [],
  );
  return first ?? null;
}

/** The tally that decided; null while the vote is open: a ledger holds none then. */
export function lastTally({ endings }: Story): Tally | null {
  return endings.at(-1)?.event.tally ?? null;
}

/** Until when ballots count, as extended. */
export function deadlineOf({ opened, later }: Story): string {
  return ofType(later, "extended").at(-1)?.event.deadline ?? opened.event.deadline;
}

/** Nothing physical stands behind it. */
export function emulatedOnly({ opened }: Story): boolean {
  return opened.event.evidence.verdicts.every(({ device }) => device.emulated);
}

/** `vendor/submission 1.0.0`, as its evidence names it. */
export function nameOf({ opened }: Story): string {
  const names = opened.event.evidence.verdicts.map(
    ({ vendor, submission, version }) => `${vendor}/${submission} ${version}`,
  );
  return [...new Set(names)].join(", ");
}
