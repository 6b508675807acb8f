// Scratch folders of compilers: each is left where it was used, so that its files can be looked at; a later run takes away what is old.
import { lstat, readdir, rm } from "node:fs/promises";

/** Milliseconds after which nobody is using a scratch folder: a compiler has minutes. */
const OLD = 24 * 3600 * 1000;

/** Removes what has lain in a folder for a day. What another process removes meanwhile, or cannot be removed, is no fault. */
export async function sweepScratch(folder: string, now: number): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const path = `${folder}/${name}`;
    const touched = await lstat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => now,
    );
    if (now - touched > OLD) await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}
