// Rules of the inputs that softmax is judged on.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { bindCase, opSchema } from "../../harness/domain/op.ts";
import { toFloat64 } from "../../harness/domain/tensor.ts";
import { boundCase, drawn, naive, rowsOf, truthOf } from "./fixtures.ts";
import { PROBES } from "./inputs.ts";

const op = opSchema.parse(parse(readFileSync(new URL("op.yaml", import.meta.url), "utf8")));

describe("the inputs of softmax", () => {
  const tall = boundCase(60, 67);

  it.each(PROBES.map(({ name }) => name))("are equal for equal seeds and others for another seed: %s", (name) => {
    expect(drawn(tall, name)).toEqual(drawn(tall, name));
    expect(drawn(tall, name)).not.toEqual(drawn(tall, name, "00112233445566778899aabbccddeefe"));
  });

  it.each(["float16", "bfloat16", "float32"] as const)("make every result of `subsets` 1 / n or 0 in %s", (T) => {
    const bound = boundCase(60, 67, 1, T);
    const inputs = drawn(bound, "subsets");
    const results = rowsOf({ dtype: "float64", shape: [60, 67, 1], elements: truthOf(bound, inputs, "subsets").y });
    const sizes = rowsOf(inputs["x"]).map((scores, row) => {
      const open = scores.filter((score) => score === 0).length;
      scores.forEach((score, k) => expect(results[row]?.[k]).toBeCloseTo(score === 0 ? 1 / open : 0, 80));
      return open;
    });
    expect(Math.min(...sizes)).toBeLessThan(4);
    expect(new Set(sizes).size).toBeGreaterThan(10);
    const ends = rowsOf(inputs["x"]).filter((scores) => scores[0] === 0 || scores[66] === 0);
    expect(ends.length).toBeGreaterThanOrEqual(40);
    // Each value of a score that weighs nothing is there.
    expect(new Set(rowsOf(inputs["x"]).flat()).size).toBe(4);
  });

  it("open both ends of a single row in `subsets`, and few scores between", () => {
    const scores = rowsOf(drawn(boundCase(1, 5003), "subsets")["x"])[0] ?? [];
    expect([scores[0], scores[5002]]).toEqual([0, 0]);
    expect(scores.filter((score) => score === 0).length).toBeLessThan(100);
  });

  it("raise the running maximum in every tile of 16 of `ascending`, from one end or the other", () => {
    for (const scores of rowsOf(drawn(boundCase(8, 128), "ascending")["x"])) {
      const peaks = Array.from({ length: 8 }, (_, tile) => Math.max(...scores.slice(16 * tile, 16 * tile + 16)));
      const rises = peaks.slice(1).map((peak, tile) => Math.sign(peak - (peaks[tile] ?? Number.NaN)));
      expect(Math.abs(rises.reduce((sum, rise) => sum + rise, 0))).toBe(7);
    }
  });

  it("give one score 3/4 to 98 % of the weight in `near_one_hot`", () => {
    for (const scores of rowsOf(drawn(tall, "near_one_hot")["x"])) {
      const share = Math.max(...naive(scores));
      expect(share).toBeGreaterThan(0.749);
      expect(share).toBeLessThan(0.981);
    }
  });

  it("put the largest exponential of a row out of float32's reach in `beyond_exp`, or that of half of it", () => {
    const kinds = rowsOf(drawn(tall, "beyond_exp")["x"]).map((scores) => {
      const top = Math.fround(Math.exp(Math.max(...scores)));
      const span = Math.max(...scores) - Math.min(...scores);
      return span > 180 ? "steep" : String(top);
    });
    expect([...new Set(kinds)].sort()).toEqual(["0", "Infinity", "steep"]);
  });

  it("put rows of `beyond_exp` below what maxima start at, finite in float16 too", () => {
    const rows = rowsOf(drawn(boundCase(60, 67, 1, "float16"), "beyond_exp")["x"]);
    expect(rows.filter((scores) => Math.max(...scores) < -10_000).length).toBe(6);
    expect(rows.flat().every(Number.isFinite)).toBe(true);
  });

  it.each(["bfloat16", "float32"] as const)(
    "hold rows of `beyond_exp` on both sides of float16's range, whose scores differ, in %s",
    (T) => {
      for (const sign of [1, -1]) {
        const rows = rowsOf(drawn(boundCase(60, 67, 1, T), "beyond_exp")["x"]).filter((scores) =>
          scores.every((x) => sign * x > 65_504),
        );
        expect(rows.length).toBe(5);
        for (const scores of rows) expect(Math.max(...scores) - Math.min(...scores)).toBeGreaterThan(1000);
      }
    },
  );

  it("reach the ends of the ranges that the op declares", () => {
    const cases = op.cases.filter(({ tags }) => !tags.includes("bench"));
    for (const [name, { max }] of Object.entries(op.axes)) {
      const ends = cases.filter(({ axes }) => axes[name] === max);
      // A dtype may have kernels of its own.
      expect(ends.some(({ dtypes }) => dtypes["T"] === undefined)).toBe(true);
    }
  });

  it.each([
    ["a single row of a length that no number of blocks divides", 1, 1],
    ["a long middle axis", 2, 5],
  ])("reach %s in every dtype", (_, outer, inner) => {
    const fits = op.cases.filter(({ axes }) => axes["outer"] === outer && axes["inner"] === inner);
    const long = fits.filter(({ axes: { K = 0 } }) => K > 1024 && K % 2 === 1);
    expect(long.some(({ dtypes }) => dtypes["T"] === undefined)).toBe(true);
  });

  it.each(["float16", "bfloat16", "float32"] as const)("hold every special row in %s", (T) => {
    const bound = boundCase(60, 67, 1, T);
    const inputs = drawn(bound, "special");
    const rows = rowsOf(inputs["x"]);
    const { y } = truthOf(bound, inputs, "special");
    expect([...y].filter(Number.isNaN).length).toBe(67 * 18);
    expect(rows.filter((scores) => scores.every((score) => score === Number.NEGATIVE_INFINITY)).length).toBe(6);
    expect(rows.filter((scores) => scores.lastIndexOf(Number.NEGATIVE_INFINITY) === 65).length).toBeGreaterThan(5);
    const least = T === "float16" ? 2 ** -14 : 2 ** -126;
    expect([...y].filter((value) => value > 0 && value < least).length).toBeGreaterThan(64);
  });

  it("fit every published case in every dtype, without infinities where none is meant", () => {
    for (const one of op.cases.filter(({ tags }) => !tags.includes("bench"))) {
      for (const T of op.dtypes["T"] ?? []) {
        const bound = bindCase(op, one, { T }, false);
        for (const { name, lane } of PROBES) {
          const { x } = drawn(bound, name);
          expect(x).toMatchObject({ dtype: T, shape: bound.inputs[0]?.shape });
          if (x !== undefined && lane === "B") expect([...toFloat64(x)].every(Number.isFinite)).toBe(true);
        }
      }
    }
  });
});
