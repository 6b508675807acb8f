// What is hashed of a submission's folder: the judge does it on its disk, the job that checks evidence on GitHub's word.

const compare = (one: string, other: string): number => (one < other ? -1 : Number(one > other));

/** Paths of files in the order in which they are hashed: folder by folder, the names in each sorted. */
export function sourceOrder(paths: readonly string[]): string[] {
  return [...paths].sort((one, other) => {
    const left = one.split("/");
    const right = other.split("/");
    const at = left.findIndex((step, depth) => step !== right[depth]);
    return at < 0 ? 0 : compare(left[at] ?? "", right[at] ?? "");
  });
}

/** What one file adds to the hash: its path below the folder and its length in bytes, then its content. */
export function sourceParts(path: string, content: Uint8Array): readonly [string, Uint8Array] {
  return [`${path}\0${content.length}\0`, content];
}
