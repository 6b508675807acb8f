// Rules of the inputs that quantize_linear is judged on.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { bindCase, opSchema } from "../../harness/domain/op.ts";
import { boundCase, drawn, INTEGERS, QUANTIZED, quotients, truthOf, values } from "./fixtures.ts";
import { granularityOf, scaleCount, scaleOf } from "./granularity.ts";
import { gridOf, numbersOf } from "./grid.ts";
import { PROBES } from "./probes.ts";

const op = opSchema.parse(parse(readFileSync(new URL("op.yaml", import.meta.url), "utf8")));

describe("the inputs of quantize_linear", () => {
  const wide = { shape: [5, 19, 52], block: [0, 1, 0] } as const;

  it.each(PROBES.map(({ name }) => name))("are equal for equal seeds and others for another seed: %s", (name) => {
    const bound = boundCase({ ...wide, Q: "uint8" });
    expect(drawn(bound, name)).toEqual(drawn(bound, name));
    expect(drawn(bound, name)).not.toEqual(drawn(bound, name, 2));
  });

  it.each(QUANTIZED.flatMap((Q) => [{ Q, T: "float32" } as const, { Q, T: "float16" } as const]))(
    "of `ties` hold 64 ties and 64 saturating quotients at each end, in $Q from $T",
    ({ Q, T }) => {
      const bound = boundCase({ ...wide, Q, T });
      const { low, high, float } = gridOf(Q);
      const positive = numbersOf(gridOf(Q)).filter((value) => value >= 0);
      const halfway = new Set(Array.from(positive, (value, index) => (value + (positive[index + 1] ?? NaN)) / 2));
      for (let seed = 1; seed <= 10; seed += 1) {
        const { t, shift } = quotients(bound, "ties", seed);
        const inside = t.filter(
          (value, index) => value + (shift[index] ?? 0) > low && value + (shift[index] ?? 0) < high,
        );
        const tied = inside.filter((value) => (float ? halfway.has(Math.abs(value)) : Math.abs(value) % 1 === 0.5));
        expect(tied.length).toBeGreaterThan(64);
        // Beyond the number that rounding alone would take to an infinity or to the next code.
        const past = float ? high * 1.08 : high + 0.5;
        expect(t.filter((value, index) => value + (shift[index] ?? 0) > past).length).toBeGreaterThan(64);
        const below = float ? -past : low - 0.5;
        expect(t.filter((value, index) => value + (shift[index] ?? 0) < below).length).toBeGreaterThan(64);
      }
    },
  );

  it.each(INTEGERS)("of `ties` have odd zero points and ties that round up and down: %s", (Q) => {
    const { t, shift } = quotients(boundCase({ ...wide, Q }), "ties");
    expect(shift.every((zeroPoint) => Math.abs(zeroPoint) % 2 === 1)).toBe(true);
    const floors = t.filter((value) => Math.abs(value) % 1 === 0.5).map((value) => Math.abs(Math.floor(value)) % 2);
    expect(new Set(floors)).toEqual(new Set([0, 1]));
  });

  it.each(QUANTIZED)("of `beside_ties` lie beside ties, further than a legal quotient errs, from float32: %s", (Q) => {
    const positive = numbersOf(gridOf(Q)).filter((value) => value >= 0);
    const middles = Array.from(positive, (value, index) => (value + (positive[index + 1] ?? NaN)) / 2);
    const nearest = (t: number): number =>
      gridOf(Q).float
        ? Math.min(...middles.filter(Number.isFinite).map((middle) => Math.abs(Math.abs(t) - middle)))
        : Math.abs(t - Math.floor(t) - 0.5);
    const beside = (T: "float32" | "float16"): number =>
      quotients(boundCase({ ...wide, Q, T }), "beside_ties").t.filter((t) => {
        const distance = nearest(t) / Math.abs(t);
        return distance > 5 * 2 ** -24 && distance < 7 * 2 ** -24;
      }).length;
    // An eighth of 4940.
    expect(beside("float32")).toBeGreaterThan(500);
    expect(beside("float16")).toBeLessThan(10);
  });

  it.each(QUANTIZED)("of `index_coded` are numbers of the grid that change along every axis: %s", (Q) => {
    const bound = boundCase({ shape: [3, 5, 7], block: [1, 2, 3], Q });
    const { t, shift } = quotients(bound, "index_coded");
    const codes = t.map((value, index) => value + (shift[index] ?? 0));
    const numbers = numbersOf(gridOf(Q));
    expect(codes.every((code) => numbers.includes(code + 0))).toBe(true);
    for (const step of [1, 7, 35]) expect(codes.slice(step).filter((code, i) => code === codes[i])).toEqual([]);
  });

  it.each(QUANTIZED)("of `edges` reach beyond int32 and half a step beyond the limits: %s", (Q) => {
    const { t, shift } = quotients(boundCase({ ...wide, Q, T: "float16" }), "edges");
    const { high, float } = gridOf(Q);
    if (!float) expect(t.some((value) => value > 2 ** 31) && t.some((value) => value < -(2 ** 31))).toBe(true);
    const numbers = numbersOf(gridOf(Q));
    const step = high - (numbers.at(-2) ?? 0);
    expect(t.some((value, index) => value + (shift[index] ?? 0) === high + step / 2)).toBe(true);
  });

  it.each(QUANTIZED)("of `specials` hold infinities, and NaN where the output has one: %s", (Q) => {
    const { t } = quotients(boundCase({ ...wide, Q }), "specials");
    expect(t.includes(Infinity) && t.includes(-Infinity) && t.some((value) => Object.is(value, -0))).toBe(true);
    expect(t.some(Number.isNaN)).toBe(gridOf(Q).float);
  });

  it.each(["ties", "random_scales", "beside_ties", "index_coded", "edges"])(
    "of `%s` are finite, with scales up to 16 times apart",
    (name) => {
      for (const Q of QUANTIZED)
        for (const T of ["float32", "float16"] as const) {
          const bound = boundCase({ ...wide, Q, T });
          const inputs = drawn(bound, name);
          expect(values(inputs, "x").every(Number.isFinite)).toBe(true);
          const scale = values(inputs, "y_scale");
          const spread = Math.max(...scale) / Math.min(...scale);
          expect(spread >= 14 && spread <= 16.6).toBe(true);
          expect(truthOf(bound, inputs).exactArithmetic).toBe(name !== "random_scales" && name !== "beside_ties");
        }
    },
  );

  it.each(["float32", "float16"] as const)("of `ties` lie next to a tie, with no number of %s between", (T) => {
    const { t } = quotients(boundCase({ ...wide, Q: "int8", T }), "ties");
    const step = T === "float32" ? 2 ** -24 : 2 ** -11;
    const next = t.filter((value) => {
      const distance = Math.abs(Math.abs(value % 1) - 0.5) / Math.abs(value);
      return distance > 0 && distance <= 2 * step;
    });
    expect(next.length).toBeGreaterThan(64);
    if (T === "float32") expect(next.every((value) => Math.fround(value) === value)).toBe(true);
  });

  it.each(["random_scales", "beside_ties"])("of `%s` have scales a few ULP above a power of two", (name) => {
    const scale = values(drawn(boundCase({ shape: [8, 8, 64], block: [1, 1, 8] }), name), "y_scale");
    const near = scale.filter((value) => {
      const ulps = (value / 2 ** Math.floor(Math.log2(value)) - 1) * 2 ** 23;
      return ulps >= 4 && ulps <= 8;
    });
    expect(near.length).toBeGreaterThan(scale.length / 16);
  });

  it("give neighbouring blocks different scales", () => {
    const bound = boundCase({ shape: [2, 3, 64], block: [1, 1, 8] });
    const scale = values(drawn(bound, "ties"), "y_scale");
    expect([...scale.subarray(1)].some((value, index) => value === scale[index])).toBe(false);
    expect(scaleOf(granularityOf(bound), 64 + 17)).toBe(8 + 2);
  });
});

describe("the cases of quantize_linear", () => {
  const published = op.cases.filter(({ tags }) => !tags.includes("bench"));
  const bound = published.map((one) => bindCase(op, one, { Q: "int8", T: "float32" }, false));

  it.each(["outer", "C", "inner"])("hold the longest %s", (axis) => {
    expect(Math.max(...bound.map(({ axes }) => axes[axis] ?? 0))).toBe(op.axes[axis]?.max);
  });

  it("hold more scales than a table of 16-bit places", () => {
    expect(Math.max(...bound.map((one) => scaleCount(granularityOf(one))))).toBe(65_536);
  });

  it.each([0, 1, 2])("hold a short last block along axis %i", (axis) => {
    const blocks = bound.map((one) => ({
      extent: granularityOf(one).shape[axis] ?? 0,
      block: one.axes[["Bo", "Bc", "Bi"][axis] ?? ""] ?? 1,
    }));
    expect(blocks.some(({ extent, block }) => extent > block && extent % block > 0)).toBe(true);
  });

  it("leave Q open where one scale serves the whole tensor", () => {
    const single = published.filter(
      ({ attributes }) => attributes["block"] === undefined || String(attributes["block"]) === "0,0,0",
    );
    expect(single.some(({ dtypes, axes }) => dtypes["Q"] === undefined && (axes["inner"] ?? 1) > 1)).toBe(true);
  });
});
