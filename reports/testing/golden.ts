// Golden files: text that people read, reviewed like code. UPDATE_GOLDENS=1 writes them, nothing else does.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "vitest";

const FOLDER = join(import.meta.dirname, "..", "golden");

/** Style and scripts have tests of their own; in a golden page they would drown what the page says. */
export function withoutAssets(page: string): string {
  return page
    .replaceAll(/<(style|script)>[^]*?<\/\1>/g, "<$1>...</$1>")
    .replaceAll(/'sha256-[A-Za-z0-9+/=]+'/g, "'sha256-...'");
}

/** Compares a text with the golden file of that name. */
export async function expectGolden(name: string, text: string): Promise<void> {
  const path = join(FOLDER, name);
  if (process.env["UPDATE_GOLDENS"] === "1") {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  expect(text, `${name} changed; UPDATE_GOLDENS=1 writes it anew`).toBe(await readFile(path, "utf8"));
}
