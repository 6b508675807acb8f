// All files below a folder at a commit, through git's trees: sizes are known before contents are read.
import { unlessGone } from "./client.ts";
import { inRepository, refuse, type Scope } from "./scope.ts";

const MOST_FILES = 200;
const REGULAR = new Set(["100644", "100755"]);

/** The tree of a folder; null where there is none. */
async function treeAt(scope: Scope, folder: string, commit: string): Promise<string | null> {
  const { git } = scope.octokit.rest;
  const here = inRepository(scope);
  const root = await unlessGone(git.getCommit({ ...here, commit_sha: commit }), null);
  let tree: string | undefined = root?.data.tree.sha;
  for (const part of folder.split("/").filter((one) => one !== "")) {
    if (tree === undefined) return null;
    const { data } = await git.getTree({ ...here, tree_sha: tree });
    tree = data.tree.find(({ path, type }) => path === part && type === "tree")?.sha;
  }
  return tree ?? null;
}

/** Contents by path relative to the folder; null where there is no folder, or it holds anything but regular files. */
export async function filesBelow(
  scope: Scope,
  folder: string,
  commit: string,
  limit: number,
): Promise<ReadonlyMap<string, Uint8Array> | null> {
  const { git } = scope.octokit.rest;
  const here = inRepository(scope);
  const top = await treeAt(scope, folder, commit);
  if (top === null) return null;
  const { data } = await git.getTree({ ...here, tree_sha: top, recursive: "1" });
  const leaves = data.tree.filter(({ type }) => type !== "tree");
  if (!leaves.every(({ type, mode }) => type === "blob" && REGULAR.has(mode))) return null;
  const bytes = leaves.reduce((sum, { size }) => sum + (size ?? 0), 0);
  if (data.truncated || leaves.length > MOST_FILES || bytes > limit)
    throw refuse(
      `${folder}: ${leaves.length} files of ${bytes} bytes, more than ${MOST_FILES} files or ${limit} bytes`,
      "make the folder smaller",
    );
  const contents = await Promise.all(
    leaves.map(async ({ path, sha }) => {
      const blob = await git.getBlob({ ...here, file_sha: sha });
      return [path, Buffer.from(blob.data.content, "base64")] as const;
    }),
  );
  return new Map(contents);
}
