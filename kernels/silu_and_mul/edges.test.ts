// Rules of where silu_and_mul's results end: the largest number of float16, the largest gate, the last row and column of a grid.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { opSchema } from "../../harness/domain/op.ts";
import { specialPairs } from "./inputs.ts";

const op = opSchema.parse(parse(readFileSync(new URL("op.yaml", import.meta.url), "utf8")));

describe("the edges of silu_and_mul", () => {
  it("are products of float16 below and above the middle between the largest number and the next power of two", () => {
    const products = specialPairs("float16").map(([gate, up]) => gate * up);
    for (const sign of [1, -1]) {
      const beyond = products.map((value) => sign * value).filter((value) => value > 65_504 && value < 65_536);
      expect(beyond.some((value) => value < 65_520) && beyond.some((value) => value > 65_520)).toBe(true);
    }
  });

  it("leave a sigmoid room to be one ULP too large: no finite gate becomes an infinity by it", () => {
    for (const T of ["float32", "float16", "bfloat16"] as const)
      for (const [gate] of specialPairs(T))
        expect(Math.abs(Math.fround(gate * (1 + 2 ** -23))) === Infinity).toBe(Math.abs(gate) === Infinity);
  });

  it("are met beyond 8192 rows and at the most columns in every dtype", () => {
    const everywhere = op.cases.filter(({ dtypes }) => dtypes["T"] === undefined).map(({ axes }) => axes);
    expect(everywhere.some(({ rows = 0 }) => rows > 8192)).toBe(true);
    expect(everywhere.some(({ D = 0 }) => D === op.axes["D"]?.max)).toBe(true);
  });

  it("lie within packs of 8 and of 4, and below a row's number by a float32 reciprocal, in every dtype", () => {
    const sizes = op.cases.filter(({ dtypes }) => dtypes["T"] === undefined).map(({ axes }) => axes["D"] ?? 0);
    const low = sizes.filter((size) => Math.fround(size * Math.fround(1 / size)) < 1);
    expect(low.some((size) => size % 8 === 4) && low.some((size) => size % 4 === 2)).toBe(true);
  });
});
