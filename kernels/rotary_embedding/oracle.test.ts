// Rules of rotary_embedding's oracle and of the inputs it judges on.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type DType, roundTo } from "../../harness/domain/dtype.ts";
import { type AttributeValue, type BoundCase, bindCase, opSchema } from "../../harness/domain/op.ts";
import type { Probe, RealTruth, Tensors } from "../../harness/domain/oracle.ts";
import { seededRandom } from "../../harness/domain/random.ts";
import { fill, toFloat64 } from "../../harness/domain/tensor.ts";
import { extentsOf, PROBES } from "./inputs.ts";
import { oracle } from "./oracle.ts";

const SEED = "00112233445566778899aabbccddeeff";
const UNIT = 2 ** -24;
const DTYPES = ["float16", "bfloat16", "float32"] as const;
const op = opSchema.parse(parse(readFileSync(new URL("op.yaml", import.meta.url), "utf8")));

/** A case; axes that are not named are 1, D is 4. */
function boundCase(
  axes: Record<string, number>,
  attributes: Record<string, AttributeValue> = {},
  T: DType = "float32",
): BoundCase {
  const all = { B: 1, S: 1, H: 1, D: 4, P: 1, ...axes };
  return bindCase(op, { name: "test", axes: all, attributes, dtypes: {}, absent: [], tags: [] }, { T }, false);
}

function probe(name: string): Probe {
  const found = PROBES.find((one) => one.name === name);
  if (found === undefined) throw new RangeError(`no probe '${name}'`);
  return found;
}

function drawn(bound: BoundCase, name: string, seed = SEED): Tensors {
  return oracle.inputs(bound, probe(name), seededRandom(seed));
}

function truthOf(bound: BoundCase, inputs: Tensors, name = "angles"): RealTruth {
  const { y } = oracle.truth(bound, probe(name), inputs);
  if (y?.kind !== "real") throw new TypeError("a real truth expected");
  return y;
}

function values(inputs: Tensors, name: string): Float64Array {
  const tensor = inputs[name];
  if (tensor === undefined) throw new RangeError(`no '${name}'`);
  return toFloat64(tensor);
}

/** One head of four features at position 1 of a cache whose row 0 turns by 0; row 1 is given. */
function oneHead(features: readonly number[], cosines: readonly number[], sines: readonly number[]): Tensors {
  const pairs = cosines.length;
  const row = (first: number, given: readonly number[]) => (at: number) =>
    at < pairs ? first : (given[at - pairs] ?? 0);
  return {
    x: fill("float32", [1, 1, 1, features.length], (at) => features[at] ?? 0),
    cos_cache: fill("float32", [2, pairs], row(1, cosines)),
    sin_cache: fill("float32", [2, pairs], row(0, sines)),
    position_ids: fill("int64", [1, 1], () => 1),
  };
}

/** The definition of the ONNX operator: a matrix product for each pair, read feature by feature. */
function naive(bound: BoundCase, inputs: Tensors): number[] {
  const { heads, size, pairs, interleaved } = extentsOf(bound);
  const [x, cos, sin, ids] = ["x", "cos_cache", "sin_cache", "position_ids"].map((name) => values(inputs, name));
  return Array.from(x ?? [], (value, at) => {
    const d = at % size;
    if (d >= 2 * pairs) return value;
    const pair = interleaved ? Math.floor(d / 2) : d % pairs;
    const second = interleaved ? d % 2 === 1 : d >= pairs;
    const partner = x?.[at + (second ? -1 : 1) * (interleaved ? 1 : pairs)] ?? Number.NaN;
    const angle = (ids?.[Math.floor(at / size / heads)] ?? 0) * pairs + pair;
    return value * (cos?.[angle] ?? 0) + (second ? 1 : -1) * partner * (sin?.[angle] ?? 0);
  });
}

describe("the truth of rotary_embedding", () => {
  it("turns feature i and i + R / 2, or neighbours where they are interleaved", () => {
    const inputs = oneHead([1, 2, 3, 4], [0, 1], [1, 0]);
    // Pair 0 by a right angle, pair 1 not at all.
    expect([...truthOf(boundCase({ P: 2 }), inputs).y]).toEqual([-3, 2, 1, 4]);
    expect([...truthOf(boundCase({ P: 2 }, { interleaved: true }), inputs).y]).toEqual([-2, 1, 3, 4]);
  });

  it("copies the features behind rotary_dim without an error scale", () => {
    const { y, s, q } = truthOf(boundCase({ D: 5, P: 2 }, { rotary_dim: 2 }), oneHead([1, 2, 3, 4, 0.1], [0.6], [0.8]));
    const [cosine, sine, rest] = [0.6, 0.8, 0.1].map(Math.fround);
    expect([...y.subarray(2)]).toEqual([3, 4, rest]);
    expect([y[0], y[1]]).toEqual([(cosine ?? 0) - 2 * (sine ?? 0), (sine ?? 0) + 2 * (cosine ?? 0)]);
    for (const scale of [s, q]) expect([...scale.subarray(2)]).toEqual([0, 0, 0]);
  });

  it.each([
    ["halves", { B: 2, S: 3, H: 2, D: 6, P: 11 }, {}],
    ["interleaved", { B: 2, S: 3, H: 2, D: 6, P: 11 }, { interleaved: true }],
    ["partial", { B: 3, S: 2, H: 5, D: 13, P: 7 }, { rotary_dim: 4 }],
    ["partial, interleaved", { B: 3, S: 2, H: 5, D: 13, P: 7 }, { rotary_dim: 12, interleaved: true }],
  ])("equals an independent evaluation: %s", (_name, axes, attributes) => {
    const bound = boundCase(axes, attributes);
    for (const name of ["index_coded", "angles"]) {
      const inputs = drawn(bound, name);
      expect([...truthOf(bound, inputs, name).y]).toEqual(naive(bound, inputs));
    }
  });

  it("keeps the length of a pair, and is undone by the opposite angle", () => {
    const feature = fc.float({ min: -1000, max: 1000, noNaN: true });
    fc.assert(
      fc.property(feature, feature, fc.float({ min: -7, max: 7, noNaN: true }), (a, b, angle) => {
        const bound = boundCase({ D: 2, P: 2 });
        const { y } = truthOf(bound, oneHead([a, b], [Math.cos(angle)], [Math.sin(angle)]));
        const slack = 1e-6 * Math.hypot(a, b) + 1e-44;
        expect(Math.abs(Math.hypot(y[0] ?? 0, y[1] ?? 0) - Math.hypot(a, b))).toBeLessThanOrEqual(slack);
        const back = truthOf(bound, oneHead([...y], [Math.cos(angle)], [-Math.sin(angle)])).y;
        expect(Math.abs((back[0] ?? 0) - a)).toBeLessThanOrEqual(slack);
      }),
    );
  });

  it("has the two products as terms: s their sizes, q their root of squares, k = 2", () => {
    const { s, q, k } = truthOf(boundCase({ D: 2, P: 2 }), oneHead([3, 4], [2], [1]));
    expect([s[0], s[1], q[0], q[1], k[0]]).toEqual([10, 11, Math.hypot(6, 4), Math.hypot(3, 8), 2]);
  });

  it("keeps an absolute error of more than a subnormal step where products are subnormal", () => {
    const { s, k } = truthOf(boundCase({ D: 2, P: 2 }), oneHead([2 ** -140, 0], [0.7], [0.7]));
    expect(2 * UNIT * Math.sqrt(k[0] ?? 0) * (s[0] ?? 0)).toBeCloseTo(Math.SQRT2 * 2 ** -149, 50);
  });

  it("gives what IEEE gives for infinities and NaN", () => {
    const { y, s } = truthOf(
      boundCase({ P: 2 }),
      oneHead([Number.POSITIVE_INFINITY, 1, 1, Number.NaN], [1, 1], [0, 0]),
    );
    expect([...y]).toEqual([Number.POSITIVE_INFINITY, Number.NaN, Number.NaN, Number.NaN]);
    expect([...s]).toEqual([0, 0, 0, 0]);
  });

  it("evaluates only the rows of a sample, and says which", () => {
    const bound = boundCase({ B: 2, S: 2, H: 2, P: 5 });
    const inputs = drawn(bound, "angles");
    const mask = Uint8Array.from({ length: 8 }, (_, row) => Number(row === 5));
    const { y } = oracle.truth(bound, probe("angles"), inputs, { mask });
    if (y?.kind !== "real") throw new TypeError("a real truth expected");
    expect([...(y.judged ?? [])].flatMap((judged, at) => (judged === 1 ? [at] : []))).toEqual([20, 21, 22, 23]);
    expect(y.y.subarray(20, 24)).toEqual(truthOf(bound, inputs).y.subarray(20, 24));
    expect(y.y[0]).toBe(0);
  });

  it("refuses positions that the caches do not hold, absent inputs and unknown probes", () => {
    const bound = boundCase({ D: 2, P: 2 });
    const inputs = oneHead([1, 2], [1], [0]);
    const beyond = { ...inputs, position_ids: fill("int64", [1, 1], () => 2) };
    expect(() => truthOf(bound, beyond)).toThrow("position 2 is not in 0..1");
    expect(() => truthOf(bound, {})).toThrow("rotary_embedding needs 'position_ids'");
    const stranger: Probe = { name: "uniform", lane: "A", reveals: "nothing" };
    expect(() => oracle.inputs(bound, stranger, seededRandom(SEED))).toThrow("no probe 'uniform'");
    expect(() => boundCase({ D: 4 }, { rotary_dim: 6 })).toThrow("R <= D");
    expect(() => boundCase({ D: 5 })).toThrow("R % 2 == 0");
  });
});

describe("the inputs of rotary_embedding", () => {
  const many = boundCase({ B: 3, S: 40, H: 2, D: 18, P: 50 }, { rotary_dim: 14 });

  it.each(PROBES.map(({ name }) => name))("are equal for equal seeds and others for another seed: %s", (name) => {
    expect(drawn(many, name)).toEqual(drawn(many, name));
    expect(drawn(many, name)).not.toEqual(drawn(many, name, "00112233445566778899aabbccddeefe"));
  });

  it.each(DTYPES)("keep products and sums of `index_coded` exact, some of them ties of a half type: %s", (T) => {
    const bound = boundCase({ B: 3, S: 40, H: 2, D: 18, P: 50 }, {}, T);
    const inputs = drawn(bound, "index_coded");
    const { y, ulps } = truthOf(bound, inputs, "index_coded");
    const sums = naive(bound, inputs);
    expect(ulps).toBe(0);
    expect(sums.every((sum) => Math.fround(sum) === sum)).toBe(true);
    expect([...y]).toEqual(sums.map((sum) => roundTo(sum, T)));
    const square = Math.max(...values(inputs, "x")) ** 2;
    expect(roundTo(square, T)).toBe(square);
    // What lies as far on the other side of a tie is a number of T as well.
    const ties = sums.filter(
      (sum, at) => y[at] !== sum && roundTo(2 * sum - (y[at] ?? 0), T) === 2 * sum - (y[at] ?? 0),
    );
    expect(ties.length > 0).toBe(T !== "float32");
  });

  it.each(["float32", "bfloat16"] as const)("hold angles beyond the range of float16 in `index_coded`: %s", (T) => {
    const codes = values(drawn(boundCase({ D: 18, P: 50 }, {}, T), "index_coded"), "sin_cache");
    expect(codes.some((code) => Math.abs(code) > 65_504)).toBe(true);
    expect(codes.some((code) => Math.abs(code) < 2 ** -24)).toBe(true);
  });

  it("need 12 bits of a float32 cache: more than TF32 or float16 keeps", () => {
    const codes = values(drawn(many, "index_coded"), "cos_cache");
    const integers = codes.map((code) => code / 2 ** Math.floor(Math.log2(Math.abs(code))));
    expect(integers.filter((code) => roundTo(code, "float16") !== code).length).toBeGreaterThan(30);
  });

  it.each(PROBES.map(({ name }) => name))(
    "have positions of their own in every batch, all in the caches: %s",
    (name) => {
      const ids = values(drawn(many, name), "position_ids");
      expect(Math.min(...ids)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...ids)).toBeLessThan(50);
      expect([...ids.subarray(0, 40)]).not.toEqual([...ids.subarray(40, 80)]);
    },
  );

  it("run on from a start in `angles`, and hold the first and the last position elsewhere", () => {
    const ids = values(drawn(many, "angles"), "position_ids");
    for (let at = 1; at < 40; at += 1) expect(ids[at]).toBe((ids[0] ?? 0) + at);
    const any = values(drawn(many, "special"), "position_ids");
    expect([any[0], any[40]]).toEqual([49, 0]);
  });

  it("run on from a start in some sequences of `cancelling`, and between the same ends not in others", () => {
    const bound = boundCase({ B: 4, S: 40, H: 2, D: 18, P: 50 });
    const ids = values(drawn(bound, "cancelling"), "position_ids");
    const sequences = [0, 1, 2, 3].map((batch) => ids.subarray(40 * batch, 40 * batch + 40));
    for (const sequence of sequences) expect(sequence[39]).toBe((sequence[0] ?? 0) + 39);
    const whole = sequences.map((sequence) => sequence.every((id, at) => id === (sequence[0] ?? 0) + at));
    expect(whole).toEqual([whole[0], !whole[0], whole[0], !whole[0]]);
  });

  it("have more pairs a token than a block has threads, and more tokens than 16 bits count, in every dtype", () => {
    const cases = op.cases.filter(({ tags, dtypes }) => !tags.includes("bench") && dtypes["T"] === undefined);
    const extents = cases.map(({ axes: { B = 0, S = 0, H = 0, D = 0 } }) => ({
      tokens: B * S,
      heads: H,
      pairs: D / 2,
    }));
    expect(extents.some(({ tokens }) => tokens > 65_536)).toBe(true);
    expect(extents.some(({ heads, pairs }) => heads * pairs > 1024 && 1024 % pairs > 0 && pairs % 8 === 4)).toBe(true);
  });

  it("take the angles of RoFormer, base 10000", () => {
    const cosines = values(drawn(many, "angles"), "cos_cache");
    expect(cosines[3 * 7 + 2]).toBe(Math.fround(Math.cos(3 * 10_000 ** (-2 / 7))));
  });

  it("cancel in half of the results of `cancelling`", () => {
    const { y, s } = truthOf(many, drawn(many, "cancelling"), "cancelling");
    const cancelled = [...y].filter((value, at) => (s[at] ?? 0) > 0 && Math.abs(value) < 1e-6 * (s[at] ?? 0)).length;
    expect(cancelled).toBeGreaterThan(0.45 * 240 * 14);
  });

  it.each(DTYPES)("hold every special value in both features of a pair and behind them: %s", (T) => {
    const bound = boundCase({ B: 3, S: 40, H: 2, D: 18, P: 50 }, { rotary_dim: 14 }, T);
    const x = values(drawn(bound, "special"), "x");
    for (const columns of [
      [0, 7],
      [7, 14],
      [14, 18],
    ] as const) {
      const seen = new Set<string>();
      x.forEach((value, at) => {
        if (at % 18 >= columns[0] && at % 18 < columns[1]) seen.add(Object.is(value, -0) ? "-0" : String(value));
      });
      expect(seen.size).toBe(12);
    }
  });

  it("reach positions that float16 or a cache of 4096 does not hold, and the end of every axis in every dtype", () => {
    const cases = op.cases.filter(({ tags, dtypes }) => !tags.includes("bench") && dtypes["T"] === undefined);
    for (const [name, { max }] of Object.entries(op.axes)) {
      expect(Math.max(...cases.map(({ axes }) => axes[name] ?? 0))).toBe(max);
    }
    const whole = cases.filter(({ axes, attributes }) => axes["D"] === 256 && attributes["rotary_dim"] === undefined);
    expect(whole.map(({ attributes }) => attributes["interleaved"] === true)).toEqual([false, true]);
    const ids = values(drawn(boundCase({ S: 4096, D: 18, P: 8192 }), "index_coded"), "position_ids");
    expect(ids.filter((id) => id > 4096 && roundTo(id, "float16") !== id).length).toBeGreaterThan(900);
  });

  it("fit every published case in every dtype", () => {
    for (const one of op.cases.filter(({ tags }) => !tags.includes("bench"))) {
      for (const T of op.dtypes["T"] ?? []) {
        const bound = bindCase(op, one, { T }, false);
        const inputs = drawn(bound, "cancelling");
        for (const { name, dtype, shape } of bound.inputs) expect(inputs[name]).toMatchObject({ dtype, shape });
        expect([...values(inputs, "x")].every(Number.isFinite)).toBe(true);
      }
    }
  });
});
