// Rules: charts tell the truth about ratios and counts.
import { describe, expect, it } from "vitest";
import { fixtureRecords } from "../fixture.ts";
import { documentText } from "../html.ts";
import { headroomBar } from "./bar.ts";
import { barLength } from "./histogram.ts";
import { racePlot, stacked } from "./race.ts";
import { ratioScale } from "./scale.ts";

describe("ratio scale", () => {
  it("puts 2x and 0.5x equally far from 1x", () => {
    const { x } = ratioScale([], 0, 200, [0.5, 2]);
    expect([x(0.5), x(1), x(2)]).toEqual([0, 100, 200]);
  });
  it("has ticks at powers of two, 1x among them, and holds every value", () => {
    const wide = ratioScale([0.3, 40], 0, 100, [0.5, 2]);
    expect(wide.ticks.map((tick) => tick.label)).toEqual(["0.25x", "1x", "4x", "16x", "64x"]);
    expect(ratioScale([], 0, 100, [0.5, 2]).ticks.map((tick) => tick.label)).toEqual(["0.5x", "1x", "2x"]);
  });
  it("has round ticks on a narrow axis", () => {
    expect(ratioScale([1.36, 1.39], 0, 100, [0.95, 1.05]).ticks.map((tick) => tick.label)).toEqual([
      "0.9x",
      "1x",
      "1.1x",
      "1.2x",
      "1.3x",
      "1.4x",
    ]);
  });
  it("ignores what is no ratio and clamps what lies outside", () => {
    const { x } = ratioScale([Number.NaN, 0, -1, Number.POSITIVE_INFINITY], 0, 100, [0.5, 2]);
    expect([x(0), x(-3), x(1e9)]).toEqual([0, 0, 100]);
  });
});

describe("bars", () => {
  it("show one element in a million, and none for none", () => {
    expect(barLength(0, 1e6)).toBe(0);
    expect(barLength(1, 1e6)).toBeGreaterThanOrEqual(2);
    expect(barLength(1e6, 1e6)).toBe(76);
  });
  it("mark a mismatch by number and colour, and a pass by neither", () => {
    const bad = documentText(headroomBar({ kind: "share", value: 1.5 }));
    expect(bad).toContain('<span class="number bad">1.50</span>');
    expect(documentText(headroomBar({ kind: "share", value: 0.5 }))).not.toContain("bad");
    expect(documentText(headroomBar({ kind: "exact" }))).not.toContain("<svg");
  });
});

describe("race plot", () => {
  const measured = fixtureRecords().flatMap((record) => record.measurement ?? [])[0];
  if (measured === undefined) throw new Error("no fixture");
  it("has a dot for every round", () => {
    const plot = documentText(racePlot(measured));
    expect(plot.match(/class="dot"/g)).toHaveLength(measured.race.pairs.length);
    expect(plot).toContain('class="whisker control"');
  });
  it("stacks dots that would hide each other", () => {
    const dots = stacked([1, 1, 1, 2], ratioScale([], 0, 200, [0.5, 2]));
    expect(new Set(dots.slice(0, 3).map((dot) => dot.y)).size).toBe(3);
    expect(dots[3]?.y).toBe(dots[0]?.y);
  });
  it("keeps its height however many rounds agree", () => {
    const dots = stacked(
      Array.from({ length: 500 }, () => 1.1),
      ratioScale([], 0, 200, [0.5, 2]),
    );
    expect(Math.max(...dots.map((dot) => dot.y))).toBeLessThan(100);
  });
});
