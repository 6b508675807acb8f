// Planted values lie beside a tie: beyond what legal kernels err by, within what short multipliers do.
import { describe, expect, it } from "vitest";
import { seededRandom } from "./random.ts";
import { besideTie } from "./tie.ts";

/** Distance to the nearest tie, times |t|. */
const distance = (t: number): number => Math.abs(t - Math.floor(t) - 0.5) / Math.abs(t);

describe("what is planted beside a tie", () => {
  it("lies further from it than a legal kernel errs, on either side", () => {
    const random = seededRandom("0".repeat(32));
    const planted = Array.from({ length: 200 }, () => {
      const sum = random.pick([-1, 1]) * random.integer(1, 2 ** 25);
      return sum * Math.fround(besideTie(sum, (119 * random.uniform() + 0.25) / Math.abs(sum), 1, random));
    });
    expect(planted.every((t) => distance(t) > 5 * 2 ** -24 && distance(t) < 7 * 2 ** -24)).toBe(true);
    expect(new Set(planted.map((t) => t - Math.floor(t) > 0.5)).size).toBe(2);
  });

  it("is not what saturates or lies near 0", () => {
    const random = seededRandom("0".repeat(32));
    for (const sum of [0, 1, 1000]) expect(besideTie(sum, 2 ** -3, 1, random)).toBe(2 ** -3);
  });
});
