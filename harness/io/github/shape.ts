// GitHub's answers in the words of the domain. A deleted account is `ghost`, as GitHub shows it.
import type { RestEndpointMethodTypes } from "@octokit/rest";
import {
  CONCLUSIONS,
  type Artifact,
  type CheckRun,
  type Comment,
  type Issue,
  type Pull,
  type WorkflowRun,
} from "../../domain/github.ts";
import type { Actor } from "../../domain/vote.ts";

type Types = RestEndpointMethodTypes;
type GivenIssue = Types["issues"]["get"]["response"]["data"];
type GivenComment = Types["issues"]["getComment"]["response"]["data"];
/** What the list and the single pull request have in common. */
type GivenPull = Pick<
  Types["pulls"]["list"]["response"]["data"][number],
  "number" | "title" | "body" | "state" | "merged_at" | "merge_commit_sha" | "user" | "head" | "base" | "html_url"
> & { readonly draft?: boolean | undefined; readonly labels: readonly { readonly name: string }[] };
type GivenCheck = Types["checks"]["get"]["response"]["data"];
type GivenRun = Types["actions"]["getWorkflowRun"]["response"]["data"];
type GivenArtifact = Types["actions"]["getArtifact"]["response"]["data"];

/** Whoever GitHub no longer knows. */
const GHOST: Actor = { id: 10_137, login: "ghost" };

export function actor(given: { readonly id: number; readonly login: string } | null | undefined): Actor {
  return given === null || given === undefined ? GHOST : { id: given.id, login: given.login };
}

const names = (labels: readonly (string | { readonly name?: string | null })[]): readonly string[] =>
  labels.map((label) => (typeof label === "string" ? label : (label.name ?? ""))).filter((name) => name !== "");

const openness = (state: string): "open" | "closed" => (state === "open" ? "open" : "closed");

export function issue(given: GivenIssue): Issue {
  return {
    number: given.number,
    title: given.title,
    body: given.body ?? "",
    state: openness(given.state),
    author: actor(given.user),
    labels: names(given.labels),
    created: given.created_at,
    updated: given.updated_at,
    url: given.html_url,
    thumbs: { up: given.reactions?.["+1"] ?? 0, down: given.reactions?.["-1"] ?? 0 },
  };
}

export function comment(given: GivenComment): Comment {
  return {
    id: given.id,
    issue: Number(/\/issues\/(\d+)$/.exec(given.issue_url)?.[1] ?? 0),
    author: actor(given.user),
    body: given.body ?? "",
    created: given.created_at,
    updated: given.updated_at,
  };
}

export function pull(given: GivenPull): Pull {
  const merged = typeof given.merged_at === "string";
  // Of a fork that was deleted there is no repository, whatever the type says.
  const from: { readonly id: number } | null = given.head.repo;
  return {
    number: given.number,
    title: given.title,
    body: given.body ?? "",
    state: openness(given.state),
    draft: given.draft ?? false,
    merged,
    mergeCommit: merged ? given.merge_commit_sha : null,
    author: actor(given.user),
    head: { sha: given.head.sha, repository: from?.id ?? null },
    base: { sha: given.base.sha, branch: given.base.ref },
    labels: names(given.labels),
    url: given.html_url,
  };
}

/** Conclusions that only GitHub and other Apps give, in our words. */
const OTHERS: Readonly<Record<string, CheckRun["conclusion"]>> = { timed_out: "failure", startup_failure: "failure" };

function conclusion(given: string | null): CheckRun["conclusion"] {
  if (given === null) return null;
  return CONCLUSIONS.find((one) => one === given) ?? OTHERS[given] ?? "neutral";
}

export function check(given: GivenCheck): CheckRun {
  return {
    id: given.id,
    name: given.name,
    commit: given.head_sha,
    externalId: given.external_id ?? "",
    conclusion: given.status === "completed" ? conclusion(given.conclusion) : null,
    title: given.output.title ?? "",
    summary: given.output.summary ?? "",
  };
}

const STATUSES = ["queued", "in_progress", "completed"] as const;

export function run(given: GivenRun): WorkflowRun {
  // As with pull requests: the fork may be gone.
  const from: { readonly id?: number } | null = given.head_repository;
  return {
    id: given.id,
    attempt: given.run_attempt ?? 1,
    // GitHub appends the ref for workflows of other repositories: `path@ref`.
    path: given.path.split("@")[0] ?? "",
    event: given.event,
    title: given.display_title,
    branch: given.head_branch,
    head: given.head_sha,
    headRepository: from?.id ?? null,
    status: STATUSES.find((one) => one === given.status) ?? "other",
    conclusion: given.conclusion,
    url: given.html_url,
  };
}

export function artifact(given: GivenArtifact): Artifact {
  return {
    id: given.id,
    name: given.name,
    bytes: given.size_in_bytes,
    expired: given.expired,
    digest: given.digest ?? null,
  };
}
