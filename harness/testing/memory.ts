// The ports of files, cache, processes and time without a machine: small, exact, and every call can be looked at.
import { posix } from "node:path";
import type { Cache, Clock, Confinement, Files, Finished, Processes } from "../domain/ports.ts";

/** What lies at a path: text, bytes, or something that is no readable file. */
export type Content = string | Uint8Array | { readonly odd: "link" | "other" } | { readonly unreadable: string };

/** Files in memory; folders are there while something lies in them. */
export interface MemoryFiles extends Files {
  readonly contents: Map<string, Content>;
}

const clean = (path: string): string => posix.normalize(path).replace(/(.)\/$/, "$1");

function fault(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code, syscall: "open" });
}

/** A file system of the given contents, by absolute path. */
export function memoryFiles(given: Readonly<Record<string, Content>> = {}): MemoryFiles {
  const contents = new Map(Object.entries(given).map(([path, content]) => [clean(path), content]));
  const read = (path: string): Uint8Array => {
    const content = contents.get(clean(path));
    if (content === undefined || (typeof content === "object" && "odd" in content)) throw fault("ENOENT", path);
    if (typeof content === "string") return new TextEncoder().encode(content);
    if (content instanceof Uint8Array) return content;
    throw fault(content.unreadable, path);
  };
  const below = (path: string): string[] => {
    const prefix = `${clean(path)}/`;
    return [...contents.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
  };
  return {
    contents,
    read: async (path) => read(path),
    text: async (path) => new TextDecoder().decode(read(path)),
    list: async (path) => [...new Set(below(path).map((rest) => rest.split("/")[0] ?? ""))].sort(),
    kind: async (path) => {
      const content = contents.get(clean(path));
      if (content === undefined) return below(path).length > 0 ? "folder" : "none";
      return typeof content === "object" && "odd" in content ? content.odd : "file";
    },
    // A file that cannot be read has a size all the same.
    size: async (path) => {
      const content = contents.get(clean(path));
      return typeof content === "object" && "unreadable" in content ? 0 : read(path).length;
    },
    write: async (path, content) => {
      contents.set(clean(path), content);
    },
    append: async (path, content) => {
      const before = contents.has(clean(path)) ? new TextDecoder().decode(read(path)) : "";
      contents.set(clean(path), before + content);
    },
  };
}

/** A cache in memory. */
export function memoryCache(): Cache & { readonly entries: Map<string, Uint8Array> } {
  const entries = new Map<string, Uint8Array>();
  return {
    entries,
    get: async (key) => entries.get(key),
    put: async (key, content) => {
      entries.set(key, content);
    },
    path: (key) => `/cache/${key}`,
  };
}

/** Programs that answer by a script; `commands` are those that ran, `confined` how those were that were to be. */
export function scriptedProcesses(
  answer: (command: readonly string[]) => Partial<Finished> | Promise<Partial<Finished>>,
): Processes & { readonly commands: (readonly string[])[]; readonly confined: Confinement[] } {
  const commands: (readonly string[])[] = [];
  const confined: Confinement[] = [];
  return {
    commands,
    confined,
    run: async (command, { confine }) => {
      commands.push(command);
      if (confine !== undefined) confined.push(confine);
      return { code: 0, stdout: "", stderr: "", ...(await answer(command)) };
    },
  };
}

/** A clock that stands still at a date and goes on by `stepMs` whenever it is asked how much has elapsed. */
export function fixedClock(date: string, stepMs = 0): Clock {
  let elapsed = 0;
  return {
    now: () => new Date(date),
    elapsed: () => {
      elapsed += stepMs;
      return elapsed;
    },
  };
}
