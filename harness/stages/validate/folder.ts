// Takes a submission folder, gives the names of its files, or what makes it too large to be read. Nothing is opened before its size is known.
import type { Files } from "../../domain/ports.ts";
import type { Problem } from "../../domain/problem.ts";

/** Bytes of all files of a submission: what a vote reads of it too. */
const FOLDER_BYTES = 2 ** 24;

/** Bytes of a manifest: people read it, and YAML is parsed whole. */
export const MANIFEST_BYTES = 2 ** 18;

/** Files of a submission, and folders within each other. */
const MOST_FILES = 1024;
const DEEPEST = 16;

/** What lies in a folder, relative to it, sorted. */
export interface Content {
  readonly regular: readonly string[];
  /** Links and special files. */
  readonly odd: readonly string[];
}

/** A number of bytes for people. */
function size(bytes: number): string {
  return bytes >= 2 ** 20 ? `${Math.ceil(bytes / 2 ** 20)} MiB` : `${Math.ceil(bytes / 2 ** 10)} KiB`;
}

/** All files below a folder. The walk ends where the folder is too large. */
export async function contentOf(
  folder: string,
  shown: string,
  files: Files,
): Promise<Content | { readonly tooLarge: Problem }> {
  const regular: string[] = [];
  const odd: string[] = [];
  let bytes = 0;
  const tooLarge = (name: string, message: string): Problem => ({
    code: "SOURCE_OUTSIDE",
    place: { file: name === "" ? shown : `${shown}/${name}`, line: 1, column: 1 },
    message,
    fix: "submit sources that people can review",
  });
  const walk = async (prefix: string, depth: number): Promise<Problem | null> => {
    if (depth > DEEPEST) return tooLarge(prefix.slice(0, -1), `folders lie more than ${DEEPEST} deep`);
    for (const name of await files.list(`${folder}/${prefix}`)) {
      const path = `${prefix}${name}`;
      const kind = await files.kind(`${folder}/${path}`);
      if (kind === "folder") {
        const problem = await walk(`${path}/`, depth + 1);
        if (problem !== null) return problem;
        continue;
      }
      (kind === "file" ? regular : odd).push(path);
      if (kind === "file") bytes += await files.size(`${folder}/${path}`);
      if (bytes > FOLDER_BYTES) return tooLarge(path, `with it the folder is larger than ${size(FOLDER_BYTES)}`);
      if (regular.length + odd.length > MOST_FILES) return tooLarge("", `it has more than ${MOST_FILES} files`);
    }
    return null;
  };
  const problem = await walk("", 0);
  return problem === null ? { regular, odd } : { tooLarge: problem };
}
