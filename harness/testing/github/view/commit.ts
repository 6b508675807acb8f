// Commits as GitHub shows them: as objects of git, and with the accounts behind them.
import { pageUrl, repositoryUrl } from "../address.ts";
import type { State } from "../state.ts";
import type { Commit } from "../store.ts";
import { userView } from "./account.ts";

/** A commit as the git part of the API shows it. */
export function gitCommitView(state: State, commit: Commit): Record<string, unknown> {
  const url = `${repositoryUrl(state)}/git/commits/${commit.sha}`;
  return {
    sha: commit.sha,
    node_id: `C_${commit.sha}`,
    url,
    html_url: url,
    author: commit.author,
    committer: commit.committer,
    message: commit.message,
    tree: { sha: commit.tree, url: `${repositoryUrl(state)}/git/trees/${commit.tree}` },
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${repositoryUrl(state)}/git/commits/${sha}`,
      html_url: `${repositoryUrl(state)}/git/commits/${sha}`,
    })),
    verification: {
      verified: commit.verified,
      reason: commit.verified ? "valid" : "unsigned",
      signature: null,
      payload: null,
      verified_at: null,
    },
  };
}

/** A commit with the accounts behind it. */
export function commitView(state: State, commit: Commit): Record<string, unknown> {
  const view = gitCommitView(state, commit);
  return {
    sha: commit.sha,
    node_id: view["node_id"],
    url: `${repositoryUrl(state)}/commits/${commit.sha}`,
    html_url: `${pageUrl(state)}/commit/${commit.sha}`,
    comments_url: `${repositoryUrl(state)}/commits/${commit.sha}/comments`,
    commit: {
      url: view["url"],
      author: commit.author,
      committer: commit.committer,
      message: commit.message,
      comment_count: 0,
      tree: view["tree"],
      verification: view["verification"],
    },
    author: commit.authorId === null ? null : userView(state, commit.authorId),
    committer: commit.committerId === null ? null : userView(state, commit.committerId),
    parents: view["parents"],
  };
}
