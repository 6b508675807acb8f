// Which cases a seed draws: everything where it is thorough, else about a third for legal variants, a quarter of those in full, and large ones rarely.
import { beforeAll, describe, expect, it } from "vitest";
import type { Op } from "../domain/op.ts";
import { miniatureOp } from "../testing/miniature.ts";
import { digestText } from "../stages/execute/regimes.ts";
import { casesOf, type Draw, type SeedCase } from "./draw.ts";

const SEEDS = 600;

let op: Op;
beforeAll(async () => {
  op = await miniatureOp();
});

const draw = (index: number, thorough: boolean, hidden = 3): Draw => ({
  seed: digestText("draw", String(index)).slice(0, 32),
  hidden,
  thorough,
  killers: new Map(),
});

/** The published case over many seeds, as if it took so many multiply-adds. */
function drawn(work: number): readonly SeedCase[] {
  const [one] = op.cases;
  if (one === undefined) throw new Error("the miniature op has a case");
  const scaled = { ...op, work: String(work), cases: [{ ...one, tags: [] }] };
  return Array.from({ length: SEEDS }, (_, index) => casesOf(scaled, draw(index, false, 0))).flat();
}

describe("the cases of a seed", () => {
  it("are all of them in full where it is thorough", () => {
    const cases = casesOf(op, draw(0, true));
    expect(cases.filter(({ published }) => !published)).toHaveLength(3);
    expect(new Set(cases.map(({ legal }) => legal))).toEqual(new Set(["full"]));
  });

  it("hide their inputs, published ones too, and come in the same order for the same seed", () => {
    const cases = casesOf(op, draw(1, false));
    expect(cases.every(({ bound }) => bound.hidden)).toBe(true);
    expect(casesOf(op, draw(1, false))).toEqual(cases);
  });

  it("are published ones first", () => {
    const published = casesOf(op, draw(2, false)).map((one) => one.published);
    expect(published).toEqual([...published].sort((a, b) => Number(b) - Number(a)));
  });

  it("are met by legal variants a third of the time where they are small, a quarter of that in full", () => {
    const cases = drawn(1);
    const met = cases.filter(({ legal }) => legal !== null).length / cases.length;
    const full = cases.filter(({ legal }) => legal === "full").length / cases.length;
    // Five standard deviations of 600 draws or more.
    expect(Math.abs(met - 1 / 3)).toBeLessThan(5 * Math.sqrt((1 / 3) * (2 / 3) * (1 / SEEDS)));
    expect(Math.abs(full - 1 / 12)).toBeLessThan(5 * Math.sqrt((1 / 12) * (11 / 12) * (1 / SEEDS)));
  });

  it("are met the more rarely, the larger they are", () => {
    const cases = drawn(3_200_000);
    const met = cases.filter(({ legal }) => legal !== null).length / cases.length;
    expect(met).toBeGreaterThan(0);
    expect(met).toBeLessThan(0.1);
  });
});
