// Rules of what lane C of rms_norm holds, and of the cases that reach paths of their own.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type DType, floatFormat, maxFinite } from "../../harness/domain/dtype.ts";
import { type BoundCase, bindCase, opSchema } from "../../harness/domain/op.ts";
import { seededRandom } from "../../harness/domain/random.ts";
import { toFloat64 } from "../../harness/domain/tensor.ts";
import { oracle } from "./oracle.ts";

const SEED = "00112233445566778899aabbccddeeff";
const DTYPES = ["float32", "float16", "bfloat16"] as const;
const op = opSchema.parse(parse(readFileSync(new URL("op.yaml", import.meta.url), "utf8")));

interface Drawn {
  readonly gamma: readonly number[];
  readonly rows: readonly { readonly row: readonly number[]; readonly out: readonly number[] }[];
}

/** A regime of lane C, in rows of 8 unless said otherwise. */
function drawn(T: DType, count: number, name = "specials", D = 8): Drawn {
  const one = {
    name: "test",
    axes: { rows: count, D },
    attributes: { eps: 1e-6 },
    dtypes: {},
    absent: [],
    tags: [],
  };
  const bound: BoundCase = bindCase(op, one, { T }, false);
  const probe = oracle.probes(bound).find((made) => made.name === name);
  if (probe === undefined) throw new RangeError(`no probe '${name}'`);
  const inputs = oracle.inputs(bound, probe, seededRandom(SEED));
  const { y } = oracle.truth(bound, probe, inputs);
  const { x, gamma } = inputs;
  if (y?.kind !== "real" || x === undefined || gamma === undefined) throw new TypeError("x, gamma and y expected");
  const rows = Array.from({ length: count }, (_, row) => ({
    row: [...toFloat64(x).subarray(row * D, row * D + D)],
    out: [...y.y.subarray(row * D, row * D + D)],
  }));
  return { gamma: [...toFloat64(gamma)], rows };
}

/** Names of the published cases in every dtype that hold. */
function everywhere(holds: (axes: Readonly<Record<string, number>>) => boolean): string[] {
  const all = op.cases.filter(({ dtypes, tags }) => dtypes["T"] === undefined && !tags.includes("bench"));
  return all.filter(({ axes }) => holds(axes)).map(({ name }) => name);
}

describe("lane C of rms_norm", () => {
  it.each(DTYPES)("enumerates the special values: %s", (T) => {
    const [zeros, minus, nan, infinite, small, large] = drawn(T, 6).rows;
    expect(zeros?.out.every((value) => value === 0) && minus?.row.every((value) => Object.is(value, -0))).toBe(true);
    expect(nan?.out.every(Number.isNaN)).toBe(true);
    expect(infinite?.out.map((value) => value || 0).filter((value) => value !== 0)).toEqual([]);
    expect(infinite?.out.filter(Number.isNaN)).toHaveLength(1);
    // Inputs are subnormal and outputs normal, but where the gain is 0 or tiny; the largest squares are still float32 numbers.
    for (const value of small?.row ?? []) expect(Math.abs(value)).toBeLessThan(2 ** (T === "float16" ? -14 : -125));
    for (const [feature, value] of (small?.out ?? []).entries())
      expect(Math.abs(value) > 2 ** (T === "float16" ? -14 : -126)).toBe(feature !== 1 && feature !== 2);
    const squares = (large?.row ?? []).reduce((sum, value) => sum + value ** 2, 0);
    expect(squares / 8).toBeLessThan(3.4e38 / 16384);
    expect(large?.out[1]).toBeCloseTo(0, 12);
  });

  it.each(DTYPES)("holds gains that a shorter range loses: %s", (T) => {
    const [, zero, tiny = 0, large] = drawn(T, 6).gamma;
    expect(zero).toBe(0);
    // Subnormal in float16, in other dtypes beyond what float16 holds.
    expect(tiny).toBeGreaterThan(0);
    expect(tiny).toBeLessThan(T === "float16" ? 2 ** -14 : 2 ** -24);
    expect(large).toBe(T === "float16" ? maxFinite(T) : 2 ** 60);
  });

  it.each(DTYPES)("holds a zero in a row with NaN, and zeros among others: %s", (T) => {
    const { rows } = drawn(T, 9);
    expect(rows[2]?.row).toContain(0);
    const mixed = rows[T === "float16" ? 8 : 6]?.row ?? [];
    expect(mixed.map((value) => value === 0)).toEqual([1, 0, 1, 1, 0, 1, 1, 0].map((other) => other === 0));
  });

  it.each(["float32", "bfloat16"] as const)(
    "holds numbers that are subnormal before their gain makes them normal: %s",
    (T) => {
      const { gamma, rows } = drawn(T, 8);
      const { row, out } = rows[7] ?? { row: [], out: [] };
      expect(Math.abs((out[3] ?? 0) / (gamma[3] ?? 1))).toBeLessThan(2 ** -126);
      expect(Math.abs(out[3] ?? 0)).toBeGreaterThan(2 ** -100);
      expect(row[0]).toBe(4);
    },
  );

  it("holds no long row of equal terms whose sum rounds", () => {
    const large = drawn("float16", 6, "specials", 64).rows[5]?.row ?? [];
    expect(new Set(large.map(Math.abs)).size).toBeGreaterThan(50);
  });

  it.each(DTYPES)("holds subnormal results, overflows and gains that are no finite number in `range`: %s", (T) => {
    const { precision, minExponent } = floatFormat(T) ?? { precision: 0, minExponent: 0 };
    const { rows } = drawn(T, 4, "range", 17);
    const sizes = rows.flatMap(({ out }) => out.map(Math.abs));
    expect(sizes.some((size) => size > 2 ** (minExponent - precision + 1) && size < 2 ** minExponent)).toBe(true);
    expect(sizes.some((size) => Number.isFinite(size) && size > maxFinite(T) * (1 + 2 ** -precision))).toBe(true);
    const { gamma } = drawn(T, 1, "range", 5);
    expect(gamma.map(Math.abs).slice(3)).toEqual([Number.POSITIVE_INFINITY, Number.NaN]);
  });

  it("holds outputs of float16 below and above the middle between the largest number and the next power of two", () => {
    const { rows } = drawn("float16", 8);
    const [below = 0, above = 0] = [rows[6]?.out[3], rows[7]?.out[3]];
    expect(below > 65_504 && below < 65_520).toBe(true);
    expect(above > 65_520 && above < 65_536).toBe(true);
  });
});

describe("the cases of rms_norm", () => {
  it("meet every extent at its largest once in every dtype", () => {
    expect(everywhere(({ rows }) => rows === op.axes["rows"]?.max)).not.toEqual([]);
    expect(everywhere(({ D }) => D === op.axes["D"]?.max)).not.toEqual([]);
  });

  it("have more rows than one wave of blocks that are long enough to be split, in half packs, in every dtype", () => {
    expect(everywhere(({ rows = 0, D = 0 }) => rows > 132 && D > 1024 && D % 8 === 4)).not.toEqual([]);
  });

  it("have short rows that do not fill packs and long rows without a tail in every dtype", () => {
    expect(everywhere(({ rows = 0, D = 0 }) => rows % 4 === 3 && D === 32)).not.toEqual([]);
    expect(everywhere(({ D = 0 }) => D >= 1024 && D < 4096 && D % 256 === 0)).not.toEqual([]);
  });

  it("have more than one long row, a second wave of rows and a small eps in every dtype", () => {
    expect(everywhere(({ rows = 0, D = 0 }) => rows > 1 && D > 4096)).not.toEqual([]);
    expect(everywhere(({ rows = 0 }) => rows > 256)).not.toEqual([]);
    expect(op.cases.find(({ name }) => name === "small_eps")?.attributes).toEqual({ eps: 1e-8 });
    expect(everywhere(() => true)).toContain("small_eps");
  });
});
