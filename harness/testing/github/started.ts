// Twins of one test file: stopped after each test, which fails when anything was said against GitHub's description.
import { Octokit } from "@octokit/rest";
import { afterEach, expect } from "vitest";
import { startTwin, type Twin, type TwinOptions } from "./twin.ts";

const silent = (): void => {};
/** Says nothing. */
export const QUIET = { debug: silent, info: silent, warn: silent, error: silent };

/** Octokit as it comes, on a twin. */
export function octokitOn(twin: Twin, token: string = twin.token): Octokit {
  return new Octokit({ auth: token, baseUrl: twin.url, log: QUIET });
}

/** Starts twins for the tests of a file. */
export function twins(): (options?: TwinOptions) => Promise<Twin> {
  const started: Twin[] = [];
  afterEach(async () => {
    const found = started.splice(0);
    await Promise.all(found.map((twin) => twin.stop()));
    expect(found.flatMap(({ violations }) => violations)).toEqual([]);
  });
  return async (options) => {
    const twin = await startTwin(options);
    started.push(twin);
    return twin;
  };
}

/** Where all calls go, as octokit wants it. */
export const HERE = { owner: "openxpu", repo: "kernels" };

/** The status and message of a refusal. */
export async function refusalOf(
  call: Promise<unknown>,
): Promise<{ readonly status: unknown; readonly message: string }> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Error) return { status: "status" in error ? error.status : undefined, message: error.message };
  }
  throw new Error("nothing was refused");
}
