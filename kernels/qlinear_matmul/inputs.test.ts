// What beside_ties and extremes of qlinear_matmul plant: outputs beside ties, sums beyond 2^24 that bias takes off, t beyond int32.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { roundHalfEven } from "../../harness/domain/dtype.ts";
import { type BoundCase, numberOf, opSchema } from "../../harness/domain/op.ts";
import type { RequantizedTruth, Tensors } from "../../harness/domain/oracle.ts";
import { seededRandom } from "../../harness/domain/random.ts";
import { boundCase, CASES, type Fault, naive, rejected, values } from "./fixtures.ts";
import { oracle } from "./oracle.ts";

const SEEDS = ["0", "1", "2", "3", "4", "5", "6", "7"].map((digit) => digit.repeat(32));
const op = opSchema.parse(parse(readFileSync(new URL("op.yaml", import.meta.url), "utf8")));
const deep = boundCase({ M: 4, N: 8, K: 2048 });
const middle = boundCase({ M: 4, N: 8, K: 700 });

function inputsOf(bound: BoundCase, probe: string, seed: string): Tensors {
  return oracle.inputs(bound, { name: probe, lane: "A", reveals: "" }, seededRandom(seed));
}

function truthOf(bound: BoundCase, inputs: Tensors): RequantizedTruth {
  const truth = oracle.truth(bound, { name: "ties", lane: "A", reveals: "" }, inputs)["y"];
  if (truth?.kind !== "requantized") throw new TypeError("a requantized truth expected");
  return truth;
}

/** Distance to the nearest tie, times |t|. */
const distance = (t: number): number => Math.abs(t - Math.floor(t) - 0.5) / Math.abs(t);

describe("the inputs of qlinear_matmul", () => {
  it.each(Object.entries(CASES))(
    "of `beside_ties` hold an output beside a tie for a third of the columns: %s",
    (_name, bound) => {
      for (const seed of SEEDS) {
        const { t } = truthOf(bound, inputsOf(bound, "beside_ties", seed));
        const beside = t.filter((value) => distance(value) > 5 * 2 ** -24 && distance(value) < 7 * 2 ** -24);
        expect(beside.length).toBeGreaterThanOrEqual(numberOf(bound, "N") / 3);
      }
    },
  );

  it.each([
    [2048, deep],
    [700, middle],
  ])("of `beside_ties` hold sums beyond 2^24 that bias takes off again: %d terms", (_terms, bound) => {
    for (const seed of SEEDS) {
      const inputs = inputsOf(bound, "beside_ties", seed);
      const { t } = truthOf(bound, inputs);
      const [scale, bias] = [values(inputs, "b_scale"), values(inputs, "bias")];
      const factor = (values(inputs, "a_scale")[0] ?? 1) / (values(inputs, "y_scale")[0] ?? 1);
      const taken = t.filter((value, index) => {
        const column = index % 8;
        const sum = value / (factor * (scale[column] ?? 1)) - (bias[column] ?? 0);
        return column % 4 === 3 && Math.abs(value) < 128 && Math.abs(sum) > 2 ** 24;
      });
      expect(taken.length).toBeGreaterThan(0);
    }
  });

  it("of `beside_ties` have weights of one sign only where there is a bias", () => {
    // Of column 3 of a transposed b; one -128 is planted anywhere.
    const small = (bound: BoundCase): number => {
      const k = numberOf(bound, "K");
      const b = values(inputsOf(bound, "beside_ties", "1".repeat(32)), "b");
      return b.subarray(3 * k, 4 * k).filter((weight) => weight < 64).length;
    };
    expect(small(CASES.turned)).toBeLessThanOrEqual(1);
    expect(small(CASES.without_bias)).toBeGreaterThan(1);
  });

  it("of `extremes` go beyond int32 at both ends", () => {
    for (const seed of SEEDS) {
      const { t } = truthOf(CASES.plain, inputsOf(CASES.plain, "extremes", seed));
      expect(Math.max(...t)).toBeGreaterThan(2 ** 31);
      expect(Math.min(...t)).toBeLessThan(-(2 ** 31));
    }
  });

  const faults: readonly (readonly [string, BoundCase, string, Fault])[] = [
    [
      "rounds to 16 fractional bits first",
      CASES.plain,
      "beside_ties",
      { round: (t) => roundHalfEven(Math.round(t * 65_536) / 65_536) },
    ],
    ["converts to int16", CASES.plain, "extremes", { round: (t) => (roundHalfEven(t) << 16) >> 16 }],
    [
      "makes INT_MIN of what int32 does not hold",
      CASES.plain,
      "extremes",
      { round: (t) => (Math.abs(t) < 2 ** 31 ? roundHalfEven(t) : -(2 ** 31)) },
    ],
  ];
  it.each(faults)("reveal a kernel that %s", (_fault, bound, probe, fault) => {
    const wrong = SEEDS.map((seed) => inputsOf(bound, probe, seed)).map((inputs) =>
      rejected(truthOf(bound, inputs), naive(bound, inputs, fault)),
    );
    expect(wrong.filter((count) => count > 0).length).toBeGreaterThanOrEqual(6);
  });
});

describe("the cases of qlinear_matmul", () => {
  it.each(Object.keys(op.axes))("hold the largest %s once, outside the benchmarks", (axis) => {
    const extents = op.cases.filter(({ tags }) => !tags.includes("bench")).map(({ axes }) => axes[axis] ?? 0);
    expect(Math.max(...extents)).toBe(op.axes[axis]?.max);
  });

  it("leave half a vector of columns and of terms, and half a block of rows", () => {
    const halves = op.cases.filter(({ axes: { M = 0, N = 0, K = 0 } }) => M % 4 === 2 && N % 8 === 4 && K % 8 === 4);
    expect(halves).not.toEqual([]);
  });

  it("meet one row with b stored either way, and a transposed b without bias beside zero points", () => {
    const rows = op.cases.filter(({ axes, tags }) => axes["M"] === 1 && axes["N"] !== 1 && !tags.includes("bench"));
    expect(new Set(rows.map(({ attributes }) => attributes["trans_b"] ?? false))).toEqual(new Set([true, false]));
    const turned = op.cases.filter(({ attributes }) => attributes["trans_b"] === true);
    expect(turned.map(({ absent }) => [...absent])).toContainEqual(["bias"]);
  });
});
