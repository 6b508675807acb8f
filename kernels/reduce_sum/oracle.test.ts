// Rules of reduce_sum's oracle and of the inputs it judges on.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type DType, ulpOf } from "../../harness/domain/dtype.ts";
import { type BoundCase, bindCase, opSchema } from "../../harness/domain/op.ts";
import type { Probe, RealTruth, Tensors } from "../../harness/domain/oracle.ts";
import { seededRandom } from "../../harness/domain/random.ts";
import { fill, toFloat64 } from "../../harness/domain/tensor.ts";
import { extentsOf } from "./inputs.ts";
import { oracle } from "./oracle.ts";

const SEED = "00112233445566778899aabbccddeeff";
const DTYPES = ["float32", "float16", "bfloat16"] as const;
const op = opSchema.parse(parse(readFileSync(new URL("op.yaml", import.meta.url), "utf8")));

function boundCase(outer: number, K: number, inner: number, T: DType = "float32"): BoundCase {
  const one = { name: "test", axes: { outer, K, inner }, attributes: {}, dtypes: {}, absent: [], tags: [] };
  return bindCase(op, one, { T }, false);
}

function probe(bound: BoundCase, name: string): Probe {
  const found = oracle.probes(bound).find((one) => one.name === name);
  if (found === undefined) throw new RangeError(`no probe '${name}'`);
  return found;
}

function drawn(bound: BoundCase, name: string, seed = SEED): Tensors {
  return oracle.inputs(bound, probe(bound, name), seededRandom(seed));
}

function elements(inputs: Tensors): Float64Array {
  return toFloat64(inputs["x"] ?? fill("float32", [0], () => 0));
}

function truthOf(bound: BoundCase, inputs: Tensors, name = "normal", mask?: Uint8Array): RealTruth {
  const { y } = oracle.truth(bound, probe(bound, name), inputs, mask === undefined ? undefined : { mask });
  if (y?.kind !== "real") throw new TypeError("a real truth expected");
  return y;
}

function given(bound: BoundCase, values: readonly number[]): Tensors {
  const { outer, terms, inner } = extentsOf(bound);
  return { x: fill(bound.dtypes["T"] ?? "float32", [outer, terms, inner], (index) => values[index] ?? 0) };
}

/** The terms of every output, by index arithmetic of its own. */
function columns(bound: BoundCase, inputs: Tensors): number[][] {
  const { outer, terms, inner } = extentsOf(bound);
  const x = elements(inputs);
  return Array.from({ length: outer * inner }, (_, index) =>
    Array.from({ length: terms }, (_unused, k) => {
      const [o, i] = [Math.floor(index / inner), index % inner];
      return x[(o * terms + k) * inner + i] ?? Number.NaN;
    }),
  );
}

describe("the truth of reduce_sum", () => {
  it("adds over the middle axis", () => {
    const bound = boundCase(2, 3, 2);
    const truth = truthOf(bound, given(bound, [1, 10, -2, 20, 3, -30, 4, 40, 5, 50, -6, 60]));
    expect([...truth.y]).toEqual([2, 0, 3, 150]);
    expect([...truth.s]).toEqual([6, 60, 15, 150]);
    expect([...truth.k]).toEqual([3, 3, 3, 3]);
    expect([...truth.q, ...truth.ds].every((value) => value === 0)).toBe(true);
  });

  it("is 0 without any tolerance where there are no terms", () => {
    const bound = boundCase(3, 0, 2);
    const truth = truthOf(bound, drawn(bound, "normal"));
    for (const scale of [truth.y, truth.s, truth.k]) expect([...scale]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("equals sums of the same terms from the back", () => {
    const extent = fc.integer({ min: 1, max: 9 });
    fc.assert(
      fc.property(extent, extent, extent, fc.constantFrom(...DTYPES), (outer, terms, inner, T) => {
        const bound = boundCase(outer, terms, inner, T);
        const inputs = drawn(bound, "normal");
        const truth = truthOf(bound, inputs);
        columns(bound, inputs).forEach((column, index) => {
          const sum = column.reduceRight((total, term) => total + term, 0);
          const size = column.reduce((total, term) => total + Math.abs(term), 0);
          expect(Math.abs((truth.y[index] ?? Number.NaN) - sum)).toBeLessThanOrEqual(1e-15 * size);
          expect(truth.s[index]).toBeCloseTo(size, 9);
        });
      }),
      { numRuns: 40 },
    );
  });

  it("is rounded half to even and met bit for bit in lane A", () => {
    const bound = boundCase(1, 2, 4, "float16");
    const inputs = given(bound, [2048, 2048, -2048, 65504, 1, 3, -1, 65504]);
    const truth = truthOf(bound, inputs, "ties");
    expect([...truth.y]).toEqual([2048, 2052, -2048, Number.POSITIVE_INFINITY]);
    expect(truth.ulps).toBe(0);
    expect(truthOf(bound, inputs).ulps).toBeUndefined();
    expect(truthOf(bound, inputs).y[0]).toBe(2049);
  });

  it("has no error scale where it is no number", () => {
    const bound = boundCase(1, 2, 3);
    const truth = truthOf(bound, given(bound, [Infinity, Infinity, Number.NaN, 1, -Infinity, 1]), "specials");
    expect([...truth.y]).toEqual([Infinity, Number.NaN, Number.NaN]);
    expect([...truth.s]).toEqual([0, 0, 0]);
  });

  it("allows for what tensor cores cut off, in half types beyond K = 4096 alone", () => {
    const share = (K: number, T: DType): number => {
      const bound = boundCase(1, K, 1, T);
      return truthOf(bound, drawn(bound, "positive"), "positive").ds[0] ?? Number.NaN;
    };
    expect([share(4096, "float16"), share(65_536, "float32")]).toEqual([0, 0]);
    for (const T of ["float16", "bfloat16"] as const) expect(share(8192, T)).toBe(1536 * 2 ** -24);
  });

  it("evaluates only the outer indices of a sample, and says which", () => {
    const bound = boundCase(3, 5, 2);
    const inputs = drawn(bound, "normal");
    const truth = truthOf(bound, inputs, "normal", Uint8Array.of(0, 1, 0));
    expect([...(truth.judged ?? [])]).toEqual([0, 0, 1, 1, 0, 0]);
    expect([...truth.y.subarray(2, 4)]).toEqual([...truthOf(bound, inputs).y.subarray(2, 4)]);
    expect(truth.y[0]).toBe(0);
  });

  it("refuses inputs without x", () => {
    const bound = boundCase(1, 1, 1);
    expect(() => oracle.truth(bound, probe(bound, "normal"), {})).toThrow("needs 'x'");
  });
});

describe("the inputs of reduce_sum", () => {
  it("are equal for equal seeds and others for other seeds", () => {
    const bound = boundCase(3, 17, 2);
    for (const { name } of oracle.probes(bound)) {
      expect(drawn(bound, name)).toEqual(drawn(bound, name));
      expect(drawn(bound, name, "f".repeat(32))).not.toEqual(drawn(bound, name));
    }
  });

  it("refuse a probe that the op does not have", () => {
    const bound = boundCase(1, 1, 1);
    const stray: Probe = { name: "uniform", lane: "A", reveals: "" };
    expect(() => oracle.inputs(bound, stray, seededRandom(SEED))).toThrow("no probe 'uniform'");
  });

  it("judge lane A first, race on one regime, and leave ties to half types", () => {
    const names = (T: DType, K: number): string[] => oracle.probes(boundCase(1, K, 1, T)).map(({ name }) => name);
    expect(names("float32", 8)).toEqual(["integers", "normal", "positive", "cancelling", "specials"]);
    expect(names("bfloat16", 8)).toContain("ties");
    expect(names("bfloat16", 1)).not.toContain("ties");
    const probes = oracle.probes(boundCase(1, 8, 1, "float16"));
    expect(probes.map(({ lane }) => lane)).toEqual(["A", "A", "B", "B", "B", "C"]);
    expect(probes.filter(({ race }) => race)).toHaveLength(1);
  });

  it.each(DTYPES)("keep every partial sum of lane A an exact float32: %s", (T) => {
    for (const [K, inner] of [
      [2, 50],
      [256, 9],
      [4099, 2],
    ] as const) {
      const bound = boundCase(1, K, inner, T);
      for (const { name, lane } of oracle.probes(bound)) {
        if (lane !== "A") continue;
        const all = columns(bound, drawn(bound, name));
        expect(all.flat().every(Number.isInteger)).toBe(true);
        for (const column of all) expect(column.reduce((sum, term) => sum + Math.abs(term), 0)).toBeLessThan(2 ** 24);
      }
    }
  });

  it("hold more bits in float32 integers than TF32 has, where a class is judged", () => {
    const x = elements(drawn(boundCase(16, 256, 12), "integers"));
    expect(x.filter((value) => value % 2 !== 0 && Math.abs(value) > 2 ** 12).length).toBeGreaterThan(10_000);
  });

  it.each(["float16", "bfloat16"] as const)("plant at least 64 ties of both roundings: %s", (T) => {
    for (const [outer, K, inner] of [
      [16, 256, 12],
      [33, 127, 4],
      [13, 101, 37],
    ] as const) {
      const bound = boundCase(outer, K, inner, T);
      const sums = columns(bound, drawn(bound, "ties")).map((column) => column.reduce((sum, term) => sum + term, 0));
      const ties = sums.filter((sum) => Math.abs(sum / ulpOf(sum, T)) % 1 === 0.5);
      const up = ties.filter((sum) => Math.floor(Math.abs(sum / ulpOf(sum, T))) % 2 === 1);
      expect(ties.length).toBeGreaterThan(64);
      expect(Math.min(up.length, ties.length - up.length)).toBeGreaterThan(16);
    }
  });

  it("have sums far smaller than their terms in `cancelling`", () => {
    const bound = boundCase(8, 256, 4);
    const truth = truthOf(bound, drawn(bound, "cancelling"));
    const worst = truth.y.map((value, index) => Math.abs(value) / (truth.s[index] ?? 1));
    expect(Math.max(...worst)).toBeLessThan(0.02);
  });

  it("stay finite in float16 outside the special values, however many terms", () => {
    for (const K of [1, 300, 4099]) {
      const bound = boundCase(2, K, 9, "float16");
      for (const { name, lane } of oracle.probes(bound)) {
        if (lane === "C") continue;
        const sizes = truthOf(bound, drawn(bound, name), name).y.map(Math.abs);
        expect(Math.max(...sizes)).toBeLessThan(65504);
      }
    }
  });

  it("fit every published case in every dtype", () => {
    for (const one of op.cases.filter(({ tags }) => !tags.includes("bench"))) {
      for (const T of DTYPES) {
        const bound = bindCase(op, one, { T }, false);
        for (const { name } of oracle.probes(bound)) {
          const inputs = drawn(bound, name);
          for (const { dtype, shape } of bound.inputs) expect(inputs["x"]).toMatchObject({ dtype, shape });
        }
      }
    }
  });
});
