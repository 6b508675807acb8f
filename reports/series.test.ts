// Rules: speedups come from physical devices only; a histogram loses no element.
import { describe, expect, it } from "vitest";
import type { Speedup } from "../harness/domain/measurement.ts";
import { fixtureRecords } from "./fixture.ts";
import { binLines, byFrequency, shownSpeedup, speedupSeries, ulpBins } from "./series.ts";

const physical = fixtureRecords().filter((record) => !record.device.emulated);
const emulated = fixtureRecords().filter((record) => record.device.emulated);
const speedup: Speedup = { value: 2, interval: [1.9, 2.1], baseline: "torch", reading: "faster" };

describe("speedup series", () => {
  it("never shows a speedup of an emulated device, even where a record holds one", () => {
    const forged = emulated.map((record) => ({ ...record, speedup }));
    expect(forged.map(shownSpeedup).every((shown) => shown === null)).toBe(true);
    expect(speedupSeries(forged)).toEqual({ kind: "emulated" });
  });
  it("is the speedup itself for one measured case", () => {
    const [one] = physical;
    if (one === undefined) throw new Error("no fixture");
    const series = speedupSeries([{ ...one, speedup }]);
    expect(series).toMatchObject({ kind: "measured", baselines: ["torch"] });
    if (series.kind !== "measured") return;
    expect(series.value).toBeCloseTo(2, 12);
    expect(series.interval[0]).toBeCloseTo(1.9, 12);
  });
  it("is the geometric mean of several", () => {
    const [one, two] = physical;
    if (one === undefined || two === undefined) throw new Error("no fixture");
    const half: Speedup = { value: 0.5, interval: [0.4, 0.6], baseline: "onnxruntime", reading: "slower" };
    const series = speedupSeries([
      { ...one, speedup },
      { ...two, speedup: half },
    ]);
    if (series.kind !== "measured") throw new Error("not measured");
    expect(series.value).toBeCloseTo(1, 12);
    expect(series.interval[1]).toBeCloseTo(Math.sqrt(2.1 * 0.6), 12);
    expect(series.baselines).toEqual(["torch", "onnxruntime"]);
  });
  it("gives the reasons where nothing was measured: of timed cases first, then the most frequent", () => {
    const untimed = physical.filter((record) => record.case.tags.length === 0).slice(0, 3);
    const reasons = ["b", "a", "a"].map((speedupAbsent, i) => ({ ...untimed[i], speedup: null, speedupAbsent }));
    const rare = physical.slice(0, 1).map((record) => ({ ...record, speedup: null, speedupAbsent: "too noisy" }));
    expect(speedupSeries(reasons as typeof physical)).toEqual({ kind: "absent", reasons: ["a", "b"] });
    expect(speedupSeries([...(reasons as typeof physical), ...rare])).toEqual({
      kind: "absent",
      reasons: ["too noisy", "a", "b"],
    });
    expect(byFrequency(["x", "y", "y", "x"])).toEqual(["x", "y"]);
  });
});

describe("histogram", () => {
  it("labels bins by their ends, doubling, and leaves the last open", () => {
    expect(ulpBins([9, 8, 7, 6, 5]).map((bin) => bin.label)).toEqual([
      "0 to 0.5",
      "0.5 to 1",
      "1 to 2",
      "2 to 4",
      "over 4",
    ]);
  });
  it("draws bins together that nobody fills, and stops after the last that anybody does", () => {
    const lines = binLines([
      [5, 0, 0, 0, 2, 0, 0],
      [7, 0, 0, 0, 0, 0, 0],
    ]);
    expect(lines).toEqual([
      { label: "0 to 0.5", elements: [5, 7] },
      { label: "0.5 to 4", elements: [0, 0] },
      { label: "4 to 8", elements: [2, 0] },
    ]);
  });
  it("loses no element, whatever the lengths", () => {
    const histograms = [[1, 0, 3, 0, 0, 9], [4], [0, 0]];
    const sums = histograms.map((_, i) => binLines(histograms).reduce((sum, line) => sum + (line.elements[i] ?? 0), 0));
    expect(sums).toEqual([13, 4, 0]);
  });
});
