// Git's objects through the API: blobs, trees and commits, made before anything points at them.
import { type Answer, type Call, created, isRecord, notFound, ok, Refusal, textOf } from "../answer.ts";
import type { State } from "../state.ts";
import type { Signature } from "../store.ts";
import { repositoryUrl } from "../address.ts";
import { gitCommitView } from "../view/commit.ts";

/** Entries of a tree and, where it is asked for, of all trees below it. */
function entriesOf(state: State, sha: string, deep: boolean, prefix = ""): readonly Record<string, unknown>[] {
  return (state.git.trees.get(sha) ?? []).flatMap(({ mode, type, name, sha: of }) => {
    const path = `${prefix}${name}`;
    const size = type === "blob" ? { size: state.git.blobs.get(of)?.length ?? 0 } : {};
    const entry = { path, mode, type, sha: of, url: `${repositoryUrl(state)}/git/${type}s/${of}`, ...size };
    return type === "tree" && deep ? [entry, ...entriesOf(state, of, deep, `${path}/`)] : [entry];
  });
}

function treeView(state: State, sha: string, deep: boolean): Record<string, unknown> {
  return { sha, url: `${repositoryUrl(state)}/git/trees/${sha}`, truncated: false, tree: entriesOf(state, sha, deep) };
}

function createTree(state: State, call: Call): Answer {
  const base = textOf(call, "base_tree");
  const tree = base === undefined ? undefined : (state.git.commits.get(base)?.tree ?? base);
  if (tree !== undefined && !state.git.trees.has(tree)) throw new Refusal(422, "base_tree is not a valid tree oid");
  const leaves = new Map(tree === undefined ? [] : state.git.leaves(tree));
  const entries = Array.isArray(call.body["tree"]) ? call.body["tree"].filter(isRecord) : [];
  for (const { path, mode, sha, content } of entries) {
    if (
      typeof path !== "string" ||
      path === "" ||
      path.startsWith("/") ||
      path.split("/").some((part) => part === ".." || part === ".git")
    )
      throw new Refusal(422, "tree.path contains a malformed path component");
    if (sha === null) {
      leaves.delete(path);
      continue;
    }
    const blob = typeof content === "string" ? state.git.blob(content) : typeof sha === "string" ? sha : "";
    if (!state.git.blobs.has(blob)) throw new Refusal(422, `tree.sha ${blob} is not a valid blob`);
    leaves.set(path, { sha: blob, mode: String(mode) });
  }
  const made = state.git.tree(leaves);
  return created(treeView(state, made, false));
}

function createCommit(state: State, call: Call): Answer {
  const tree = textOf(call, "tree") ?? "";
  const parents = Array.isArray(call.body["parents"]) ? call.body["parents"].map(String) : [];
  if (!state.git.trees.has(tree)) throw new Refusal(422, "Tree SHA does not exist");
  if (!parents.every((parent) => state.git.commits.has(parent)))
    throw new Refusal(422, "Parent SHA does not exist or is not a commit object");
  const by: Signature = {
    name: call.actor.login,
    email: `${call.actor.id}+${call.actor.login}@users.noreply.github.test`,
    date: state.clock.stamp(),
  };
  const sha = state.git.commit({
    tree,
    parents,
    message: textOf(call, "message") ?? "",
    author: by,
    committer: by,
    authorId: call.actor.id,
    committerId: call.actor.id,
    // GitHub signs what an App commits in its own name.
    verified: call.actor.type === "Bot",
  });
  const commit = state.git.commits.get(sha);
  if (commit === undefined) throw new Error("a commit that was just made");
  return created(gitCommitView(state, commit));
}

export const objectResource = {
  "git/create-blob": (state: State, call: Call): Answer => {
    const content = textOf(call, "content") ?? "";
    const sha = state.git.blob(call.body["encoding"] === "base64" ? Buffer.from(content, "base64") : content);
    return created({ sha, url: `${repositoryUrl(state)}/git/blobs/${sha}` });
  },
  "git/get-blob": (state: State, call: Call): Answer => {
    const sha = call.path["file_sha"] ?? "";
    const content = state.git.blobs.get(sha);
    if (content === undefined) throw notFound();
    return ok({
      sha,
      node_id: `B_${sha}`,
      url: `${repositoryUrl(state)}/git/blobs/${sha}`,
      size: content.length,
      encoding: "base64",
      content: Buffer.from(content).toString("base64"),
    });
  },
  "git/create-tree": createTree,
  "git/get-tree": (state: State, call: Call): Answer => {
    const named = call.path["tree_sha"] ?? "";
    const sha = state.git.commits.get(named)?.tree ?? named;
    if (!state.git.trees.has(sha)) throw notFound();
    return ok(treeView(state, sha, call.query["recursive"] !== undefined));
  },
  "git/create-commit": createCommit,
  "git/get-commit": (state: State, call: Call): Answer => {
    const commit = state.git.commits.get(call.path["commit_sha"] ?? "");
    if (commit === undefined) throw notFound();
    return ok(gitCommitView(state, commit));
  },
};
