// What a failed call means: a missing permission, a limit, or a failure that names the call and GitHub's request id. Never a token.
import { HarnessError } from "../../domain/problem.ts";

/** The parts of octokit's error that are read; a network that broke has no response. */
export interface Failed {
  readonly status: number;
  readonly message: string;
  readonly response?: {
    readonly headers: Readonly<Record<string, string | number | undefined>>;
    readonly data?: unknown;
  };
}

/** Octokit's error, or undefined for anything else. */
export function failed(error: unknown): Failed | undefined {
  if (!(error instanceof Error) || !("status" in error) || typeof error.status !== "number") return undefined;
  const { status, message } = error;
  if (!("response" in error) || typeof error.response !== "object" || error.response === null)
    return { status, message };
  const { response } = error;
  if (!("headers" in response) || typeof response.headers !== "object" || response.headers === null)
    return { status, message };
  return {
    status,
    message,
    response: { headers: { ...response.headers }, ...("data" in response ? { data: response.data } : {}) },
  };
}

/** A header of a failed call as text. */
export function header(found: Failed, name: string): string | undefined {
  const value = found.response?.headers[name];
  return value === undefined ? undefined : String(value);
}

/** Whether the call was refused for a limit, primary or secondary. */
export function limited(found: Failed): boolean {
  if (found.status === 429) return true;
  if (found.status !== 403) return false;
  return (
    /\brate limit\b/i.test(found.message) ||
    header(found, "retry-after") !== undefined ||
    header(found, "x-ratelimit-remaining") === "0"
  );
}

/** What GitHub said, short and on one line. */
function said({ message }: Failed): string {
  return message.replaceAll(/\s+/g, " ").slice(0, 300);
}

function permission(found: Failed, call: string, cause: unknown): HarnessError {
  const accepted = header(found, "x-accepted-github-permissions") ?? "";
  const wanted = accepted === "" ? "a permission that GitHub does not name" : accepted.split("; ").join(" or ");
  return new HarnessError(
    "GITHUB_PERMISSION",
    `${call}: the token lacks ${wanted} (${said(found)})`,
    accepted === ""
      ? "see which tokens GitHub accepts for this call, and give the job such a token"
      : `add '${wanted.replaceAll("=", ": ")}' to the permissions of the workflow's job`,
    cause,
  );
}

/** GitHub's ways to say so; it also answers 403 to what nobody may do, such as to run a workflow again that is running. */
const UNPERMITTED = /not accessible by|permission|must have .*(access|rights)|requires .*(access|scope)/i;

/** The error to throw for a failed call, named like `issues/create`. @param tokens texts that no message may have */
export function problemOf(error: unknown, call: string, tokens: readonly string[]): HarnessError {
  if (error instanceof HarnessError) return error;
  const found = failed(error);
  const clean = (text: string): string => tokens.reduce((rest, token) => rest.replaceAll(token, "***"), text);
  if (found?.status === 403 && !limited(found) && UNPERMITTED.test(found.message))
    return permission({ ...found, message: clean(found.message) }, call, error);
  const status = found?.response === undefined ? "no answer" : `status ${found.status}`;
  const id = found === undefined ? undefined : header(found, "x-github-request-id");
  const request = id === undefined ? "" : `, request ${id}`;
  // What a token may not even see is not found.
  const takes = found?.status === 404 ? header(found, "x-accepted-github-permissions") : undefined;
  const words = clean(found === undefined ? (error instanceof Error ? error.message : String(error)) : said(found));
  return new HarnessError(
    "GITHUB_FAILED",
    `${call}: ${status}${request}: ${words}${takes === undefined ? "" : `; the call takes ${takes}`}`,
    "run it again: what was done is looked up first; if it stays, look at https://www.githubstatus.com",
    error,
  );
}
