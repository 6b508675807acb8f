// What GitHub should show of a vote, from the ledger alone: the same ledger always gives the same artefacts.
import type { Check } from "../domain/github.ts";
import { digestOf } from "./key.ts";
import { passed, type Vote } from "./state.ts";
import { checkOf } from "./text/check.ts";
import { commentsOf, type Said } from "./text/comments.ts";
import { bodyOf, labelsOf, titleOf, VOTE_LABEL } from "./text/issue.ts";
import { issueMark } from "./text/mark.ts";
import type { Place } from "./text/place.ts";

/** All artefacts of one vote. */
export interface Desired {
  readonly title: string;
  /** With the mark that says that everything else is in place: written last. */
  readonly body: string;
  readonly issueLabels: readonly string[];
  /** Of our labels, those that the pull request has; null where a later vote speaks for it. */
  readonly pullLabels: readonly string[] | null;
  readonly state: "open" | "completed" | "not_planned";
  /** On the head; null where a later vote is about the same commit. */
  readonly check: Check | null;
  /** Under the issue, each once. */
  readonly comments: readonly Said[];
  /** sha256 over all of it. */
  readonly settled: string;
}

/** Renders a vote. */
export function desiredOf(vote: Vote, place: Place): Desired {
  const { ending } = vote;
  const body = bodyOf(vote, place);
  const issueLabels = [VOTE_LABEL, ...labelsOf(vote)];
  const state = ending === null ? "open" : passed(vote) ? "completed" : "not_planned";
  const shown = {
    title: titleOf(vote),
    issueLabels,
    pullLabels: place.newest ? labelsOf(vote) : null,
    state,
    check: place.speaks ? checkOf(vote, place.issue) : null,
    comments: commentsOf(vote, place),
  } as const;
  const settled = digestOf("openxpu settled v1", body, JSON.stringify(shown));
  return { ...shown, body: `${body}\n\n${issueMark(vote.key, settled)}\n`, settled };
}
