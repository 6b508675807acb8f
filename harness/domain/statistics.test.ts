// Medians and their intervals.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededRandom } from "./random.ts";
import { median, medianInterval, orderInterval } from "./statistics.ts";

const SEED = "0123456789abcdef0011223344556677";
const samples = fc.array(fc.double({ min: 1, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 30 });

describe("a median", () => {
  it("is the middle value, or the mean of the two in the middle", () => {
    expect([median([3]), median([9, 1, 5]), median([4, 1, 3, 2])]).toEqual([3, 5, 2.5]);
    expect(median([])).toBeNaN();
  });

  it("has at most half of the values on either side, in any order", () => {
    fc.assert(
      fc.property(samples, (values) => {
        const middle = median(values);
        const half = values.length / 2;
        expect(values.filter((value) => value < middle).length).toBeLessThanOrEqual(half);
        expect(values.filter((value) => value > middle).length).toBeLessThanOrEqual(half);
        expect(median([...values].reverse())).toBe(middle);
      }),
    );
  });

  it("does not change what it is given", () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });
});

describe("the interval of a median", () => {
  const interval = (values: readonly number[]): [number, number] => medianInterval(values, seededRandom(SEED));

  it("contains the median and lies within the samples", () => {
    fc.assert(
      fc.property(samples, (values) => {
        const [low, high] = interval(values);
        const middle = median(values);
        expect(low <= middle && middle <= high).toBe(true);
        expect(low >= Math.min(...values) && high <= Math.max(...values)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it("is the same for the same samples and seed", () => {
    expect(interval([1, 5, 2, 8, 3])).toEqual(interval([1, 5, 2, 8, 3]));
  });

  it("of one sample, or of equal ones, is a point", () => {
    expect([interval([4]), interval([7, 7, 7])]).toEqual([
      [4, 4],
      [7, 7],
    ]);
  });

  it("scales with the samples", () => {
    const values = [3, 1, 4, 1, 5, 9, 2, 6];
    expect(interval(values.map((value) => value * 8))).toEqual(interval(values).map((end) => end * 8));
  });

  it("shrinks with more samples of the same spread", () => {
    const random = seededRandom(SEED);
    const width = (count: number): number => {
      const [low, high] = interval(Array.from({ length: count }, () => random.uniform()));
      return high - low;
    };
    expect(width(400)).toBeLessThan(width(20) / 2);
  });

  it("covers the true median in about 95 of 100 experiments", () => {
    const random = seededRandom(SEED);
    const covered = Array.from({ length: 200 }, () => {
      const [low, high] = medianInterval(
        Array.from({ length: 25 }, () => random.normal()),
        random,
      );
      return low <= 0 && 0 <= high;
    }).filter(Boolean).length;
    // 5 sigma of a binomial with p = 0.95 is 15 of 200.
    expect(covered).toBeGreaterThanOrEqual(175);
  });
});

describe("the interval from order statistics", () => {
  it("is the samples' own span where they are too few for its level", () => {
    expect(orderInterval([5, 1, 3, 2, 4], 0.95)).toEqual([1, 5]);
    expect(orderInterval([5, 1, 3, 2, 4, 0], 0.95)[0]).toBeGreaterThan(0);
    expect(orderInterval([7], 0.95)).toEqual([7, 7]);
  });

  it("lies between the order statistics of the binomial's levels next to its own", () => {
    const values = Array.from({ length: 30 }, (_, index) => index + 1);
    // P(X10 < m < X21) = 0.9572, P(X11 < m < X20) = 0.9013.
    const [low, high] = orderInterval(values, 0.95);
    expect(low).toBeGreaterThan(10);
    expect(low).toBeLessThan(11);
    expect(low + high).toBeCloseTo(31, 12);
    expect(orderInterval(values, 0.9572)[0]).toBeCloseTo(10, 1);
  });

  it("widens with its level and holds the median", () => {
    fc.assert(
      fc.property(samples, (values) => {
        const [narrow, wide] = [orderInterval(values, 0.8), orderInterval(values, 0.96)];
        expect(wide[0] <= narrow[0] && narrow[1] <= wide[1]).toBe(true);
        expect(narrow[0] <= median(values) && median(values) <= narrow[1]).toBe(true);
      }),
    );
  });

  it("of ten thousand samples is narrow and in the middle", () => {
    const [low, high] = orderInterval(
      Array.from({ length: 10_001 }, (_, index) => index),
      0.95,
    );
    expect(low).toBeCloseTo(4902, -1);
    expect(high).toBeCloseTo(5098, -1);
  });
});
