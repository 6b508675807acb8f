// Rules: the worst use of tolerance is shown, and a mismatch never looks like a pass.
import { describe, expect, it } from "vitest";
import { exactErrors, roundedErrors } from "./fixture/parts.ts";
import { gateHeadroom, headroomKey, headroomText, worstHeadroom } from "./headroom.ts";

const exact = exactErrors("y", 10, "a");
const rounded = (headroom: number) => roundedErrors("o", 100, headroom, "a");

describe("worst headroom", () => {
  it("is the largest share over all outputs", () => {
    expect(worstHeadroom([rounded(0.2), rounded(0.41), exact])).toEqual({ kind: "share", value: 0.41 });
  });
  it("is exact where only equality was accepted and held", () => {
    expect(worstHeadroom([exact, exact])).toEqual({ kind: "exact" });
  });
  it("is a broken equality before any share", () => {
    expect(worstHeadroom([rounded(0.2), { ...exact, mismatches: 1 }])).toEqual({ kind: "unequal" });
  });
  it("is none where nothing was compared", () => {
    expect(worstHeadroom([])).toEqual({ kind: "none" });
  });
  it("counts NaN as beyond everything allowed", () => {
    const infinite = { kind: "share", value: Number.POSITIVE_INFINITY };
    expect(worstHeadroom([rounded(0.2), { ...exact, headroom: "NaN" }])).toEqual(infinite);
  });
});

describe("headroom of a gate", () => {
  const gate = { gate: "G1", probe: "random", output: "o" };
  it("is the share of the limit, whatever the sign", () => {
    expect(gateHeadroom({ ...gate, statistic: -4, limit: 8 })).toEqual({ kind: "share", value: 0.5 });
    expect(gateHeadroom({ ...gate, statistic: "NaN", limit: 8 })).toEqual({ kind: "share", value: Infinity });
  });
  it("is exact or not where the limit is 0", () => {
    expect(gateHeadroom({ ...gate, statistic: 0, limit: 0 })).toEqual({ kind: "exact" });
    expect(gateHeadroom({ ...gate, statistic: 255, limit: 0 })).toEqual({ kind: "unequal" });
    expect(gateHeadroom({ ...gate, statistic: "NaN", limit: 0 })).toEqual({ kind: "unequal" });
  });
});

describe("headroom in words", () => {
  it("rounds no mismatch to a pass and no error to none", () => {
    const texts = [1.0001, 1, 0.001, 0, 0.414, 2571.5, Number.POSITIVE_INFINITY];
    expect(texts.map((value) => headroomText({ kind: "share", value }))).toEqual([
      "> 1.00",
      "1.00",
      "< 0.01",
      "0.00",
      "0.41",
      "2,570",
      "\u221e",
    ]);
  });
  it("sorts exact before shares before a broken equality, and nothing judged nowhere", () => {
    expect(headroomKey({ kind: "exact" })).toBe(0);
    expect(headroomKey({ kind: "share", value: Number.POSITIVE_INFINITY })).toBe(Number.MAX_VALUE);
    expect(headroomKey({ kind: "unequal" })).toBe(Number.MAX_VALUE);
    expect(headroomKey({ kind: "none" })).toBeNull();
  });
});
