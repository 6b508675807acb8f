// Names of votes: a key holds for one pull request, head, evidence and policy, and for nothing else.
import { createHash } from "node:crypto";

/**
 * sha256 in hex of texts, each with its length in bytes, so that no two lists give one digest. The stages' `digestText` counts UTF-16 units: of texts
 * beyond ASCII it is another digest, and both are written down where they must not change.
 */
export function digestOf(...parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest("hex");
}

/** What a vote is bound to. */
export interface Bound {
  /** GitHub's number of the repository. */
  readonly repository: number;
  readonly pull: number;
  readonly head: string;
  /** Digest of the evidence that it opened on. */
  readonly evidence: string;
  readonly policy: string;
}

/** The key of a vote. */
export function voteKey({ repository, pull, head, evidence, policy }: Bound): string {
  return digestOf("openxpu vote v1", String(repository), String(pull), head, evidence, policy);
}

/** The key of ledger entries about a pull request that has no vote. */
export function pullKey(repository: number, pull: number): string {
  return digestOf("openxpu pull v1", String(repository), String(pull));
}
