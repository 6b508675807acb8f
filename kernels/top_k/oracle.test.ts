// Rules of top_k's oracle and of the inputs it judges on.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DType } from "../../harness/domain/dtype.ts";
import type { BoundCase } from "../../harness/domain/op.ts";
import type { RowSample, Tensors } from "../../harness/domain/oracle.ts";
import { seededRandom } from "../../harness/domain/random.ts";
import { fill, toFloat64 } from "../../harness/domain/tensor.ts";
import { PROBES } from "./inputs.ts";
import { oracle } from "./oracle.ts";
import { select } from "./order.ts";

/** A case, bound without its manifest. */
function boundCase(rows: number, N: number, K: number, largest = true, T: DType = "float32"): BoundCase {
  const rest = { absent: false, parameter: false };
  return {
    op: "top_k",
    name: "by_hand",
    axes: { rows, N, K },
    attributes: { largest },
    dtypes: { T },
    inputs: [{ name: "x", dtype: T, shape: [rows, N], ...rest }],
    outputs: [
      { name: "values", dtype: T, shape: [rows, K], ...rest },
      { name: "indices", dtype: "int64", shape: [rows, K], ...rest },
    ],
    tags: [],
    hidden: false,
    work: rows * N * K,
  };
}

function probe(name: string): (typeof PROBES)[number] {
  const found = PROBES.find((one) => one.name === name);
  if (found === undefined) throw new RangeError(`no probe '${name}'`);
  return found;
}

/** The rows of a regime's input. */
function drawn(bound: BoundCase, name: string, seed = 1): number[][] {
  const { x } = oracle.inputs(bound, probe(name), seededRandom(seed.toString(16).padStart(32, "0")));
  if (x === undefined) throw new RangeError("no 'x'");
  const n = x.shape[1] ?? 1;
  const flat = toFloat64(x);
  return Array.from({ length: x.shape[0] ?? 0 }, (_, row) => [...flat.subarray(row * n, (row + 1) * n)]);
}

interface Answer {
  readonly values: readonly number[];
  readonly indices: readonly number[];
}

function answer(bound: BoundCase, inputs: Tensors, rows?: RowSample): Answer & { readonly judged: readonly number[] } {
  const { values, indices } = oracle.truth(bound, probe("distinct"), inputs, rows);
  if (values?.kind !== "real" || indices?.kind !== "requantized") throw new TypeError("values and indices expected");
  expect([values.ulps, indices.exactArithmetic, indices.low]).toEqual([0, true, 0]);
  expect(indices.judged).toEqual(values.judged);
  return { values: [...values.y], indices: [...indices.t], judged: [...(values.judged ?? [])] };
}

function given(bound: BoundCase, ...x: readonly number[]): Tensors {
  return {
    x: fill(
      bound.dtypes["T"] ?? "float32",
      [x.length / (bound.axes["N"] ?? 1), bound.axes["N"] ?? 1],
      (i) => x[i] ?? 0,
    ),
  };
}

/** By definition: take the best K times, the first of equal ones. */
function naive(row: readonly number[], count: number, largest: boolean): Answer {
  const left = new Set(row.keys());
  const indices = Array.from({ length: count }, () => {
    const best = (largest ? Math.max : Math.min)(...[...left].map((index) => row[index] ?? 0));
    const index = [...left].find((one) => row[one] === best) ?? -1;
    left.delete(index);
    return index;
  });
  return { values: indices.map((index) => row[index] ?? Number.NaN), indices };
}

describe("the truth of top_k", () => {
  it("is the largest first, or the smallest", () => {
    const bound = (largest: boolean): BoundCase => boundCase(1, 5, 3, largest);
    const x = [3, -7, 5, 0.5, -1];
    expect(answer(bound(true), given(bound(true), ...x))).toMatchObject({ values: [5, 3, 0.5], indices: [2, 0, 3] });
    expect(answer(bound(false), given(bound(false), ...x))).toMatchObject({
      values: [-7, -1, 0.5],
      indices: [1, 4, 3],
    });
  });

  it.each([true, false])("orders equal values by index, zeros of both signs among them (largest %s)", (largest) => {
    const bound = boundCase(1, 6, 6, largest);
    const { indices } = answer(bound, given(bound, 0, 2, -0, 2, 0, 2));
    expect(indices).toEqual(largest ? [1, 3, 5, 0, 2, 4] : [0, 2, 4, 1, 3, 5]);
  });

  it("puts infinities at the ends", () => {
    const bound = boundCase(1, 5, 5);
    const { indices } = answer(bound, given(bound, -Infinity, -3e38, Infinity, 3e38, -Infinity));
    expect(indices).toEqual([2, 3, 1, 0, 4]);
  });

  it("equals an independent evaluation on rows of few values", () => {
    const few = fc.constantFrom(-Infinity, -2, -1, -0, 0, 2 ** -149, 1, 1.5, 2, Infinity);
    const any = fc.oneof(few, fc.float({ noNaN: true }));
    fc.assert(
      fc.property(fc.array(any, { minLength: 1, maxLength: 24 }), fc.nat(), fc.boolean(), (row, cut, largest) => {
        const count = (cut % row.length) + 1;
        const { values, indices } = select(Float64Array.from(row), count, largest);
        expect([...indices]).toEqual(naive(row, count, largest).indices);
        expect([...values]).toEqual([...indices].map((index) => row[index]));
      }),
    );
  });

  it.each(PROBES.map(({ name }) => name))("equals an independent evaluation on drawn rows: %s", (name) => {
    for (const largest of [true, false])
      for (const T of ["float32", "float16"] as const) {
        const bound = boundCase(7, 37, 9, largest, T);
        const rows = drawn(bound, name);
        const { values, indices } = answer(bound, given(bound, ...rows.flat()));
        const expected = rows.map((row) => naive(row, 9, largest));
        expect(values.map((value) => value + 0)).toEqual(
          expected.flatMap((one) => one.values.map((value) => value + 0)),
        );
        expect(indices).toEqual(expected.flatMap((one) => one.indices));
      }
  });

  it("evaluates only the rows of a sample, and says which", () => {
    const bound = boundCase(3, 4, 2);
    const x = given(bound, 1, 2, 3, 4, 8, 7, 6, 5, 9, 11, 10, 12);
    expect(answer(bound, x, { mask: Uint8Array.of(0, 1, 0) })).toEqual({
      values: [0, 0, 8, 7, 0, 0],
      indices: [0, 0, 0, 1, 0, 0],
      judged: [0, 0, 1, 1, 0, 0],
    });
  });

  it("has nothing to say of no rows, and wants its input", () => {
    expect(answer(boundCase(0, 5, 2), given(boundCase(0, 5, 2))).values).toEqual([]);
    expect(() => oracle.truth(boundCase(1, 1, 1), probe("ties"), {})).toThrow("'x' is absent");
    expect(() => select(new Float64Array(2 ** 20 + 1), 1, true)).toThrow("longer");
    const other = { ...probe("ties"), name: "no" };
    expect(() => oracle.inputs(boundCase(1, 1, 1), other, seededRandom("0".repeat(32)))).toThrow("'no'");
  });
});

describe("the inputs of top_k", () => {
  const wide = boundCase(13, 251, 8);

  it.each(PROBES.map(({ name }) => name))("are equal for equal seeds and others for another seed: %s", (name) => {
    expect(drawn(wide, name)).toEqual(drawn(wide, name));
    expect(drawn(wide, name)).not.toEqual(drawn(wide, name, 2));
    expect(drawn(wide, name).flat().some(Number.isNaN)).toBe(false);
  });

  it("of `ties` have ties among the chosen and at the last place, and rows of one value", () => {
    const rows = drawn(wide, "ties");
    const chosen = rows.map((row) => naive(row, 9, true).values);
    expect(chosen.every((values) => new Set(values).size < 9)).toBe(true);
    expect(chosen.filter((values) => values[7] === values[8]).length).toBeGreaterThan(6);
    expect(rows.filter((row) => new Set(row).size === 1).length).toBeGreaterThan(1);
  });

  it.each(["float32", "float16"] as const)(
    "of `distinct` differ, in pairs of neighbours among the numbers of %s",
    (T) => {
      for (const row of drawn(boundCase(3, 4096, 8, true, T), "distinct")) {
        expect(new Set(row).size).toBe(4096);
        expect(row.some((value) => value < 0) && row.some((value) => value > 0)).toBe(true);
        const sorted = Float64Array.from(row).sort();
        const close = [...sorted.subarray(1)].filter((value, i) => {
          const before = sorted[i] ?? 0;
          return Math.abs(value - before) <= Math.abs(value) * (T === "float16" ? 2 ** -9 : 2 ** -22);
        });
        expect(close.length).toBeGreaterThan(1500);
      }
    },
  );

  it("of `distinct` reach in float32 from differences that are subnormal to those that are infinite", () => {
    const rows = drawn(boundCase(60, 64, 8), "distinct").map((row) => row.map(Math.abs));
    expect(rows.every((row) => Math.min(...row) >= 2 ** -126 && Math.max(...row) < 2 ** 127)).toBe(true);
    expect(rows.some((row) => Math.max(...row) < 2 ** -121)).toBe(true);
    expect(rows.some((row) => Math.min(...row) >= 2 ** 123)).toBe(true);
  });

  it.each(["float32", "float16"] as const)("of `one_sign` are neighbours among the numbers of %s", (T) => {
    const bits = T === "float16" ? 10 : 23;
    for (const n of [251, 252]) {
      const magnitudes = drawn(boundCase(2, n, 8, true, T), "one_sign").map((row) => row.map(Math.abs));
      for (const row of magnitudes) {
        expect(new Set(row).size).toBe(n);
        expect(Math.max(...row) - Math.min(...row)).toBeLessThanOrEqual((n + 1) * 2 ** (-3 - bits));
      }
    }
  });

  it.each([true, false])("of `sorted_rows` rise towards what is chosen in the first row (largest %s)", (largest) => {
    const [first = [], second = []] = drawn(boundCase(3, 97, 5, largest), "sorted_rows");
    const rising = first.every((value, i) => i === 0 || (largest ? 1 : -1) * (value - (first[i - 1] ?? 0)) > 0);
    const falling = second.every((value, i) => i === 0 || (largest ? 1 : -1) * (value - (second[i - 1] ?? 0)) < 0);
    expect([rising, falling]).toEqual([true, true]);
  });

  it.each([true, false])(
    "of `planted` choose the ends of rows and tiles, in every other row as many of one lane as there are (largest %s)",
    (largest) => {
      const rows = drawn(boundCase(6, 1025, 33, largest), "planted").map((row) => naive(row, 33, largest).indices);
      const atEnds = (indices: readonly number[]): boolean =>
        [0, 1024, 1023, 15, 16, 63, 64, 127, 128].every((at) => indices.includes(at));
      const inOneLane = (indices: readonly number[]): boolean =>
        [4, 8, 32, 64, 128].some((lanes) => {
          const sizes = Array.from({ length: lanes }, (_, lane) => indices.filter((at) => at % lanes === lane).length);
          return Math.max(...sizes) >= Math.min(33, Math.floor(1025 / lanes));
        });
      const [first, second] = [rows.filter((_, row) => row % 2 === 0), rows.filter((_, row) => row % 2 === 1)];
      const [ends, lanes] = first.every(atEnds) ? [first, second] : [second, first];
      expect([ends.every(atEnds), lanes.every(inOneLane)]).toEqual([true, true]);
    },
  );

  it.each([true, false])("of `one_sign` lie on either side of 0, row by row (largest %s)", (largest) => {
    const rows = drawn(boundCase(4, 50, 5, largest), "one_sign");
    const sides = rows.map((row) => [Math.min(...row) > 0, Math.max(...row) < 0]);
    expect(sides.map(([above]) => above)).toEqual(largest ? [false, true, false, true] : [true, false, true, false]);
    expect(sides.every(([above, below]) => above !== below)).toBe(true);
  });

  it("of `specials` leave fewer finite elements than places, and mix zeros of both signs", () => {
    const [first = [], second = []] = drawn(wide, "specials");
    expect(first.filter((value) => value !== -Infinity).length).toBeLessThan(8);
    expect(second.some((value) => Object.is(value, -0)) && second.some((value) => Object.is(value, 0))).toBe(true);
    expect(second.includes(Infinity)).toBe(true);
  });
});
