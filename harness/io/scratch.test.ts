// Old scratch folders go, others stay.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { sweepScratch } from "./scratch.ts";

const root = mkdtempSync(join(tmpdir(), "openxpu-scratch-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("scratch", () => {
  it("that nobody touched for a day is taken away, with what lies in it; a folder that is not there is none", async () => {
    const now = Date.now();
    for (const [name, hours] of [
      ["old", 25],
      ["young", 23],
    ] as const) {
      mkdirSync(join(root, name));
      writeFileSync(join(root, name, "kernel.so"), "");
      utimesSync(join(root, name), new Date(now), new Date(now - hours * 3_600_000));
    }
    await sweepScratch(root, now);
    expect(readdirSync(root)).toEqual(["young"]);
    await sweepScratch(join(root, "none"), now);
  });
});
