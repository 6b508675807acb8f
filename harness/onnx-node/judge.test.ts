// What a result says: which rule judged, and why something is no pass.
import { describe, expect, it, test } from "vitest";
import type { OnnxValue } from "../onnx/value.ts";
import type { Answer } from "./bundle.ts";
import { judgeAnswer, withWord } from "./judge.ts";
import { partsOf } from "./pair.ts";
import { applyRule } from "./rules.ts";
import { floats, readyCase, typed } from "./testing/cases.ts";

const done = (...outputs: OnnxValue[]): Answer => ({ state: "done", outputs, ns: 1000 });
const asked = (operator: string, want: OnnxValue, reduces = false): ReturnType<typeof readyCase> => {
  const ready = readyCase("test_case");
  return { ...ready, operator, outputs: [["y", want]], reduces };
};
const rulesOf = (operator: string, got: OnnxValue, want: OnnxValue, reduces = false): string[] =>
  judgeAnswer(asked(operator, want, reduces), done(got)).rules.map(({ rule, accepted }) => `${rule} ${accepted}`);

const onnxAccepts = (got: OnnxValue, want: OnnxValue): boolean =>
  partsOf("y", got, want).every((part) => applyRule("close", part) === null);

const int8 = (...values: number[]): OnnxValue => typed(3, Uint8Array.from(Int8Array.from(values)), [values.length]);

describe("onnx's own rule", () => {
  test.each<readonly [string, OnnxValue, OnnxValue, boolean]>([
    ["within a thousandth", floats([1.0009]), floats([1]), true],
    ["beyond it", floats([1.0011]), floats([1]), false],
    ["near zero, within 1e-7", floats([1e-7]), floats([0]), true],
    [
      "of float16, whose 1e-7 is 1.19e-7",
      typed(10, Uint8Array.of(2, 0), [1]),
      typed(10, Uint8Array.of(0, 0), [1]),
      true,
    ],
    ["of float16, beyond", typed(10, Uint8Array.of(3, 0), [1]), typed(10, Uint8Array.of(0, 0), [1]), false],
    ["near zero, beyond", floats([1.1e-7]), floats([0]), false],
    ["NaN for NaN", floats([Number.NaN]), floats([Number.NaN]), true],
    ["NaN for a number", floats([Number.NaN]), floats([1]), false],
    ["an infinity for itself", floats([Infinity]), floats([Infinity]), true],
    ["the largest number for an infinity", floats([-3.4028234663852886e38]), floats([-Infinity]), false],
    ["integers within a thousandth", int8(100), int8(100), true],
    ["another shape", floats([1, 2], [2]), floats([1, 2], [1, 2]), false],
    ["another dtype", int8(1), floats([1]), false],
    ["two ULP of bfloat16", typed(16, Uint8Array.of(0x82, 0x3f), [1]), typed(16, Uint8Array.of(0x80, 0x3f), [1]), true],
    ["nothing for nothing", { kind: "none" }, { kind: "none" }, true],
    ["nothing for a tensor", { kind: "none" }, floats([1]), false],
    ["a shorter sequence", { kind: "sequence", items: [] }, { kind: "sequence", items: [floats([1])] }, false],
    [
      "another string",
      { kind: "strings", shape: [1], texts: ["a"] },
      { kind: "strings", shape: [1], texts: ["b"] },
      false,
    ],
  ])("%s", (_, got, want, accepted) => {
    expect(onnxAccepts(got, want)).toBe(accepted);
  });

  it("takes a complex number by its distance", () => {
    const complex = (...parts: number[]): OnnxValue => typed(14, new Uint8Array(Float32Array.from(parts).buffer), [1]);
    expect(onnxAccepts(complex(1000, 0.5), complex(1000, 0))).toBe(true);
    expect(onnxAccepts(complex(0, 0.5), complex(0, 0))).toBe(false);
  });
});

describe("our rules", () => {
  it("want integers, bools and strings equal, which onnx's rule does not", () => {
    const far = [
      typed(7, new Uint8Array(BigInt64Array.of(10_001n).buffer), [1]),
      typed(7, new Uint8Array(BigInt64Array.of(10_000n).buffer), [1]),
    ] as const;
    expect(rulesOf("/Add", ...far)).toEqual(["onnx true", "equal false"]);
  });

  it("tell 64-bit integers apart that are one float64", () => {
    const wide = (value: bigint): OnnxValue => typed(7, new Uint8Array(BigInt64Array.of(value).buffer), [1]);
    expect(rulesOf("/Add", wide(2n ** 60n + 1n), wide(2n ** 60n))).toEqual(["onnx true", "equal false"]);
  });

  it("want moved elements to be what they were, with their sign of zero", () => {
    expect(rulesOf("/Transpose", floats([-0]), floats([0]))).toEqual(["onnx true", "moved false"]);
    expect(rulesOf("/Transpose", floats([Number.NaN]), floats([Number.NaN]))).toEqual(["onnx true", "moved true"]);
  });

  it("leave an operator alone that reduces while it moves, or that is not a standard one", () => {
    expect(rulesOf("/ScatterND", floats([1.0001]), floats([1]), true)).toEqual(["onnx true"]);
    expect(rulesOf("own/Transpose", floats([1.0001]), floats([1]))).toEqual(["onnx true"]);
  });

  it("want the one right answer of a rounding or a selection", () => {
    expect(rulesOf("/Cast", floats([1.0001]), floats([1]))).toEqual(["onnx true", "equal false"]);
    expect(rulesOf("/Max", floats([-0]), floats([0]))).toEqual(["onnx true", "equal true"]);
  });
});

describe("a result", () => {
  it("is a pass when every rule accepts, with how far it is off", () => {
    const judged = judgeAnswer(asked("/Exp", floats([1, 2])), done(floats([1, 2 + 2 ** -22])));
    expect(judged).toMatchObject({ result: "passed", group: null, reason: null, ns: 1000 });
    expect(judged.errors).toEqual([
      { output: "y", type: "float", elements: 2, different: 1, maxAbs: 2 ** -22, maxUlp: 1, ofLargest: 2 ** -23 },
    ]);
  });

  it("says which rules rejected what, and that a random draw cannot be repeated", () => {
    const ready = asked("/Dropout", floats([1, 2]));
    const judged = judgeAnswer(ready, done(floats([1, 0])));
    expect(judged.group).toBe("rejected by onnx; a random draw");
    expect(judged.reason).toMatch(/^rejected by onnx: y, element 1: got 0 want 2 within 0\.00200 \(1 of 2\); .*numpy/);
  });

  it("is wrong with another number of outputs", () => {
    expect(judgeAnswer(asked("/Exp", floats([1])), done()).reason).toBe("0 outputs where 1 belong");
  });

  it("of onnx's rule alone may be overruled by our error model", () => {
    const judged = judgeAnswer(asked("/Softmax", floats([1])), done(floats([1])));
    const word = { rule: "softmax fp32", applies: "all", accepted: false, message: "y: 1 of 1 elements differ" };
    expect(withWord("/Softmax", judged, word)).toMatchObject({ result: "wrong", group: "rejected by softmax fp32" });
  });
});
