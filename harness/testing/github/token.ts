// Tokens and what they may: the permission of each operation, and the refusal that names it.
import type { Account } from "./state.ts";

export type Permission = "actions" | "checks" | "contents" | "issues" | "metadata" | "pull_requests";

/** Permissions as a workflow declares them. */
export type Granted = Readonly<Partial<Record<Permission, "read" | "write">>>;

export interface Token {
  readonly account: Account;
  readonly granted: Granted;
  /** A token of a workflow or an App: it has no user. */
  readonly installation: boolean;
  /** What it has used of its hour, and when the hour ends. */
  used: number;
  resets: number;
}

export const EVERYTHING: Granted = {
  actions: "write",
  checks: "write",
  contents: "write",
  issues: "write",
  metadata: "read",
  pull_requests: "write",
};

/** What an operation takes; one of several suffices. */
function demanded(operation: string, method: string): readonly (readonly [Permission, "read" | "write"])[] {
  const level = method === "GET" ? "read" : "write";
  const [area = ""] = operation.split("/");
  if (/^repos\/(compare|get-commit$|get-content$|list-commits$)/.test(operation)) return [["contents", "read"]];
  if (operation === "repos/list-pull-requests-associated-with-commit") return [["pull_requests", "read"]];
  if (operation === "pulls/merge" || operation === "pulls/merge-async") return [["contents", "write"]];
  if (operation === "pulls/get-merge-async-result") return [["contents", "read"]];
  switch (area) {
    case "issues":
    case "reactions":
      return [
        ["issues", level],
        ["pull_requests", level],
      ];
    case "pulls":
      return [["pull_requests", level]];
    case "checks":
      return [["checks", level]];
    case "git":
      return [["contents", level]];
    case "actions":
      return [["actions", level]];
    default:
      return [["metadata", "read"]];
  }
}

/** The header by which GitHub says what would have been enough; undefined where the token has it. */
export function missing(granted: Granted, operation: string, method: string): string | undefined {
  const options = demanded(operation, method);
  const enough = options.some(([permission, level]) => {
    const has = permission === "metadata" ? "read" : granted[permission];
    return has === "write" || has === level;
  });
  return enough ? undefined : options.map(([permission, level]) => `${permission}=${level}`).join("; ");
}
