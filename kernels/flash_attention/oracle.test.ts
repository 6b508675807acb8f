// Rules of flash_attention's oracle and of the inputs it judges on.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { DType } from "../../harness/domain/dtype.ts";
import { type BoundCase, bindCase, numberOf, opSchema } from "../../harness/domain/op.ts";
import type { Tensors } from "../../harness/domain/oracle.ts";
import { fill, type Tensor, toFloat64 } from "../../harness/domain/tensor.ts";
import { extentsOf, visibleKeys } from "./extents.ts";
import { binderOf, drawn, probe, reader, truthOf } from "./fixtures.ts";
import { PROBES } from "./inputs.ts";
import { oracle } from "./oracle.ts";

const op = opSchema.parse(parse(readFileSync(new URL("op.yaml", import.meta.url), "utf8")));
const boundCase = binderOf(op);

/** One head of D = 8 from the leading features of each position; the rest is 0. */
function oneHead(dtype: DType, positions: readonly (readonly number[])[]): Tensor {
  return fill(dtype, [1, positions.length, 1, 8], (index) => positions[Math.floor(index / 8)]?.[index % 8] ?? 0);
}

interface NaiveRow extends Record<"b" | "i" | "h", number> {
  readonly scores: readonly number[];
  readonly o: readonly number[];
  readonly lse: number;
}

/** Attention by its definition: sums from the back, no maximum subtracted (for scores below 700). */
function naive(bound: BoundCase, inputs: Tensors): NaiveRow[] {
  const { batch, queries, keys, heads, kvHeads, size, scale, causal } = extentsOf(bound);
  const at = reader(inputs);
  const features = Array.from({ length: size }, (_, d) => size - 1 - d);
  return Array.from({ length: batch * queries * heads }, (_, index) => {
    const [b, i, h] = [Math.floor(index / heads / queries), Math.floor(index / heads) % queries, index % heads];
    const g = Math.floor((h * kvHeads) / heads);
    const seen = Array.from({ length: keys }, (_unused, j) => j).filter((j) => !causal || j <= i + keys - queries);
    const scores = seen.map(
      (j) => scale * features.reduce((sum, d) => sum + at("q", b, i, h, d) * at("k", b, j, g, d), 0),
    );
    const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
    const mixed = features.map((d) =>
      seen.reduce((sum, j, place) => sum + (Math.exp(scores[place] ?? 0) / total) * at("v", b, j, g, d), 0),
    );
    return { b, i, h, scores, o: mixed.reverse(), lse: Math.log(total) };
  });
}

describe("the truth of flash_attention", () => {
  it("weighs two keys 1 to 3 where their scores differ by ln 3", () => {
    const bound = boundCase({ Tk: 2 }, { scale: Math.log(3) });
    const inputs = {
      q: oneHead("float32", [[1]]),
      k: oneHead("float32", [[], [1]]),
      v: oneHead("float32", [[8, 4, -4], []]),
    };
    const { o, lse } = truthOf(bound, inputs);
    [2, 1, -1, 0].forEach((expected, d) => {
      expect(o.y[d]).toBeCloseTo(expected, 14);
      expect(o.s[d]).toBeCloseTo(Math.abs(expected), 14);
      expect(o.q[d]).toBeCloseTo(Math.abs(expected), 14);
    });
    expect(lse.y[0]).toBeCloseTo(Math.log(4), 14);
    // u (4 sqrt(D) A + 4) with A = ln 3.
    expect(o.ds[0]).toBeCloseTo(2 ** -24 * (4 * Math.sqrt(8) * Math.log(3) + 4), 18);
    expect([o.k[0], lse.k[0], lse.s[0], lse.q[0], lse.ds[0]]).toEqual([2, 2, 1, 0, o.ds[0]]);
  });

  it("is v itself where there is one key", () => {
    const bound = boundCase({ Tq: 3 });
    const inputs = drawn(bound, "std4");
    const v = [...toFloat64(inputs["v"] ?? fill("float32", [0], () => 0))];
    expect([...truthOf(bound, inputs).o.y]).toEqual([...v, ...v, ...v]);
  });

  it("aligns the causal mask bottom-right", () => {
    const seen = (Tq: number, Tk: number): number[] =>
      Array.from({ length: Tq }, (_, row) => visibleKeys(extentsOf(boundCase({ Tq, Tk }, { causal: true })), row));
    expect(seen(3, 3)).toEqual([1, 2, 3]);
    expect(seen(2, 5)).toEqual([4, 5]);
    expect(seen(5, 3)).toEqual([0, 0, 1, 2, 3]);
  });

  it("is 0 and -inf without any tolerance where a row sees no key", () => {
    const bound = boundCase({ Tq: 5, Tk: 3 }, { causal: true });
    const { o, lse } = truthOf(bound, drawn(bound, "std1"));
    expect([...lse.y].map((value) => value === Number.NEGATIVE_INFINITY)).toEqual([true, true, false, false, false]);
    for (const scale of [o.y, o.s, o.q, o.k, o.ds])
      expect(scale.subarray(0, 16).every((value) => value === 0)).toBe(true);
    for (const scale of [lse.s, lse.k, lse.ds]) expect([...scale.subarray(0, 2)]).toEqual([0, 0]);
  });

  it.each([
    ["grouped heads, causal, Tq < Tk", { B: 2, Tq: 3, Tk: 7, H: 4, Hkv: 2, D: 9 }, { causal: true }],
    ["one key/value head, a scale of its own", { Tq: 4, Tk: 5, H: 3 }, { scale: 0.7 }],
    ["Tq > Tk", { Tq: 6, Tk: 4, H: 2, Hkv: 2, D: 11 }, { causal: true }],
  ])("equals an independent evaluation: %s", (_name, axes, attributes) => {
    const bound = boundCase(axes, attributes);
    const { queries, heads, size } = extentsOf(bound);
    const inputs = drawn(bound, "std1");
    const { o, lse } = truthOf(bound, inputs);
    for (const { b, i, h, scores, o: expected, lse: expectedLse } of naive(bound, inputs)) {
      const got = o.y.subarray(((b * queries + i) * heads + h) * size).subarray(0, size);
      const largest = Math.max(1, ...expected.map(Math.abs));
      const errors = expected.map((value, d) => Math.abs((got[d] ?? Number.NaN) - (scores.length === 0 ? 0 : value)));
      expect(Math.max(...errors) / (scores.length === 0 ? 1 : largest)).toBeLessThan(1e-13);
      if (scores.length > 0) expect(lse.y[(b * heads + h) * queries + i]).toBeCloseTo(expectedLse, 13);
    }
  });

  it("counts a weight in q as the smallest normal float16 at least, and only in float16", () => {
    const q = (T: DType): number | undefined => {
      const tensors = { q: oneHead(T, [[1]]), k: oneHead(T, [[30], []]), v: oneHead(T, [[], [1]]) };
      return truthOf(boundCase({ Tk: 2 }, { scale: 1 }, T), tensors).o.q[0];
    };
    expect(q("float16")).toBeCloseTo(2 ** -14, 16);
    expect(q("bfloat16")).toBeCloseTo(Math.exp(-30), 25);
    expect(q("float32")).toBeCloseTo(Math.exp(-30), 25);
  });

  it("says what of a row its casts scale alike: all of it where one key weighs, less where two do", () => {
    const alone = boundCase({ Tq: 2 });
    const { y, shared } = truthOf(alone, drawn(alone, "std4")).o;
    expect([...(shared ?? [])]).toEqual([...y].map(Math.abs));
    const tensors = {
      q: oneHead("float32", [[1]]),
      k: oneHead("float32", [[], [1]]),
      v: oneHead("float32", [[8], []]),
    };
    const two = truthOf(boundCase({ Tk: 2 }, { scale: Math.log(3) }), tensors).o;
    // |y| sqrt(sum p^4) / sum p^2 with weights of 1 to 3.
    expect(two.shared?.[0]).toBeCloseTo((2 * Math.sqrt(1 + 3 ** 4)) / (1 + 3 ** 2), 14);
  });

  it("evaluates only the rows of a sample, and says which", () => {
    const bound = boundCase({ B: 2, Tq: 3, Tk: 5, H: 2 });
    const inputs = drawn(bound, "std4");
    const all = truthOf(bound, inputs);
    // Row 9 of o is batch 1, query 1, head 1: element 10 of lse.
    const mask = Uint8Array.from({ length: 12 }, (_, row) => Number(row === 9));
    const { o, lse } = oracle.truth(bound, probe("std4"), inputs, { mask });
    if (o?.kind !== "real" || lse?.kind !== "real") throw new TypeError("two real truths expected");
    expect([...(lse.judged ?? [])]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
    expect([...(o.judged ?? [])]).toEqual(Array.from({ length: 96 }, (_, index) => Number(index >= 72 && index < 80)));
    expect(o.y.subarray(72, 80)).toEqual(all.o.y.subarray(72, 80));
    expect([lse.y[10], lse.ds[10]]).toEqual([all.lse.y[10], all.lse.ds[10]]);
    expect(o.y[0]).not.toBe(all.o.y[0]);
  });

  it("leaves an absent lse out", () => {
    const bound = boundCase({ Tq: 2, Tk: 2 });
    const outputs = bound.outputs.map((output) => ({ ...output, absent: output.name === "lse" }));
    expect(Object.keys(oracle.truth({ ...bound, outputs }, probe("std1"), drawn(bound, "std1")))).toEqual(["o"]);
  });
});

describe("the inputs of flash_attention", () => {
  const grouped = boundCase({ Tq: 9, Tk: 193, H: 4, Hkv: 2, D: 64 }, { causal: true });

  it.each(PROBES.map(({ name }) => name))("are equal for equal seeds and others for another seed: %s", (name) => {
    expect(drawn(grouped, name)).toEqual(drawn(grouped, name));
    expect(drawn(grouped, name)).not.toEqual(drawn(grouped, name, "00112233445566778899aabbccddeefe"));
  });

  it.each(["float16", "bfloat16", "float32"] as const)("keep all sums of `uniform` exact in %s", (T) => {
    const bound = boundCase({ Tq: 5, Tk: 130, H: 2 }, { causal: true }, T);
    const inputs = drawn(bound, "uniform");
    const at = reader(inputs);
    const { o, lse } = truthOf(bound, inputs, "uniform");
    const codes = Array.from({ length: 130 }, (_, j) => at("v", 0, j, 0, 0));
    expect(codes.every(Number.isInteger)).toBe(true);
    expect(new Set(codes).size).toBeGreaterThan(60);
    expect(at("q", 0, 4, 1, 7)).toBe(0);
    expect(Math.max(...o.s.map((value, index) => value * (o.k[index] ?? 0)))).toBeLessThan(2 ** 24);
    expect([...lse.y.subarray(0, 5)]).toEqual([126, 127, 128, 129, 130].map(Math.log));
    // The last row of head 1 sums all codes, and only a division errs.
    expect(o.y[9 * 8]).toBe(codes.reduce((sum, code) => sum + code, 0) / 130);
    expect([o.ulps, lse.ulps]).toEqual([T === "float32" ? 2.51 : 0.51, undefined]);
  });

  it("need more bits than TF32 or a pair of bfloat16 keeps where `uniform` is float32", () => {
    const at = reader(drawn(boundCase({ Tk: 64 }), "uniform"));
    const largest = Math.max(...Array.from({ length: 64 }, (_, j) => Math.abs(at("v", 0, j, 0, 0))));
    expect(largest).toBeGreaterThan(2 ** 16);
  });

  it.each([
    ["std1", 1],
    ["std4", 4],
  ])("have scores with the standard deviation of %s", (name, deviation) => {
    const scores = naive(grouped, drawn(grouped, name)).flatMap((row) => row.scores);
    const squares = scores.reduce((sum, score) => sum + score * score, 0);
    expect(Math.sqrt(squares / scores.length) / deviation).toBeCloseTo(1, 1);
  });

  it("raise the running maximum in every block of 32 keys of `ascending`", () => {
    for (const { scores } of naive(grouped, drawn(grouped, "ascending"))) {
      const peaks = [0, 32, 64, 96, 128].map((start) => Math.max(...scores.slice(start, start + 32)));
      const rises = peaks.slice(1).map((peak, block) => peak - (peaks[block] ?? Number.NaN));
      expect(Math.min(...rises)).toBeGreaterThan(1);
    }
  });

  it("give one key nearly all weight at scores that float32's exp cannot hold in `near_one_hot`", () => {
    for (const { h, scores, lse } of naive(grouped, drawn(grouped, "near_one_hot"))) {
      const peak = Math.max(...scores);
      expect(Math.exp(peak - lse)).toBeGreaterThan(0.9);
      expect(Math.fround(Math.exp(peak))).toBe(h % 2 === 0 ? Number.POSITIVE_INFINITY : 0);
    }
  });

  it.each(["std1", "ascending", "near_one_hot"])("scale the values of a head by 2^-8, 1 or 2^8: %s", (name) => {
    const at = reader(drawn(boundCase({ B: 4, Tk: 64, H: 8, Hkv: 8 }), name));
    const sizes = Array.from({ length: 32 }, (_, head) =>
      Math.max(...Array.from({ length: 64 }, (_unused, j) => Math.abs(at("v", head % 4, j, head >> 2, 0)))),
    );
    expect(Math.max(...sizes)).toBeGreaterThan(2 ** 8);
    expect(Math.min(...sizes)).toBeLessThan(2 ** -5);
    expect(sizes.some((size) => size > 1 && size < 2 ** 3)).toBe(true);
  });

  it("fit every published case in every dtype", () => {
    for (const one of op.cases.filter(({ tags }) => !tags.includes("bench"))) {
      for (const T of op.dtypes["T"] ?? []) {
        const bound = bindCase(op, one, { T }, false);
        const inputs = drawn(bound, "near_one_hot");
        for (const { name, dtype, shape } of bound.inputs) expect(inputs[name]).toMatchObject({ dtype, shape });
        for (const { elements } of Object.values(inputs)) expect(elements.some((bits) => bits === 0x7c00)).toBe(false);
      }
    }
  });

  it("reach beyond two batches, pairs of heads, 1024 keys or queries, and 128 queries with hidden keys", () => {
    const cases = op.cases.filter(({ tags }) => !tags.includes("bench"));
    const some = (test: (axes: Record<string, number>, causal: boolean) => boolean): boolean =>
      cases.some(({ axes, attributes }) => test(axes, attributes["causal"] === true));
    expect(some(({ B = 0, H = 0, Hkv = 0 }) => B > 2 && Hkv > 1 && H / Hkv === 3)).toBe(true);
    expect(some(({ Tk = 0 }) => Tk > 1024)).toBe(true);
    expect(some(({ Tq = 0 }) => Tq > 1024)).toBe(true);
    expect(some(({ Tq = 0 }, causal) => Tq > 128 && causal)).toBe(true);
    expect(some(({ B = 0, H = 0, Tq = 0 }) => B * H * Math.ceil(Tq / 128) > 132)).toBe(true);
    expect(some(({ Tq = 0, Tk = 0 }) => Tq === 1 && Tk > 1024 && Tk % 2 === 1)).toBe(true);
    expect(some(({ Hkv = 0, D = 0 }, causal) => Hkv > 1 && D % 2 === 1 && !causal)).toBe(true);
    const scaled = cases.filter(({ attributes }) => attributes["scale"] !== undefined && attributes["causal"] === true);
    expect(scaled.some(({ dtypes }) => Object.keys(dtypes).length === 0)).toBe(true);
  });

  it("reach, with the first query, all but the last key of a tile, and with a query of packed groups of three the whole tile", () => {
    const offsets = op.cases
      .filter(({ attributes }) => attributes["causal"] === true)
      .map(({ axes: { Tq = 0, Tk = 0, H = 0, Hkv = 1 } }) => ({ visible: Tk - Tq + 1, Tq, group: H / Hkv }));
    expect(offsets.some(({ visible }) => visible % 128 === 127)).toBe(true);
    // Row 128 of the packed rows is of query 42.
    expect(offsets.some(({ visible, Tq, group }) => group === 3 && Tq > 43 && visible + 43 === 128)).toBe(true);
  });

  it("judge at most eight regimes, first one in which q, k and scale count, and special values last", () => {
    expect(oracle.probes(grouped).map(({ lane }) => lane)).toEqual(["B", "A", "B", "B", "B", "C"]);
    expect(numberOf(grouped, "scale")).toBe(0.125);
  });
});
