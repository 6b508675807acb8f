// What is accepted of each element: formulas of the verdict policy, and that more doubt never accepts less.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FP32, realTruth, requantizedTruth } from "../../testing/judged.ts";
import { acceptedValues } from "./integers.ts";
import { limitsOf } from "./limits.ts";
import { acceptedSpecial, allowedAt, type ErrorModel, modelOf } from "./model.ts";
import type { DType } from "../../domain/dtype.ts";
import type { NumericsClass } from "../../domain/op.ts";
import type { Lane, RealTruth, RequantizedTruth } from "../../domain/oracle.ts";

/** The accepted values of one t: smallest, expected, largest. */
function interval(t: number, rest: Partial<RequantizedTruth> = {}, dtype: DType = "int8"): [number, number, number] {
  const { low, want, high } = acceptedValues(requantizedTruth([t], rest), dtype, 0);
  return [low, want, high];
}

/** Largest accepted error and expected spread of the first element. */
function real(
  truth: RealTruth,
  dtype: DType = "float32",
  cast = 0,
  lane: Lane = "B",
  numerics: NumericsClass = FP32,
): { allowed: number; sigma: number } {
  const model = modelOf(truth, dtype, numerics, cast, lane);
  const { allowed, perSigma } = limitsOf(truth, model);
  // What is reported of an element is what judged it.
  expect(allowedAt(truth, model, 0)).toBe(allowed[0]);
  return { allowed: allowed[0] ?? Number.NaN, sigma: 1 / (perSigma[0] ?? Number.NaN) };
}

describe("requantized integers", () => {
  it("with exact arithmetic take one value: ties go to the even one", () => {
    expect([interval(0.5), interval(1.5), interval(-0.5), interval(-2.5), interval(2.4)]).toEqual([
      [0, 0, 0],
      [2, 2, 2],
      [0, 0, 0],
      [-2, -2, -2],
      [2, 2, 2],
    ]);
  });

  it("without it take both neighbours of a near tie, and one value elsewhere", () => {
    const near = { exactArithmetic: false };
    expect(interval(2.5, near)).toEqual([2, 2, 3]);
    // d = 4 * 2^-24 * 2.5, about 6e-7.
    expect(interval(2.5 + 5e-7, near)).toEqual([2, 3, 3]);
    expect(interval(2.5 + 7e-7, near)).toEqual([3, 3, 3]);
    expect(interval(2.4, near)).toEqual([2, 2, 2]);
  });

  it("add the zero point before they clamp", () => {
    expect(interval(120, { zeroPoint: 10 })).toEqual([127, 127, 127]);
    expect(interval(-130, { zeroPoint: 10 })).toEqual([-120, -120, -120]);
    expect(interval(1e9, { exactArithmetic: false })).toEqual([127, 127, 127]);
    expect(interval(-1e9, { exactArithmetic: false })).toEqual([-128, -128, -128]);
  });

  it("hold the expected value, and larger t never gives smaller limits", () => {
    const t = fc.double({ min: -400, max: 400, noNaN: true });
    fc.assert(
      fc.property(t, t, fc.boolean(), fc.integer({ min: -128, max: 127 }), (a, b, exactArithmetic, zeroPoint) => {
        const [low, want, high] = interval(Math.min(a, b), { exactArithmetic, zeroPoint });
        const [low2, want2, high2] = interval(Math.max(a, b), { exactArithmetic, zeroPoint });
        expect(low <= want && want <= high && low2 <= want2 && want2 <= high2).toBe(true);
        expect(low <= low2 && want <= want2 && high <= high2).toBe(true);
        expect(high - low).toBeLessThanOrEqual(exactArithmetic ? 0 : 1);
      }),
    );
  });
});

describe("8-bit floats", () => {
  const near = { low: -448, high: 448, exactArithmetic: false };

  it("round half-even on their own grid, saturate, and take both neighbours of a near tie", () => {
    expect(interval(1.0625, { low: -448, high: 448 }, "float8_e4m3fn")).toEqual([1, 1, 1]);
    expect(interval(1.1875, near, "float8_e4m3fn")).toEqual([1.125, 1.25, 1.25]);
    expect(interval(1e6, near, "float8_e4m3fn")).toEqual([448, 448, 448]);
    expect(interval(-1e6, { ...near, low: -57344 }, "float8_e5m2")).toEqual([-57344, -57344, -57344]);
  });

  it("want NaN where the truth is NaN", () => {
    expect(interval(Number.NaN, near, "float8_e5m2")).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });
});

describe("special values of a floating output", () => {
  const half = (ftz = false): ErrorModel => modelOf(realTruth([1]), "float16", { ...FP32, ftz }, 0, "B");
  const { POSITIVE_INFINITY: inf } = Number;

  it("an infinity stands for what rounds to it, within the allowed error", () => {
    expect([acceptedSpecial(inf, 65_520, 0, half()), acceptedSpecial(inf, 65_519, 0, half())]).toEqual([true, false]);
    // Half an ULP of what is allowed, 16, is the rounding itself.
    expect([acceptedSpecial(inf, 65_519, 18, half()), acceptedSpecial(inf, 65_519, 16, half())]).toEqual([true, false]);
    expect([acceptedSpecial(inf, 65_504, 16.2, half()), acceptedSpecial(-inf, 70_000, 0, half())]).toEqual([
      false,
      false,
    ]);
    expect(acceptedSpecial(65_504, inf, 1e9, half())).toBe(false);
  });

  it("zero stands for a subnormal only where the class declares that it flushes", () => {
    expect([acceptedSpecial(0, 2 ** -20, 0, half()), acceptedSpecial(0, 2 ** -20, 0, half(true))]).toEqual([
      false,
      true,
    ]);
    expect(acceptedSpecial(0, 2 ** -14, 0, half(true))).toBe(false);
  });
});

describe("gate G1", () => {
  const one = (rest: Partial<RealTruth>, dtype?: DType, cast?: number, numerics?: NumericsClass): number =>
    real(realTruth([1], rest), dtype, cast, "B", numerics).allowed;
  const term = (value: number): Float64Array => Float64Array.of(value);

  it("allows 0.505 ULP of the output where nothing else can err", () => {
    expect([one({}, "float32"), one({}, "float16"), one({}, "bfloat16")]).toEqual([
      0.505 * 2 ** -23,
      0.505 * 2 ** -10,
      0.505 * 2 ** -7,
    ]);
  });

  it("allows 2 u sqrt(K) S for the sum, 6 u_p Q for the cast, 2 ds S for the scores", () => {
    const base = one({});
    expect(one({ s: term(8), k: term(64) }) - base).toBeCloseTo(2 * 2 ** -24 * 8 * 8, 15);
    expect(one({ q: term(3) }, "float32", 2 ** -11) - base).toBeCloseTo(6 * 2 ** -11 * 3, 15);
    expect(one({ q: term(3) }, "float32", 0)).toBe(base);
    expect(one({ s: term(5), ds: term(0.01) }) - base).toBeCloseTo(2 * 2 ** -24 * 5 + 2 * 0.01 * 5, 15);
  });

  it("takes the roundoff of the accumulator that the class declares", () => {
    const half = { ...FP32, accumulate: "float16" };
    expect(one({ s: term(1) }, "float32", 0, half) - one({})).toBeCloseTo(2 * 2 ** -11, 12);
    expect(one({ s: term(1) }, "float32", 0, { ...FP32, accumulate: "int32" })).toBe(one({}));
  });

  it("never allows less when any term grows", () => {
    const size = fc.double({ min: 0, max: 1e3, noNaN: true });
    const terms = fc.record({ s: size, q: size, k: fc.double({ min: 1, max: 1e6, noNaN: true }), ds: size });
    const grown = fc.record({ s: size, q: size, k: size, ds: size });
    const allowed = ({ s, q, k, ds }: { s: number; q: number; k: number; ds: number }): number =>
      one({ s: term(s), q: term(q), k: term(k), ds: term(ds) }, "float16", 2 ** -11);
    fc.assert(
      fc.property(terms, grown, (a, more) => {
        const b = { s: a.s + more.s, q: a.q + more.q, k: a.k + more.k, ds: a.ds + more.ds };
        expect(allowed(b)).toBeGreaterThanOrEqual(allowed(a));
      }),
    );
  });
});

describe("lane A", () => {
  const ulps = (rest: Partial<RealTruth>, numerics = FP32, lane: Lane = "A"): number => {
    const s = Float64Array.of(100);
    return real(realTruth([1], { s, ulps: 0.51, ...rest }), "float16", 0, lane, numerics).allowed / 2 ** -10;
  };

  it("allows the stated ULP and no error of sums", () => {
    expect(ulps({})).toBe(0.51);
    expect(ulps({ ulps: 0 })).toBe(0);
  });

  it("asks an algorithm that rounds inside for no exactness", () => {
    expect(ulps({}, { ...FP32, algorithm: "winograd" })).toBeGreaterThan(0.51);
  });

  it("falls back on the error model where a value is not exact, and in lane B", () => {
    const model = ulps({}, FP32, "B");
    expect(model).toBeGreaterThan(0.51);
    expect(ulps({ exactWhere: Uint8Array.of(0) })).toBe(model);
    expect(ulps({ exactWhere: Uint8Array.of(1) })).toBe(0.51);
  });

  it("holds a class that normalises first to exactness only where there is one term", () => {
    const normalized = { ...FP32, class: "fp32_normalized_p" };
    expect(ulps({ k: Float64Array.of(1) }, normalized)).toBe(0.51);
    // Parts that are merged by their lse weigh exp(lse of the part - lse), which is exact for no number of terms.
    expect(ulps({ k: Float64Array.of(8) }, normalized)).toBeGreaterThan(0.51);
    expect(ulps({ k: Float64Array.of(8) })).toBe(0.51);
  });
});

describe("the expected spread", () => {
  it("is that of one uniform rounding where nothing else errs", () => {
    const { sigma } = real(realTruth([1]), "float16");
    expect(sigma).toBeCloseTo(2 ** -10 / Math.sqrt(12), 15);
  });

  it("adds the variances of the cast, u^2 Q^2 / 3, and of the sum, (0.3 u sqrt(K) S)^2", () => {
    const squared = (rest: Partial<RealTruth>, cast = 0): number =>
      real(realTruth([0], rest), "float32", cast).sigma ** 2;
    const sums = { s: Float64Array.of(10), k: Float64Array.of(16) };
    expect(squared(sums) / (0.3 * 2 ** -24 * 4 * 10) ** 2).toBeCloseTo(1, 9);
    expect(squared({ q: Float64Array.of(3) }, 2 ** -8) / ((2 ** -8 * 3) ** 2 / 3)).toBeCloseTo(1, 9);
  });

  it("stays below what is allowed", () => {
    const size = fc.double({ min: 0, max: 1e3, noNaN: true });
    fc.assert(
      fc.property(
        fc.double({ min: -6e4, max: 6e4, noNaN: true }),
        size,
        size,
        fc.integer({ min: 1, max: 4096 }),
        (y, s, q, k) => {
          const terms = { s: Float64Array.of(s), q: Float64Array.of(q), k: Float64Array.of(k) };
          const { sigma, allowed } = real(realTruth([y], terms), "float16", 2 ** -11);
          expect(sigma).toBeLessThanOrEqual(allowed);
        },
      ),
    );
  });
});
