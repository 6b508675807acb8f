// Questions about commits: what came before, what changed, and what comes of merging two.
import type { GitStore, Leaf } from "./store.ts";

/** A commit and everything before it, nearest first. */
export function ancestors(git: GitStore, tip: string): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting = [tip];
  for (let sha = waiting.shift(); sha !== undefined; sha = waiting.shift()) {
    const commit = git.commits.get(sha);
    if (commit === undefined || found.has(sha)) continue;
    found.add(sha);
    waiting.push(...commit.parents);
  }
  return found;
}

/** The nearest commit that both have; null where there is none. */
export function mergeBase(git: GitStore, a: string, b: string): string | null {
  const others = ancestors(git, b);
  for (const sha of ancestors(git, a)) if (others.has(sha)) return sha;
  return null;
}

/** Commits of `head` that `base` lacks, oldest first. */
export function between(git: GitStore, base: string, head: string): readonly string[] {
  const known = ancestors(git, base);
  return [...ancestors(git, head)].filter((sha) => !known.has(sha)).toReversed();
}

/** Leaves of a commit. */
export function leavesOf(git: GitStore, commit: string): ReadonlyMap<string, Leaf> {
  const tree = git.commits.get(commit)?.tree;
  return tree === undefined ? new Map<string, Leaf>() : git.leaves(tree);
}

export interface FileChange {
  readonly path: string;
  readonly previous: string | null;
  readonly status: "added" | "removed" | "modified" | "renamed";
  readonly sha: string;
}

const same = (a: Leaf | undefined, b: Leaf | undefined): boolean => a?.sha === b?.sha && a?.mode === b?.mode;

/** What changed between two commits by path; the same content at another path is a rename. */
export function changes(git: GitStore, base: string, head: string): readonly FileChange[] {
  const before = leavesOf(git, base);
  const after = leavesOf(git, head);
  const removed = new Map([...before].filter(([path]) => !after.has(path)).map(([path, { sha }]) => [sha, path]));
  const found: FileChange[] = [];
  for (const [path, leaf] of after) {
    const old = before.get(path);
    if (same(old, leaf)) continue;
    if (old !== undefined) {
      found.push({ path, previous: null, status: "modified", sha: leaf.sha });
      continue;
    }
    const previous = removed.get(leaf.sha) ?? null;
    removed.delete(leaf.sha);
    found.push({ path, previous, status: previous === null ? "added" : "renamed", sha: leaf.sha });
  }
  const renamed = new Set(found.map(({ previous }) => previous));
  for (const [path, { sha }] of before)
    if (!after.has(path) && !renamed.has(path)) found.push({ path, previous: null, status: "removed", sha });
  return found.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** Leaves of both sides' changes; null when they changed the same path differently. */
export function mergedLeaves(git: GitStore, ours: string, theirs: string): Map<string, Leaf> | null {
  const base = mergeBase(git, ours, theirs);
  const origin = base === null ? new Map<string, Leaf>() : leavesOf(git, base);
  const mine = leavesOf(git, ours);
  const yours = leavesOf(git, theirs);
  const result = new Map(mine);
  for (const path of new Set([...origin.keys(), ...yours.keys()])) {
    const changed = yours.get(path);
    if (same(changed, origin.get(path))) continue;
    if (!same(mine.get(path), origin.get(path)) && !same(mine.get(path), changed)) return null;
    if (changed === undefined) result.delete(path);
    else result.set(path, changed);
  }
  return result;
}
