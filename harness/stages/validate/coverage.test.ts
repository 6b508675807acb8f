// Levels of a case and the pairs of them that cases have met.
import { beforeAll, describe, expect, it } from "vitest";
import type { BoundCase, Op } from "../../domain/op.ts";
import { miniatureOp } from "../../testing/miniature.ts";
import { publishedCases } from "./cases.ts";
import { bandsWithin, Coverage, levelsOf } from "./coverage.ts";

let op: Op;
beforeAll(async () => {
  op = await miniatureOp();
});

describe("the levels of a case", () => {
  it("are its dtypes, drawn attributes, optional tensors and factors as choices, and extents as bands", () => {
    const [small] = publishedCases(op);
    const levels = levelsOf({ ...op, factors: { even: "W % 2 == 0" } }, small as BoundCase);
    expect(levels.filter(({ weight }) => weight > 1).map(({ text }) => text)).toEqual([
      "T=float16",
      "pads=default",
      "stride=default",
      "bias present",
      "even:0",
    ]);
    // N = 8, W = 3, M = 6 outputs.
    expect(levels.filter(({ weight }) => weight === 1).map(({ text }) => text)).toEqual([
      "N:4",
      "W:3",
      "M:4",
      "x of 4",
      "bias of 1",
      "y of 4",
    ]);
  });

  it("say what aligns an extent that is longer than a vector", () => {
    const axes = { N: 64, W: 12, M: 13, K: 8 };
    const [small] = publishedCases(op);
    const texts = levelsOf(op, { ...(small as BoundCase), axes }).map(({ text }) => text);
    expect(texts.filter((text) => text.includes("aligned"))).toEqual([
      "N aligned to 64",
      "W aligned to 4",
      "M aligned to 1",
    ]);
  });

  it("name an attribute that is neither the default nor drawn 'other'", () => {
    const padded = publishedCases(op).find(({ name }) => name === "padded") as BoundCase;
    expect(levelsOf(op, padded).map(({ text }) => text)).toEqual(expect.arrayContaining(["pads=other", "stride=2"]));
  });

  it("have bands that cover a range without gaps", () => {
    expect(bandsWithin(1, 20)).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 15],
      [16, 20],
    ]);
    expect(bandsWithin(0, 0)).toEqual([[0, 0]]);
    expect(bandsWithin(70_000, 70_001)).toEqual([[70_000, 70_001]]);
  });
});

describe("a coverage", () => {
  const level = (text: string, weight = 1): { text: string; weight: number } => ({ text, weight });

  it("gains the weight of pairs that no case had", () => {
    const met = new Coverage();
    const first = [level("a", 4), level("b", 4), level("n")];
    expect(met.gain(first)).toBe(16 + 4 + 4);
    met.add(first);
    expect(met.gain(first)).toBe(0);
    expect(met.gain([level("a", 4), level("c", 4), level("n")])).toBe(16 + 4);
  });
});
