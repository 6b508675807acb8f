// What votes are held under now: read from the default branch, never from a pull request.
import type { Policy, Voter, Waiver } from "../domain/governance.ts";
import { digestOf } from "./key.ts";

/** The rules of the base branch. */
export interface Rules {
  /** GitHub's number of the repository. */
  readonly repository: number;
  readonly policy: Policy;
  readonly voters: readonly Voter[];
  readonly waivers: readonly Waiver[];
  /** Digest of the meaning of each op: a vote on another meaning is another vote. */
  readonly ops: ReadonlyMap<string, string>;
}

/** Digest of what a policy says; comments in its file do not count. */
export function policyDigest(policy: Policy): string {
  const entries = Object.entries(policy).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return digestOf("openxpu policy v1", JSON.stringify(entries));
}

/** Who may vote on a day, as text that can be compared: a voter who joins later changes no running vote. */
export function electorateDigest(electors: readonly { readonly id: number; readonly organisation: string }[]): string {
  const lines = electors.map(({ id, organisation }) => `${id} ${organisation}`).toSorted();
  return digestOf("openxpu electorate v1", ...lines);
}
