// Comments under a vote issue: one for each turn the vote takes, so that people who follow it are told once.
import { passed, type Vote } from "../state.ts";
import { nameOf, tallyOf } from "./issue.ts";
import { moment, outside } from "./markdown.ts";
import { commentMark } from "./mark.ts";
import type { Place } from "./place.ts";
import { tallyTable } from "./tally-table.ts";
import { CHINESE, ENGLISH } from "./words.ts";

/** A comment that is to be there once. */
export interface Said {
  /** Found again by it. */
  readonly mark: string;
  readonly body: string;
}

const said = (vote: Vote, about: string, ...lines: readonly string[]): Said => {
  const mark = commentMark(`${about} key=${vote.key}`);
  return { mark, body: [...lines, mark].join("\n\n") };
};

function ending(vote: Vote): Said[] {
  const { ending: end } = vote;
  if (end === null) return [];
  const tally = tallyOf(vote);
  switch (end.type) {
    case "closed": {
      const standing = passed(vote) || vote.merged !== null ? "passed" : end.tally.outcome;
      const languages = [ENGLISH, CHINESE].flatMap((words) => [words.ended[standing], tallyTable(tally, words)]);
      return [said(vote, "closed", ...languages)];
    }
    case "superseded":
      return [said(vote, "superseded", `Superseded: ${outside(end.reason, 300)}. Nothing said here is counted.`)];
    case "cancelled":
      return [said(vote, "cancelled", `Cancelled by ${outside(end.by.login, 40)}: ${outside(end.reason, 500)}`)];
  }
}

/** All comments of a vote so far. */
export function commentsOf(vote: Vote, { successor }: Place): readonly Said[] {
  const extended = vote.extended
    ? [
        said(
          vote,
          "extended",
          `Quorum was missed. Ballots count until ${moment(vote.deadline)}; after that there is no second extension.`,
        ),
      ]
    : [];
  const merged =
    vote.merged === null ? [] : [said(vote, "merged", `${nameOf(vote)} was merged as ${outside(vote.merged, 40)}.`)];
  const followed =
    successor === null ? [] : [said(vote, "followed", `The vote on this pull request goes on in #${successor}.`)];
  return [...extended, ...ending(vote), ...followed, ...merged];
}
