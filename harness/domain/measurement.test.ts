// What may be said of a race: a speedup needs a real device, a fit control, and an interval clear of 1.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EmulatedDevice, PhysicalDevice } from "./device.ts";
import { declaredSeconds, executorSchema } from "./executor.ts";
import {
  geomean,
  halfWidth,
  halfWidthLimit,
  type Measurement,
  measurementSchema,
  ratioOf,
  speedupOf,
  speedupSchema,
} from "./measurement.ts";

const DEVICE: PhysicalDevice = { backend: "cpu", chip: "x86-64", model: "a processor", emulated: false };

function measured(low: number, high: number, fit = true): Measurement {
  const ratio = (low + high) / 2;
  return measurementSchema.parse({
    timing: { unit: "ns", samples: 10, median: 5, interval: [4, 6], min: 3 },
    race: { baseline: "torch", pairs: [[1, ratio]], ratio, interval: [low, high], stopReason: "precise" },
    control: { ratio: 1.2, interval: [1.1, 1.3], fit },
    overheadNs: 1,
    baselines: [{ name: "torch", min: 3 }],
  });
}

describe("a speedup", () => {
  it("is faster or slower only where its interval is clear of 1 by 2 %", () => {
    const reading = (low: number, high: number): unknown => {
      const speedup = speedupOf(DEVICE, measured(low, high));
      return "reading" in speedup ? speedup.reading : speedup;
    };
    expect([
      reading(1.03, 1.1),
      reading(0.9, 0.97),
      reading(1.019, 1.5),
      reading(0.5, 0.981),
      reading(0.99, 1.01),
    ]).toEqual(["faster", "slower", "same", "same", "same"]);
  });

  it("carries the race's ratio, interval and baseline", () => {
    const speedup = speedupOf(DEVICE, measured(1.4, 1.6));
    expect(speedupSchema.parse(speedup)).toEqual({
      value: 1.5,
      interval: [1.4, 1.6],
      baseline: "torch",
      reading: "faster",
    });
  });

  it("is inconclusive, never a number, when the control was unfit", () => {
    expect(speedupOf(DEVICE, measured(1.4, 1.6, false))).toEqual({
      inconclusive: "the A/A control read 1.100..1.300: this machine was too noisy",
    });
  });

  it("is inconclusive, never a number, when its interval did not get narrow in its time", () => {
    const measurement = measured(1.4, 1.6);
    const race = { ...measurement.race, stopReason: "budget" } as const;
    expect(speedupOf(DEVICE, { ...measurement, race })).toEqual({
      inconclusive: "inconclusive: 1 pairs gave ±6.7 %, too wide or too few",
    });
  });

  it("is nothing where empty calls of both executors differ by more than 1 % of the shorter time", () => {
    const pairs: [number, number][] = [[100_000, 150_000]];
    const over = (overheadNs: number): unknown => {
      const measurement = measured(1.4, 1.6);
      const baselines = [{ name: "torch", min: 3, overheadNs }];
      return speedupOf(DEVICE, {
        ...measurement,
        race: { ...measurement.race, pairs },
        overheadNs: 1000,
        baselines,
      });
    };
    expect(over(2000)).toMatchObject({ reading: "faster" });
    expect(over(2001)).toEqual({
      inconclusive: expect.stringContaining("an empty call costs 1000 ns here and 2001 ns"),
    });
  });

  it("is nothing where a call was quicker than the device can be", () => {
    const roofline = { floorNs: 50, ratio: 10 };
    expect(speedupOf(DEVICE, { ...measured(1.4, 1.6), roofline })).toEqual({
      inconclusive: expect.stringContaining("the race is void"),
    });
    expect(speedupOf(DEVICE, { ...measured(1.4, 1.6), roofline: { floorNs: 50, ratio: 1 } })).toMatchObject({
      value: 1.5,
    });
  });

  it("rests on no time that a hostile kernel can hide from the clock", () => {
    const measurement = measured(1.4, 1.6);
    const race = { ...measurement.race, pairs: [[100, 150] as [number, number]] };
    const low = (exposureNs: number): number => {
      const speedup = speedupOf(DEVICE, { ...measurement, race, exposureNs });
      return "interval" in speedup ? speedup.interval[0] : Number.NaN;
    };
    expect([low(0), low(40)]).toEqual([1.4, expect.closeTo(1, 12)]);
  });

  it("of an emulated device does not typecheck", () => {
    const emulated: EmulatedDevice = { ...DEVICE, emulated: true };
    // @ts-expect-error a time in emulation is never a speedup
    expect(speedupOf(emulated, measured(1, 1))).toBeDefined();
  });
});

describe("a geometric mean", () => {
  const ratios = fc.array(fc.double({ min: 1e-3, max: 1e3, noNaN: true }), { minLength: 1 });

  it("lies between the smallest and the largest, and turns over with its ratios", () => {
    fc.assert(
      fc.property(ratios, (values) => {
        const mean = geomean(values) ?? Number.NaN;
        expect(mean).toBeGreaterThanOrEqual(Math.min(...values) * (1 - 1e-12));
        expect(mean).toBeLessThanOrEqual(Math.max(...values) * (1 + 1e-12));
        expect(mean * (geomean(values.map((value) => 1 / value)) ?? 0)).toBeCloseTo(1, 9);
      }),
    );
  });

  it("of nothing is nothing", () => {
    expect([geomean([]), geomean([4, 9])]).toEqual([undefined, expect.closeTo(6, 12)]);
  });
});

describe("the declared cost of a witness", () => {
  const executor = executorSchema.parse({
    edition: 1,
    executor: "slow",
    title: "Slow",
    zygote: "python",
    version: "slow",
    cost: { call: 0.5, work: 1e-3, ops: { conv: { int8: 2, any: 3 }, gemm: { float16: 4 } } },
  });

  it("is that of op and dtype, else of the op, else of the executor", () => {
    const cost = (op: string, dtype: string): number => declaredSeconds(executor, op, dtype, 10);
    expect([
      cost("conv", "int8"),
      cost("conv", "float32"),
      cost("gemm", "float16"),
      cost("gemm", "int8"),
      cost("fft", "int8"),
    ]).toEqual([20.5, 30.5, 40.5, 0.51, 0.51]);
  });
});

describe("the ratio of pairs", () => {
  const pairs = [1.1, 0.9, 1.3, 1.2, 1, 1.4, 0.8, 1.25].map((ratio): [number, number] => [1000, 1000 * ratio]);

  it("is the median of their logarithms, and turns over when the kernels change places", () => {
    const [ours, theirs] = [ratioOf(pairs), ratioOf(pairs.map(([a, b]) => [b, a]))];
    expect(ours.ratio).toBeCloseTo(Math.sqrt(1.1 * 1.2), 12);
    expect(ours.ratio * theirs.ratio).toBeCloseTo(1, 12);
    expect(ours.interval[0] * theirs.interval[1]).toBeCloseTo(1, 12);
  });

  it("has a half-width that is a share of it", () => {
    expect(halfWidth({ ratio: 2, interval: [1.9, 2.1] })).toBeCloseTo(0.05, 12);
    expect([halfWidthLimit(DEVICE), halfWidthLimit({ backend: "mlu" })]).toEqual([0.03, 0.01]);
  });
});
