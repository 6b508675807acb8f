// Rules: the frozen rule is told in full and exactly.
import { describe, expect, it } from "vitest";
import { ruleSentences } from "./rule.ts";
import { POLICY } from "./testing/cast.ts";

describe("the rule in words", () => {
  const words = ruleSentences(POLICY).join("\n");
  it("has every number of the policy", () => {
    for (const part of [
      "7 days",
      "36 hours",
      "3 binding ballots",
      "2/3",
      "1/3",
      "2 organisations",
      "1 day ",
      "14 days",
    ])
      expect(words).toContain(part);
    expect(words).toContain("userns in emulation, full on a device");
  });
  it("changes with every field of the policy", () => {
    const changes = {
      window: 1,
      extension: 2,
      wait: 3,
      quorum: 9,
      approval: [3, 4],
      organisations: 7,
      cap: [1, 2],
      cooldown: 4,
      isolation: { emulated: "none", device: "rlimit" },
    } as const;
    const fields = Object.entries(changes);
    expect(fields.map(([name]) => name).toSorted()).toEqual(
      Object.keys(POLICY)
        .filter((name) => name !== "edition")
        .toSorted(),
    );
    for (const [name, value] of fields)
      expect(ruleSentences({ ...POLICY, [name]: value }).join("\n"), name).not.toBe(words);
  });
  it("never rounds a time", () => {
    expect(ruleSentences({ ...POLICY, wait: 3_600_001 }).join()).toContain("3,600,001 milliseconds");
  });
});
