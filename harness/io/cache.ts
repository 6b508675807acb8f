// The cache port: one file an entry below `.openxpu/cache/`, named by its key; what was not used for longest goes when there is too much.
import { readdir, readFile, rm, stat, utimes } from "node:fs/promises";
import type { Cache } from "../domain/ports.ts";
import { diskFiles } from "./files.ts";

/** Bytes that a cache may hold when something is added: every op's published regimes and some hundreds of builds. */
const CACHE_BYTES = 4 * 2 ** 30;

/** Milliseconds for which an entry is sure to stay after its last use: a kernel that runs in another process may be loaded from it again. */
const IN_USE = 12 * 60 * 60 * 1000;

/** A cache in a folder. */
export function diskCache(folder: string): Cache {
  const path = (key: string): string => `${folder}/${key.slice(0, 2)}/${key}`;
  // Once a process, beside its work: a fifth of a second for some thousand entries.
  let trimmed: Promise<void> | undefined;
  return {
    get: async (key) => {
      try {
        const content = new Uint8Array(await readFile(path(key)));
        const now = new Date();
        // The time of the last use, where the file system may be told.
        await utimes(path(key), now, now).catch(() => undefined);
        return content;
      } catch {
        // A lost or unreadable entry is made again.
        return undefined;
      }
    },
    // Durable: an entry is believed by its name, and a power cut could leave an empty one under it.
    put: async (key, content) => {
      await diskFiles.write(path(key), content, { durable: true });
      trimmed ??= trimCache(folder, CACHE_BYTES, Date.now());
    },
    path,
  };
}

interface Entry {
  readonly path: string;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly used: number;
}

async function entriesOf(folder: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const file of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const path = `${file.parentPath}/${file.name}`;
    // Another process may take it away meanwhile.
    const known = await stat(path).catch(() => undefined);
    if (known !== undefined) entries.push({ path, bytes: known.size, used: known.mtimeMs });
  }
  return entries;
}

/**
 * Brings a cache down to three quarters of `limit` where it holds more, the longest unused entries first.
 * @param now milliseconds since 1970
 */
export async function trimCache(folder: string, limit: number, now: number): Promise<void> {
  // A checkout without a cache, or one that may only be read.
  const entries = await entriesOf(folder).catch((): Entry[] => []);
  let bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  if (bytes <= limit) return;
  for (const entry of entries.sort((one, other) => one.used - other.used)) {
    if (bytes <= 0.75 * limit || entry.used > now - IN_USE) return;
    await rm(entry.path, { force: true }).catch(() => undefined);
    bytes -= entry.bytes;
  }
}
