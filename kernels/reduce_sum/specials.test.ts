// Rules of what lane C of reduce_sum holds, and of the cases that reach paths of their own.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type DType, maxFinite } from "../../harness/domain/dtype.ts";
import { type BoundCase, bindCase, opSchema } from "../../harness/domain/op.ts";
import { seededRandom } from "../../harness/domain/random.ts";
import { toFloat64 } from "../../harness/domain/tensor.ts";
import { oracle } from "./oracle.ts";

const SEED = "00112233445566778899aabbccddeeff";
const DTYPES = ["float32", "float16", "bfloat16"] as const;
const op = opSchema.parse(parse(readFileSync(new URL("op.yaml", import.meta.url), "utf8")));

interface Output {
  readonly terms: readonly number[];
  readonly sum: number;
}

/** The first outputs of `specials`, of 8 terms each. */
function drawn(T: DType, count: number, seed = SEED): Output[] {
  const one = {
    name: "test",
    axes: { outer: count, K: 8, inner: 1 },
    attributes: {},
    dtypes: {},
    absent: [],
    tags: [],
  };
  const bound: BoundCase = bindCase(op, one, { T }, false);
  const probe = oracle.probes(bound).find(({ name }) => name === "specials");
  if (probe === undefined) throw new RangeError("no probe 'specials'");
  const inputs = oracle.inputs(bound, probe, seededRandom(seed));
  const { y } = oracle.truth(bound, probe, inputs);
  const { x } = inputs;
  if (y?.kind !== "real" || x === undefined) throw new TypeError("x and y expected");
  const elements = toFloat64(x);
  return Array.from(y.y, (sum, index) => ({ terms: [...elements.subarray(index * 8, index * 8 + 8)], sum }));
}

/** Names of the published cases in every dtype that hold. */
function everywhere(holds: (axes: Readonly<Record<string, number>>) => boolean): string[] {
  const all = op.cases.filter(({ dtypes, tags }) => dtypes["T"] === undefined && !tags.includes("bench"));
  return all.filter(({ axes }) => holds(axes)).map(({ name }) => name);
}

describe("lane C of reduce_sum", () => {
  it.each(DTYPES)("enumerates the special values, over and over: %s", (T) => {
    const all = drawn(T, 28);
    const largest = maxFinite(T);
    for (const start of [0, 14]) {
      const [zero, minus, up, down, both, nan, , top, bottom, over, none] = all.slice(start).map(({ sum }) => sum);
      expect([zero, minus, none]).toEqual([0, 0, 0]);
      expect([up, down, both, nan]).toEqual([Infinity, -Infinity, Number.NaN, Number.NaN]);
      expect([top, bottom, over]).toEqual([largest, -largest, 2 * largest]);
    }
    expect(all[1]?.terms.every((value) => Object.is(value, -0))).toBe(true);
    const least = 2 ** (T === "float16" ? -14 : -126);
    expect(all[6]?.terms.filter((value) => value !== 0 && Math.abs(value) < least).length).toBeGreaterThan(4);
  });

  it.each(["float16", "bfloat16"] as const)(
    "holds sums of %s below and above the middle between the largest number and the next power of two",
    (T) => {
      const [, , , , , , , , , , , below, above] = drawn(T, 14).map(({ sum }) => sum / maxFinite(T) - 1);
      const half = 0.5 / (T === "float16" ? 2047 : 255);
      expect([below, above]).toEqual([0.75 * half, 1.5 * half].map((excess) => expect.closeTo(excess, 9)));
    },
  );

  it.each(DTYPES)("holds normal numbers whose sum is subnormal: %s", (T) => {
    const least = 2 ** (T === "float16" ? -14 : -126);
    const { terms = [], sum } = drawn(T, 14)[13] ?? {};
    expect(terms.filter((term) => term !== 0).every((term) => Math.abs(term) >= least)).toBe(true);
    expect(sum).toBe(least / 2);
  });
});

describe("what lane C of reduce_sum leaves to chance", () => {
  const seeds = Array.from({ length: 80 }, (_, seed) => seed.toString(16).padStart(32, "0"));

  it("is the kind of few outputs: one alone is NaN, an infinity, the largest number", () => {
    const sums = seeds.map((seed) => drawn("float32", 1, seed)[0]?.sum);
    expect(sums).toEqual(expect.arrayContaining([Number.NaN, Infinity, -Infinity, maxFinite("float32"), 0]));
  });

  it("is the place of two infinities: either may come first, at any distance", () => {
    const places = seeds.map((seed) => {
      const { terms = [] } = drawn("float32", 14, seed)[4] ?? {};
      return terms.indexOf(Infinity) - terms.indexOf(-Infinity);
    });
    expect(new Set(places)).toEqual(
      new Set([...Array(15).keys()].map((place) => place - 7).filter((one) => one !== 0)),
    );
  });
});

describe("the cases of reduce_sum", () => {
  it("have empty rows, long sums of one output and of few columns, many outputs and the most of every axis, in every dtype", () => {
    expect(everywhere(({ K, inner }) => K === 0 && inner === 1)).not.toEqual([]);
    expect(everywhere(({ outer = 0, K = 0, inner = 0 }) => outer * inner === 1 && K > 2 * 8192)).not.toEqual([]);
    expect(everywhere(({ K = 0, inner = 0 }) => K > 8192 && inner > 1 && inner < 4)).not.toEqual([]);
    expect(everywhere(({ K = 0, inner = 0 }) => K > 32_768 && inner > 1 && inner < 4)).not.toEqual([]);
    // Rows of every power of two below a warp.
    for (const most of [4, 8, 16, 32])
      expect(
        everywhere(({ outer = 0, K = 0, inner }) => inner === 1 && outer > 1 && K > most / 2 && K <= most),
      ).not.toEqual([]);
    expect(everywhere(({ outer = 0, inner = 0 }) => outer * inner > 2 ** 16)).not.toEqual([]);
    for (const [axis, { max }] of Object.entries(op.axes))
      expect(everywhere((axes) => axes[axis] === max)).not.toEqual([]);
  });
});
