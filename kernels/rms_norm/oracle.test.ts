// Rules of rms_norm's oracle and of the inputs it judges on.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type DType, roundTo } from "../../harness/domain/dtype.ts";
import { type BoundCase, bindCase, opSchema } from "../../harness/domain/op.ts";
import type { Probe, RealTruth, Tensors } from "../../harness/domain/oracle.ts";
import { seededRandom } from "../../harness/domain/random.ts";
import { fill, toFloat64 } from "../../harness/domain/tensor.ts";
import { extentsOf } from "./inputs.ts";
import { oracle } from "./oracle.ts";

const SEED = "00112233445566778899aabbccddeeff";
const DTYPES = ["float32", "float16", "bfloat16"] as const;
const op = opSchema.parse(parse(readFileSync(new URL("op.yaml", import.meta.url), "utf8")));

function boundCase(rows: number, D: number, T: DType = "float32", eps = 1e-6): BoundCase {
  const one = { name: "test", axes: { rows, D }, attributes: { eps }, dtypes: {}, absent: [], tags: [] };
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

function truthOf(bound: BoundCase, inputs: Tensors, name = "normal", mask?: Uint8Array): RealTruth {
  const { y } = oracle.truth(bound, probe(bound, name), inputs, mask === undefined ? undefined : { mask });
  if (y?.kind !== "real") throw new TypeError("a real truth expected");
  return y;
}

function given(bound: BoundCase, x: readonly number[], gamma: readonly number[]): Tensors {
  const { rows, features, dtype } = extentsOf(bound);
  return {
    x: fill(dtype, [rows, features], (index) => x[index] ?? 0),
    gamma: fill(dtype, [features], (index) => gamma[index] ?? 0),
  };
}

/** Rows of x. */
function rowsOf(bound: BoundCase, inputs: Tensors): number[][] {
  const { rows, features } = extentsOf(bound);
  const x = values(inputs, "x");
  return Array.from({ length: rows }, (_, row) => x.slice(row * features, (row + 1) * features));
}

function meanSquare(row: readonly number[]): number {
  return row.reduceRight((sum, value) => sum + value * value, 0) / row.length;
}

/** The definition: x over the root, sums from the back. */
function naive(bound: BoundCase, inputs: Tensors): number[] {
  const gamma = values(inputs, "gamma");
  return rowsOf(bound, inputs).flatMap((row) => {
    const root = Math.sqrt(meanSquare(row) + extentsOf(bound).eps);
    return row.map((value, feature) => (value / root) * (gamma[feature] ?? Number.NaN));
  });
}

describe("the truth of rms_norm", () => {
  it("forgives a cast the mean of its relative errors: an outlier counts as one", () => {
    const bound = boundCase(1, 16, "float16");
    const inputs = given(bound, [900, ...Array.from({ length: 15 }, () => 1.25)], Array(16).fill(1));
    const { common } = truthOf(bound, inputs);
    const errors = naive(bound, inputs).map((normalized) => roundTo(normalized, "float16") / normalized - 1);
    const mean = errors.reduce((sum, error) => sum + error, 0) / 16;
    expect((common?.[0] ?? 0) / (naive(bound, inputs)[0] ?? 1)).toBeCloseTo(Math.abs(mean) * 2 ** 11, 9);
    expect(Math.abs(mean - (errors[0] ?? 0))).toBeGreaterThan(0.1 * 2 ** -11);
  });

  it("divides a row by the root of its mean square and multiplies by gamma", () => {
    const bound = boundCase(2, 2, "float32", 0);
    const truth = truthOf(bound, given(bound, [3, -4, 0, 2], [1, 10]), "signs");
    const root = Math.sqrt(12.5);
    [3 / root, -40 / root, 0, 10 * Math.SQRT2].forEach((want, index) => {
      expect(truth.y[index]).toBeCloseTo(want, 12);
      expect(truth.s[index]).toBeCloseTo(Math.abs(want), 12);
    });
    expect([...truth.k]).toEqual([162, 162, 162, 162]);
    [3 / root, 40 / root, 2 ** -126, 10 * Math.SQRT2].forEach((want, index) =>
      expect(truth.q[index]).toBeCloseTo(index === 2 ? 0 : want, 12),
    );
    expect([...truth.ds].every((value) => value === 0)).toBe(true);
  });

  it("adds eps inside the root", () => {
    const bound = boundCase(1, 1, "float32", 0.75);
    expect(truthOf(bound, given(bound, [0.5], [1])).y[0]).toBe(0.5);
  });

  it("equals an independent evaluation in every regime", () => {
    const rows = fc.integer({ min: 1, max: 7 });
    const features = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(rows, features, fc.constantFrom(...DTYPES), fc.constantFrom(1e-6, 1e-3), (r, D, T, eps) => {
        const bound = boundCase(r, D, T, eps);
        for (const { name, lane } of oracle.probes(bound)) {
          if (lane !== "B") continue;
          const inputs = drawn(bound, name);
          const { y } = truthOf(bound, inputs, name);
          naive(bound, inputs).forEach((want, index) =>
            expect(Math.abs((y[index] ?? Number.NaN) - want)).toBeLessThanOrEqual(1e-14 * Math.abs(want)),
          );
        }
      }),
      { numRuns: 25 },
    );
  });

  it("does not change when x grows by a power of two and eps by its square", () => {
    const [small, large] = [boundCase(3, 9, "float32", 1e-3), boundCase(3, 9, "float32", 1e-3 * 2 ** 16)];
    const { x, gamma } = drawn(small, "normal");
    if (x === undefined || gamma === undefined) throw new TypeError("x and gamma expected");
    const doubled = fill("float32", x.shape, (index) => 2 ** 8 * Number(x.elements[index] ?? 0));
    expect([...truthOf(large, { x: doubled, gamma }).y]).toEqual([...truthOf(small, { x, gamma }).y]);
  });

  it("has no error scale where it is no number", () => {
    const bound = boundCase(2, 2);
    const truth = truthOf(bound, given(bound, [Number.NaN, 1, -Infinity, 5], [1, 1]), "specials");
    expect([...truth.y]).toEqual([Number.NaN, Number.NaN, Number.NaN, 0]);
    expect([...truth.s]).toEqual([0, 0, 0, 0]);
  });

  it("evaluates only the rows of a sample, and says which", () => {
    const bound = boundCase(3, 4);
    const inputs = drawn(bound, "normal");
    const truth = truthOf(bound, inputs, "normal", Uint8Array.of(0, 0, 1));
    expect([...(truth.judged ?? [])]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1]);
    expect([...truth.y.subarray(8)]).toEqual([...truthOf(bound, inputs).y.subarray(8)]);
    expect(truth.y[0]).toBe(0);
  });

  it("refuses inputs without gamma", () => {
    const bound = boundCase(1, 1);
    const { x } = drawn(bound, "normal");
    if (x === undefined) throw new TypeError("x expected");
    expect(() => oracle.truth(bound, probe(bound, "normal"), { x })).toThrow("needs 'gamma'");
  });
});

describe("the inputs of rms_norm", () => {
  it("are equal for equal seeds and others for other seeds", () => {
    const bound = boundCase(7, 17);
    for (const { name } of oracle.probes(bound)) {
      expect(drawn(bound, name)).toEqual(drawn(bound, name));
      expect(drawn(bound, name, "f".repeat(32))).not.toEqual(drawn(bound, name));
    }
  });

  it("refuse a probe that the op does not have", () => {
    const stray: Probe = { name: "uniform", lane: "A", reveals: "" };
    expect(() => oracle.inputs(boundCase(1, 1), stray, seededRandom(SEED))).toThrow("no probe 'uniform'");
  });

  it("judge first where eps counts, race on one regime, and draw no outliers where an outlier is the row", () => {
    const probes = oracle.probes(boundCase(1, 16));
    expect(probes.map(({ lane }) => lane)).toEqual(["B", "A", "B", "B", "B", "C", "C"]);
    expect(probes[0]?.name).toBe("near_eps");
    expect(probes.filter(({ race }) => race)).toHaveLength(1);
    expect(oracle.probes(boundCase(1, 15)).map(({ name }) => name)).not.toContain("outlier");
  });

  it.each(DTYPES)("normalize to exactly +-1 in `signs`, so that half types give gamma's bits: %s", (T) => {
    const bound = boundCase(5, 33, T);
    const inputs = drawn(bound, "signs");
    const { y, ulps } = truthOf(bound, inputs, "signs");
    const gamma = values(inputs, "gamma");
    expect(new Set(gamma.map(Math.abs)).size).toBeGreaterThan(25);
    for (const row of rowsOf(bound, inputs)) {
      const squares = row.map((value) => value * value);
      expect(new Set(squares).size).toBe(1);
      expect(Math.log2(squares[0] ?? 0) % 2).toBe(0);
    }
    y.forEach((value, index) => {
      const want = gamma[index % 33] ?? Number.NaN;
      if (T === "float32") expect(Math.abs(value) / Math.abs(want)).toBeCloseTo(1, 7);
      else expect(Math.abs(value)).toBe(Math.abs(want));
    });
    expect(ulps).toBe(T === "float32" ? undefined : 0);
  });

  it("hold gains that TF32 and bfloat16 cannot hold in float32", () => {
    const gamma = values(drawn(boundCase(1, 64), "signs"), "gamma");
    expect(gamma.filter((value) => value % 2 ** 9 !== 0).length).toBeGreaterThan(60);
  });

  it("have mean squares of a sixteenth, one and sixteen times eps in `near_eps`", () => {
    const bound = boundCase(60, 400, "float32", 1e-3);
    const ratios = rowsOf(bound, drawn(bound, "near_eps")).map((row) => Math.log2(meanSquare(row) / 1e-3) / 4);
    expect(new Set(ratios.map(Math.round))).toEqual(new Set([-1, 0, 1]));
  });

  it("have means that count in `offset` and squares beyond float16 in `outlier`", () => {
    const bound = boundCase(9, 64, "float16");
    for (const row of rowsOf(bound, drawn(bound, "offset"))) {
      const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
      expect(mean ** 2 / meanSquare(row)).toBeGreaterThan(0.8);
    }
    for (const row of rowsOf(bound, drawn(bound, "outlier")))
      expect(row.filter((value) => value ** 2 > 65504)).toHaveLength(1);
  });

  it("fit every published case in every dtype, finite outside the special values", () => {
    for (const one of op.cases.filter(({ tags }) => !tags.includes("bench"))) {
      for (const T of DTYPES) {
        const bound = bindCase(op, one, { T }, false);
        for (const { name, lane } of oracle.probes(bound)) {
          const inputs = drawn(bound, name);
          for (const spec of bound.inputs)
            expect(inputs[spec.name]).toMatchObject({ dtype: spec.dtype, shape: spec.shape });
          if (lane !== "C") expect(truthOf(bound, inputs, name).y.every(Number.isFinite)).toBe(true);
        }
      }
    }
  });
});
