// The files port on the real disk. Writes are whole or not at all: a temporary file is renamed into place.
import { appendFile, lstat, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Files } from "../domain/ports.ts";

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}

let serial = 0;

/** Files of this machine. */
export const diskFiles: Files = {
  read: async (path) => new Uint8Array(await readFile(path)),
  text: (path) => readFile(path, "utf8"),
  list: async (path) => {
    try {
      return (await readdir(path)).sort();
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  },
  kind: async (path) => {
    try {
      const status = await lstat(path);
      if (status.isSymbolicLink()) return "link";
      if (status.isFile()) return "file";
      return status.isDirectory() ? "folder" : "other";
    } catch (error) {
      if (isMissing(error)) return "none";
      throw error;
    }
  },
  write: async (path, content) => {
    await mkdir(dirname(path), { recursive: true });
    serial += 1;
    const temporary = `${path}.${process.pid}.${serial}`;
    try {
      await writeFile(temporary, content);
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  },
  append: async (path, content) => {
    await mkdir(dirname(path), { recursive: true });
    await appendFile(path, content);
  },
};
