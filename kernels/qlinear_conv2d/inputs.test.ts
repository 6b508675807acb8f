// What beside_ties and extremes of qlinear_conv2d plant: outputs beside ties, sums beyond 2^24 that bias takes off, t beyond int32.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { roundHalfEven } from "../../harness/domain/dtype.ts";
import { type BoundCase, bindCase, numberOf, opSchema } from "../../harness/domain/op.ts";
import type { RequantizedTruth, Tensors } from "../../harness/domain/oracle.ts";
import { seededRandom } from "../../harness/domain/random.ts";
import { type Fault, naive } from "./faulty.ts";
import { boundCase, CASES, rejected, values } from "./fixtures.ts";
import { oracle } from "./oracle.ts";

const SEEDS = ["0", "1", "2", "3", "4", "5", "6", "7"].map((digit) => digit.repeat(32));
const op = opSchema.parse(parse(readFileSync(new URL("op.yaml", import.meta.url), "utf8")));
const deep = boundCase({ H: 3, W: 3, Cin: 512, Cout: 32, KH: 2, KW: 2 });
const middle = boundCase({ H: 3, W: 3, Cin: 175, Cout: 32, KH: 2, KW: 2 });

function inputsOf(bound: BoundCase, probe: string, seed: string): Tensors {
  return oracle.inputs(bound, { name: probe, lane: "A", reveals: "" }, seededRandom(seed));
}

function truthOf(bound: BoundCase, inputs: Tensors): RequantizedTruth {
  const truth = oracle.truth(bound, { name: "ties", lane: "A", reveals: "" }, inputs)["y"];
  if (truth?.kind !== "requantized") throw new TypeError("a requantized truth expected");
  return truth;
}

/** Extents of the published cases but the benchmarks. */
const bounds = op.cases
  .filter(({ tags }) => !tags.includes("bench"))
  .map((one) => bindCase(op, one, {}, false))
  .map((bound) => {
    const of = (name: string): number => numberOf(bound, name);
    const [N, H, W, Cin] = [of("N"), of("H"), of("W"), of("Cin")];
    return { N, H, W, Cin, KH: of("KH"), KW: of("KW"), OH: of("OH"), OW: of("OW") };
  });

/** Distance to the nearest tie, times |t|. */
const distance = (t: number): number => Math.abs(t - Math.floor(t) - 0.5) / Math.abs(t);

describe("the inputs of qlinear_conv2d", () => {
  it.each(Object.entries(CASES))(
    "of `beside_ties` hold an output beside a tie for a third of the channels: %s",
    (_name, bound) => {
      for (const seed of SEEDS) {
        const { t } = truthOf(bound, inputsOf(bound, "beside_ties", seed));
        const beside = t.filter((value) => distance(value) > 5 * 2 ** -24 && distance(value) < 7 * 2 ** -24);
        expect(beside.length).toBeGreaterThanOrEqual(numberOf(bound, "Cout") / 3);
      }
    },
  );

  it.each([
    [2048, deep],
    [700, middle],
  ])("of `beside_ties` hold sums beyond 2^24 that bias takes off again: %d taps", (_taps, bound) => {
    for (const seed of SEEDS) {
      const inputs = inputsOf(bound, "beside_ties", seed);
      const { t } = truthOf(bound, inputs);
      const [scale, bias] = [values(inputs, "w_scale"), values(inputs, "bias")];
      const factor = (values(inputs, "x_scale")[0] ?? 1) / (values(inputs, "y_scale")[0] ?? 1);
      const taken = t.filter((value, index) => {
        const channel = index % 32;
        const sum = value / (factor * (scale[channel] ?? 1)) - (bias[channel] ?? 0);
        return channel % 4 === 3 && Math.abs(value) < 128 && Math.abs(sum) > 2 ** 24;
      });
      expect(taken.length).toBeGreaterThan(0);
    }
  });

  it("of `beside_ties` have weights of one sign only where there is a bias", () => {
    // Of channel 3; one -128 is planted anywhere.
    const small = (bound: BoundCase, taps: number): number =>
      values(inputsOf(bound, "beside_ties", "1".repeat(32)), "w")
        .subarray(3 * taps, 4 * taps)
        .filter((weight) => weight < 64).length;
    expect(small(CASES.plain, 63)).toBeLessThanOrEqual(1);
    expect(small(CASES.depthwise, 9)).toBeGreaterThan(1);
  });

  it("of `extremes` go beyond int32 at both ends", () => {
    for (const seed of SEEDS) {
      const { t } = truthOf(CASES.plain, inputsOf(CASES.plain, "extremes", seed));
      expect(Math.max(...t)).toBeGreaterThan(2 ** 31);
      expect(Math.min(...t)).toBeLessThan(-(2 ** 31));
    }
  });

  const faults: readonly (readonly [string, BoundCase, string, Fault])[] = [
    ["adds in float32", deep, "beside_ties", { sum: Math.fround }],
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

describe("the cases of qlinear_conv2d", () => {
  it.each(Object.keys(op.axes))("hold the largest %s once, outside the benchmarks", (axis) => {
    const extents = op.cases.filter(({ tags }) => !tags.includes("bench")).map(({ axes }) => axes[axis] ?? 0);
    expect(Math.max(...extents)).toBe(op.axes[axis]?.max);
  });

  const shapes: readonly (readonly [string, (one: (typeof bounds)[number]) => boolean])[] = [
    [
      "a plain 1x1 kernel with several images",
      ({ KH, KW, N, OH, OW, H, W }) => KH * KW === 1 && N > 1 && OH * OW === H * W,
    ],
    [
      "an odd number of output rows of 3x3 from whole vectors",
      ({ KH, KW, OH, H, Cin }) => KH * KW === 9 && OH % 2 === 1 && OH >= H - 2 && Cin % 4 === 0,
    ],
    ["an image more than twice as wide as high", ({ KH, KW, H, W }) => KH === KW && KH > 1 && W > 2 * H],
    ["one input channel and an oblong kernel", ({ Cin, KH, KW }) => Cin === 1 && KH !== KW],
  ];
  it.each(shapes)("hold %s, outside the benchmarks", (_shape, holds) => {
    expect(bounds.filter(holds)).not.toEqual([]);
  });
});
