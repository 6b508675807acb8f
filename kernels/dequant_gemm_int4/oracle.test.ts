// Rules of dequant_gemm_int4's oracle: hand-computed values, an independent definition, the model of a cast.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DType, roundTo } from "../../harness/domain/dtype.ts";
import type { BoundCase } from "../../harness/domain/op.ts";
import type { RealTruth, Tensors } from "../../harness/domain/oracle.ts";
import { fill, type Tensor } from "../../harness/domain/tensor.ts";
import { caseOf, drawn, probe, truthOf, values } from "./fixtures.ts";
import { geometryOf, pack, unpack } from "./geometry.ts";
import { PROBES } from "./inputs.ts";
import { oracle } from "./oracle.ts";

/** One row of w written by hand. */
interface ByHand {
  readonly x: readonly number[];
  readonly codes: readonly number[];
  readonly scales: readonly number[];
  readonly zeros?: readonly number[];
}

/** The truth of one row of w, in float16 with groups of 32. */
function byHand({ x, codes, scales, zeros }: ByHand): RealTruth {
  const bound = caseOf({ K: x.length, symmetric: zeros === undefined });
  const row = (dtype: DType, numbers: readonly number[]): Tensor =>
    fill(dtype, [1, numbers.length], (index) => numbers[index] ?? 0);
  return truthOf(bound, {
    x: row("float16", x),
    w: {
      dtype: "uint8",
      shape: [1, Math.ceil(x.length / 2)],
      elements: pack(Int8Array.from(codes), geometryOf(bound), () => 9),
    },
    scales: row("float16", scales),
    ...(zeros === undefined ? {} : { zero_points: row("int8", zeros) }),
  });
}

/** y by the formula, its codes read as text: the two hexadecimal digits of a byte, high nibble first. */
function naive(bound: BoundCase, inputs: Tensors): number[] {
  const { m, n, k, group, groups, rowBytes } = geometryOf(bound);
  const [x, w, scales, zeros] = [
    values(inputs, "x"),
    values(inputs, "w"),
    values(inputs, "scales"),
    values(inputs, "zero_points"),
  ];
  const code = (row: number, at: number): number => {
    const digits = (w[row * rowBytes + Math.floor(at / 2)] ?? 0).toString(16).padStart(2, "0");
    const digit = Number.parseInt(digits[1 - (at % 2)] ?? "0", 16);
    return digit >= 8 ? digit - 16 : digit;
  };
  return Array.from({ length: m * n }, (_, index) => {
    const [row, column] = [Math.floor(index / n), index % n];
    return Array.from({ length: k }, (_unused, at) => {
      const place = column * groups + Math.floor(at / group);
      return (x[row * k + at] ?? 0) * (code(column, at) - (zeros[place] ?? 0)) * (scales[place] ?? 0);
    }).reduce((sum, term) => sum + term, 0);
  });
}

describe("the truth of dequant_gemm_int4", () => {
  it("is the sum of x (code - zero point) scale", () => {
    const { y, s, k } = byHand({ x: [1, 2, -3], codes: [3, -8, 7], scales: [0.5], zeros: [1] });
    expect(y[0]).toBe(0.5 * (1 * 2 + 2 * -9 - 3 * 6));
    // |code| + |zero point|: the zero point may leave the sum of a group later.
    expect(s[0]).toBe(0.5 * (1 * 4 + 2 * 9 + 3 * 8));
    expect(k[0]).toBe(3);
  });

  it("reads the even k from the low nibble and sign-extends it", () => {
    const geometry = geometryOf(caseOf({ K: 4 }));
    expect([...unpack(Uint8Array.of(0x8f, 0x70), geometry)]).toEqual([-1, -8, 0, 7]);
    expect([...pack(Int8Array.of(-1, -8, 0, 7), geometry, () => 0)]).toEqual([0x8f, 0x70]);
  });

  it("gives every 32nd k the next scale and zero point, and the last group what is left", () => {
    const x = Array.from({ length: 34 }, (_, k) => Number(k === 31 || k === 32));
    const codes = Array.from({ length: 34 }, () => 5);
    expect(byHand({ x, codes, scales: [1, 16], zeros: [0, -2] }).y[0]).toBe(5 + 16 * 7);
  });

  it("ignores the padding nibble of an odd K", () => {
    const bound = caseOf({ M: 3, N: 2, K: 5 });
    const inputs = drawn(bound, "normal");
    const w = inputs["w"] ?? fill("uint8", [2, 3], () => 0);
    const other = fill("uint8", w.shape, (index) => Number(w.elements[index] ?? 0) ^ (index % 3 === 2 ? 0xf0 : 0));
    expect(truthOf(bound, { ...inputs, w: other })).toEqual(truthOf(bound, inputs));
  });

  it("counts what equal weights share of a cast's rounding once, and nothing where the cast is exact", () => {
    const q = (x: readonly number[], codes: readonly number[]): number | undefined =>
      byHand({ x, codes, scales: [0.1] }).q[0];
    const scale = roundTo(0.1, "float16");
    expect(q([1, 1], [3, 3])).toBeCloseTo(6 * scale, 14);
    expect(q([1, 1], [3, -6])).toBeCloseTo(3 * scale, 14);
    expect(q([1, 1], [3, 5])).toBeCloseTo(Math.sqrt(34) * scale, 14);
    expect(q([1, 1, 1], [1, -4, -8])).toBe(0);
  });

  it("models the error of a cast weight: never beyond the sum of u |x w|, 0.58 u q on average", () => {
    const bound = caseOf({ M: 8, N: 64, K: 96, T: "bfloat16" });
    const inputs = drawn(bound, "normal");
    const { y, q } = truthOf(bound, inputs);
    const { m, n, k, groups, group } = geometryOf(bound);
    const [x, scales, zeros] = [values(inputs, "x"), values(inputs, "scales"), values(inputs, "zero_points")];
    const codes = unpack(Uint8Array.from(values(inputs, "w")), geometryOf(bound));
    const ratios = Float64Array.from({ length: m * n }, (_, index) => {
      const [row, column] = [Math.floor(index / n), index % n];
      let cast = 0;
      let bound_ = 0;
      for (let at = 0; at < k; at += 1) {
        const place = column * groups + Math.floor(at / group);
        const weight = ((codes[column * k + at] ?? 0) - (zeros[place] ?? 0)) * (scales[place] ?? 0);
        cast += (x[row * k + at] ?? 0) * roundTo(weight, "bfloat16");
        bound_ += 2 ** -8 * Math.abs((x[row * k + at] ?? 0) * weight);
      }
      expect(Math.abs(cast - (y[index] ?? 0))).toBeLessThanOrEqual(bound_);
      return (cast - (y[index] ?? 0)) / (2 ** -8 * (q[index] ?? 1));
    });
    const rms = Math.sqrt(ratios.reduce((sum, ratio) => sum + ratio * ratio, 0) / ratios.length);
    expect(rms).toBeGreaterThan(0.4);
    expect(rms).toBeLessThan(0.65);
  });

  it("knows how far the casts of few weights lean over many tokens, and of many weights that they do not", () => {
    const lean = (M: number, N: number, K: number): number => {
      const bound = caseOf({ M, N, K });
      const { y, common } = truthOf(bound, drawn(bound, "outliers"), "outliers");
      const shares = [...(common ?? [])].flatMap((value, index) =>
        y[index] === 0 ? [] : [value / Math.abs(y[index] ?? 1)],
      );
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThan(1e-12);
      return shares[0] ?? 0;
    };
    // A cast to float16 errs by 1 in units of u at most; what G3 forgives is thrice this.
    expect(lean(4096, 18, 1)).toBeGreaterThan(0.01);
    expect(lean(4096, 18, 1)).toBeLessThan(0.2);
    expect(lean(24, 20, 211)).toBe(0);
  });

  it("expects no column of many tokens to err by less than its casts do", () => {
    const bound = caseOf({ M: 1024, N: 40, K: 1 });
    const inputs = drawn(bound, "normal");
    const { q } = truthOf(bound, inputs);
    const [x, scales, zeros] = [values(inputs, "x"), values(inputs, "scales"), values(inputs, "zero_points")];
    const codes = unpack(Uint8Array.from(values(inputs, "w")), geometryOf(bound));
    const ratios = Array.from({ length: 40 }, (_, n) => {
      const weight = ((codes[n] ?? 0) - (zeros[n] ?? 0)) * (scales[n] ?? 0);
      const error = (roundTo(weight, "float16") - weight) * (x[0] ?? 0);
      return error === 0 ? 0 : Math.abs(error) / (2 ** -11 * (q[n] ?? 0));
    });
    // The error of one weight is at most u |w|, sqrt(3) of the standard deviation; G2 grants 6 / sqrt(1024) itself.
    expect(Math.max(...ratios) * Math.sqrt(3)).toBeLessThan(1.1876);
    expect(Math.max(...ratios) * Math.sqrt(3)).toBeGreaterThan(1.1);
  });

  it("equals an independent definition in every regime of random input", () => {
    const shapes = fc.record({
      M: fc.integer({ min: 0, max: 5 }),
      N: fc.integer({ min: 1, max: 5 }),
      K: fc.integer({ min: 1, max: 140 }),
      group: fc.constantFrom(32, 64, 128),
      T: fc.constantFrom<DType>("float16", "bfloat16"),
      symmetric: fc.boolean(),
    });
    const check = fc.property(shapes, fc.integer({ min: 0, max: 2 ** 31 }), (shape, seed) => {
      const bound = caseOf(shape);
      for (const { name, lane } of PROBES.filter((one) => one.lane !== "C")) {
        const inputs = drawn(bound, name, seed.toString(16).padStart(32, "0"));
        const { y, s } = truthOf(bound, inputs, name);
        naive(bound, inputs).forEach((expected, index) => {
          const want = lane === "A" ? roundTo(expected, bound.dtypes["T"] ?? "float16") : expected;
          expect(Math.abs((y[index] ?? 0) - want)).toBeLessThanOrEqual(1e-14 * (s[index] ?? 0));
        });
      }
    });
    fc.assert(check, { numRuns: 40 });
  });

  it("evaluates only the rows of a sample, and says which", () => {
    const bound = caseOf({ M: 3, N: 2, K: 40 });
    const inputs = drawn(bound, "normal");
    const { y } = oracle.truth(bound, probe("normal"), inputs, { mask: Uint8Array.of(0, 1, 0) });
    if (y?.kind !== "real") throw new TypeError("a real truth expected");
    expect([...(y.judged ?? [])]).toEqual([0, 0, 1, 1, 0, 0]);
    expect([...y.y.subarray(2, 4)]).toEqual([...truthOf(bound, inputs).y.subarray(2, 4)]);
    expect(y.s[0]).toBe(0);
  });

  it("needs all of its inputs", () => {
    const bound = caseOf({ K: 4 });
    const { scales: _left, ...rest } = drawn(bound, "normal");
    expect(() => truthOf(bound, rest)).toThrow("needs 'scales'");
    expect(() => drawn(bound, "no_such_probe")).toThrow(RangeError);
  });
});
