import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { PROBLEM_CODES } from "./problem.ts";
import { jsonSchemas } from "./schemas.ts";

describe("published schemas", () => {
  for (const [name, text] of jsonSchemas()) {
    it(`${name} says what the types say (UPDATE_GOLDENS=1 writes it anew)`, () => {
      const path = join(import.meta.dirname, "../schemas", name);
      if (process.env["UPDATE_GOLDENS"] === "1") writeFileSync(path, text);
      expect(existsSync(path) ? readFileSync(path, "utf8") : "").toBe(text);
    });
  }

  it("every problem code has a line on the page of problems, and the page has no other", () => {
    const page = readFileSync(join(import.meta.dirname, "../problems.md"), "utf8");
    const lines = [...page.matchAll(/^\| `([A-Z_]+)` \|/gm)].map((match) => match[1]);
    expect(new Set(lines)).toEqual(new Set(PROBLEM_CODES));
  });
});
