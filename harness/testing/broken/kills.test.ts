// Random kills of a real run. OPENXPU_KILLS says how many; OPENXPU_KILLS_SEED repeats a sequence; OPENXPU_KILLS_PYTHON=1 starts the
// Python witnesses too (seconds a kill).
import { describe, expect, it } from "vitest";
import { randomKills } from "./kills.ts";

const COUNT = Number(process.env["OPENXPU_KILLS"] ?? 20);
const PYTHON = process.env["OPENXPU_KILLS_PYTHON"] === "1";
const SEED = process.env["OPENXPU_KILLS_SEED"] ?? "2026".repeat(8);

describe("a judge, broker, zygote or kernel that is killed at a random moment", () => {
  it(
    "loses no finished record and tears none: the run goes on to what an undisturbed one gives",
    async () => {
      const report = await randomKills(COUNT, { seed: SEED, python: PYTHON }, (text) =>
        process.stderr.write(`${text}\n`),
      );
      process.stderr.write(`${JSON.stringify(report)}\n`);
      expect(Object.values(report.kills).reduce((sum, many) => sum + many, 0)).toBe(COUNT);
    },
    120_000 + COUNT * 30_000,
  );
});
