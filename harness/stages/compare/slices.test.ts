// Gates G2 and G3: legal errors pass, a wider spread in one slice and a lean to one side do not, equal rows are no sample.
import { describe, expect, it } from "vitest";
import { type DType, roundTo, ulpOf } from "../../domain/dtype.ts";
import { type Random, seededRandom } from "../../domain/random.ts";
import type { RealTruth } from "../../domain/oracle.ts";
import { fill } from "../../domain/tensor.ts";
import type { Finding } from "../../domain/verdict.ts";
import { FP32, probeOf, realTruth } from "../../testing/judged.ts";
import { ErrorAccumulator } from "./errors.ts";
import { compare } from "./judge.ts";
import { rmsLimit } from "./slices.ts";

const SHAPE = [4, 8, 48] as const;
const COUNT = 4 * 8 * 48;

function randomOf(seed: number): Random {
  return seededRandom(seed.toString(16).padStart(32, "0"));
}

/** What the gates find in a float16 output whose elements are made from the true values. */
function judged(
  truth: RealTruth,
  made: (want: number, index: number) => number,
  dtype: DType = "float16",
  lane: "A" | "B" = "B",
  numerics = FP32,
): readonly Finding[] {
  const got = fill(dtype, SHAPE, (index) => made(truth.y[index] ?? 0, index));
  const observation = { probe: probeOf(lane), placement: "right", output: "y", got, truth } as const;
  // The unit roundoff of the cast is 1 here: `q` says what the cast may err by.
  return compare(observation, numerics, 1, new ErrorAccumulator("y")).findings;
}

/** A cast intermediate gives gate G1 room for 2 ULP, so that only the statistics can object; sigma is 0.32 ULP. */
function roomy(values: readonly number[]): RealTruth {
  return realTruth(values, { q: Float64Array.from(values, (value) => 0.25 * ulpOf(value, "float16")) });
}

const values = (seed: number): number[] => {
  const random = randomOf(seed);
  return Array.from({ length: COUNT }, () => random.normal());
};

describe("gates G2 and G3", () => {
  it("accept correctly rounded results of 100 seeds", () => {
    for (let seed = 1; seed <= 100; seed += 1)
      expect(judged(realTruth(values(seed)), (want) => roundTo(want, "float16"))).toEqual([]);
  });

  it("reject truncation, which no element shows alone", () => {
    const truncated = (want: number): number => {
      const near = roundTo(want, "float16");
      return Math.abs(near) > Math.abs(want) ? near - Math.sign(want) * ulpOf(want, "float16") : near;
    };
    const findings = judged(roomy(values(1)), truncated);
    expect(findings.map(({ gate }) => gate)).toEqual(["G2", "G3"]);
    expect(findings.at(-1)?.message).toMatch(/lean to one side|scaled/);
  });

  it("count nothing where a class that flushes gives 0 for a subnormal", () => {
    const random = randomOf(6);
    const tiny = Array.from({ length: COUNT }, () => 2 ** -16 * (1 + random.uniform()));
    // Within G1 alone, and each several sigma away.
    const truth = realTruth(tiny, { q: Float64Array.from(tiny, (value) => value / 5) });
    const flushed = (ftz: boolean): string[] =>
      judged(truth, () => 0, "float16", "B", { ...FP32, ftz }).map(({ gate }) => gate);
    expect(flushed(true)).toEqual([]);
    expect(flushed(false)).toContain("G2");
  });

  it("reject a gain of one row, and gains that differ from row to row", () => {
    const gained = (factor: (row: number) => number): string[] =>
      judged(roomy(values(2)), (want, index) => want * (1 + factor(Math.floor(index / 48)))).map(({ gate }) => gate);
    expect(gained((row) => (row === 5 ? 1.4 * 2 ** -11 : 0))).toContain("G3");
    expect(gained((row) => (row % 2 === 0 ? 2 ** -12 : -(2 ** -12)))).toContain("G3");
    expect(gained(() => 0)).toEqual([]);
  });

  it("reject twice the spread in one slice, and name it", () => {
    const random = randomOf(3);
    const noisy = (want: number, index: number): number =>
      Math.floor(index / 48) % 8 === 3 ? want + ulpOf(want, "float16") * 1.4 * (random.uniform() - 0.5) * 2 : want;
    const [finding] = judged(roomy(values(3)), noisy);
    expect(finding).toMatchObject({ gate: "G2", mismatches: 0, pattern: "y: axis 1 at 3 of 8" });
    expect(finding?.message).toContain("every element alone is within its limit");
    expect(finding?.worst?.index).toHaveLength(3);
  });

  it("look at a tail that is no whole tile", () => {
    const tail = (want: number, index: number): number => {
      const row = Math.floor(index / 48);
      return row >= 16 && index % 48 >= 40 ? want + 1.2 * ulpOf(want, "float16") * (index % 2 === 0 ? 1 : -1) : want;
    };
    expect(judged(roomy(values(4)), tail).map(({ gate }) => gate)).toContain("G2");
  });

  it("expect the spread of what a row shares: the cast of one weight scales its whole row", () => {
    const random = randomOf(8);
    const factors = Array.from({ length: 32 }, () => 2 ** -12 * (2 * random.uniform() - 1));
    const scaled = (want: number, index: number): number => want * (1 + (factors[Math.floor(index / 48)] ?? 0));
    const plain = roomy(values(8));
    expect(judged(plain, scaled).map(({ gate }) => gate)).toContain("G3");
    const shared = Float64Array.from(plain.y, (value) => 2 ** -12 * Math.abs(value));
    expect(judged({ ...plain, shared }, scaled).map(({ message }) => message)).toEqual([]);
    // Forgiven is a spread over rows and no lean of all of them to one side.
    const leaning = (want: number): number => want * (1 + 2 ** -12);
    expect(judged({ ...plain, shared }, leaning).map(({ gate }) => gate)).toContain("G3");
  });

  it("count equal rows once: one rounding repeated is no systematic error", () => {
    const row = values(5).slice(0, 48);
    const repeated = Array.from({ length: COUNT }, (_, index) => row[index % 48] ?? 0);
    expect(judged(realTruth(repeated), (want) => roundTo(want, "float16"))).toEqual([]);
  });

  it("count elements that are rounded alike once: rows can be alike without being equal", () => {
    const near = (value: number, index: number): number =>
      roundTo(value, "float16") + (index % 2 === 0 ? 0.49 : -0.49) * ulpOf(value, "float16");
    const row = values(5).slice(0, 48).map(near);
    const alike = Array.from({ length: COUNT }, (_, index) => (row[index % 48] ?? 0) * (1 + index * 1e-12));
    expect(judged(realTruth(alike), (want) => roundTo(want, "float16"))).toEqual([]);
  });

  it("count significands of a row once: sums of few terms of a half type repeat them", () => {
    // Each row has one significand of its own, rounded down in every other row and up in the rest.
    const own = values(5).map((value, row) => {
      const near = Math.abs(roundTo(value, "float16"));
      return near + (row % 2 === 0 ? 0.45 : -0.45) * ulpOf(near, "float16");
    });
    const repeated = values(9).map((_, index) => (own[Math.floor(index / 48)] ?? 0) * 2 ** (index % 4));
    expect(judged(realTruth(repeated), (want) => roundTo(want, "float16"))).toEqual([]);
  });

  it("hold in random regimes only", () => {
    const off = (want: number): number => want + 1.2 * ulpOf(want, "float16");
    expect(judged(roomy(values(6)), off).length).toBeGreaterThan(0);
    expect(judged(roomy(values(6)), off, "float16", "A")).toEqual([]);
  });

  it("leave out what is no number", () => {
    const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
    const special = values(7).map((value, index) => (index % 48 === 0 ? nan : index % 48 === 1 ? inf : value));
    expect(judged(realTruth(special), (want) => roundTo(want, "float16"))).toEqual([]);
  });

  it("ask more of larger samples", () => {
    expect([rmsLimit(1), rmsLimit(36), rmsLimit(3600), rmsLimit(1e10)]).toEqual([
      7.25,
      2.25,
      1.35,
      expect.closeTo(1.25, 3),
    ]);
  });
});
