// Rules of qlinear_conv2d's oracle: hand-computed values, identities, a second implementation, the faults it reveals.
import { describe, expect, it } from "vitest";
import { roundHalfEven } from "../../harness/domain/dtype.ts";
import { type BoundCase, numberOf } from "../../harness/domain/op.ts";
import type { RequantizedTruth, Tensors } from "../../harness/domain/oracle.ts";
import { seededRandom } from "../../harness/domain/random.ts";
import { fill, scalar } from "../../harness/domain/tensor.ts";
import { type Fault, naive } from "./faulty.ts";
import { boundCase, CASES, given, rejected, values } from "./fixtures.ts";
import { oracle } from "./oracle.ts";

const SEED = "0123456789abcdef0011223344556677";
const NAMES = Object.entries(CASES);

function inputsOf(bound: BoundCase, probe: string, seed = SEED): Tensors {
  return oracle.inputs(bound, { name: probe, lane: "A", reveals: "" }, seededRandom(seed));
}

function truthOf(bound: BoundCase, inputs: Tensors): RequantizedTruth {
  const truth = oracle.truth(bound, { name: "ties", lane: "A", reveals: "" }, inputs)["y"];
  if (truth?.kind !== "requantized") throw new TypeError("a requantized truth expected");
  return truth;
}

/** The inputs with every element of one of them changed. */
function changed(inputs: Tensors, name: string, by: (value: number) => number): Tensors {
  const tensor = inputs[name] ?? scalar("int8", 0);
  const elements = values(inputs, name);
  return { ...inputs, [name]: fill(tensor.dtype, tensor.shape, (i) => by(elements[i] ?? 0)) };
}

describe("the truth of qlinear_conv2d", () => {
  it("is (acc + bias) * x_scale * w_scale / y_scale before rounding", () => {
    const bound = boundCase();
    const scales = { x_scale: scalar("float32", 0.5), y_scale: scalar("float32", 4) };
    const zeroPoints = { x_zero_point: scalar("int8", 3), y_zero_point: scalar("int8", -7) };
    const bias = fill("int32", [1], () => 5);
    const truth = truthOf(bound, given(bound, [10], [2], { bias, ...scales, ...zeroPoints }));
    expect([...truth.t]).toEqual([(19 * 0.5) / 4]);
    expect([truth.zeroPoint, truth.low, truth.high, truth.exactArithmetic]).toEqual([-7, -128, 127, true]);
  });

  it("pads with x_zero_point, which adds nothing, and does not flip the kernel", () => {
    const bound = boundCase({ H: 2, W: 2, KH: 3, KW: 3, pads: [1, 1, 1, 1] });
    const zeroPoint = { x_zero_point: scalar("int8", 10) };
    const truth = truthOf(bound, given(bound, [11, 12, 13, 14], [1, 2, 3, 4, 5, 6, 7, 8, 9], zeroPoint));
    // x - 10 = 1 2 / 3 4; the top left output meets taps 5 6 / 8 9.
    expect([...truth.t]).toEqual([77, 67, 47, 37]);
  });

  it("steps by stride and spreads by dilation, height first", () => {
    const ramp = [0, 1, 2, 3, 4, 5, 6, 7];
    const wide = boundCase({ W: 8, KW: 2, strides: [5, 2], dilations: [7, 3] });
    expect([...truthOf(wide, given(wide, ramp, [1, 10])).t]).toEqual([30, 52, 74]);
    const tall = boundCase({ H: 8, KH: 2, strides: [2, 5], dilations: [3, 7] });
    expect([...truthOf(tall, given(tall, ramp, [1, 10])).t]).toEqual([30, 52, 74]);
  });

  it("gives each group its own input channels and each output channel its own scale and bias", () => {
    const bound = boundCase({ Cin: 4, Cout: 4, groups: 2 });
    const perChannel = { w_scale: fill("float32", [4], (c) => 2 ** c), bias: fill("int32", [4], (c) => c) };
    const truth = truthOf(bound, given(bound, [1, 2, 3, 4], [1, 0, 0, 1, 1, 0, 0, 1], perChannel));
    expect([...truth.t]).toEqual([1, 3 * 2, 5 * 4, 7 * 8]);
  });

  it("is exact arithmetic only with power-of-two scales and integers that float32 holds", () => {
    const bound = boundCase({ Cin: 600 });
    const full = Array.from({ length: 600 }, () => -128);
    const exact = (rest: Tensors): boolean => truthOf(bound, given(bound, full, full, rest)).exactArithmetic;
    expect(exact({})).toBe(true);
    expect(exact({ y_scale: scalar("float32", 3) })).toBe(false);
    // 600 * 128 * 255 > 2^24.
    expect(exact({ x_zero_point: scalar("int8", 127) })).toBe(false);
  });

  it("does not change when x and x_zero_point move together, and changes sign with w and bias", () => {
    const inputs = inputsOf(CASES.uneven, "index_coded");
    const t = [...truthOf(CASES.uneven, inputs).t];
    const moved = changed(
      changed(inputs, "x", (x) => x + 1),
      "x_zero_point",
      (x) => x + 1,
    );
    expect([...truthOf(CASES.uneven, moved).t]).toEqual(t);
    const negated = changed(
      changed(inputs, "w", (w) => -w),
      "bias",
      (bias) => -bias,
    );
    expect([...truthOf(CASES.uneven, negated).t].map((value) => 0 - value)).toEqual(t);
  });

  it.each(NAMES)("agrees with an independent naive kernel on every probe: %s", (_name, bound) => {
    for (const probe of oracle.probes(bound)) {
      const inputs = inputsOf(bound, probe.name);
      expect(rejected(truthOf(bound, inputs), naive(bound, inputs))).toBe(0);
    }
  });
});

describe("the probes of qlinear_conv2d", () => {
  it("give equal inputs for equal seeds and others for other seeds", () => {
    for (const { name } of oracle.probes(CASES.plain)) {
      expect(inputsOf(CASES.plain, name)).toEqual(inputsOf(CASES.plain, name));
      expect(inputsOf(CASES.plain, name, "f".repeat(32))).not.toEqual(inputsOf(CASES.plain, name));
    }
  });

  it("refuse a name that the op does not have", () => {
    expect(() => inputsOf(CASES.plain, "no_such_probe")).toThrow(RangeError);
  });

  it.each(NAMES)("plant ties of both parities and signs, and saturation at both ends: %s", (_name, bound) => {
    for (let seed = 0; seed < 8; seed += 1) {
      const { t, zeroPoint } = truthOf(bound, inputsOf(bound, "ties", seed.toString(16).repeat(32)));
      // Ties that stay inside int8 whichever way they are rounded.
      const ties = t.filter((v) => v - Math.floor(v) === 0.5 && Math.abs(v + zeroPoint + 0.5) < 127);
      const enough = Math.min(64, Math.floor(t.length / 16));
      expect(ties.length).toBeGreaterThanOrEqual(enough);
      for (const kind of [(v: number) => v < 0, (v: number) => Math.floor(v) % 2 === 0]) {
        expect(ties.filter(kind).length).toBeGreaterThan(0);
        expect(ties.filter(kind).length).toBeLessThan(ties.length);
      }
      expect(t.filter((v) => v + zeroPoint >= 127.5).length).toBeGreaterThanOrEqual(enough);
      expect(t.filter((v) => v + zeroPoint < -128.5).length).toBeGreaterThanOrEqual(enough);
    }
  });

  it("make a tie of the only output there is", () => {
    const { t } = truthOf(boundCase(), inputsOf(boundCase(), "ties"));
    expect((t[0] ?? 0) - Math.floor(t[0] ?? 0)).toBe(0.5);
  });

  it.each(NAMES)(
    "keep ties and index codes exact, with odd and nonzero zero points and scales 16x apart: %s",
    (_name, bound) => {
      for (const probe of ["ties", "index_coded"]) {
        const inputs = inputsOf(bound, probe);
        const scales = values(inputs, "w_scale");
        expect(truthOf(bound, inputs).exactArithmetic).toBe(true);
        expect(Math.max(...scales) / Math.min(...scales)).toBe(16);
        expect(values(inputs, "x_zero_point")[0]).not.toBe(0);
        expect(values(inputs, "y_zero_point")[0]).not.toBe(0);
      }
      expect(Math.abs(values(inputsOf(bound, "ties"), "y_zero_point")[0] ?? 0) % 2).toBe(1);
    },
  );

  it.each(NAMES)("spread random outputs over int8, with -128 in both operands: %s", (_name, bound) => {
    const inputs = inputsOf(bound, "random_scales");
    const { t, exactArithmetic } = truthOf(bound, inputs);
    expect(exactArithmetic).toBe(false);
    expect([Math.min(...values(inputs, "x")), Math.min(...values(inputs, "w"))]).toEqual([-128, -128]);
    expect(new Set(t.map(roundHalfEven)).size).toBeGreaterThan(50);
    const scales = values(inputs, "w_scale");
    expect(Math.max(...scales) / Math.min(...scales)).toBeCloseTo(16, 4);
  });

  it("read every tap of every group exactly once when index-coded", () => {
    for (const bound of [CASES.plain, CASES.grouped, CASES.uneven]) {
      const w = values(inputsOf(bound, "index_coded"), "w");
      const taps = w.length / numberOf(bound, "Cout");
      const rowsPerGroup = numberOf(bound, "Cout") / numberOf(bound, "groups");
      const readers = new Int32Array(numberOf(bound, "groups") * taps);
      w.forEach((weight, i) => {
        const slot = Math.floor(i / taps / rowsPerGroup) * taps + (i % taps);
        readers[slot] = (readers[slot] ?? 0) + Number(weight !== 0);
      });
      expect(new Set(readers)).toEqual(new Set([1]));
    }
  });

  it("stay inside int32 up to the most taps that the op allows", () => {
    // 7 * 7 * 668 = 32732 of 32768. The naive kernel sums in float64.
    const bound = boundCase({ H: 7, W: 7, Cin: 668, Cout: 4, KH: 7, KW: 7 });
    for (const seed of ["1", "2", "3"]) {
      const inputs = inputsOf(bound, "extremes", seed.repeat(32));
      expect(rejected(truthOf(bound, inputs), naive(bound, inputs))).toBe(0);
    }
  });

  const faults: readonly (readonly [string, keyof typeof CASES, string, Fault])[] = [
    ["rounds half away from zero", "plain", "ties", { round: (t) => Math.sign(t) * Math.floor(Math.abs(t) + 0.5) }],
    ["rounds half up", "plain", "ties", { round: (t) => Math.floor(t + 0.5) }],
    ["adds the zero point, then rounds", "plain", "ties", { round: (t, zero) => roundHalfEven(t + zero) - zero }],
    ["wraps instead of clamping", "plain", "ties", { clamp: (value) => (value << 24) >> 24 }],
    ["truncates", "plain", "random_scales", { round: Math.trunc }],
    ["forgets the bias", "plain", "random_scales", { biasChannel: () => -1 }],
    ["keeps only 10 bits of a sum", "plain", "random_scales", { sum: (value) => Math.round(value / 64) * 64 }],
    ["pads with 0", "plain", "index_coded", { padding: () => 0 }],
    ["swaps kh and kw", "plain", "index_coded", { tap: ([kh, kw]) => [kw, kh] }],
    ["flips the kernel", "plain", "index_coded", { tap: ([kh, kw]) => [2 - kh, 2 - kw] }],
    ["swaps the dilations", "square", "index_coded", { dilations: ([h, w]) => [w, h] }],
    ["reads the first group everywhere", "grouped", "index_coded", { group: () => 0 }],
    ["interleaves the groups", "grouped", "index_coded", { group: (co) => co % 3 }],
    ["drops the last channel", "pointwise", "index_coded", { product: (product, ci) => (ci === 31 ? 0 : product) }],
    ["uses one scale for all channels", "pointwise", "index_coded", { scaleChannel: () => 0 }],
    ["takes its neighbour's bias", "pointwise", "index_coded", { biasChannel: (co) => (co + 1) % 33 }],
    ["takes -128 for -127", "plain", "extremes", { x: (value) => Math.max(value, -127) }],
    ["adds pairs of products in saturating int16", "pointwise", "extremes", { pairs: true }],
  ];
  it.each(faults)("reveal a kernel that %s", (_fault, name, probe, fault) => {
    const inputs = inputsOf(CASES[name], probe);
    expect(rejected(truthOf(CASES[name], inputs), naive(CASES[name], inputs, fault))).toBeGreaterThan(0);
  });
});
