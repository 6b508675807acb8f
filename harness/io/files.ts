// The files port on the real disk. Writes are whole or not at all: a temporary file is renamed into place. Appends are whole lines
// that are on the disk when the call returns.
import { lstat, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { Files } from "../domain/ports.ts";
import { HarnessError } from "../domain/problem.ts";

const codeOf = (error: unknown): unknown => (error instanceof Error && "code" in error ? error.code : undefined);

function isMissing(error: unknown): boolean {
  return codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR";
}

/** No space, over the quota, a file larger than allowed, a disk that fails, no descriptor left: the machine's, never a submission's. */
const DISK = ["ENOSPC", "EDQUOT", "EFBIG", "EIO", "EMFILE", "ENFILE", "EROFS"];

/** A fault of the disk as the harness's own error; others as they are. */
function asDisk(error: unknown, path: string): unknown {
  const code = codeOf(error);
  if (typeof code !== "string" || !DISK.includes(code)) return error;
  const fix = "free some space, then go on with --resume";
  return new HarnessError("DISK", `${path} could not be written: ${code}`, fix, error);
}

/** Puts what a folder lists onto the disk: a new name is lost with the power otherwise. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Makes a folder and those above it, durably where one was missing. */
async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first !== undefined) await syncFolder(dirname(first));
}

let serial = 0;

/** A name that says whose it is: `.<name>.<pid>.<serial>.unfinished`. */
const UNFINISHED = /^\..*\.(\d+)\.\d+\.unfinished$/;

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return codeOf(error) === "ESRCH";
  }
}

const swept = new Set<string>();

/** Removes what writers that were killed left in a folder; looked at once a process. */
async function sweep(folder: string): Promise<void> {
  if (swept.has(folder)) return;
  swept.add(folder);
  for (const name of await readdir(folder)) {
    const pid = Number(UNFINISHED.exec(name)?.[1] ?? 0);
    if (pid > 0 && isGone(pid)) await rm(`${folder}/${name}`, { force: true });
  }
}

async function write(path: string, content: string | Uint8Array, durable: boolean): Promise<void> {
  const folder = dirname(path);
  await makeFolder(folder);
  await sweep(folder);
  serial += 1;
  const temporary = `${folder}/.${basename(path).slice(0, 100)}.${process.pid}.${serial}.unfinished`;
  try {
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(content);
      if (durable) await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  if (durable) await syncFolder(folder);
}

async function append(path: string, content: string): Promise<void> {
  await makeFolder(dirname(path));
  const file = await open(path, "a");
  try {
    const { size } = await file.stat();
    try {
      await file.writeFile(content);
      await file.sync();
    } catch (error) {
      // What did not fit leaves no half line behind.
      await file.truncate(size);
      throw error;
    }
    if (size === 0) await syncFolder(dirname(path));
  } finally {
    await file.close();
  }
}

/** The last append of each file that is under way. */
const appending = new Map<string, Promise<void>>();

/** One append a file at a time: a line that did not fit is taken back before the next one is written behind it. */
async function appendInTurn(path: string, content: string): Promise<void> {
  const before = appending.get(path) ?? Promise.resolve();
  const own = before.catch(() => undefined).then(() => append(path, content));
  appending.set(path, own);
  try {
    await own;
  } finally {
    if (appending.get(path) === own) appending.delete(path);
  }
}

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
  size: async (path) => (await lstat(path)).size,
  write: async (path, content, { durable = false } = {}) => {
    try {
      await write(path, content, durable);
    } catch (error) {
      throw asDisk(error, path);
    }
  },
  append: async (path, content) => {
    try {
      await appendInTurn(path, content);
    } catch (error) {
      throw asDisk(error, path);
    }
  },
};
