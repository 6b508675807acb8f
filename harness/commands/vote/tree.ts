// Files that GitHub gave, read like a folder: a head's submission is validated without touching a disk.
import type { Files } from "../../domain/ports.ts";

/** Read-only files by absolute path. */
export function treeFiles(contents: ReadonlyMap<string, Uint8Array>): Files {
  const read = async (path: string): Promise<Uint8Array> => {
    const content = contents.get(path);
    if (content === undefined) throw Object.assign(new Error(`no such file: ${path}`), { code: "ENOENT" });
    return content;
  };
  const below = (path: string): string[] => {
    const prefix = `${path.replace(/\/$/, "")}/`;
    return [...contents.keys()].flatMap((other) => (other.startsWith(prefix) ? [other.slice(prefix.length)] : []));
  };
  const refuse = (): Promise<never> => Promise.reject(new Error("what GitHub gave is only read"));
  return {
    read,
    text: async (path) => new TextDecoder().decode(await read(path)),
    list: async (path) => [...new Set(below(path).map((name) => name.split("/")[0] ?? ""))].sort(),
    kind: async (path) => (contents.has(path) ? "file" : below(path).length > 0 ? "folder" : "none"),
    size: async (path) => (await read(path)).length,
    write: refuse,
    append: refuse,
  };
}
