// Rules of quantize_linear's oracle.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { roundTo } from "../../harness/domain/dtype.ts";
import { bindCase, opSchema, tupleAttribute } from "../../harness/domain/op.ts";
import { seededRandom } from "../../harness/domain/random.ts";
import { scalar } from "../../harness/domain/tensor.ts";
import { boundCase, drawn, FLOATS, given, probe, truthOf, values } from "./fixtures.ts";
import { granularityOf } from "./granularity.ts";
import { gridOf, numbersOf } from "./grid.ts";
import { oracle } from "./oracle.ts";

describe("the truth of quantize_linear", () => {
  it("is x over its scale, the zero point beside it", () => {
    const bound = boundCase({ shape: [1, 2, 3], block: [0, 1, 0] });
    const truth = truthOf(bound, given(bound, [1, -2, 3, 10, 20, -30], [0.5, 4], [7, -9]));
    expect([...truth.t]).toEqual([2, -4, 6, 2.5, 5, -7.5]);
    expect([...(truth.zeroPoints ?? [])]).toEqual([7, 7, 7, -9, -9, -9]);
    expect([truth.low, truth.high, truth.exactArithmetic]).toEqual([-128, 127, true]);
  });

  it.each([
    ["int8", -128, 127],
    ["uint8", 0, 255],
    ["int4", -8, 7],
    ["uint4", 0, 15],
    ["float8_e4m3fn", -448, 448],
    ["float8_e5m2", -57_344, 57_344],
  ] as const)("saturates %s at %d and %d", (Q, low, high) => {
    const bound = boundCase({ Q });
    expect(truthOf(bound, given(bound, [1], [1]))).toMatchObject({ low, high });
    expect([numbersOf(gridOf(Q))[0], numbersOf(gridOf(Q)).at(-1)]).toEqual([low, high]);
  });

  it("has no zero point without one, nor for an 8-bit float", () => {
    const symmetric = boundCase({ symmetric: true });
    expect(truthOf(symmetric, given(symmetric, [3], [1]))).toMatchObject({ zeroPoint: 0 });
    expect(truthOf(symmetric, given(symmetric, [3], [1])).zeroPoints).toBeUndefined();
    const float = boundCase({ Q: "float8_e5m2" });
    expect(truthOf(float, given(float, [3], [1], [0])).zeroPoints).toBeUndefined();
  });

  it("is exact where every scale is a power of two", () => {
    const bound = boundCase({ shape: [1, 1, 2], block: [0, 0, 1] });
    const exact = (scales: number[]): boolean => truthOf(bound, given(bound, [1, 1], scales, [0, 0])).exactArithmetic;
    expect([exact([0.25, 8]), exact([0.25, 3]), exact([2 ** -140, 1])]).toEqual([true, false, true]);
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
    const [x, scale, shift] = [values(inputs, "x"), values(inputs, "y_scale"), values(inputs, "y_zero_point")];
    const { t, zeroPoints } = truthOf(bound, inputs);
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
          expect(t[index]).toBe((x[index] ?? 0) / (scale[at] ?? 0));
          expect(zeroPoints?.[index]).toBe(shift[at]);
        }
  });

  it("has the granularity that the manifest derives", () => {
    const op = opSchema.parse(parse(readFileSync(new URL("op.yaml", import.meta.url), "utf8")));
    for (const one of op.cases) {
      const bound = bindCase(op, one, { Q: "int8", T: "float32" }, false);
      const { shape, scales } = granularityOf(bound);
      const [Bo = 0, Bc = 0, Bi = 0] = tupleAttribute(bound, "block");
      expect(granularityOf(boundCase({ shape, block: [Bo, Bc, Bi] })).scales).toEqual(scales);
      expect(bound.inputs.find(({ name }) => name === "y_scale")?.shape).toEqual(scales);
    }
  });

  it("has one scale and no elements where the batch is empty", () => {
    const bound = boundCase({ shape: [0, 2, 4], block: [1, 1, 0] });
    expect(granularityOf(bound).scales).toEqual([1, 2, 1]);
    expect(truthOf(bound, drawn(bound, "ties")).t).toHaveLength(0);
  });

  it("evaluates only the rows of a sample, and says which", () => {
    const bound = boundCase({ shape: [2, 3, 4], block: [1, 1, 2] });
    const inputs = drawn(bound, "random_scales");
    const all = truthOf(bound, inputs);
    const { t, judged } = truthOf(bound, inputs, { mask: Uint8Array.of(0, 0, 0, 0, 1, 0) });
    expect([...(judged ?? [])]).toEqual(Array.from({ length: 24 }, (_, index) => Number(index >= 16 && index < 20)));
    expect(t.subarray(16, 20)).toEqual(all.t.subarray(16, 20));
    expect(t[0]).toBe(0);
  });

  it("wants its inputs", () => {
    const bound = boundCase({});
    expect(() => truthOf(bound, { y_scale: scalar("float32", 1) })).toThrow("'x' is absent");
    expect(() => gridOf("float32")).toThrow("nothing is quantized to float32");
    expect(() => oracle.inputs(bound, { ...probe("ties"), name: "no" }, seededRandom("0".repeat(32)))).toThrow("'no'");
  });
});

describe("the grid of an 8-bit float", () => {
  it.each(FLOATS)("holds what %s rounds to", (Q) => {
    const numbers = numbersOf(gridOf(Q));
    const high = gridOf(Q).high;
    fc.assert(
      fc.property(fc.double({ min: -2 * high, max: 2 * high, noNaN: true }), (value) => {
        const nearest = Math.min(...numbers.map((number) => Math.abs(number - value)));
        const rounded = roundTo(Math.min(high, Math.max(-high, value)), Q);
        expect(numbers).toContain(rounded + 0);
        expect(Math.abs(rounded - value)).toBe(nearest);
      }),
    );
  });
});
