// A pull request as a vote sees it: what it submits, who has a stake in it, and the evidence of its head.
import type { Evidence } from "../domain/evidence.ts";
import type { Comment, Pull } from "../domain/github.ts";
import type { EventOf } from "../domain/ledger.ts";
import type { Interests } from "./rules/electorate.ts";

/** Evidence as it was found. */
export type Found =
  /** Jobs have not finished, or never ran. */
  | { readonly state: "missing"; readonly why: string }
  /** Something in it is forged, torn or contradicts itself: it changes nothing. */
  | { readonly state: "refused"; readonly run: number; readonly attempt: number; readonly problems: readonly string[] }
  /** It was read before and is of a kernel that does not conform: nothing new to read. */
  | { readonly state: "failed"; readonly run: number; readonly attempt: number; readonly problems: readonly string[] }
  | { readonly state: "found"; readonly evidence: Evidence; readonly run: number; readonly attempt: number };

/** What is only looked up where something may have to be decided: it takes several calls. */
export interface Depth {
  /** Folder names, or why no vote can open on these paths. */
  readonly scope:
    | { readonly kind: "submission"; readonly vendor: string; readonly submission: string }
    /** It touches vendors/ in a way that no vote can be about. */
    | { readonly kind: "refused"; readonly why: readonly string[] }
    /** It touches nothing of a vendor's: ordinary review. */
    | { readonly kind: "ordinary" };
  readonly interests: Interests;
  readonly found: Found;
}

/** A pull request and what was said about it. */
export interface Subject {
  readonly pull: Pull;
  /** Under the pull request, oldest first. */
  readonly said: readonly Comment[];
  /** Under its vote issue, oldest first. */
  readonly ballots: readonly Comment[];
  /** The vote has an issue that is no longer there. */
  readonly issueGone: boolean;
  /** null where nothing about the pull request has changed since its vote opened. */
  readonly depth: Depth | null;
}

/** Things that the ledger remembers of a pull request outside its votes. */
export interface Memory {
  readonly rechecks: readonly { readonly at: string; readonly event: EventOf<"recheck"> }[];
  readonly revotes: readonly { readonly at: string; readonly event: EventOf<"revote"> }[];
  readonly judged: readonly { readonly at: string; readonly event: EventOf<"judged"> }[];
  readonly refused: readonly { readonly at: string; readonly event: EventOf<"refused"> }[];
}
