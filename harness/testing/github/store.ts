// Git's objects in memory, with git's own names for them: sha1 of the object as git writes it.
import { createHash } from "node:crypto";

export interface TreeEntry {
  readonly mode: string;
  readonly type: "blob" | "tree" | "commit";
  readonly name: string;
  readonly sha: string;
}

export interface Signature {
  readonly name: string;
  readonly email: string;
  /** As GitHub writes it. */
  readonly date: string;
}

export interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  readonly author: Signature;
  readonly committer: Signature;
  /** Numbers of the accounts that GitHub knows behind them. */
  readonly authorId: number | null;
  readonly committerId: number | null;
  /** Whether GitHub finds a signature that it trusts. */
  readonly verified: boolean;
}

/** Content and mode of a path. */
export interface Leaf {
  readonly sha: string;
  readonly mode: string;
}

export interface GitStore {
  readonly blobs: Map<string, Uint8Array>;
  readonly trees: Map<string, readonly TreeEntry[]>;
  readonly commits: Map<string, Commit>;
  blob(content: Uint8Array | string): string;
  /** A tree of the given leaves by path, with the trees below it. */
  tree(leaves: ReadonlyMap<string, Leaf>): string;
  commit(commit: Omit<Commit, "sha">): string;
  /** Leaves by path of a tree. */
  leaves(tree: string): ReadonlyMap<string, Leaf>;
}

function digest(type: string, content: Uint8Array): string {
  return createHash("sha1").update(`${type} ${content.length}\0`).update(content).digest("hex");
}

const signatureLine = ({ name, email, date }: Signature): string =>
  `${name} <${email}> ${Math.floor(Date.parse(date) / 1000)} +0000`;

function commitText(commit: Omit<Commit, "sha">): string {
  return [
    `tree ${commit.tree}`,
    ...commit.parents.map((parent) => `parent ${parent}`),
    `author ${signatureLine(commit.author)}`,
    `committer ${signatureLine(commit.committer)}`,
    "",
    commit.message,
  ].join("\n");
}

/** Git sorts folders as if their names ended with a slash. */
const order = ({ name, type }: TreeEntry): string => (type === "tree" ? `${name}/` : name);

export function createStore(): GitStore {
  const blobs = new Map<string, Uint8Array>();
  const trees = new Map<string, readonly TreeEntry[]>();
  const commits = new Map<string, Commit>();

  const keepTree = (entries: readonly TreeEntry[]): string => {
    const sorted = entries.toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
    const parts = sorted.flatMap(({ mode, name, sha }) => [
      Buffer.from(`${mode.replace(/^0/, "")} ${name}\0`),
      Buffer.from(sha, "hex"),
    ]);
    const sha = digest("tree", Buffer.concat(parts));
    trees.set(sha, sorted);
    return sha;
  };

  const tree = (leaves: ReadonlyMap<string, Leaf>): string => {
    const entries: TreeEntry[] = [];
    const below = new Map<string, Map<string, Leaf>>();
    for (const [path, leaf] of leaves) {
      const slash = path.indexOf("/");
      if (slash < 0) {
        entries.push({ mode: leaf.mode, type: leaf.mode === "160000" ? "commit" : "blob", name: path, sha: leaf.sha });
        continue;
      }
      const folder = path.slice(0, slash);
      const inner = below.get(folder) ?? new Map<string, Leaf>();
      inner.set(path.slice(slash + 1), leaf);
      below.set(folder, inner);
    }
    for (const [name, inner] of below) entries.push({ mode: "040000", type: "tree", name, sha: tree(inner) });
    return keepTree(entries);
  };

  const known = new Map<string, ReadonlyMap<string, Leaf>>();
  const leaves = (sha: string): ReadonlyMap<string, Leaf> => {
    const before = known.get(sha);
    if (before !== undefined) return before;
    const found = new Map<string, Leaf>();
    for (const entry of trees.get(sha) ?? []) {
      if (entry.type !== "tree") found.set(entry.name, { sha: entry.sha, mode: entry.mode });
      else for (const [path, leaf] of leaves(entry.sha)) found.set(`${entry.name}/${path}`, leaf);
    }
    known.set(sha, found);
    return found;
  };

  return {
    blobs,
    trees,
    commits,
    blob: (content) => {
      const bytes = typeof content === "string" ? Buffer.from(content) : content;
      const sha = digest("blob", bytes);
      blobs.set(sha, bytes);
      return sha;
    },
    tree,
    commit: (commit) => {
      const sha = digest("commit", Buffer.from(commitText(commit)));
      commits.set(sha, { ...commit, sha });
      return sha;
    },
    leaves,
  };
}
