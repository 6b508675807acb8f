// One output against its truth: which elements are accepted, what is said of those that are not, and the summary of errors.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DType } from "../../domain/dtype.ts";
import type { Lane, Truth } from "../../domain/oracle.ts";
import { type ErrorSummary, errorSummarySchema, type GateResult, gateSchema } from "../../domain/run-record.ts";
import { fill, type Tensor } from "../../domain/tensor.ts";
import { type Finding, findingSchema } from "../../domain/verdict.ts";
import { FP32, INT32, probeOf, realTruth, requantizedTruth } from "../../testing/judged.ts";
import { binOf, BINS, ErrorAccumulator, HISTOGRAM_ENDS, noTotals } from "./errors.ts";
import { compare } from "./judge.ts";

function tensor(dtype: DType, values: readonly number[], shape: readonly number[] = [values.length]): Tensor {
  return fill(dtype, shape, (index) => values[index] ?? 0);
}

interface Compared {
  readonly finding: Finding | null;
  readonly gate: GateResult | undefined;
  readonly gates: readonly GateResult[];
  readonly summary: ErrorSummary;
}

/** The first finding and gate of one comparison, with the summary. */
function compared(got: Tensor, truth: Truth, lane: Lane = "B"): Compared {
  const numerics = truth.kind === "real" ? FP32 : INT32;
  const errors = new ErrorAccumulator("y");
  const { findings, gates } = compare(
    { probe: probeOf(lane), placement: "right", output: "y", got, truth },
    numerics,
    0,
    errors,
  );
  const summary = errors.summary();
  // Whatever is compared can be recorded.
  errorSummarySchema.parse(summary);
  for (const gate of gates) gateSchema.parse(gate);
  for (const finding of findings) findingSchema.parse(finding);
  return { finding: findings[0] ?? null, gate: gates[0], gates, summary };
}

/** Whether one value is accepted where another is wanted, with nothing but rounding allowed. */
function accepts(got: number, want: number): boolean {
  return compared(tensor("float32", [got]), realTruth([want])).finding === null;
}

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

describe("special values", () => {
  it("NaN matches NaN and nothing else", () => {
    expect([accepts(nan, nan), accepts(nan, 1), accepts(1, nan), accepts(nan, inf), accepts(inf, nan)]).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  it("an infinity matches itself and no other", () => {
    expect([accepts(inf, inf), accepts(-inf, -inf), accepts(inf, -inf), accepts(-inf, inf)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it("a finite value never matches an infinity, unless it overflows", () => {
    fc.assert(
      fc.property(
        fc.float({ min: -(2 ** 127), max: 2 ** 127, noNaN: true }),
        fc.constantFrom(inf, -inf),
        (finite, infinity) => {
          expect([accepts(finite, infinity), accepts(infinity, finite)]).toEqual([false, false]);
        },
      ),
    );
  });

  it("either sign of zero is zero", () => {
    expect([accepts(0, -0), accepts(-0, 0)]).toEqual([true, true]);
  });

  it("where a special value is missed, the record says so in text and no ULP is made up", () => {
    const { finding, gate, summary } = compared(tensor("float32", [nan, 1, -inf]), realTruth([1, nan, -inf]));
    expect(finding).toMatchObject({ mismatches: 2, total: 3, first: { got: "NaN", want: 1, ulp: null } });
    expect(gate?.statistic).toBe("Infinity");
    expect(summary).toMatchObject({ maxAbs: "Infinity", maxUlp: "Infinity", headroom: "Infinity", mismatches: 2 });
    expect(summary.ulpHistogram).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
  });
});

describe("real outputs", () => {
  it("one rounding to the output passes, the next number does not", () => {
    const near = 1 + 0.4 * 2 ** -10;
    expect(compared(tensor("float16", [1]), realTruth([near])).finding).toBeNull();
    expect(compared(tensor("float16", [1 + 2 ** -10]), realTruth([near])).finding).toMatchObject({
      gate: "G1",
      mismatches: 1,
    });
  });

  it("each correctly rounded value passes in every floating dtype", () => {
    const dtype = fc.constantFrom<DType>("float16", "bfloat16", "float32");
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -6e4, max: 6e4, noNaN: true }), { minLength: 1, maxLength: 40 }),
        dtype,
        (values, type) => {
          const { finding, summary } = compared(tensor(type, values), realTruth(values));
          expect(finding).toBeNull();
          expect(Number(summary.maxUlp)).toBeLessThanOrEqual(0.5);
          expect(summary.ulpHistogram[0]).toBe(values.length);
        },
      ),
    );
  });

  it("in lane A name their gate exact where exactness was asked for, else G1", () => {
    const gate = (ulps: number | undefined, lane: Lane): string =>
      compared(tensor("float32", [1]), realTruth([1], ulps === undefined ? {} : { ulps }), lane).gate?.gate ?? "none";
    expect([gate(0, "A"), gate(undefined, "A"), gate(0, "B"), gate(0, "C")]).toEqual(["exact", "G1", "G1", "G1"]);
  });

  it("that must be equal are wrong by their last bit", () => {
    const got = tensor("float32", [3, 3 + 2 ** -22]);
    const { finding, gate } = compared(got, realTruth([3, 3], { ulps: 0 }), "A");
    expect(finding).toMatchObject({ gate: "exact", first: { index: [1], ulp: 1, allowed: 0 } });
    expect(gate).toMatchObject({ statistic: "Infinity", limit: 1 });
  });

  it("a statistic is above its limit exactly where something is wrong", () => {
    const pairs = fc.array(fc.tuple(fc.float({ min: -8, max: 8, noNaN: true }), fc.integer({ min: -3, max: 3 })), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(pairs, (all) => {
        const want = all.map(([value]) => value);
        const got = tensor(
          "float32",
          all.map(([value, off]) => value + off * 2 ** -23),
        );
        const { finding, gate, summary } = compared(got, realTruth(want));
        expect(Number(gate?.statistic) > (gate?.limit ?? 0)).toBe(finding !== null);
        expect(Number(summary.headroom) > 1).toBe(finding !== null);
        expect(summary.ulpHistogram.reduce((sum, count) => sum + count, 0)).toBe(summary.elements);
      }),
    );
  });
});

describe("requantized outputs", () => {
  it("take one of two neighbours near a tie, and count the distance outside", () => {
    const truth = requantizedTruth([2.5, 7, -3], { exactArithmetic: false });
    const right = compared(tensor("int8", [3, 7, -3]), truth, "A");
    expect(right).toMatchObject({ finding: null, gate: { gate: "requantized", statistic: 0, limit: 0 } });
    const wrong = compared(tensor("int8", [4, 7, -9]), truth, "A");
    expect(wrong.gate?.statistic).toBe(6);
    expect(compared(tensor("int8", [5, 7, -3]), truth, "A").gate?.statistic).toBe(2);
    expect(wrong.finding).toMatchObject({
      first: { index: [0], got: 4, want: 2, allowed: null },
      worst: { index: [2], got: -9, want: -3 },
    });
    expect(wrong.summary).toMatchObject({ mismatches: 2, maxAbs: 6, headroom: null, rmsOverSigma: null, bias: null });
  });

  it("where arithmetic is exact take no neighbour", () => {
    const truth = requantizedTruth([2.5, 0.5]);
    expect(compared(tensor("int8", [2, 0]), truth, "A").finding).toBeNull();
    expect(compared(tensor("int8", [3, 0]), truth, "A").finding?.mismatches).toBe(1);
  });
});

describe("a finding", () => {
  it("holds the first and the worst element, its pattern and what the probe reveals", () => {
    const got = tensor("float32", [0, 1, 2, 9, 4, 500], [3, 2]);
    const { finding } = compared(got, realTruth([0, 1, 2, 3, 4, 5]));
    expect(finding).toMatchObject({
      lane: "B",
      probe: "random",
      placement: "right",
      output: "y",
      message: "lane B, random: 2 of 6 elements differ; it reveals a fault",
      first: { index: [1, 1], got: 9, want: 3 },
      worst: { index: [2, 1], got: 500, want: 5 },
      pattern: "y: axis 0 at 1..2 of 3, the tail; axis 1 at 1 of 2, the tail",
    });
  });

  it("a wrong number of elements is a finding about the shape", () => {
    const { finding, gate } = compared(tensor("float32", [1, 2, 3]), realTruth([1, 2]));
    expect(finding).toMatchObject({ gate: "shape", message: "2 elements expected, 3 found", first: null });
    expect(gate).toMatchObject({ gate: "shape", statistic: 3, limit: 2 });
  });

  it("of elements that were not evaluated nothing is said", () => {
    const truth = realTruth([1, nan, 3], { judged: Uint8Array.of(1, 0, 1) });
    expect(compared(tensor("float32", [1, 99, 3]), truth)).toMatchObject({
      finding: null,
      summary: { elements: 2, maxAbs: 0 },
    });
    expect(compared(tensor("float32", [1, 99, 4]), truth).finding).toMatchObject({
      mismatches: 1,
      first: { index: [2] },
    });
  });
});

describe("the summary of errors", () => {
  it("puts each error into the bin of its ULP, both ends of a bin above its lower", () => {
    const ulps = [0.75, 1, 1.5, 4, 1024, 1500];
    expect([HISTOGRAM_ENDS.length, BINS]).toEqual([12, 13]);
    expect(ulps.map((error) => binOf(error * 2 ** -23, 2 ** -23))).toEqual([1, 1, 2, 3, 11, 12]);
  });

  it("without an element says so", () => {
    const errors = new ErrorAccumulator("y");
    errors.add(noTotals(null));
    expect(errors.summary()).toMatchObject({ elements: 0, rmsOverSigma: null, bias: null, headroom: null });
  });

  it("adds up over the regimes of a case, with the digest of all bytes in order", () => {
    const errors = new ErrorAccumulator("y");
    const once = (value: number): void => {
      const got = tensor("float32", [value]);
      compare({ probe: probeOf("B"), placement: "right", output: "y", got, truth: realTruth([1]) }, FP32, 0, errors);
    };
    once(1);
    const before = errors.summary();
    once(2);
    const after = errors.summary();
    expect([before.elements, after.elements, after.mismatches, after.maxAbs, after.maxRel]).toEqual([1, 2, 1, 1, 1]);
    expect(after.digest).not.toBe(before.digest);
    expect(errors.summary().digest).toBe(after.digest);
  });

  it("means errors in units of sigma: a bias shows its sign", () => {
    const values = [1, 2, 4, 8];
    const off = values.map((value) => value - 0.4 * value * 2 ** -23);
    const { summary } = compared(tensor("float64", off), realTruth(values));
    expect(Number(summary.bias)).toBeLessThan(0);
    expect(Number(summary.rmsOverSigma)).toBeGreaterThan(0);
  });
});
