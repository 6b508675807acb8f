// Rules of dequantize_linear's oracle and of the inputs it judges on.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { floatFormat, roundTo, ulpOf } from "../../harness/domain/dtype.ts";
import { bindCase, opSchema, tupleAttribute } from "../../harness/domain/op.ts";
import { seededRandom } from "../../harness/domain/random.ts";
import { scalar } from "../../harness/domain/tensor.ts";
import { codesOf, numbersOf } from "./codes.ts";
import { boundCase, drawn, FLOATS, given, INTEGERS, probe, QUANTIZED, truthOf, values } from "./fixtures.ts";
import { granularityOf, scaleCount, scaleOf } from "./granularity.ts";
import { PROBES } from "./inputs.ts";
import { oracle } from "./oracle.ts";

const op = opSchema.parse(parse(readFileSync(new URL("op.yaml", import.meta.url), "utf8")));
const REALS = ["float32", "float16"] as const;
const wide = { shape: [5, 19, 52], block: [0, 1, 0] } as const;

describe("the truth of dequantize_linear", () => {
  it("is the difference to the zero point times the scale, and nothing but equality will do", () => {
    const bound = boundCase({ shape: [1, 2, 2], block: [0, 1, 0] });
    const truth = truthOf(bound, given(bound, [127, -128, 3, -3], [0.5, 3], [-128, 1]));
    expect([...truth.y]).toEqual([127.5, 0, 6, -12]);
    expect(truth.ulps).toBe(0);
    for (const scale of [truth.s, truth.q, truth.ds]) expect(scale.every((value) => value === 0)).toBe(true);
  });

  it("counts an absent zero point as 0", () => {
    const bound = boundCase({ Q: "uint4", symmetric: true });
    expect([...truthOf(bound, given(bound, [13], [0.25])).y]).toEqual([3.25]);
  });

  it("rounds a tie to T to even", () => {
    // 3 * 1025 / 1024 = 3075 / 1024 lies between 3074 / 1024 and 3076 / 1024; 1538 is even, 1537 is not.
    const half = boundCase({ T: "float16" });
    expect([...truthOf(half, given(half, [3], [1025 / 1024])).y]).toEqual([3076 / 1024]);
    const single = boundCase({});
    const scale = 1 + 2 ** -23;
    expect([...truthOf(single, given(single, [3], [scale])).y]).toEqual([3 + 2 ** -21]);
    expect([...truthOf(single, given(single, [-3], [scale])).y]).toEqual([-3 - 2 ** -21]);
  });

  it.each(FLOATS)("keeps NaN and infinities of %s", (Q) => {
    const bound = boundCase({ shape: [1, 1, 3], Q, symmetric: true });
    const { y } = truthOf(bound, given(bound, [Number.NaN, -Infinity, 1.5], [2]));
    // e4m3fn has no infinity: an input of it would be NaN.
    expect([...y]).toEqual([Number.NaN, Q === "float8_e5m2" ? -Infinity : Number.NaN, 3]);
  });

  it.each([
    ["one scale", [0, 0, 0], [1, 1, 1]],
    ["a scale a channel", [0, 1, 0], [1, 5, 1]],
    ["a scale a row", [1, 1, 0], [3, 5, 1]],
    ["blocks with a short one at the end", [1, 2, 3], [3, 3, 3]],
    ["blocks larger than the tensor", [9, 9, 9], [1, 1, 1]],
  ] as const)("takes the scale of each element's block: %s", (_name, block, scales) => {
    const shape = [3, 5, 7] as const;
    const bound = boundCase({ shape, block });
    expect(granularityOf(bound).scales).toEqual(scales);
    const inputs = drawn(bound, "random_scales");
    const [x, scale, shift] = [values(inputs, "x"), values(inputs, "x_scale"), values(inputs, "x_zero_point")];
    const { y } = truthOf(bound, inputs);
    // By counting blocks along each axis from the front, not by division.
    const blockOf = (index: number, axis: number): number => {
      const extent = block[axis] === 0 ? Infinity : (block[axis] ?? 1);
      return Array.from({ length: index }, (_, i) => i + 1).filter((i) => i % extent === 0).length;
    };
    for (let o = 0; o < 3; o += 1)
      for (let c = 0; c < 5; c += 1)
        for (let i = 0; i < 7; i += 1) {
          const at = (blockOf(o, 0) * scales[1] + blockOf(c, 1)) * scales[2] + blockOf(i, 2);
          const index = (o * 5 + c) * 7 + i;
          expect(y[index]).toBe(Math.fround(((x[index] ?? 0) - (shift[at] ?? 0)) * (scale[at] ?? 0)));
        }
  });

  it("has the granularity that the manifest derives", () => {
    for (const one of op.cases) {
      const bound = bindCase(op, one, { Q: "int8", T: "float32" }, false);
      const { shape, scales } = granularityOf(bound);
      const [Bo = 0, Bc = 0, Bi = 0] = tupleAttribute(bound, "block");
      expect(granularityOf(boundCase({ shape, block: [Bo, Bc, Bi] })).scales).toEqual(scales);
      expect(bound.inputs.find(({ name }) => name === "x_scale")?.shape).toEqual(scales);
    }
  });

  it("evaluates only the rows of a sample, and says which", () => {
    const bound = boundCase({ shape: [2, 3, 4], block: [1, 1, 2] });
    const inputs = drawn(bound, "random_scales");
    const { y, judged } = truthOf(bound, inputs, { mask: Uint8Array.of(0, 0, 0, 0, 1, 0) });
    expect([...(judged ?? [])]).toEqual(Array.from({ length: 24 }, (_, index) => Number(index >= 16 && index < 20)));
    expect(y.subarray(16, 20)).toEqual(truthOf(bound, inputs).y.subarray(16, 20));
    expect(y[0]).toBe(0);
  });

  it("has no elements where the batch is empty, and wants its inputs", () => {
    const empty = boundCase({ shape: [0, 2, 4], block: [1, 1, 0] });
    expect(truthOf(empty, drawn(empty, "ties")).y).toHaveLength(0);
    expect(() => truthOf(boundCase({}), { x_scale: scalar("float32", 1) })).toThrow("'x' is absent");
    expect(() => codesOf("float32")).toThrow("nothing is dequantized from float32");
    const other = { ...probe("ties"), name: "no" };
    expect(() => oracle.inputs(boundCase({}), other, seededRandom("0".repeat(32)))).toThrow("'no'");
  });

  it("needs no more than float32 before a float16 result: the product of two such numbers is exact in it", () => {
    const significand = fc.integer({ min: -2047, max: 2047 });
    fc.assert(
      fc.property(significand, fc.integer({ min: -24, max: 5 }), fc.integer({ min: -255, max: 255 }), (m, e, d) => {
        const product = m * 2 ** e * d;
        expect(Math.fround(product)).toBe(product);
        expect(roundTo(Math.fround(product), "float16")).toBe(roundTo(product, "float16"));
      }),
    );
  });
});

describe("the inputs of dequantize_linear", () => {
  it.each(PROBES.map(({ name }) => name))("are equal for equal seeds and others for another seed: %s", (name) => {
    const bound = boundCase({ ...wide, Q: "uint8" });
    expect(drawn(bound, name)).toEqual(drawn(bound, name));
    expect(drawn(bound, name)).not.toEqual(drawn(bound, name, 2));
  });

  it.each(QUANTIZED.flatMap((Q) => REALS.map((T) => ({ Q, T }))))(
    "of `ties` give products halfway between two numbers of $T, from $Q",
    ({ Q, T }) => {
      const bound = boundCase({ ...wide, Q, T });
      const inputs = drawn(bound, "ties");
      const [x, scale, shift] = [values(inputs, "x"), values(inputs, "x_scale"), values(inputs, "x_zero_point")];
      const places = Array.from(x, (_, index) => scaleOf(granularityOf(bound), index));
      const products = places.map((place, index) => ((x[index] ?? 0) - (shift[place] ?? 0)) * (scale[place] ?? 0));
      expect(products.every((product) => Math.abs(product / ulpOf(product, T)) % 1 === 0.5)).toBe(true);
      expect(new Set(products.map((product) => Math.floor(product / ulpOf(product, T)) % 2 === 0)).size).toBe(2);
    },
  );

  it.each(QUANTIZED)("of `all_codes` hold every number, and neighbours along each axis differ: %s", (Q) => {
    const bound = boundCase({ ...wide, Q });
    const x = [...values(drawn(bound, "all_codes"), "x")];
    expect(new Set(x)).toEqual(new Set(numbersOf(codesOf(Q))));
    for (const step of [1, 52, 52 * 19]) expect(x.slice(step).filter((code, i) => code === x[i])).toEqual([]);
  });

  it.each(INTEGERS)("of `all_codes` have differences that need a bit more than their codes: %s", (Q) => {
    const bound = boundCase({ ...wide, Q });
    const inputs = drawn(bound, "all_codes");
    const [x, shift] = [values(inputs, "x"), values(inputs, "x_zero_point")];
    const { low, high } = codesOf(Q);
    const differences = Array.from(x, (code, index) => code - (shift[scaleOf(granularityOf(bound), index)] ?? 0));
    expect(shift.includes(0)).toBe(false);
    expect(Math.max(...differences.map(Math.abs))).toBeGreaterThan(0.8 * (high - low));
  });

  it.each(FLOATS)("of `specials` hold every bit pattern: %s", (Q) => {
    const bound = boundCase({ ...wide, Q });
    const elements = drawn(bound, "specials")["x"]?.elements;
    expect(elements instanceof Uint8Array && new Set(elements).size).toBe(256);
  });

  it.each(QUANTIZED.flatMap((Q) => REALS.map((T) => ({ Q, T }))))(
    "of `specials` hold the largest power of two of $T as a scale, and no product beyond $T, from $Q",
    ({ Q, T }) => {
      const bound = boundCase({ ...wide, Q, T });
      const inputs = drawn(bound, "specials");
      const [x, scale] = [values(inputs, "x"), values(inputs, "x_scale")];
      const { y } = truthOf(bound, inputs);
      const huge = y.filter(
        (_, index) => scale[scaleOf(granularityOf(bound), index)] === 2 ** (floatFormat(T)?.maxExponent ?? 0),
      );
      expect(huge.some((value) => value !== 0 && Number.isFinite(value))).toBe(true);
      expect(y.every((value, index) => Number.isFinite(value) || !Number.isFinite(x[index]))).toBe(true);
    },
  );

  it("of `random_scales` have scales a few ULP above a power of two", () => {
    for (const T of REALS) {
      const scale = values(drawn(boundCase({ shape: [8, 8, 64], block: [1, 1, 8], T }), "random_scales"), "x_scale");
      const near = scale.filter((value) => {
        const ulps = (value - 2 ** Math.floor(Math.log2(value))) / ulpOf(value, T);
        return ulps >= 1 && ulps <= 7;
      });
      expect(near.length).toBeGreaterThan(scale.length / 16);
    }
  });

  it("of `specials` reach the subnormals of float16 and the last binade of T", () => {
    for (const T of REALS) {
      const bound = boundCase({ ...wide, T });
      const magnitudes = truthOf(bound, drawn(bound, "specials")).y.map(Math.abs);
      const { minExponent = 0, maxExponent = 0, maxFinite = 0 } = floatFormat(T) ?? {};
      expect(Math.max(...magnitudes)).toBeGreaterThanOrEqual(2 ** maxExponent);
      expect(Math.max(...magnitudes)).toBeLessThanOrEqual(maxFinite);
      const smallest = Math.min(...magnitudes.filter((value) => value > 0));
      expect(smallest < 2 ** minExponent).toBe(T === "float16");
    }
  });

  it.each(["all_codes", "random_scales", "ties"])(
    "of `%s` give finite products, scales about 16 times apart",
    (name) => {
      for (const Q of QUANTIZED)
        for (const T of REALS) {
          const bound = boundCase({ ...wide, Q, T });
          const inputs = drawn(bound, name);
          const scale = values(inputs, "x_scale");
          expect(Math.max(...scale) / Math.min(...scale)).toBeGreaterThanOrEqual(8);
          expect(truthOf(bound, inputs).y.every(Number.isFinite)).toBe(true);
        }
    },
  );

  it.each(PROBES.map(({ name }) => name))("have positive scales: %s", (name) => {
    for (const Q of QUANTIZED)
      for (const T of REALS)
        expect(values(drawn(boundCase({ ...wide, Q, T }), name), "x_scale").every((scale) => scale > 0)).toBe(true);
  });
});

describe("the cases of dequantize_linear", () => {
  const published = op.cases.filter(({ tags }) => !tags.includes("bench"));
  const bound = published.map((one) => bindCase(op, one, { Q: "int8", T: "float32" }, false));

  it.each(["outer", "C", "inner"])("hold the longest %s", (axis) => {
    expect(Math.max(...bound.map(({ axes }) => axes[axis] ?? 0))).toBe(op.axes[axis]?.max);
  });

  it("hold more scales than a table of 16-bit places", () => {
    expect(Math.max(...bound.map((one) => scaleCount(granularityOf(one))))).toBe(65_536);
  });

  it.each([0, 1, 2])("hold a short last block along axis %i", (axis) => {
    const blocks = bound.map((one) => ({
      extent: granularityOf(one).shape[axis] ?? 0,
      block: one.axes[["Bo", "Bc", "Bi"][axis] ?? ""] ?? 1,
    }));
    expect(blocks.some(({ extent, block }) => extent > block && extent % block > 0)).toBe(true);
  });

  it("leave Q open where one scale serves the whole tensor", () => {
    const single = published.filter(
      ({ attributes }) => attributes["block"] === undefined || String(attributes["block"]) === "0,0,0",
    );
    expect(single.some(({ dtypes, axes }) => dtypes["Q"] === undefined && (axes["inner"] ?? 1) > 1)).toBe(true);
  });
});
