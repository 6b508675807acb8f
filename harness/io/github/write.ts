// Writes: each is tried once. What became of one that failed is looked up by the caller.
import type { Check, GitHub } from "../../domain/github.ts";
import { statusOf, unlessGone } from "./client.ts";
import { inRepository, type Scope } from "./scope.ts";
import { comment, issue } from "./shape.ts";

type Writes = Pick<
  GitHub,
  | "createIssue"
  | "updateIssue"
  | "createComment"
  | "updateComment"
  | "addLabels"
  | "removeLabel"
  | "putLabel"
  | "createCheck"
  | "updateCheck"
  | "rerun"
  | "commitFile"
>;

function checkBody({ name, externalId, conclusion, title, summary }: Check) {
  const output = { title, summary };
  return conclusion === null
    ? { name, external_id: externalId, status: "in_progress" as const, output }
    : { name, external_id: externalId, status: "completed" as const, conclusion, output };
}

function labels(scope: Scope): Pick<Writes, "addLabels" | "removeLabel" | "putLabel"> {
  const { rest } = scope.octokit;
  const here = inRepository(scope);
  return {
    addLabels: async (number, names) => {
      await rest.issues.addLabels({ ...here, issue_number: number, labels: [...names] });
    },
    removeLabel: async (number, name) => {
      await unlessGone(rest.issues.removeLabel({ ...here, issue_number: number, name }), null);
    },
    putLabel: async ({ name, color, description }) => {
      const found = await unlessGone(rest.issues.getLabel({ ...here, name }), null);
      if (found === null) {
        try {
          await rest.issues.createLabel({ ...here, name, color, description });
          return;
        } catch (error) {
          // Somebody was faster.
          if (statusOf(error) !== 422) throw error;
        }
      } else if (found.data.name === name && found.data.color === color && found.data.description === description)
        return;
      await rest.issues.updateLabel({ ...here, name, new_name: name, color, description });
    },
  };
}

/** Moves a branch to a commit, without force; false when it has moved since `parent`. */
async function advance(scope: Scope, branch: string, parent: string | null, sha: string): Promise<boolean> {
  const { rest } = scope.octokit;
  const here = inRepository(scope);
  try {
    if (parent === null) await rest.git.createRef({ ...here, ref: `refs/heads/${branch}`, sha });
    else await rest.git.updateRef({ ...here, ref: `heads/${branch}`, sha, force: false });
    return true;
  } catch (error) {
    const status = statusOf(error);
    if (status !== 422 && status !== 409) throw error;
    // The same status says that a rule protects the branch: then it stands where it stood.
    const now = await unlessGone(rest.git.getRef({ ...here, ref: `heads/${branch}` }), null);
    if ((now?.data.object.sha ?? null) === parent) throw error;
    return false;
  }
}

async function commitFile(
  scope: Scope,
  ...[branch, parent, path, content, message]: Parameters<GitHub["commitFile"]>
): Promise<boolean> {
  const { rest } = scope.octokit;
  const here = inRepository(scope);
  const base = parent === null ? undefined : (await rest.git.getCommit({ ...here, commit_sha: parent })).data.tree.sha;
  const tree = await rest.git.createTree({
    ...here,
    ...(base === undefined ? {} : { base_tree: base }),
    tree: [{ path, mode: "100644", type: "blob", content }],
  });
  const commit = await rest.git.createCommit({
    ...here,
    message,
    tree: tree.data.sha,
    parents: parent === null ? [] : [parent],
  });
  return advance(scope, branch, parent, commit.data.sha);
}

export function writes(scope: Scope): Writes {
  const { rest } = scope.octokit;
  const here = inRepository(scope);
  return {
    ...labels(scope),
    createIssue: async ({ title, body, labels: names }) =>
      issue((await rest.issues.create({ ...here, title, body, labels: [...names] })).data),
    updateIssue: async (number, { title, body, labels: names, state }) => {
      await rest.issues.update({
        ...here,
        issue_number: number,
        ...(title === undefined ? {} : { title }),
        ...(body === undefined ? {} : { body }),
        ...(names === undefined ? {} : { labels: [...names] }),
        ...(state === undefined ? {} : state === "open" ? { state } : { state: "closed", state_reason: state }),
      });
    },
    createComment: async (number, body) =>
      comment((await rest.issues.createComment({ ...here, issue_number: number, body })).data),
    updateComment: async (id, body) => {
      await rest.issues.updateComment({ ...here, comment_id: id, body });
    },
    createCheck: async (given) => {
      await rest.checks.create({ ...here, head_sha: given.commit, ...checkBody(given) });
    },
    updateCheck: async (id, given) => {
      await rest.checks.update({ ...here, check_run_id: id, ...checkBody(given) });
    },
    rerun: async (run) => {
      await rest.actions.reRunWorkflow({ ...here, run_id: run });
    },
    commitFile: (...given) => commitFile(scope, ...given),
  };
}
