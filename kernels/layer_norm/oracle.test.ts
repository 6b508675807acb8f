// Rules of layer_norm's oracle and of the inputs it judges on.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { DType } from "../../harness/domain/dtype.ts";
import { type BoundCase, bindCase, opSchema } from "../../harness/domain/op.ts";
import type { Probe, RealTruth, Tensors } from "../../harness/domain/oracle.ts";
import { seededRandom } from "../../harness/domain/random.ts";
import { fill, toFloat64 } from "../../harness/domain/tensor.ts";
import { extentsOf } from "./inputs.ts";
import { oracle } from "./oracle.ts";

const SEED = "00112233445566778899aabbccddeeff";
const UNIT = 2 ** -24;
const DTYPES = ["float32", "float16", "bfloat16"] as const;
const op = opSchema.parse(parse(readFileSync(new URL("op.yaml", import.meta.url), "utf8")));

interface Wanted {
  readonly T?: DType;
  readonly eps?: number;
  readonly absent?: string[];
}

function boundCase(rows: number, D: number, { T = "float32", eps = 1e-5, absent = [] }: Wanted = {}): BoundCase {
  const one = { name: "test", axes: { rows, D }, attributes: { eps }, dtypes: {}, absent, tags: [] };
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

function values(inputs: Tensors, name: string): number[] {
  const tensor = inputs[name];
  return tensor === undefined ? [] : [...toFloat64(tensor)];
}

function truthsOf(
  bound: BoundCase,
  inputs: Tensors,
  name = "normal",
  mask?: Uint8Array,
): Record<"y" | "mean" | "rstd", RealTruth> {
  const { y, mean, rstd } = oracle.truth(bound, probe(bound, name), inputs, mask === undefined ? undefined : { mask });
  if (y?.kind !== "real" || mean?.kind !== "real" || rstd?.kind !== "real") throw new TypeError("real truths expected");
  return { y, mean, rstd };
}

/** Rows of x. */
function rowsOf(bound: BoundCase, inputs: Tensors): number[][] {
  const { rows, features } = extentsOf(bound);
  const x = values(inputs, "x");
  return Array.from({ length: rows }, (_, row) => x.slice(row * features, (row + 1) * features));
}

/** Mean and variance by another way than two passes: the pairwise differences of a row. */
function moments(row: readonly number[]): { mean: number; variance: number } {
  const mean = row.reduceRight((sum, value) => sum + value, 0) / row.length;
  const squares = row.map((a) => row.reduce((sum, b) => sum + (a - b) ** 2, 0));
  return { mean, variance: squares.reduce((sum, value) => sum + value, 0) / (2 * row.length ** 2) };
}

describe("the truth of layer_norm", () => {
  it("normalizes a row, multiplies by gamma and adds beta", () => {
    const bound = boundCase(1, 4, { eps: 0 });
    const inputs = {
      x: fill("float32", [1, 4], (index) => [3, 5, 3, 5][index] ?? 0),
      gamma: fill("float32", [4], (index) => [1, 2, 3, 4][index] ?? 0),
      beta: fill("float32", [4], (index) => [10, 20, 30, -4][index] ?? 0),
    };
    const { y, mean, rstd } = truthsOf(bound, inputs, "normal");
    expect([...y.y]).toEqual([9, 22, 27, 0]);
    expect([mean.y[0], rstd.y[0]]).toEqual([4, 1]);
    // 4 mean|x| + 3 |x normalized| for each unit of gamma, plus |beta|.
    expect([...y.s]).toEqual([19 + 10, 38 + 20, 57 + 30, 76 + 4]);
    expect([y.k[0], mean.k[0], rstd.k[0], mean.s[0]]).toEqual([20, 20, 20, 4]);
    expect(rstd.s[0]).toBeCloseTo(1 + 4 / Math.sqrt(20) + UNIT * Math.sqrt(20) * 16, 12);
  });

  it("adds eps inside the root", () => {
    const bound = boundCase(1, 2, { eps: 0.75 });
    const inputs = { x: fill("float32", [1, 2], (index) => index), gamma: fill("float32", [2], () => 1) };
    expect([...truthsOf(bound, inputs, "near_eps").y.y]).toEqual([-0.5, 0.5]);
  });

  it("is beta where there is one feature", () => {
    const bound = boundCase(3, 1);
    const inputs = drawn(bound, "offset");
    const [beta = Number.NaN] = values(inputs, "beta");
    expect([...truthsOf(bound, inputs, "offset").y.y]).toEqual([beta, beta, beta]);
  });

  it("equals an independent evaluation in every regime", () => {
    const rows = fc.integer({ min: 1, max: 5 });
    const features = fc.integer({ min: 2, max: 40 });
    fc.assert(
      fc.property(rows, features, fc.constantFrom(...DTYPES), fc.boolean(), (r, D, T, biased) => {
        const bound = boundCase(r, D, { T, absent: biased ? [] : ["beta"] });
        for (const { name, lane } of oracle.probes(bound)) {
          if (lane !== "B") continue;
          const inputs = drawn(bound, name);
          const [gamma, beta] = [values(inputs, "gamma"), values(inputs, "beta")];
          const { y, mean, rstd } = truthsOf(bound, inputs, name);
          rowsOf(bound, inputs).forEach((row, index) => {
            const want = moments(row);
            const factor = 1 / Math.sqrt(want.variance + 1e-5);
            const size = Math.max(...row.map(Math.abs));
            expect(Math.abs((mean.y[index] ?? Number.NaN) - want.mean)).toBeLessThanOrEqual(1e-14 * size);
            expect((rstd.y[index] ?? Number.NaN) / factor).toBeCloseTo(1, 9);
            row.forEach((value, d) => {
              const expected = (value - want.mean) * factor * (gamma[d] ?? 0) + (beta[d] ?? 0);
              expect(y.y[index * D + d]).toBeCloseTo(expected, 7);
            });
          });
        }
      }),
      { numRuns: 20 },
    );
  });

  it("does not change when a row moves, but for its mean and what that costs", () => {
    const bound = boundCase(1, 8);
    const gamma = fill("float32", [8], () => 1);
    const at = (offset: number): Tensors => ({ x: fill("float32", [1, 8], (index) => offset + index), gamma });
    const [here, there] = [truthsOf(bound, at(0)), truthsOf(bound, at(1024))];
    expect([...there.y.y]).toEqual([...here.y.y]);
    expect((there.mean.y[0] ?? 0) - (here.mean.y[0] ?? 0)).toBe(1024);
    expect(there.y.s[0]).toBeGreaterThan(100 * (here.y.s[0] ?? Number.NaN));
  });

  it("leaves absent outputs out, and a mean that no order defines unjudged", () => {
    const inputs = drawn(boundCase(6, 8), "specials");
    const bound = boundCase(6, 8, { absent: ["mean", "rstd"] });
    expect(Object.keys(oracle.truth(bound, probe(bound, "specials"), inputs))).toEqual(["y"]);
    const { y, mean, rstd } = truthsOf(boundCase(6, 8), inputs, "specials");
    // Row 3 holds an infinity.
    expect([...(mean.judged ?? [])]).toEqual([1, 1, 1, 0, 1, 1]);
    expect(rstd.y[3]).toBeNaN();
    expect([...y.y.subarray(16, 32)].every(Number.isNaN)).toBe(true);
    expect([...y.s.subarray(16, 32)].every((scale) => scale === 0)).toBe(true);
  });

  it("evaluates only the rows of a sample, and says which", () => {
    const bound = boundCase(3, 2);
    const inputs = drawn(bound, "near_eps");
    const [all, some] = [
      truthsOf(bound, inputs, "near_eps"),
      truthsOf(bound, inputs, "near_eps", Uint8Array.of(0, 1, 0)),
    ];
    expect([...(some.y.judged ?? [])]).toEqual([0, 0, 1, 1, 0, 0]);
    for (const { judged } of [some.mean, some.rstd]) expect([...(judged ?? [])]).toEqual([0, 1, 0]);
    expect([some.y.y[2], some.y.y[3], some.rstd.y[1]]).toEqual([all.y.y[2], all.y.y[3], all.rstd.y[1]]);
    expect([some.y.y[0], some.rstd.y[0]]).toEqual([0, 0]);
  });

  it("refuses inputs without x", () => {
    const bound = boundCase(1, 1);
    expect(() => oracle.truth(bound, probe(bound, "normal"), {})).toThrow("needs 'x'");
  });
});

describe("the inputs of layer_norm", () => {
  it("are equal for equal seeds and others for other seeds", () => {
    const bound = boundCase(7, 18);
    for (const { name } of oracle.probes(bound)) {
      expect(drawn(bound, name)).toEqual(drawn(bound, name));
      expect(drawn(bound, name, "f".repeat(32))).not.toEqual(drawn(bound, name));
    }
  });

  it("refuse a probe that the op does not have", () => {
    const stray: Probe = { name: "uniform", lane: "A", reveals: "" };
    expect(() => oracle.inputs(boundCase(1, 1), stray, seededRandom(SEED))).toThrow("no probe 'uniform'");
  });

  it("judge first where eps counts, race on one regime, and leave out regimes whose rows would repeat", () => {
    const names = (D: number): string[] => oracle.probes(boundCase(1, D)).map(({ name }) => name);
    expect(oracle.probes(boundCase(1, 16)).map(({ lane }) => lane)).toEqual(["B", "A", "B", "B", "B", "B", "C"]);
    expect(oracle.probes(boundCase(1, 16)).filter(({ race }) => race)).toHaveLength(1);
    expect(names(15)).toEqual(["near_eps", "signs", "normal", "offset", "ascending", "specials"]);
    expect(names(2)).toEqual(["near_eps", "signs", "specials"]);
  });

  it.each(DTYPES)("normalize to +-1 in `signs`, and y is an exact T: %s", (T) => {
    for (const D of [2, 64, 4098]) {
      const bound = boundCase(4, D, { T });
      const inputs = drawn(bound, "signs");
      const { y } = truthsOf(bound, inputs, "signs");
      const [gamma, beta] = [values(inputs, "gamma"), values(inputs, "beta")];
      rowsOf(bound, inputs).forEach((row, index) => {
        const mean = row.reduce((sum, value) => sum + value, 0) / D;
        expect(new Set(row.map((value) => Math.abs(value - mean))).size).toBe(1);
        row.forEach((value, d) => {
          const want = Math.sign(value - mean) * (gamma[d] ?? 0) + (beta[d] ?? 0);
          expect(Math.abs(want)).toBeGreaterThanOrEqual(Math.abs(gamma[d] ?? 0) / 2);
          if (T !== "float32") expect(y.y[index * D + d]).toBe(want);
        });
      });
      expect(y.ulps).toBe(T === "float32" ? undefined : 0);
    }
    expect(truthsOf(boundCase(4, 63, { T }), drawn(boundCase(4, 63, { T }), "signs"), "signs").y.ulps).toBeUndefined();
  });

  it.each([
    ["float32", 1024],
    ["float16", 16],
    ["bfloat16", 2],
  ] as const)("have means far above the deviation in `offset`: %s", (T, least) => {
    const bound = boundCase(9, 256, { T });
    for (const row of rowsOf(bound, drawn(bound, "offset"))) {
      const { mean, variance } = moments(row);
      expect(Math.abs(mean) / Math.sqrt(variance)).toBeGreaterThan(0.8 * least);
    }
  });

  it("have blocks of other means in `ascending`, variances around eps in `near_eps`, squares beyond float16 in `outlier`", () => {
    const bound = boundCase(60, 128, { T: "float16" });
    for (const row of rowsOf(bound, drawn(bound, "ascending"))) {
      const blocks = [0, 112].map((start) => moments(row.slice(start, start + 16)).mean);
      expect(Math.abs((blocks[1] ?? 0) - (blocks[0] ?? 0))).toBeGreaterThan(12);
    }
    const ratios = rowsOf(bound, drawn(bound, "near_eps")).map((row) => Math.log2(moments(row).variance / 1e-5) / 4);
    expect(new Set(ratios.map((ratio) => Math.round(ratio) + 0))).toEqual(new Set([-1, 0, 1]));
    for (const row of rowsOf(bound, drawn(bound, "outlier")))
      expect(row.filter((value) => value ** 2 > 65504)).toHaveLength(1);
  });

  it("fit every published case in every dtype, finite outside the special values", () => {
    for (const one of op.cases.filter(({ tags }) => !tags.includes("bench"))) {
      for (const T of DTYPES) {
        const bound = bindCase(op, one, { T }, false);
        for (const made of oracle.probes(bound)) {
          const inputs = oracle.inputs(bound, made, seededRandom(SEED));
          expect(Object.keys(inputs)).toEqual(bound.inputs.filter(({ absent }) => !absent).map(({ name }) => name));
          for (const { name, dtype, shape, absent } of bound.inputs)
            if (!absent) expect(inputs[name]).toMatchObject({ dtype, shape });
          for (const truth of Object.values(oracle.truth(bound, made, inputs)))
            if (made.lane !== "C" && truth.kind === "real") expect(truth.y.every(Number.isFinite)).toBe(true);
        }
      }
    }
  });
});
