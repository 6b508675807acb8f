// Rules of qlinear_matmul's oracle: hand-computed values, identities, a second implementation, the faults it reveals.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { roundHalfEven } from "../../harness/domain/dtype.ts";
import { type BoundCase, bindCase, numberOf, opSchema } from "../../harness/domain/op.ts";
import type { RequantizedTruth, Tensors } from "../../harness/domain/oracle.ts";
import { seededRandom } from "../../harness/domain/random.ts";
import { fill, scalar } from "../../harness/domain/tensor.ts";
import { boundCase, CASES, type Fault, given, naive, rejected, values } from "./fixtures.ts";
import { oracle } from "./oracle.ts";

const SEED = "0123456789abcdef0011223344556677";
const NAMES = Object.entries(CASES);
const op = opSchema.parse(parse(readFileSync(new URL("op.yaml", import.meta.url), "utf8")));

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

describe("the truth of qlinear_matmul", () => {
  it("is (acc + bias) * a_scale * b_scale / y_scale before rounding", () => {
    const bound = boundCase();
    const scales = { a_scale: scalar("float32", 0.5), y_scale: scalar("float32", 4) };
    const zeroPoints = { a_zero_point: scalar("int8", 3), y_zero_point: scalar("int8", -7) };
    const perColumn = { b_zero_point: fill("int8", [1], () => -1), bias: fill("int32", [1], () => 5) };
    const truth = truthOf(bound, given(bound, [10], [2], { ...perColumn, ...scales, ...zeroPoints }));
    expect([...truth.t]).toEqual([((7 * 3 + 5) * 0.5) / 4]);
    expect([truth.zeroPoint, truth.low, truth.high, truth.exactArithmetic]).toEqual([-7, -128, 127, true]);
  });

  it("reads b [K, N], or [N, K] where it is transposed", () => {
    const bound = boundCase({ M: 2, N: 2, K: 2 });
    expect([...truthOf(bound, given(bound, [1, 2, 3, 4], [1, 10, 5, 0])).t]).toEqual([11, 10, 23, 30]);
    const turned = boundCase({ M: 2, N: 2, K: 2 }, true);
    expect([...truthOf(turned, given(turned, [1, 2, 3, 4], [1, 5, 10, 0])).t]).toEqual([11, 10, 23, 30]);
  });

  it("gives each column its own scale, zero point and bias", () => {
    const bound = boundCase({ N: 3 });
    const rest = {
      b_scale: fill("float32", [3], (n) => 2 ** n),
      b_zero_point: fill("int8", [3], (n) => n),
      bias: fill("int32", [3], (n) => 100 * n),
    };
    expect([...truthOf(bound, given(bound, [2], [5, 5, 5], rest)).t]).toEqual([10, 2 * 108, 4 * 206]);
  });

  it("is the bias alone where K is 0, and empty where M is 0", () => {
    const bound = boundCase({ M: 2, N: 2, K: 0 });
    expect([...truthOf(bound, given(bound, [], [], { bias: fill("int32", [2], (n) => n + 1) })).t]).toEqual([
      1, 2, 1, 2,
    ]);
    const empty = boundCase({ M: 0, N: 5, K: 3 });
    for (const { name } of oracle.probes(empty)) expect(truthOf(empty, inputsOf(empty, name)).t).toHaveLength(0);
  });

  it("is exact arithmetic only with power-of-two scales and integers that float32 holds", () => {
    const bound = boundCase({ K: 600 });
    const full = Array.from({ length: 600 }, () => -128);
    const exact = (rest: Tensors): boolean => truthOf(bound, given(bound, full, full, rest)).exactArithmetic;
    expect(exact({})).toBe(true);
    expect(exact({ y_scale: scalar("float32", 3) })).toBe(false);
    // 600 * 128 * 255 > 2^24.
    expect(exact({ a_zero_point: scalar("int8", 127) })).toBe(false);
  });

  it("does not change when an operand and its zero point move together, and changes sign with a", () => {
    const inputs = inputsOf(CASES.plain, "index_coded");
    const t = [...truthOf(CASES.plain, inputs).t];
    for (const [name, zeroPoint] of [
      ["a", "a_zero_point"],
      ["b", "b_zero_point"],
    ] as const) {
      const one = changed(inputs, name, (value) => value + 1);
      expect([
        ...truthOf(
          CASES.plain,
          changed(one, zeroPoint, (value) => value + 1),
        ).t,
      ]).toEqual(t);
    }
    const still = changed(
      changed(inputs, "bias", () => 0),
      "a_zero_point",
      () => 0,
    );
    const [up, down] = [still, changed(still, "a", (value) => -value)].map((each) => truthOf(CASES.plain, each).t);
    expect([...(down ?? [])].map((value) => 0 - value)).toEqual([...(up ?? [])]);
  });

  it.each(NAMES)("agrees with an independent naive kernel on every probe: %s", (_name, bound) => {
    for (const { name } of oracle.probes(bound)) {
      const inputs = inputsOf(bound, name);
      expect(rejected(truthOf(bound, inputs), naive(bound, inputs))).toBe(0);
    }
  });

  it("agrees with it for any extents and whatever is absent", () => {
    const extent = fc.integer({ min: 0, max: 9 });
    fc.assert(
      fc.property(
        fc.tuple(
          extent,
          extent.map((n) => n + 1),
          extent,
        ),
        fc.boolean(),
        fc.subarray(["b_zero_point", "bias"]),
        fc.constantFrom("ties", "random_scales", "beside_ties", "index_coded", "extremes"),
        ([M, N, K], turned, absent, name) => {
          const bound = boundCase({ M, N, K }, turned, absent);
          const inputs = inputsOf(bound, name);
          for (const each of bound.inputs) expect(inputs[each.name] === undefined).toBe(each.absent);
          expect(rejected(truthOf(bound, inputs), naive(bound, inputs))).toBe(0);
        },
      ),
      { numRuns: 80, seed: 1 },
    );
  });

  it("judges only the rows that are asked for", () => {
    const inputs = inputsOf(CASES.plain, "random_scales");
    const mask = Uint8Array.from({ length: 40 }, (_, row) => Number(row === 3));
    const probe = { name: "random_scales", lane: "A", reveals: "" } as const;
    const { y } = oracle.truth(CASES.plain, probe, inputs, { mask });
    if (y?.kind !== "requantized") throw new TypeError("a requantized truth expected");
    expect(y.judged?.reduce((sum, one) => sum + one, 0)).toBe(32);
    expect(y.t.subarray(96, 128)).toEqual(truthOf(CASES.plain, inputs).t.subarray(96, 128));
  });
});

describe("the probes of qlinear_matmul", () => {
  it("give equal inputs for equal seeds and others for other seeds", () => {
    for (const { name } of oracle.probes(CASES.plain)) {
      expect(inputsOf(CASES.plain, name)).toEqual(inputsOf(CASES.plain, name));
      expect(inputsOf(CASES.plain, name, "f".repeat(32))).not.toEqual(inputsOf(CASES.plain, name));
    }
  });

  it("refuse a name that the op does not have", () => {
    expect(() => inputsOf(CASES.plain, "no_such_probe")).toThrow(RangeError);
  });

  const published = op.cases
    .filter(({ tags }) => !tags.includes("bench"))
    .map((one) => [one.name, bindCase(op, one, {}, false)] as const);
  it.each([...NAMES, ...published])("plant ties and saturation at both ends: %s", (_name, bound) => {
    for (let seed = 0; seed < 4; seed += 1) {
      const { t, zeroPoint } = truthOf(bound, inputsOf(bound, "ties", seed.toString(16).repeat(32)));
      // Ties that stay inside int8 whichever way they are rounded.
      const ties = t.filter((v) => v - Math.floor(v) === 0.5 && Math.abs(v + zeroPoint + 0.5) < 127);
      const enough = Math.min(64, Math.floor(t.length / 16));
      expect(ties.length).toBeGreaterThanOrEqual(enough);
      expect(t.filter((v) => v + zeroPoint >= 127.5).length).toBeGreaterThanOrEqual(enough);
      expect(t.filter((v) => v + zeroPoint < -128.5).length).toBeGreaterThanOrEqual(enough);
    }
  });

  it("hold ties of both parities and signs", () => {
    const { t } = truthOf(CASES.plain, inputsOf(CASES.plain, "ties"));
    const ties = t.filter((v) => v - Math.floor(v) === 0.5);
    for (const kind of [(v: number) => v < 0, (v: number) => Math.floor(v) % 2 === 0]) {
      expect(ties.filter(kind).length).toBeGreaterThan(ties.length / 4);
      expect(ties.filter(kind).length).toBeLessThan((ties.length * 3) / 4);
    }
  });

  it("make a tie of the only output there is", () => {
    const { t } = truthOf(boundCase(), inputsOf(boundCase(), "ties"));
    expect((t[0] ?? 0) - Math.floor(t[0] ?? 0)).toBe(0.5);
  });

  it.each(NAMES)(
    "keep ties and index codes exact, with zero points other than 0 and scales 16x apart: %s",
    (_n, bound) => {
      for (const probe of ["ties", "index_coded"]) {
        const inputs = inputsOf(bound, probe);
        const scales = values(inputs, "b_scale");
        expect(truthOf(bound, inputs).exactArithmetic).toBe(true);
        expect(Math.max(...scales) / Math.min(...scales)).toBe(16);
        for (const name of ["a_zero_point", "y_zero_point"]) expect(values(inputs, name)).not.toContain(0);
        // Leading columns of index codes may have none, the last has one.
        const zeros = values(inputs, "b_zero_point");
        expect(probe === "ties" ? zeros : zeros.slice(-1)).not.toContain(0);
      }
      expect(Math.abs(values(inputsOf(bound, "ties"), "y_zero_point")[0] ?? 0) % 2).toBe(1);
    },
  );

  it.each(NAMES)("spread random outputs over int8, with -128 in both operands: %s", (_name, bound) => {
    const inputs = inputsOf(bound, "random_scales");
    const { t, exactArithmetic } = truthOf(bound, inputs);
    expect(exactArithmetic).toBe(false);
    expect([Math.min(...values(inputs, "a")), Math.min(...values(inputs, "b"))]).toEqual([-128, -128]);
    expect(new Set(t.map(roundHalfEven)).size).toBeGreaterThan(50);
    const scales = values(inputs, "b_scale");
    expect(Math.max(...scales) / Math.min(...scales)).toBeCloseTo(16, 4);
  });

  it("read every k exactly once when index-coded, and hold the zero point everywhere else", () => {
    const inputs = inputsOf(CASES.turned, "index_coded");
    const zero = values(inputs, "b_zero_point");
    const readers = new Int32Array(64);
    values(inputs, "b").forEach((b, i) => {
      readers[i % 64] = (readers[i % 64] ?? 0) + Number(b !== zero[Math.floor(i / 64)]);
    });
    expect(new Set(readers)).toEqual(new Set([1]));
  });

  it("stay inside int32 up to the longest sum that the op allows", () => {
    const bound = boundCase({ M: 2, N: 4, K: 16_384 });
    for (const seed of ["1", "2", "3"]) {
      const inputs = inputsOf(bound, "extremes", seed.repeat(32));
      expect(rejected(truthOf(bound, inputs), naive(bound, inputs))).toBe(0);
      expect(numberOf(bound, "K") * 255 * 255 * 1.125).toBeLessThan(2 ** 31);
    }
  });

  const faults: readonly (readonly [string, keyof typeof CASES, string, Fault])[] = [
    ["rounds half away from zero", "plain", "ties", { round: (t) => Math.sign(t) * Math.floor(Math.abs(t) + 0.5) }],
    ["rounds half up", "bare", "ties", { round: (t) => Math.floor(t + 0.5) }],
    ["adds the zero point, then rounds", "plain", "ties", { round: (t, zero) => roundHalfEven(t + zero) - zero }],
    ["wraps instead of clamping", "without_bias", "ties", { clamp: (value) => (value << 24) >> 24 }],
    ["truncates", "plain", "random_scales", { round: Math.trunc }],
    ["forgets the bias", "symmetric", "index_coded", { biasOf: () => -1 }],
    ["takes its neighbour's scale", "bare", "index_coded", { scaleOf: (n) => (n + 1) % 36 }],
    ["takes its neighbour's zero point", "plain", "index_coded", { zeroOf: (n) => (n + 1) % 32 }],
    ["drops the last term", "bare", "index_coded", { term: (a, b, k) => (k === 128 ? 0 : a * b) }],
    ["keeps a - a_zero_point in int8", "plain", "extremes", { term: (a, b) => ((a << 24) >> 24) * b }],
  ];
  it.each(faults)("reveal a kernel that %s", (_fault, name, probe, fault) => {
    const inputs = inputsOf(CASES[name], probe);
    expect(rejected(truthOf(CASES[name], inputs), naive(CASES[name], inputs, fault))).toBeGreaterThan(0);
  });
});
