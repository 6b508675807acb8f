// Rules of softmax's oracle.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DType } from "../../harness/domain/dtype.ts";
import type { Probe, RealTruth } from "../../harness/domain/oracle.ts";
import { seededRandom } from "../../harness/domain/random.ts";
import { fill } from "../../harness/domain/tensor.ts";
import { boundCase, drawn, naive, probe, rowsOf, SEED, truthOf } from "./fixtures.ts";
import { oracle } from "./oracle.ts";

const UNIT = 2 ** -24;

/** The truth of one row of scores. */
function ofRow(scores: readonly number[]): RealTruth {
  return truthOf(boundCase(1, scores.length), { x: fill("float32", [1, scores.length, 1], (k) => scores[k] ?? 0) });
}

describe("the truth of softmax", () => {
  it("weighs two scores 1 to 3 where they differ by ln 3", () => {
    const { y, s } = ofRow([Math.log(3), 0]);
    [0.75, 0.25].forEach((expected, k) => expect(y[k]).toBeCloseTo(expected, 7));
    expect(s).toEqual(y);
  });

  it("is 1 where there is one class", () => {
    const bound = boundCase(3, 1, 2);
    expect([...truthOf(bound, drawn(bound, "normal")).y]).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it.each([
    [7, 5, 1],
    [2, 11, 3],
    [1, 3, 13],
  ])("equals an independent evaluation along the middle axis of [%i, %i, %i]", (outer, K, inner) => {
    const bound = boundCase(outer, K, inner);
    const inputs = drawn(bound, "near_one_hot");
    const { y } = truthOf(bound, inputs);
    const got = rowsOf({ dtype: "float64", shape: [outer, K, inner], elements: y });
    rowsOf(inputs["x"]).forEach((scores, row) => {
      naive(scores).forEach((expected, k) => expect(got[row]?.[k]).toBeCloseTo(expected, 13));
    });
  });

  it("sums to 1 and depends on differences of scores only", () => {
    // Multiples of 1/8 below 2^10 stay exact in float32 when an integer is added.
    const scores = fc.array(fc.integer({ min: -4000, max: 4000 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(scores, fc.integer({ min: -500, max: 500 }), (eighths, shift) => {
        const { y } = ofRow(eighths.map((value) => value / 8));
        expect(y.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
        expect([...ofRow(eighths.map((value) => value / 8 + shift)).y]).toEqual([...y]);
      }),
    );
  });

  it.each([
    ["holds nothing but -inf", [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]],
    ["holds +inf", [0, Number.POSITIVE_INFINITY, 1]],
    ["holds NaN", [Number.NaN, 0, Number.NEGATIVE_INFINITY]],
  ])("is NaN in the whole row, without any error scale, where it %s", (_name, scores) => {
    const { y, s, ds } = ofRow(scores);
    expect([...y].every(Number.isNaN)).toBe(true);
    expect([...s, ...ds].every((value) => value === 0)).toBe(true);
  });

  it("is exactly 0 at a score of -inf and at the lowest finite one", () => {
    const { y, s } = ofRow([Number.NEGATIVE_INFINITY, 2, -3.4e38]);
    expect([...y]).toEqual([0, 1, 0]);
    expect([s[0], s[2]]).toEqual([0, 0]);
  });

  it("counts sixty terms an addition, 36 for other roundings, and the rounding of the arguments", () => {
    expect([...ofRow([0, 0, 0]).k]).toEqual([156, 156, 156]);
    // Both arguments err by 2 (|x| + |m| + m - x): 4 for x = 1, 8 for x = -1; the sum by their mean.
    const high = Math.exp(2) / (Math.exp(2) + 1);
    const { k } = ofRow([1, -1]);
    expect(k[0]).toBeCloseTo(96 + (4 + 4 * high + 8 * (1 - high)) ** 2, 10);
    expect(k[1]).toBeCloseTo(96 + (8 + 4 * high + 8 * (1 - high)) ** 2, 10);
  });

  it("allows for addends below half an ULP of the sum, which the last ones of a row lose one by one", () => {
    const share = (4 * Math.exp(-17)) / (1 + 4 * Math.exp(-17));
    const { k } = ofRow([0, -17, -17, -17, -17]);
    expect(Math.sqrt((k[0] ?? 0) - 276)).toBeCloseTo((3 * share) / UNIT + 68 * share, 8);
  });

  it("says what of q a row shares: the casts of its sum, on the scale of each element", () => {
    const scores = [0, Math.log(0.5), Math.log(0.25)];
    const { common, y } = ofRow(scores);
    const cast = Math.hypot(1, 0.5, 0.25) / 1.75;
    scores.forEach((_, at) => expect(common?.[at]).toBeCloseTo((y[at] ?? 0) * cast, 8));
  });

  it("counts in q the weight of an element and those of the sum, each as the smallest normal number of T at least", () => {
    const scores = [0, Math.log(0.5), -12];
    const x = fill("float16", [1, 3, 1], (k) => scores[k] ?? 0);
    const { q, y } = truthOf(boundCase(1, 3, 1, "float16"), { x });
    const sum = 1 / (y[0] ?? 0);
    const ofSum = Math.hypot(1, (y[1] ?? 0) * sum, 2 ** -14) / sum;
    expect(q[0]).toBeCloseTo(Math.hypot(1 / sum, ofSum / sum), 14);
    expect(q[2]).toBeCloseTo(Math.hypot(2 ** -14 / sum, (y[2] ?? 0) * ofSum), 14);
    expect(ofRow([Number.NEGATIVE_INFINITY, 0]).q[0]).toBe(0);
  });

  it("keeps an absolute error of six subnormal steps below the normal numbers of float32", () => {
    const { s, k } = ofRow([0, -100]);
    expect(2 * UNIT * Math.sqrt(k[1] ?? 0) * (s[1] ?? 0)).toBeCloseTo(6 * 2 ** -149, 50);
  });

  it("allows one rounding of half types in lane A, and the error model in float32", () => {
    const ulps = (T: DType): number | undefined => {
      const bound = boundCase(2, 5, 1, T);
      return truthOf(bound, drawn(bound, "subsets"), "subsets").ulps;
    };
    expect([ulps("float16"), ulps("bfloat16"), ulps("float32")]).toEqual([0.51, 0.51, undefined]);
  });

  it("evaluates only the rows of a sample, and says which", () => {
    const bound = boundCase(3, 4, 2);
    const inputs = drawn(bound, "normal");
    const all = truthOf(bound, inputs);
    // Row 6 is position 2 of the second group: elements 12 and 13.
    const mask = Uint8Array.from({ length: 12 }, (_, row) => Number(row === 6));
    const { y } = oracle.truth(bound, probe("normal"), inputs, { mask });
    if (y?.kind !== "real") throw new TypeError("a real truth expected");
    expect([...(y.judged ?? [])].flatMap((judged, at) => (judged === 1 ? [at] : []))).toEqual([12, 13]);
    expect(y.y.subarray(12, 14)).toEqual(all.y.subarray(12, 14));
    expect(y.y[0]).toBe(0);
  });

  it("needs x, and knows no other probes", () => {
    const bound = boundCase(1, 2);
    expect(() => oracle.truth(bound, probe("normal"), {})).toThrow("softmax needs 'x'");
    const stranger: Probe = { name: "uniform", lane: "A", reveals: "nothing" };
    expect(() => oracle.inputs(bound, stranger, seededRandom(SEED))).toThrow("no probe 'uniform'");
  });
});
