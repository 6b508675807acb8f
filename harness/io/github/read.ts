// Reads of issues, comments, checks, runs and the repository.
import type { GitHub } from "../../domain/github.ts";
import type { Actor } from "../../domain/vote.ts";
import { statusOf, unlessGone } from "./client.ts";
import { download } from "./download.ts";
import { inRepository, type Scope } from "./scope.ts";
import { actor, artifact, check, comment, issue, run } from "./shape.ts";

/** Largest page that GitHub gives. */
export const PAGE = 100;

type Reads = Pick<
  GitHub,
  | "now"
  | "repository"
  | "self"
  | "issues"
  | "issue"
  | "comments"
  | "commentsSince"
  | "checks"
  | "runs"
  | "recent"
  | "artifacts"
  | "download"
>;

/** The account of a token: an installation's has no user, GitHub refuses to say whose it is. */
async function self({ octokit }: Scope, login: string | undefined): ReturnType<GitHub["self"]> {
  if (login === undefined) {
    try {
      return actor((await octokit.rest.users.getAuthenticated()).data);
    } catch (error) {
      if (statusOf(error) !== 403) throw error;
    }
  }
  return actor((await octokit.rest.users.getByUsername({ username: login ?? "github-actions[bot]" })).data);
}

export function reads(scope: Scope, baseUrl: string, login: string | undefined): Reads {
  const { octokit } = scope;
  const here = inRepository(scope);
  const { rest } = octokit;
  const repository: GitHub["repository"] = async () => {
    const { data } = await rest.repos.get(here);
    return { id: data.id, name: data.full_name, defaultBranch: data.default_branch };
  };
  let me: Actor | undefined;
  return {
    now: async () => {
      if (scope.time.now() === undefined) await repository();
      return new Date(scope.time.now() ?? scope.clock.now()).toISOString().replace(/\.\d{3}Z$/, "Z");
    },
    repository,
    self: async () => {
      me ??= await self(scope, login);
      return me;
    },
    issues: async (label) => {
      const found = await octokit.paginate(rest.issues.listForRepo, {
        ...here,
        labels: label,
        state: "all",
        sort: "created",
        direction: "asc",
        per_page: PAGE,
      });
      return found.filter((one) => one.pull_request === undefined).map(issue);
    },
    issue: async (number) => {
      const found = await unlessGone(rest.issues.get({ ...here, issue_number: number }), null);
      if (found === null || found.data.number !== number) return null;
      // A renamed repository redirects by its number, an issue that was moved away by that of another one.
      const at = /\/repositories\/(\d+)\//.exec(found.url)?.[1];
      if (at !== undefined && Number(at) !== (await repository()).id) return null;
      return issue(found.data);
    },
    comments: async (number) => {
      const calls = octokit.paginate(rest.issues.listComments, { ...here, issue_number: number, per_page: PAGE });
      return (await unlessGone(calls, [])).map(comment);
    },
    commentsSince: async (since) => {
      const found = await octokit.paginate(rest.issues.listCommentsForRepo, {
        ...here,
        since,
        sort: "updated",
        direction: "asc",
        per_page: PAGE,
      });
      return found.map(comment);
    },
    checks: async (commit) => {
      const found = await octokit.paginate(rest.checks.listForRef, {
        ...here,
        ref: commit,
        filter: "latest",
        per_page: PAGE,
      });
      return found.map(check);
    },
    runs: async (workflow, head) => {
      const workflow_id = workflow.split("/").at(-1) ?? workflow;
      const calls = octokit.paginate(rest.actions.listWorkflowRuns, {
        ...here,
        workflow_id,
        head_sha: head,
        per_page: PAGE,
      });
      return (await unlessGone(calls, [])).map(run);
    },
    recent: async (workflow, event) => {
      const workflow_id = workflow.split("/").at(-1) ?? workflow;
      const asked = { ...here, workflow_id, event, per_page: PAGE };
      const found = await unlessGone(rest.actions.listWorkflowRuns(asked), null);
      return found === null ? [] : found.data.workflow_runs.map(run);
    },
    artifacts: async (of) => {
      const calls = octokit.paginate(rest.actions.listWorkflowRunArtifacts, { ...here, run_id: of, per_page: PAGE });
      return (await unlessGone(calls, [])).map(artifact);
    },
    download: (id, limit) => download(scope, baseUrl, id, limit),
  };
}
