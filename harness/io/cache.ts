// The cache port: one file an entry below `.openxpu/cache/`, named by its key.
import { readFile } from "node:fs/promises";
import type { Cache } from "../domain/ports.ts";
import { diskFiles } from "./files.ts";

/** A cache in a folder. */
export function diskCache(folder: string): Cache {
  const path = (key: string): string => `${folder}/${key.slice(0, 2)}/${key}`;
  return {
    get: async (key) => {
      try {
        return new Uint8Array(await readFile(path(key)));
      } catch {
        // A lost or unreadable entry is made again.
        return undefined;
      }
    },
    // Durable: an entry is believed by its name, and a power cut could leave an empty one under it.
    put: (key, content) => diskFiles.write(path(key), content, { durable: true }),
    path,
  };
}
