// Rules of matmul's probes: they hold what they claim to reveal.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type DType, maxFinite, roundTo } from "../../harness/domain/dtype.ts";
import { type BoundCase, bindCase, opSchema } from "../../harness/domain/op.ts";
import { seededRandom } from "../../harness/domain/random.ts";
import { fill, toFloat64 } from "../../harness/domain/tensor.ts";
import { inputsOf, PROBES } from "./inputs.ts";
import { oracle } from "./oracle.ts";

const DTYPES = ["float32", "float16", "bfloat16"] as const;
const op = opSchema.parse(parse(readFileSync(new URL("op.yaml", import.meta.url), "utf8")));

function boundCase(axes: Record<string, number>, T: DType): BoundCase {
  const all = { batch: 1, batch_b: 1, M: 1, N: 1, K: 1, ...axes };
  const attributes = { trans_a: false, trans_b: true };
  return bindCase(op, { name: "test", axes: all, attributes, dtypes: {}, absent: [], tags: [] }, { T }, false);
}

interface Drawn {
  /** [batch, M, K] and [batch_b, N, K]. */
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly y: Float64Array;
  readonly s: Float64Array;
}

function draw(bound: BoundCase, name: string, seed = 1): Drawn {
  const probe = PROBES.find((one) => one.name === name);
  if (probe === undefined) throw new RangeError(`no probe '${name}'`);
  const inputs = inputsOf(bound, probe, seededRandom(seed.toString(16).padStart(32, "7")));
  const { c } = oracle.truth(bound, probe, inputs);
  if (c?.kind !== "real") throw new TypeError("a real truth expected");
  const [a, b] = [inputs["a"], inputs["b"]].map((tensor) => toFloat64(tensor ?? fill("float32", [0], () => 0)));
  return { a: a ?? new Float64Array(), b: b ?? new Float64Array(), y: c.y, s: c.s };
}

function largest(elements: Float64Array): number {
  return elements.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

describe("the probes of matmul", () => {
  it("are six, the exact ones first, one for races", () => {
    expect(PROBES.map(({ lane }) => lane).join("")).toBe("AABBBC");
    expect(PROBES.filter(({ race }) => race).map(({ name }) => name)).toEqual(["normal"]);
  });

  it.each(PROBES.map(({ name }) => name))("are equal for equal seeds and others for another seed: %s", (name) => {
    const bound = boundCase({ batch: 2, M: 9, N: 5, K: 13 }, "float16");
    expect(draw(bound, name)).toEqual(draw(bound, name));
    expect(draw(bound, name, 2).a).not.toEqual(draw(bound, name).a);
  });

  it("refuse a name and a dtype that the op does not have", () => {
    const bound = boundCase({}, "float32");
    const stray = { name: "no_such_probe", lane: "A", reveals: "" } as const;
    expect(() => inputsOf(bound, stray, seededRandom("1".repeat(32)))).toThrow(RangeError);
    const integers = { ...bound, dtypes: { T: "int8" } } as const;
    const [first] = PROBES;
    expect(() => first && inputsOf(integers, first, seededRandom("1".repeat(32)))).toThrow(RangeError);
  });

  const extents = { batch: 2, batch_b: 2, M: 21, N: 19 };
  it.each(DTYPES.flatMap((T) => [1, 2, 255, 4099].map((K) => [T, K] as const)))(
    "keep every sum of lane A exact in float32 and inside the dtype: %s, K = %i",
    (T, K) => {
      for (const name of ["index_coded", "integers"]) {
        const { a, b, y, s } = draw(boundCase({ ...extents, K }, T), name);
        expect([...a, ...b].every(Number.isInteger)).toBe(true);
        expect(a.every((value) => roundTo(value, T) === value)).toBe(true);
        expect(largest(s)).toBeLessThan(2 ** 24);
        expect(largest(y)).toBeLessThanOrEqual(maxFinite(T));
        // Enough different values that an element read in another's place shows.
        expect(new Set(a.map(Math.abs)).size).toBeGreaterThan(name === "index_coded" ? 25 : 2);
      }
    },
  );

  it("read every k of every matrix of b exactly once where K exceeds N in `index_coded`, and fill every column", () => {
    const [N, K] = [extents.N, 101];
    const { b } = draw(boundCase({ ...extents, K }, "float32"), "index_coded");
    const readers = new Int32Array(2 * K);
    const terms = new Int32Array(2 * N);
    b.forEach((weight, i) => {
      const at = Math.floor(i / (N * K)) * K + (i % K);
      readers[at] = (readers[at] ?? 0) + Math.abs(weight);
      const column = Math.floor(i / K);
      terms[column] = (terms[column] ?? 0) + Math.abs(weight);
    });
    expect(new Set(readers)).toEqual(new Set([1]));
    expect([Math.min(...terms), Math.max(...terms)]).toEqual([5, 6]);
  });

  it("leave float16, and TF32 where the dtype is float32, too few bits for lane A", () => {
    const half = draw(boundCase({ ...extents, K: 64 }, "float16"), "integers");
    expect(half.y.filter((value) => Math.abs(value) > 2048).length).toBeGreaterThan(400);
    const single = draw(boundCase({ ...extents, K: 64 }, "float32"), "integers");
    expect(Math.max(largest(single.a), largest(single.b))).toBeGreaterThan(2 ** 11);
    expect(largest(draw(boundCase({ ...extents, K: 16 }, "float32"), "index_coded").a)).toBeGreaterThan(2 ** 19);
  });

  it.each(["float16", "bfloat16"] as const)("hold sums that are ties of %s in `integers`", (T) => {
    const { a, b, y } = draw(boundCase({ M: 64, N: 64, K: 65 }, T), "integers");
    const ties = y.filter((rounded, index) => {
      const [row, column] = [Math.floor(index / 64), index % 64];
      let exact = 0;
      for (let k = 0; k < 65; k += 1) exact += (a[row * 65 + k] ?? 0) * (b[column * 65 + k] ?? 0);
      return exact !== rounded && roundTo(2 * exact - rounded, T) === 2 * exact - rounded;
    });
    expect(ties.length).toBeGreaterThanOrEqual(64);
  });

  it("scale rows and columns from 2^-8 to 2^8 in `normal`, and never overflow", () => {
    for (const T of DTYPES) {
      const { a, y } = draw(boundCase({ M: 60, N: 60, K: 1024 }, T), "normal");
      expect(largest(y)).toBeLessThan(maxFinite(T));
      const rows = Array.from({ length: 60 }, (_, row) => largest(a.subarray(row * 1024, (row + 1) * 1024)));
      expect(Math.max(...rows) / Math.min(...rows)).toBeGreaterThan(2 ** 12);
    }
  });

  it("have terms of one sign in `positive`", () => {
    const { y, s } = draw(boundCase({ ...extents, K: 100 }, "float32"), "positive");
    expect(y).toEqual(s);
  });

  it("sum up to far more than what is left at the end in `cancelling`", () => {
    const K = 128;
    const { a, b, y } = draw(boundCase({ M: 8, N: 8, K }, "float16"), "cancelling");
    y.forEach((value, index) => {
      const [row, column] = [Math.floor(index / 8), index % 8];
      let half = 0;
      for (let k = 0; k < K / 2; k += 1) half += (a[row * K + k] ?? 0) * (b[column * K + k] ?? 0);
      expect(Math.abs(half)).toBeGreaterThan(K / 4);
      expect(Math.abs(value)).toBeLessThan(Math.abs(half) / 50);
    });
  });

  it.each(DTYPES)("hold NaN, both infinities, zeros, the largest and tiny numbers of %s in `special`", (T) => {
    const { a, b, y } = draw(boundCase({ M: 24, N: 16, K: 12 }, T), "special");
    const tiny = T === "bfloat16" ? 2 ** -120 : T === "float16" ? 2 ** -14 : 2 ** -126;
    const has = (elements: Float64Array, holds: (value: number) => boolean): boolean => elements.some(holds);
    for (const elements of [a, b, y]) expect(has(elements, Number.isNaN)).toBe(true);
    expect(has(a, (value) => value === Number.POSITIVE_INFINITY)).toBe(true);
    expect(has(y, (value) => value === Number.POSITIVE_INFINITY) && has(y, (value) => value < -maxFinite(T))).toBe(
      true,
    );
    expect(has(a, (value) => Object.is(value, -0)) && has(a, (value) => Math.abs(value) === maxFinite(T))).toBe(true);
    expect(has(a, (value) => value !== 0 && Math.abs(value) < tiny)).toBe(true);
    expect(has(y, (value) => value !== 0 && Math.abs(value) < tiny)).toBe(true);
    // The rest is ordinary: most of the output is finite.
    expect(y.filter(Number.isFinite).length).toBeGreaterThan(y.length / 3);
  });

  it.each(["float32", "float16"] as const)("hold normal numbers whose halves are subnormal in %s in `special`", (T) => {
    const least = 2 ** (T === "float16" ? -14 : -126);
    const seeds = [1, 2, 3, 4, 5, 6, 7, 8];
    const small = seeds.flatMap((seed) => {
      const { a } = draw(boundCase({ M: 33, N: 3, K: 5 }, T), "special", seed);
      return [...a].map(Math.abs).filter((value) => value >= least && value < 2 ** 9 * least && value < 2 ** -12);
    });
    expect(small.some((value) => value / 2 < least)).toBe(true);
    // What the first 8 bits leave of a float32 is subnormal, and three bfloat16 still hold it.
    const steps = small.map((value) => value / 2 ** -133);
    if (T === "float32") expect(steps.some((step) => step > 2 ** 13)).toBe(true);
    if (T === "float32") expect(steps.every(Number.isInteger)).toBe(true);
  });

  it("hold a column of zeros and one of tiny numbers in b in `special`", () => {
    const K = 40;
    const { b } = draw(boundCase({ M: 10, N: 16, K }, "float16"), "special");
    const columns = Array.from({ length: 16 }, (_, column) => b.subarray(column * K, (column + 1) * K));
    const ordinary = (column: Float64Array): Float64Array => column.filter(Number.isFinite);
    expect(columns.filter((column) => ordinary(column).every((value) => value === 0)).length).toBe(1);
    const tiny = (value: number): boolean => value !== 0 && Math.abs(value) < 2 ** -14;
    expect(columns.filter((column) => ordinary(column).every(tiny)).length).toBe(1);
  });

  it("hold whole tiles of zeros of a and of b against NaN and infinities in `special`", () => {
    const K = 16;
    const { a, b, y } = draw(boundCase({ M: 48, N: 48, K }, "float16"), "special");
    const ordinary = (tile: Float64Array): Float64Array => tile.filter(Number.isFinite);
    expect(new Set([...a.subarray(16 * K, 32 * K), ...ordinary(b.subarray(16 * K, 32 * K))].map(Math.abs))).toEqual(
      new Set([0]),
    );
    expect(
      y.filter((value, index) => index % 48 > 15 && index % 48 < 32 && Number.isNaN(value)).length,
    ).toBeGreaterThan(16);
  });

  it.each(["float16", "bfloat16"] as const)(
    "hold sums of %s below and above the middle between the largest number and the next power of two in `special`",
    (T) => {
      const K = 31;
      const { a, b, y } = draw(boundCase({ M: 30, N: 64, K }, T), "special");
      const most = maxFinite(T);
      const step = most / (T === "float16" ? 2047 : 255);
      const sums = Array.from(y, (rounded, index) => {
        const [row, column] = [Math.floor(index / 64), index % 64];
        let exact = 0;
        for (let k = 0; k < K; k += 1) exact += (a[row * K + k] ?? 0) * (b[column * K + k] ?? 0);
        return { excess: (Math.abs(exact) - most) / step, rounded: Math.abs(rounded) };
      });
      const of = (low: number, high: number): readonly number[] =>
        sums.filter(({ excess }) => excess > low && excess < high).map(({ rounded }) => rounded);
      expect(new Set(of(0, 0.5))).toEqual(new Set([most]));
      expect(new Set(of(0.5, 1))).toEqual(new Set([Number.POSITIVE_INFINITY]));
    },
  );

  it.each(DTYPES)("never add an infinity of b and a product of %s beyond float32 in `special`", (T) => {
    const K = 9;
    for (let seed = 1; seed <= 20; seed += 1) {
      const { a, b, y } = draw(boundCase({ M: 40, N: 4, K }, T), "special", seed);
      y.forEach((value, index) => {
        const [row, column] = [Math.floor(index / 4), index % 4];
        let sum = 0;
        for (let k = 0; k < K; k += 1)
          sum = Math.fround(sum + Math.fround((a[row * K + k] ?? 0) * (b[column * K + k] ?? 0)));
        expect(Number.isNaN(sum)).toBe(Number.isNaN(value));
      });
    }
  });

  it.each(DTYPES)("hold small numbers of %s that count beside a large one where b is 0 in `special`", (T) => {
    const K = 31;
    const { a, y } = draw(boundCase({ M: 33, N: 64, K }, T), "special");
    const large = T === "float16" ? 2 ** 14 : 2 ** 20;
    const rows = Array.from({ length: 33 }, (_, row) => row).filter((row) => {
      const elements = a.subarray(row * K, (row + 1) * K);
      return elements.includes(large) && elements.some((value) => value !== 0 && Math.abs(value) < large * 2 ** -24);
    });
    expect(rows).toHaveLength(3);
    for (const row of rows) {
      const outputs = y.subarray(row * 64, (row + 1) * 64);
      expect(outputs.some((value) => value !== 0 && Math.abs(value) < large * 2 ** -16)).toBe(true);
    }
  });

  it("meet one row and one column, the shared and the own b in either storage, and no terms, in every dtype", () => {
    const everywhere = op.cases.filter(({ dtypes, tags }) => dtypes["T"] === undefined && !tags.includes("bench"));
    const names = everywhere.map(({ name }) => name);
    const shapes = ["one_row_b_as_is", "one_column_a_as_is", "shared_b_transposed", "batched_a_transposed"];
    expect(names).toEqual(expect.arrayContaining([...shapes, "empty_sum_k_0"]));
    const most = (size: (axes: Readonly<Record<string, number>>) => number): number =>
      Math.max(...everywhere.map(({ axes }) => size(axes)));
    expect(most(({ M = 0, N = 0 }) => M * N)).toBeGreaterThan(2 ** 16);
    expect(most(({ batch_b = 0 }) => batch_b)).toBeGreaterThan(32);
    // A path for one row or one column has the far end of K.
    for (const axis of ["M", "N"]) expect(most((axes) => (axes[axis] === 1 ? (axes["K"] ?? 0) : 0))).toBe(16_384);
    for (const axis of ["M", "N", "K"]) expect(most((axes) => axes[axis] ?? 0)).toBe(op.axes[axis]?.max);
  });

  it("fit every published case in the dtypes and shapes that it asks for", () => {
    for (const one of op.cases.filter(({ tags }) => !tags.includes("bench"))) {
      for (const T of op.dtypes["T"] ?? []) {
        const bound = bindCase(op, one, { T }, false);
        for (const probe of PROBES) {
          const inputs = inputsOf(bound, probe, seededRandom("3".repeat(32)));
          for (const { name, dtype, shape } of bound.inputs) expect(inputs[name]).toMatchObject({ dtype, shape });
        }
      }
    }
  });
});
