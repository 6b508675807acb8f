// The judge's score over every op of the checkout: no mutant accepted, no legal variant rejected. The nightly run takes 50 seeds.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { main } from "../cli.ts";

const folder = mkdtempSync(join(tmpdir(), "openxpu-score-"));

/** What is looked at of the document of `judge score --json`. */
const scoreSchema = z.looseObject({
  clean: z.boolean(),
  rows: z.array(
    z.looseObject({
      op: z.string(),
      entry: z.string(),
      expected: z.enum(["reject", "accept"]),
      number: z.string(),
      falseAccepts: z.number(),
      falseRejects: z.number(),
      because: z.string(),
    }),
  ),
});

describe("the judge", () => {
  afterAll(() => rmSync(folder, { recursive: true }));

  it("rejects every mutant and accepts every legal variant of every op", async () => {
    const file = join(folder, "score.json");
    const exit = await main(["judge", "score", "--seeds", "1", "--thorough", "0", "--hidden", "4", "--json", file], {
      PATH: process.env["PATH"],
      CI: "true",
    });
    const { rows, clean } = scoreSchema.parse(JSON.parse(readFileSync(file, "utf8")));
    const wrong = rows.filter((row) => row.falseAccepts + row.falseRejects > 0);
    expect(wrong.map(({ op, entry, because }) => `${op}/${entry}: ${because || "accepted"}`)).toEqual([]);
    expect([exit, clean]).toEqual([0, true]);
    // The size that the score is published with.
    expect(rows.filter((row) => row.expected === "reject").length).toBeGreaterThanOrEqual(120);
    expect(rows.filter((row) => row.expected === "accept").length).toBeGreaterThanOrEqual(40);
    const numbers = new Set(rows.map((row) => row.number));
    for (let row = 1; row <= 25; row += 1) expect(numbers).toContain(String(row));
  }, 2_400_000);
});
