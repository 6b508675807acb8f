// Other suites' rules as they are stated: what each lets pass and what it refuses, with the weaknesses they are known for.
import { describe, expect, it } from "vitest";
import type { DType } from "../domain/dtype.ts";
import { realTruth, requantizedTruth } from "../testing/judged.ts";
import { type Observed, observe, RULES } from "./rules.ts";

/** Names of the rules that accept. */
function accepting(observed: Observed): string[] {
  return RULES.filter((rule) => rule.accepts(observed)).map(({ name }) => name);
}

function seen(
  got: readonly number[],
  want: readonly number[],
  dtype: DType = "float32",
  rest: Partial<Observed> = {},
): Observed {
  return { dtype, got: Float64Array.from(got), want: Float64Array.from(want), terms: 1, baseline: 0, ...rest };
}

const ALL = RULES.map(({ name }) => name);

describe("other suites' rules", () => {
  it("all accept what is equal, infinities too; NaN only those that say so", () => {
    expect(accepting(seen([1, Number.POSITIVE_INFINITY], [1, Number.POSITIVE_INFINITY]))).toEqual(ALL);
    expect(accepting(seen([Number.NaN], [Number.NaN]))).toEqual(["ONNX", "FlagGems", "DIOPI"]);
  });

  it("all refuse NaN and an infinity for a number", () => {
    expect(accepting(seen([Number.NaN, 1], [1, 1]))).toEqual([]);
    expect(accepting(seen([Number.POSITIVE_INFINITY, 1], [1, 1]))).toEqual([]);
  });

  it("tolerances are those of the dtype", () => {
    expect(accepting(seen([1.005], [1], "float16", { baseline: 0.0005 }))).toEqual(["KernelBench", "DIOPI"]);
    expect(accepting(seen([1.00005], [1]))).toEqual(["ONNX", "FlagGems", "KernelBench"]);
  });

  it("FlagGems allows more the longer the sum, so that zero passes for a large one", () => {
    expect(accepting(seen([0], [2000], "float32", { terms: 2 ** 25 }))).toEqual(["FlagGems"]);
  });

  it("DIOPI gives one element in a thousand away", () => {
    const want = Array.from({ length: 2000 }, () => 1);
    const got = want.map((value, index) => (index < 2 ? -100 : value));
    expect(accepting(seen(got, want))).toEqual(["DIOPI"]);
    expect(
      accepting(
        seen(
          got.map((value, index) => (index === 2 ? 5 : value)),
          want,
        ),
      ),
    ).toEqual([]);
  });

  it("flash-attention doubles the error of a kernel in the same dtype", () => {
    expect(accepting(seen([1.2], [1], "float32", { baseline: 0.11 }))).toEqual(["flash-attention"]);
  });

  it("integers are compared exactly by some and with a relative tolerance by others", () => {
    expect(accepting(seen([1001], [1000], "int32"))).toEqual(["ONNX"]);
  });

  it("see the oracle's value in the output's dtype, the longest sum and a modelled baseline", () => {
    const real = observe(
      realTruth([1 + 2 ** -20, 2], { k: Float64Array.of(3, 7), s: Float64Array.of(1, 4) }),
      "float16",
      Float64Array.of(1, 2),
    );
    expect([[...real.want], real.terms, real.baseline]).toEqual([[1, 2], 7, 2 ** -10 + 2 ** -9]);
    expect([...observe(requantizedTruth([2.5, 300]), "int8", Float64Array.of(2, 127)).want]).toEqual([2, 127]);
  });
});
