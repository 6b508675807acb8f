// Pull requests as GitHub shows them.
import { pageUrl, repositoryUrl } from "../address.ts";
import { notFound } from "../answer.ts";
import { stampOf } from "../clock.ts";
import { between, changes, mergeBase, mergedLeaves } from "../history.ts";
import type { PullRow, State } from "../state.ts";
import { personView, userView } from "./account.ts";
import { labelsOf } from "./label.ts";
import { repositoryView } from "./repository.ts";

/** Commits that the pull request brings, oldest first. */
export function commitsOf(state: State, pull: PullRow): readonly string[] {
  return between(state.git, pull.base, pull.head);
}

/** Files that it changes, by path. */
export function filesOf(state: State, pull: PullRow): ReturnType<typeof changes> {
  return changes(state.git, mergeBase(state.git, pull.base, pull.head) ?? pull.base, pull.head);
}

function side(state: State, branch: string, sha: string, repository: number | null): Record<string, unknown> {
  const own = repository === state.repository.id;
  const { owner } = state.repository;
  return {
    label: `${own ? owner : "fork"}:${branch}`,
    ref: branch,
    sha,
    repo:
      repository === null
        ? null
        : own
          ? repositoryView(state)
          : { ...repositoryView(state), id: repository, fork: true, full_name: `fork-${repository}/kernels` },
    user: userView(state, state.repository.ownerId),
  };
}

/** A pull request; `whole` has what only a single one shows. */
export function pullView(state: State, pull: PullRow, whole: boolean): Record<string, unknown> {
  const issue = state.issues.get(pull.number);
  if (issue === undefined) throw notFound();
  const url = `${repositoryUrl(state)}/pulls/${pull.number}`;
  const page = `${pageUrl(state)}/pull/${pull.number}`;
  const { merged } = pull;
  return {
    id: issue.id,
    node_id: `PR_${issue.id}`,
    url,
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    issue_url: `${repositoryUrl(state)}/issues/${pull.number}`,
    number: pull.number,
    state: issue.state,
    locked: issue.locked,
    title: issue.title,
    body: issue.body === "" ? null : issue.body,
    user: personView(state, issue.author),
    labels: labelsOf(state, issue),
    milestone: null,
    assignee: null,
    draft: pull.draft,
    created_at: stampOf(issue.created),
    updated_at: stampOf(issue.updated),
    closed_at: issue.closed === null ? null : stampOf(issue.closed),
    merged_at: merged === null ? null : stampOf(merged.at),
    merge_commit_sha: merged?.commit ?? null,
    head: side(state, pull.headBranch, pull.head, pull.headRepository),
    base: side(state, pull.baseBranch, pull.base, state.repository.id),
    author_association: "CONTRIBUTOR",
    auto_merge: null,
    ...(whole
      ? {
          merged: merged !== null,
          mergeable:
            issue.state === "open"
              ? mergedLeaves(state.git, state.refs.get(`refs/heads/${pull.baseBranch}`) ?? pull.base, pull.head) !==
                null
              : null,
          mergeable_state: "clean",
          merged_by: merged === null ? null : userView(state, merged.by),
          comments: 0,
          commits: commitsOf(state, pull).length,
          changed_files: filesOf(state, pull).length,
        }
      : {}),
  };
}
