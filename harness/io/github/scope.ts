// What every call of the port needs: the client, and the repository that all paths are in.
import { HarnessError } from "../../domain/problem.ts";
import type { Client, RemoteClock } from "./client.ts";
import type { Waiting } from "./wait.ts";

export interface Scope {
  readonly octokit: Client;
  readonly owner: string;
  readonly repo: string;
  readonly clock: Waiting;
  readonly time: RemoteClock;
}

/** The owner and name of a scope, as octokit wants them. */
export function inRepository({ owner, repo }: Scope): { readonly owner: string; readonly repo: string } {
  return { owner, repo };
}

/** What GitHub answered is not what can be decided upon. */
export function refuse(message: string, fix: string): HarnessError {
  return new HarnessError("GITHUB_FAILED", message, fix);
}
