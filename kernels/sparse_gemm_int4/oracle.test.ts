// Rules of sparse_gemm_int4's oracle: hand-computed values, the layout of metadata, an independent definition.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DType, roundTo } from "../../harness/domain/dtype.ts";
import type { BoundCase } from "../../harness/domain/op.ts";
import type { RealTruth, Tensors } from "../../harness/domain/oracle.ts";
import { seededRandom } from "../../harness/domain/random.ts";
import { fill, type Tensor } from "../../harness/domain/tensor.ts";
import { compress, expand, geometryOf, rowsOf } from "./compressed.ts";
import { caseOf, dense, drawn, probe, SEED, truthOf, values } from "./fixtures.ts";
import { PROBES } from "./inputs.ts";
import { oracle } from "./oracle.ts";

/** One row of a: kept values, their input features, and the scales of its groups of 32, against one token. */
interface ByHand {
  readonly kept: readonly number[];
  readonly features: readonly number[];
  readonly scales: readonly number[];
  readonly b: readonly number[];
  readonly tokenScale?: number;
}

function byHand({ kept, features, scales, b, tokenScale = 1 }: ByHand): RealTruth {
  const bound = caseOf({ K: b.length });
  const rows = { values: Int8Array.from(kept), features: Int32Array.from(features) };
  const { a, metadata } = compress(rows, geometryOf(bound), () => 6);
  const bytes = (elements: Uint8Array): Tensor => ({ dtype: "uint8", shape: [1, elements.length], elements });
  return truthOf(bound, {
    a: bytes(a),
    metadata: bytes(metadata),
    a_scales: fill("float32", [1, scales.length], (index) => scales[index] ?? 0),
    b: { dtype: "int8", shape: [1, b.length], elements: Int8Array.from(b) },
    b_scales: fill("float32", [1], () => tokenScale),
  });
}

/** y and S by the formula, over the rows of a with their zeros. */
function naive(bound: BoundCase, inputs: Tensors): { readonly y: number[]; readonly s: number[] } {
  const { m, n, k, group, groups } = geometryOf(bound);
  const rows = dense(bound, inputs);
  const [b, scales, tokenScales] = [values(inputs, "b"), values(inputs, "a_scales"), values(inputs, "b_scales")];
  const terms = (row: number, token: number): number[] =>
    Array.from({ length: groups }, (_, g) => {
      const inside = (rows[row] ?? []).slice(g * group, (g + 1) * group);
      const sum = inside.reduce((total, value, at) => total + value * (b[token * k + g * group + at] ?? 0), 0);
      return sum * (scales[row * groups + g] ?? 0) * (tokenScales[token] ?? 0);
    });
  const all = Array.from({ length: m * n }, (_, index) => terms(Math.floor(index / n), index % n));
  return {
    y: all.map((groupTerms) => groupTerms.reduce((sum, term) => sum + term, 0)),
    s: all.map((groupTerms) => groupTerms.reduce((sum, term) => sum + Math.abs(term), 0)),
  };
}

describe("the truth of sparse_gemm_int4", () => {
  it("multiplies the two kept values of each four with the features that metadata names", () => {
    const { y, s, k } = byHand({ kept: [3, -2], features: [1, 3], scales: [0.5], b: [1, 2, 3, 4], tokenScale: 2 });
    expect([y[0], s[0], k[0]]).toEqual([(3 * 2 - 2 * 4) * 0.5 * 2, 2, 2]);
  });

  it("keeps the value of the lower feature in the low nibble, and indices from the low bits of metadata on", () => {
    const geometry = geometryOf(caseOf({ K: 12 }));
    const rows = { values: Int8Array.of(3, -2, 7, -8, -1, 0), features: Int32Array.of(1, 3, 4, 6, 8, 9) };
    const { a, metadata } = compress(rows, geometry, () => 0xe);
    expect([...a]).toEqual([0xe3, 0x87, 0x0f]);
    // Fours (1, 3), (0, 2), (0, 1), padding.
    expect([...metadata]).toEqual([0b1000_1101, 0b1110_0100]);
    expect(expand(a, metadata, geometry)).toEqual(rows);
  });

  it("expands what it compressed, whatever is kept", () => {
    const check = fc.property(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 20 }), (M, fours) => {
      const geometry = geometryOf(caseOf({ M, K: 4 * fours }));
      const random = seededRandom(SEED);
      const rows = rowsOf(geometry, random, () => random.integer(-8, 7));
      const { a, metadata } = compress(rows, geometry, () => 9);
      expect(expand(a, metadata, geometry)).toEqual(rows);
    });
    fc.assert(check, { numRuns: 30 });
  });

  it("counts input features into groups, kept or not, and gives the last what is left", () => {
    const fours = Array.from({ length: 9 }, (_, four) => four);
    const features = fours.flatMap((four) => [4 * four, 4 * four + 3]);
    const b = Array.from({ length: 36 }, (_, k) => Number(k === 31 || k === 35));
    expect(byHand({ kept: features.map(() => 5), features, scales: [1, 16], b }).y[0]).toBe(5 + 5 * 16);
  });

  it("has no error scale where the sum of every group is 0: integers cancel exactly", () => {
    const { y, s } = byHand({ kept: [3, -3], features: [0, 2], scales: [0.1], b: [7, 1, 7, 1] });
    expect([y[0], s[0]]).toEqual([0, 0]);
  });

  it("ignores the padding nibble of an odd number of fours", () => {
    const bound = caseOf({ M: 3, N: 2, K: 12 });
    const inputs = drawn(bound, "random");
    const metadata = inputs["metadata"] ?? fill("uint8", [3, 2], () => 0);
    const other = fill("uint8", metadata.shape, (i) => Number(metadata.elements[i] ?? 0) ^ (i % 2 === 1 ? 0xf0 : 0));
    expect(truthOf(bound, { ...inputs, metadata: other })).toEqual(truthOf(bound, inputs));
  });

  it("changes sign with b", () => {
    const bound = caseOf({ M: 4, N: 3, K: 72 });
    const inputs = drawn(bound, "cancelling");
    const b = values(inputs, "b").map((value) => Math.max(-127, value));
    const signed = (sign: number): Float64Array =>
      truthOf(bound, { ...inputs, b: fill("int8", [3, 72], (index) => sign * (b[index] ?? 0)) }).y;
    expect([...signed(-1)]).toEqual([...signed(1)].map((value) => 0 - value));
  });

  it("equals an independent definition in every regime but the special one", () => {
    const shapes = fc.record({
      M: fc.integer({ min: 1, max: 5 }),
      N: fc.integer({ min: 0, max: 5 }),
      K: fc.integer({ min: 1, max: 40 }).map((fours) => 4 * fours),
      group: fc.constantFrom(32, 64, 128),
      T: fc.constantFrom<DType>("float16", "float32"),
    });
    const check = fc.property(shapes, fc.integer({ min: 0, max: 2 ** 31 }), (shape, seed) => {
      const bound = caseOf(shape);
      for (const { name, lane } of PROBES.filter((one) => one.lane !== "C")) {
        const inputs = drawn(bound, name, seed.toString(16).padStart(32, "0"));
        const { y, s } = truthOf(bound, inputs, name);
        const expected = naive(bound, inputs);
        expected.y.forEach((value, index) => {
          const want = lane === "A" ? roundTo(value, bound.dtypes["T"] ?? "float32") : value;
          const scale = expected.s[index] ?? 0;
          expect(Math.abs((y[index] ?? 0) - want)).toBeLessThanOrEqual(1e-14 * scale);
          expect(Math.abs((s[index] ?? 0) - scale)).toBeLessThanOrEqual(1e-14 * scale);
        });
      }
    });
    fc.assert(check, { numRuns: 40 });
  });

  it("evaluates only the rows of a sample, and says which", () => {
    const bound = caseOf({ M: 3, N: 2, K: 40 });
    const inputs = drawn(bound, "random");
    const { y } = oracle.truth(bound, probe("random"), inputs, { mask: Uint8Array.of(0, 1, 0) });
    if (y?.kind !== "real") throw new TypeError("a real truth expected");
    expect([...(y.judged ?? [])]).toEqual([0, 0, 1, 1, 0, 0]);
    expect([...y.y.subarray(2, 4)]).toEqual([...truthOf(bound, inputs).y.subarray(2, 4)]);
    expect(y.s[0]).toBe(0);
  });

  it("needs all of its inputs, in their dtypes", () => {
    const bound = caseOf({ K: 4 });
    const inputs = drawn(bound, "random");
    const { b: _left, ...rest } = inputs;
    expect(() => truthOf(bound, rest)).toThrow("needs 'b'");
    expect(() => truthOf(bound, { ...inputs, b: fill("uint8", [1, 4], () => 0) })).toThrow("int8");
    expect(() => drawn(bound, "no_such_probe")).toThrow(RangeError);
  });
});
