// The cache on disk: what is put is found, and the oldest goes first.
import { existsSync, mkdtempSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { diskCache, trimCache } from "./cache.ts";
import { diskFiles } from "./files.ts";

const root = mkdtempSync(join(tmpdir(), "openxpu-cache-"));
afterAll(() => rmSync(root, { recursive: true }));

describe("the cache", () => {
  it("gives back what was put, where other programs find it, and nothing for an unknown or lost key", async () => {
    const cache = diskCache(`${root}/cache`);
    await cache.put("abcd", Uint8Array.of(1, 2));
    expect(await cache.get("abcd")).toEqual(Uint8Array.of(1, 2));
    expect(await diskFiles.read(cache.path("abcd"))).toEqual(Uint8Array.of(1, 2));
    expect(await cache.get("abce")).toBeUndefined();
    rmSync(cache.path("abcd"));
    expect(await cache.get("abcd")).toBeUndefined();
  });

  it("takes another content for a key as the new one", async () => {
    const cache = diskCache(`${root}/cache`);
    await cache.put("again", Uint8Array.of(1));
    await cache.put("again", Uint8Array.of(2));
    expect(await cache.get("again")).toEqual(Uint8Array.of(2));
  });
});

describe("a cache that holds too much", () => {
  const DAY = 24 * 60 * 60 * 1000;
  const now = Date.now();
  /** Entries of 10 bytes, the first used `days` days ago, every next one a day later. */
  async function filled(
    name: string,
    days: number,
  ): Promise<{ readonly folder: string; readonly left: () => Promise<string[]> }> {
    const folder = `${root}/${name}`;
    const cache = diskCache(folder);
    const keys = ["aaone", "aatwo", "abthree", "abfour"];
    for (const [index, key] of keys.entries()) {
      await cache.put(key, new Uint8Array(10));
      const used = new Date(now - (days - index) * DAY);
      utimesSync(cache.path(key), used, used);
    }
    const left = async (): Promise<string[]> => keys.filter((key) => existsSync(cache.path(key)));
    return { folder, left };
  }

  it("loses what was not used for longest, down to three quarters", async () => {
    const { folder, left } = await filled("old", 9);
    await trimCache(folder, 39, now);
    expect(await left()).toEqual(["abthree", "abfour"]);
  });

  it("keeps an entry that was used again", async () => {
    const { folder, left } = await filled("used", 9);
    await diskCache(folder).get("aaone");
    await trimCache(folder, 39, now);
    expect(await left()).toEqual(["aaone", "abfour"]);
  });

  it("keeps what may be in use, and everything where it fits or is not there", async () => {
    const fresh = await filled("fresh", 3);
    await trimCache(fresh.folder, 1, now - 3 * DAY);
    expect(await fresh.left()).toHaveLength(4);
    await trimCache(fresh.folder, 40, now + 30 * DAY);
    expect(await fresh.left()).toHaveLength(4);
    await trimCache(`${root}/nowhere`, 1, now);
  });
});
