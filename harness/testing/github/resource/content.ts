// Files and folders at a commit, as the contents API shows them.
import { type Answer, type Call, notFound, ok, Refusal } from "../answer.ts";
import type { State } from "../state.ts";
import type { TreeEntry } from "../store.ts";
import { repositoryUrl } from "../address.ts";
import { commitNamed } from "../find.ts";

/** Larger files come without content: the blob has it. */
const LARGEST_INLINE = 1_048_576;
/** A folder's list is cut here, without a word. */
const LONGEST_FOLDER = 1000;

function entryAt(state: State, commit: string, path: string): TreeEntry | undefined {
  const root = state.git.commits.get(commit)?.tree ?? "";
  let entry: TreeEntry | undefined = { mode: "040000", type: "tree", name: "", sha: root };
  for (const part of path.split("/").filter((one) => one !== "")) {
    if (entry?.type !== "tree") return undefined;
    entry = state.git.trees.get(entry.sha)?.find(({ name }) => name === part);
  }
  return entry;
}

const TYPES: Readonly<Record<string, string>> = { "120000": "symlink", "160000": "submodule", "040000": "dir" };

function entryView(state: State, entry: TreeEntry, path: string, ref: string): Record<string, unknown> {
  const url = `${repositoryUrl(state)}/contents/${path}?ref=${ref}`;
  const git = `${repositoryUrl(state)}/git/${entry.type}s/${entry.sha}`;
  return {
    type: TYPES[entry.mode] ?? "file",
    name: entry.name,
    path,
    sha: entry.sha,
    size: state.git.blobs.get(entry.sha)?.length ?? 0,
    url,
    git_url: git,
    html_url: url,
    download_url: entry.type === "blob" ? url : null,
    _links: { self: url, git, html: url },
  };
}

function get(state: State, call: Call): Answer {
  const path = (call.path["path"] ?? "").replace(/^\/+|\/+$/g, "");
  if (path.split("/").includes("..")) throw new Refusal(422, "path contains a malformed path component");
  const ref = call.query["ref"] ?? state.repository.defaultBranch;
  let commit: string;
  try {
    commit = commitNamed(state, ref).sha;
  } catch {
    throw new Refusal(404, `No commit found for the ref ${ref}`);
  }
  const entry = entryAt(state, commit, path);
  if (entry === undefined) throw notFound();
  if (entry.type === "tree") {
    const entries = (state.git.trees.get(entry.sha) ?? []).slice(0, LONGEST_FOLDER);
    return ok(entries.map((one) => entryView(state, one, path === "" ? one.name : `${path}/${one.name}`, ref)));
  }
  const content = Buffer.from(state.git.blobs.get(entry.sha) ?? []);
  const view = entryView(state, entry, path, ref);
  if (view["type"] === "symlink") return ok({ ...view, target: content.toString() });
  if (view["type"] === "submodule") return ok({ ...view, submodule_git_url: "https://github.test/elsewhere.git" });
  return content.length > LARGEST_INLINE
    ? ok({ ...view, encoding: "none", content: "" })
    : ok({ ...view, encoding: "base64", content: content.toString("base64") });
}

export const contentResource = { "repos/get-content": get };
