// Merging, bound to a head: directly, or by the merge queue where the branch has one.
import type { GitHub, Merged } from "../../domain/github.ts";
import { failed } from "./failure.ts";
import { statusOf, unlessGone } from "./client.ts";
import { inRepository, refuse, type Scope } from "./scope.ts";

/** Waits between looks at a merge that GitHub does in the background, in milliseconds. */
const LOOKS_MS = [1000, 2000, 4000, 8000];

/** What GitHub says of a merge in the background. */
interface Progress {
  readonly status: string;
  readonly message: string;
  readonly commit: string | null;
  readonly uuid: string | null;
}

const textIn = (value: object, key: string): string | null => {
  const found: unknown = Object.entries(value).find(([name]) => name === key)?.[1];
  return typeof found === "string" ? found : null;
};

/** Octokit has no types for it yet. */
function progress(data: unknown): Progress {
  if (
    typeof data !== "object" ||
    data === null ||
    !("details" in data) ||
    typeof data.details !== "object" ||
    data.details === null
  )
    throw refuse("merge: GitHub's answer has no details", "merge it by hand; the vote's check allows it");
  const { details } = data;
  return {
    status: textIn(data, "status") ?? "",
    message: textIn(details, "message") ?? "",
    commit: textIn(details, "sha"),
    uuid: textIn(details, "uuid"),
  };
}

function outcome({ status, message, commit }: Progress): Merged {
  if (status === "merged" && commit !== null) return { state: "merged", commit };
  if (status === "failed") return { state: "refused", message };
  // Pending for long: GitHub goes on by itself, and the pull request will say what came of it.
  return { state: "queued" };
}

/** Puts a pull request into the merge queue by the call that merges in the background. */
async function enqueue(scope: Scope, number: number, head: string): Promise<Merged> {
  const { octokit, clock } = scope;
  const place = { ...inRepository(scope), pull_number: number };
  let found: Progress;
  try {
    const { data } = await octokit.request("PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge-async", {
      ...place,
      sha: head,
      merge_action: "merge_queue",
    });
    found = progress(data);
  } catch (error) {
    const status = statusOf(error);
    if (status !== 400 && status !== 409) throw error;
    // 400: it cannot be merged as it is; 409: it was asked for already.
    found = progress(failed(error instanceof Error ? error.cause : error)?.response?.data);
  }
  for (const ms of LOOKS_MS) {
    const { uuid } = found;
    if (found.status !== "pending" || uuid === null) break;
    await clock.sleep(ms);
    const { data } = await octokit.request("GET /repos/{owner}/{repo}/pulls/{pull_number}/merge-async/{uuid}", {
      ...place,
      uuid,
    });
    found = { ...progress(data), uuid };
  }
  return outcome(found);
}

/** GitHub's own words for a refusal. */
function words(error: unknown): string {
  const data = failed(error instanceof Error ? error.cause : error)?.response?.data;
  return (typeof data === "object" && data !== null ? textIn(data, "message") : null) ?? "GitHub refuses to merge";
}

/**
 * Merges a head with a merge commit, so that the commit that was voted on stays in the history. Where the rules of the base branch want the merge queue, the
 * pull request is added to it (`pulls/merge-async` with `merge_action: merge_queue`, the only way in REST). 405 and 409 are refusals.
 */
export async function merge(scope: Scope, ...[number, head, title]: Parameters<GitHub["merge"]>): Promise<Merged> {
  const { rest } = scope.octokit;
  const here = inRepository(scope);
  const branch = (await rest.pulls.get({ ...here, pull_number: number })).data.base.ref;
  const rules = (await unlessGone(rest.repos.getBranchRules({ ...here, branch, per_page: 100 }), null))?.data ?? [];
  if (rules.some(({ type }) => type === "merge_queue")) return enqueue(scope, number, head);
  try {
    const { data } = await rest.pulls.merge({
      ...here,
      pull_number: number,
      sha: head,
      commit_title: title,
      merge_method: "merge",
    });
    return { state: "merged", commit: data.sha };
  } catch (error) {
    const status = statusOf(error);
    if (status === 405 || status === 409) return { state: "refused", message: words(error) };
    throw error;
  }
}
