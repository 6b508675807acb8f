// Check runs on the head commit: what branch protection asks for before anything can be merged.
import type { Check } from "../../domain/github.ts";
import type { Vote } from "../state.ts";
import { standingOf, tallyOf } from "./issue.ts";
import { moment, word } from "./markdown.ts";

/** The required check. */
export const CHECK = "openxpu/vote";

const CONCLUSION = {
  open: null,
  passed: "success",
  merged: "success",
  failed: "failure",
  "no quorum": "failure",
  // Never success: a required check must not be satisfied by giving up.
  superseded: "cancelled",
  cancelled: "cancelled",
} as const;

/** The check of a vote on the commit that it is about. */
export function checkOf(vote: Vote, issue: number | null): Check {
  const standing = standingOf(vote);
  const { cast, reasons } = tallyOf(vote);
  const where = issue === null ? "" : ` in #${issue}`;
  const ended = standing === "passed" || standing === "merged" ? standing : `${standing}: nothing is merged by it`;
  const title = `Vote${where} ${standing === "open" ? `until ${moment(vote.deadline)}` : ended}`;
  const lines = [
    `${cast.for} for, ${cast.against} against, ${cast.abstain} abstain.`,
    ...reasons.map(({ met, text }) => `- ${met ? "✔" : "✘"} ${word(text, 300)}`),
    `Key \`${vote.key}\`, evidence \`${vote.opened.evidence.digest}\`.`,
  ];
  return {
    name: CHECK,
    commit: vote.opened.head,
    externalId: vote.key,
    conclusion: CONCLUSION[standing],
    title,
    summary: lines.join("\n"),
  };
}
