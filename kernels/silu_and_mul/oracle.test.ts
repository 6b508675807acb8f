// Rules of silu_and_mul's oracle and of the inputs it judges on.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type DType, maxFinite, roundTo } from "../../harness/domain/dtype.ts";
import { type BoundCase, bindCase, opSchema } from "../../harness/domain/op.ts";
import type { Probe, RealTruth, Tensors } from "../../harness/domain/oracle.ts";
import { seededRandom } from "../../harness/domain/random.ts";
import { fill, toFloat64 } from "../../harness/domain/tensor.ts";
import { type Pair, PROBES, specialPairs } from "./inputs.ts";
import { oracle } from "./oracle.ts";

const SEED = "00112233445566778899aabbccddeeff";
const UNIT = 2 ** -24;
const INFINITY = Number.POSITIVE_INFINITY;
const DTYPES = ["float16", "bfloat16", "float32"] as const;
const op = opSchema.parse(parse(readFileSync(new URL("op.yaml", import.meta.url), "utf8")));

function boundCase(rows: number, D: number, T: DType = "float32"): BoundCase {
  const one = { name: "test", axes: { rows, D }, attributes: {}, dtypes: {}, absent: [], tags: [] };
  return bindCase(op, one, { T }, false);
}

function probe(name: string): Probe {
  const found = PROBES.find((one) => one.name === name);
  if (found === undefined) throw new RangeError(`no probe '${name}'`);
  return found;
}

function drawn(bound: BoundCase, name: string, seed = SEED): Tensors {
  return oracle.inputs(bound, probe(name), seededRandom(seed));
}

function truthOf(bound: BoundCase, inputs: Tensors, name = "normal"): RealTruth {
  const { y } = oracle.truth(bound, probe(name), inputs);
  if (y?.kind !== "real") throw new TypeError("a real truth expected");
  return y;
}

/** The truth of one row of pairs. */
function ofPairs(pairs: readonly Pair[], T: DType = "float32"): RealTruth {
  const size = pairs.length;
  const x = fill(T, [1, 2 * size], (at) => pairs[at % size]?.[at < size ? 0 : 1] ?? 0);
  return truthOf(boundCase(1, size, T), { x });
}

/** Gate and up value of every element of y, row-major. */
function pairsOf({ x }: Tensors): Pair[] {
  if (x === undefined) throw new RangeError("no 'x'");
  const [rows = 0, columns = 0] = x.shape;
  const values = toFloat64(x);
  const size = columns / 2;
  return Array.from({ length: rows * size }, (_, at): Pair => {
    const base = Math.floor(at / size) * columns + (at % size);
    return [values[base] ?? 0, values[base + size] ?? 0];
  });
}

/** Error that a class without casts may have beside the rounding to T, in units of u. */
function allowed({ s, k, ds }: RealTruth, at: number): number {
  return (2 * UNIT * Math.sqrt(k[at] ?? 0) * (s[at] ?? 0) + 2 * (ds[at] ?? 0) * (s[at] ?? 0)) / UNIT;
}

describe("the truth of silu_and_mul", () => {
  it("is gate / 2 times up near 0, gate times up far above and 0 far below", () => {
    const { y } = ofPairs([
      [0, 3],
      [Math.log(3), 2],
      [64, -1.5],
      [-1000, 7],
    ]);
    expect([...y]).toEqual([0, expect.closeTo(0.75 * Math.log(3) * 2, 6), -96, -0]);
  });

  it("equals x (1 + tanh(x / 2)) / 2 times up, another form of the same", () => {
    const bound = boundCase(7, 11);
    const inputs = drawn(bound, "normal");
    const { y } = truthOf(bound, inputs);
    pairsOf(inputs).forEach(([gate, up], at) => {
      const expected = 0.5 * gate * (1 + Math.tanh(gate / 2)) * up;
      expect(Math.abs((y[at] ?? Number.NaN) - expected)).toBeLessThan(1e-15 * Math.max(1, Math.abs(gate * up)));
    });
  });

  it("obeys silu(x) - silu(-x) = x, and is linear in up", () => {
    const finite = fc.float({ min: -600, max: 600, noNaN: true });
    fc.assert(
      fc.property(finite, finite, (gate, up) => {
        const y = [1, -1].flatMap((sign) => [...ofPairs([[sign * gate, 1]]).y]).concat(...ofPairs([[gate, up]]).y);
        expect((y[0] ?? 0) - (y[1] ?? 0)).toBeCloseTo(gate, 10);
        expect(y[2]).toBeCloseTo((y[0] ?? 0) * up, 8);
      }),
    );
  });

  it("reads up values behind all gates of a row", () => {
    const bound = boundCase(2, 3);
    const x = fill("float32", [2, 6], (at) => (at % 6 < 3 ? 100 : 1 + at));
    expect([...truthOf(bound, { x }).y]).toEqual([400, 500, 600, 1000, 1100, 1200]);
  });

  it("has no error scale where the result is 0, NaN or an infinity", () => {
    const truth = ofPairs([
      [0, 5],
      [3, 0],
      [INFINITY, -1],
      [INFINITY, 0],
      [Number.NaN, 1],
    ]);
    expect([...truth.y]).toEqual([0, 0, -INFINITY, Number.NaN, Number.NaN]);
    for (const scale of [truth.s, truth.q, truth.ds]) expect([...scale]).toEqual([0, 0, 0, 0, 0]);
  });

  it("allows 12 u for an open gate, and 4 u |x| more for one whose result is an exponential", () => {
    const truth = ofPairs([
      [50, 2],
      [-50, 2],
    ]);
    expect(allowed(truth, 0) / Math.abs(truth.y[0] ?? 0)).toBeCloseTo(12, 10);
    expect(allowed(truth, 1) / Math.abs(truth.y[1] ?? 0)).toBeCloseTo(2 * Math.hypot(6, 100), 8);
  });

  it("allows a sigmoid below 2^-126 to be lost, and no larger one", () => {
    const truth = ofPairs([
      [-87, 1],
      [-88, 1],
      [-3e38, 1],
    ]);
    expect(truth.ds[0]).toBe(0);
    expect(allowed(truth, 1) * UNIT).toBeGreaterThan(88 * 2 ** -126);
    expect(allowed(truth, 1) * UNIT).toBeLessThan(88 * 2 ** -123);
    expect([truth.y[2], truth.s[2]]).toEqual([-0, 0]);
  });

  it("keeps an absolute error where an intermediate is subnormal in float32", () => {
    const truth = ofPairs([[2 ** -140, 2 ** 20]]);
    expect(allowed(truth, 0) * UNIT).toBeCloseTo(6 * 2 ** -149 * 2 ** 20, 50);
  });

  it("counts silu in q as the smallest normal number of T at least", () => {
    expect(ofPairs([[-14, 2]], "float16").q[0]).toBe(2 ** -13);
    const { q, y } = ofPairs([[-14, 2]], "bfloat16");
    expect(q[0]).toBeCloseTo(Math.abs(y[0] ?? 0), 20);
  });

  it("evaluates only the rows of a sample, and says which", () => {
    const bound = boundCase(4, 3);
    const inputs = drawn(bound, "normal");
    const { y } = oracle.truth(bound, probe("normal"), inputs, { mask: Uint8Array.of(0, 0, 1, 0) });
    if (y?.kind !== "real") throw new TypeError("a real truth expected");
    expect([...(y.judged ?? [])]).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0]);
    expect(y.y.subarray(6, 9)).toEqual(truthOf(bound, inputs).y.subarray(6, 9));
    expect(y.y[0]).toBe(0);
  });

  it("needs x, and knows no other probes", () => {
    const bound = boundCase(1, 2);
    expect(() => oracle.truth(bound, probe("normal"), {})).toThrow("silu_and_mul needs 'x'");
    const stranger: Probe = { name: "uniform", lane: "A", reveals: "nothing" };
    expect(() => oracle.inputs(bound, stranger, seededRandom(SEED))).toThrow("no probe 'uniform'");
  });
});

describe("the inputs of silu_and_mul", () => {
  const wide = boundCase(16, 67);

  it.each(PROBES.map(({ name }) => name))("are equal for equal seeds and others for another seed: %s", (name) => {
    expect(drawn(wide, name)).toEqual(drawn(wide, name));
    expect(drawn(wide, name)).not.toEqual(drawn(wide, name, "00112233445566778899aabbccddeefe"));
  });

  it.each(DTYPES)("make results of `open_and_closed` exact in %s, whatever float32 order", (T) => {
    const bound = boundCase(16, 67, T);
    const inputs = drawn(bound, "open_and_closed");
    const truth = truthOf(bound, inputs, "open_and_closed");
    expect(truth.ulps).toBe(T === "float32" ? undefined : 0.5);
    const pairs = pairsOf(inputs);
    pairs.forEach(([gate, up], at) => {
      // The sigmoid rounds to 1 or the result to 0.
      const expected = gate > 0 ? gate * up : 0;
      expect(roundTo(expected, T)).toBe(expected);
      expect(Math.abs((truth.y[at] ?? Number.NaN) - expected)).toBeLessThanOrEqual(1e-13 * Math.abs(expected) + 1e-100);
    });
    const closed = pairs.filter(([gate]) => gate < 0).length;
    expect(closed).toBeGreaterThan(64);
    expect(new Set(pairs.map(([gate]) => gate)).size).toBeGreaterThan(100);
  });

  it("spread scales from 2^-8 to 2^8 in `normal` and stay finite in float16", () => {
    const bound = boundCase(200, 31, "float16");
    const { y } = truthOf(bound, drawn(bound, "normal"));
    const magnitudes = [...y].map(Math.abs);
    expect(Math.max(...magnitudes)).toBeLessThan(maxFinite("float16"));
    expect(Math.max(...magnitudes)).toBeGreaterThan(2 ** 8);
    expect(magnitudes.filter((value) => value < 2 ** -10).length).toBeGreaterThan(64);
  });

  it("reach down to the last results of T in `negative_gates`", () => {
    for (const [T, lowest] of [
      ["float16", -16],
      ["bfloat16", -80],
      ["float32", -80],
    ] as const) {
      const gates = pairsOf(drawn(boundCase(16, 67, T), "negative_gates")).map(([gate]) => gate);
      expect(Math.max(...gates)).toBeLessThanOrEqual(0);
      expect(Math.min(...gates)).toBeGreaterThanOrEqual(lowest);
      expect(Math.min(...gates)).toBeLessThan(0.98 * lowest);
    }
  });

  it.each(DTYPES)("overflow float32's exp on both sides in `beyond_exp` of %s", (T) => {
    const gates = pairsOf(drawn(boundCase(16, 67, T), "beyond_exp")).map(([gate]) => gate);
    for (const sign of [1, -1]) {
      const beyond = gates.filter((gate) => Math.fround(Math.exp(sign * gate)) === INFINITY);
      expect(beyond.length).toBeGreaterThan(64);
    }
    // float32: a division of two ULP would turn the largest number into an infinity.
    const largest = T === "float32" ? 2 ** 127 : maxFinite(T);
    expect(gates).toEqual(expect.arrayContaining([largest, -largest]));
  });

  it.each(DTYPES)("hold the whole table in `special` of %s, and nothing that depends on the order", (T) => {
    const table = specialPairs(T);
    const text = (pairs: readonly Pair[]): string[] => pairs.map(([gate, up]) => `${gate} ${up}`);
    const seen = new Set(text(pairsOf(drawn(boundCase(16, 67, T), "special"))));
    for (const pair of text(table)) expect(seen).toContain(pair);
    for (const [gate, up] of table) {
      expect(gate).not.toBe(-INFINITY);
      // silu first, or the up value first, in float32.
      const sigmoid = Math.fround(1 / (1 + Math.exp(-gate)));
      const one = Math.fround(gate * sigmoid) * up;
      const other = gate * Math.fround(sigmoid * up);
      expect([Number.isNaN(one), Math.abs(one) === INFINITY]).toEqual([
        Number.isNaN(other),
        Math.abs(other) === INFINITY,
      ]);
    }
  });

  it("fit every published case in every dtype", () => {
    for (const one of op.cases.filter(({ tags }) => !tags.includes("bench"))) {
      for (const T of op.dtypes["T"] ?? []) {
        const bound = bindCase(op, one, { T }, false);
        for (const { name } of PROBES)
          expect(drawn(bound, name)["x"]).toMatchObject({ dtype: T, shape: bound.inputs[0]?.shape });
      }
    }
  });
});
