// Rules of matmul's oracle and of the inputs it judges on.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { DType } from "../../harness/domain/dtype.ts";
import { type BoundCase, bindCase, opSchema } from "../../harness/domain/op.ts";
import type { Probe, RealTruth, Tensors } from "../../harness/domain/oracle.ts";
import { seededRandom } from "../../harness/domain/random.ts";
import { fill, toFloat64 } from "../../harness/domain/tensor.ts";
import { extentsOf } from "./extents.ts";
import { PROBES } from "./inputs.ts";
import { oracle } from "./oracle.ts";

const SEED = "00112233445566778899aabbccddeeff";
const DTYPES = ["float32", "float16", "bfloat16"] as const;
const op = opSchema.parse(parse(readFileSync(new URL("op.yaml", import.meta.url), "utf8")));

/** A case; axes that are not named are 1. */
function boundCase(axes: Record<string, number>, transA = false, transB = false, T: DType = "float32"): BoundCase {
  const all = { batch: 1, batch_b: 1, M: 1, N: 1, K: 1, ...axes };
  const attributes = { trans_a: transA, trans_b: transB };
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

function truthOf(bound: BoundCase, inputs: Tensors, name = "normal"): RealTruth {
  const { c } = oracle.truth(bound, probe(name), inputs);
  if (c?.kind !== "real") throw new TypeError("a real truth expected");
  return c;
}

function values(inputs: Tensors, name: "a" | "b"): Float64Array {
  return toFloat64(inputs[name] ?? fill("float32", [0], () => 0));
}

/** Operands of a case from their elements as stored. */
function given(bound: BoundCase, a: readonly number[], b: readonly number[]): Tensors {
  const [left, right] = bound.inputs.map(({ shape }) => shape);
  return { a: fill("float32", left ?? [], (i) => a[i] ?? 0), b: fill("float32", right ?? [], (i) => b[i] ?? 0) };
}

/** The terms of every element of c by definition, from the last k to the first. */
function naiveTerms(bound: BoundCase, inputs: Tensors): number[][] {
  const { batch, batchB, m, n, k, transA, transB } = extentsOf(bound);
  const [a, b] = [values(inputs, "a"), values(inputs, "b")];
  return Array.from({ length: batch * m * n }, (_, index) => {
    const [matrix, row, column] = [Math.floor(index / n / m), Math.floor(index / n) % m, index % n];
    const [left, right] = [matrix * m * k, (batchB === 1 ? 0 : matrix) * k * n];
    return Array.from({ length: k }, (_unused, place) => {
      const i = k - 1 - place;
      const x = a[left + (transA ? i * m + row : row * k + i)] ?? Number.NaN;
      return x * (b[right + (transB ? column * k + i : i * n + column)] ?? Number.NaN);
    });
  });
}

function sum(terms: readonly number[]): number {
  return terms.reduce((total, term) => total + term, 0);
}

describe("the truth of matmul", () => {
  it("is the product of rows and columns", () => {
    const bound = boundCase({ M: 2, N: 2, K: 3 });
    const truth = truthOf(bound, given(bound, [1, 2, 3, 4, 5, 6], [1, -1, 0, 2, 10, 0]));
    expect([...truth.y]).toEqual([31, 3, 64, 6]);
    expect([...truth.s]).toEqual([31, 5, 64, 14]);
    expect([[...truth.k], [...truth.q], [...truth.ds], truth.ulps]).toEqual([
      [3, 3, 3, 3],
      [0, 0, 0, 0],
      [0, 0, 0, 0],
      undefined,
    ]);
  });

  it("reads a transposed operand by columns", () => {
    const wide = boundCase({ M: 2, N: 1, K: 2 }, true);
    expect([...truthOf(wide, given(wide, [1, 2, 3, 4], [1, 10])).y]).toEqual([31, 42]);
    const tall = boundCase({ M: 1, N: 2, K: 2 }, false, true);
    expect([...truthOf(tall, given(tall, [1, 10], [1, 2, 3, 4])).y]).toEqual([21, 43]);
  });

  it("gives every matrix of a the one matrix of b, or its own", () => {
    const shared = boundCase({ batch: 2, M: 1, N: 1, K: 1 });
    expect([...truthOf(shared, given(shared, [2, 3], [5])).y]).toEqual([10, 15]);
    const own = boundCase({ batch: 2, batch_b: 2, M: 1, N: 1, K: 1 });
    expect([...truthOf(own, given(own, [2, 3], [5, 7])).y]).toEqual([10, 21]);
  });

  it("is 0 and exact where K is 0, and empty where M is 0", () => {
    const bound = boundCase({ batch: 2, M: 2, N: 3, K: 0 });
    const truth = truthOf(bound, drawn(bound, "normal"));
    const zeros = Array.from({ length: 12 }, () => 0);
    expect([[...truth.y], [...truth.s]]).toEqual([zeros, zeros]);
    const empty = boundCase({ M: 0, N: 3, K: 4 });
    for (const { name } of PROBES) expect(truthOf(empty, drawn(empty, name), name).y).toHaveLength(0);
  });

  it("agrees with the definition for any extents, transposes and dtype", () => {
    const extent = fc.integer({ min: 1, max: 7 });
    fc.assert(
      fc.property(
        fc.tuple(extent, extent, extent, extent),
        fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
        fc.constantFrom(...DTYPES),
        fc.constantFrom("normal", "positive", "cancelling"),
        ([batch, M, N, K], [transA, transB, shared], T, name) => {
          const bound = boundCase({ batch, batch_b: shared ? 1 : batch, M, N, K }, transA, transB, T);
          const inputs = drawn(bound, name);
          const truth = truthOf(bound, inputs, name);
          naiveTerms(bound, inputs).forEach((terms, index) => {
            const size = sum(terms.map(Math.abs));
            expect(Math.abs((truth.y[index] ?? Number.NaN) - sum(terms))).toBeLessThanOrEqual(2 ** -48 * size);
            expect(truth.s[index]).toBeCloseTo(size, 6);
          });
        },
      ),
      { numRuns: 60, seed: 1 },
    );
  });

  it("swaps its operands under transposition", () => {
    const bound = boundCase({ M: 5, N: 3, K: 4 });
    const { a, b } = drawn(bound, "normal");
    if (a === undefined || b === undefined) throw new RangeError("two operands expected");
    const turned = boundCase({ M: 3, N: 5, K: 4 }, true, true);
    const [c, ct] = [truthOf(bound, { a, b }).y, truthOf(turned, { a: b, b: a }).y];
    expect(Array.from({ length: 15 }, (_, i) => ct[(i % 3) * 5 + Math.floor(i / 3)])).toEqual([...c]);
  });

  it("is rounded to the dtype, half to even and overflow to infinity, where every legal order gives the same sum", () => {
    const bound = boundCase({ M: 1, N: 1, K: 2 }, false, false, "float16");
    const half = (a: readonly number[]): Tensors => ({
      a: fill("float16", [1, 1, 2], (i) => a[i] ?? 0),
      b: fill("float16", [1, 2, 1], () => 1),
    });
    const settled = (a: readonly number[], name: string): RealTruth => truthOf(bound, half(a), name);
    // 2049 and 2051 are ties of float16; 65536 is beyond its largest number.
    expect([settled([2048, 1], "integers").y[0], settled([2050, 1], "integers").y[0]]).toEqual([2048, 2052]);
    expect([settled([2048, 1], "integers").ulps, settled([2048, 1], "special").ulps]).toEqual([0, undefined]);
    expect(settled([65_504, 32], "special").y[0]).toBe(Number.POSITIVE_INFINITY);
    expect(settled([2048, 1], "normal").y[0]).toBe(2049);
  });

  it("allows for what tensor cores cut off, in half types beyond K = 512 alone", () => {
    const share = (K: number, T: DType): number => {
      const bound = boundCase({ K }, false, false, T);
      return truthOf(bound, drawn(bound, "positive"), "positive").ds[0] ?? Number.NaN;
    };
    expect([share(512, "float16"), share(16_384, "float32")]).toEqual([0, 0]);
    for (const T of ["float16", "bfloat16"] as const) expect(share(1024, T)).toBe(192 * 2 ** -24);
  });

  it("judges only the rows that are asked for", () => {
    const bound = boundCase({ batch: 2, M: 3, N: 2, K: 4 });
    const inputs = drawn(bound, "normal");
    const mask = Uint8Array.of(0, 1, 0, 0, 0, 1);
    const { c } = oracle.truth(bound, probe("normal"), inputs, { mask });
    if (c?.kind !== "real") throw new TypeError("a real truth expected");
    expect([...(c.judged ?? [])]).toEqual([0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1]);
    const all = truthOf(bound, inputs);
    for (const index of [2, 3, 10, 11]) expect(c.y[index]).toBe(all.y[index]);
  });
});
