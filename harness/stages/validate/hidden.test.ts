// Hidden cases: the same for the same seed, never outside what is supported, and chosen to meet conditions together that no case met before.
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { BoundCase, Op } from "../../domain/op.ts";
import { type SubmissionManifest, submissionSchema } from "../../domain/submission.ts";
import { miniatureOp } from "../../testing/miniature.ts";
import { publishedCases, unsupportedReason } from "./cases.ts";
import { hiddenCases } from "./hidden.ts";

type Supports = SubmissionManifest["supports"];
const EVERYTHING: Supports = submissionSchema.shape.supports.parse({});
const SEED = "0123456789abcdef0011223344556677";
const seeds = fc.stringMatching(/^[0-9a-f]{32}$/);

let op: Op;
beforeAll(async () => {
  op = await miniatureOp();
});

const supporting = (some: Partial<Supports>): Supports => ({ ...EVERYTHING, ...some });

describe("hidden cases", () => {
  it("are the same for the same seed, and others for another", () => {
    const draw = (seed: string): readonly BoundCase[] => hiddenCases(op, EVERYTHING, seed, 5);
    fc.assert(
      fc.property(seeds, seeds, (a, b) => {
        expect(draw(a)).toEqual(draw(a));
        if (a !== b) expect(draw(a)).not.toEqual(draw(b));
      }),
      { numRuns: 25 },
    );
  });

  it("lie within the op, the support and the work, whatever the seed", () => {
    const supports = supporting({
      axes: { N: { min: 9, max: 40 }, W: { max: 4 } },
      constraints: ["N % W == 0"],
      attributes: { stride: [2] },
      dtypes: { T: ["float32"] },
    });
    fc.assert(
      fc.property(seeds, (seed) => {
        const drawn = hiddenCases(op, supports, seed, 4);
        expect(drawn.map((bound) => bound.name)).toEqual(["hidden_0", "hidden_1", "hidden_2", "hidden_3"]);
        for (const bound of drawn) {
          expect([unsupportedReason(bound, supports), bound.hidden]).toEqual([null, true]);
          expect(bound.work).toBeLessThanOrEqual(op.hidden.work);
          expect(op.draw["pads"]).toContainEqual(bound.attributes["pads"]);
          expect(bound.outputs.some((output) => output.shape.includes(0))).toBe(false);
        }
      }),
      { numRuns: 25 },
    );
  });

  it("vary everything that the op lets vary: dtypes, attributes, what is absent, small and large axes", () => {
    const drawn = hiddenCases(op, EVERYTHING, SEED, 200);
    const seen = (of: (bound: BoundCase) => unknown): number =>
      new Set(drawn.map((bound) => JSON.stringify(of(bound)))).size;
    expect([
      seen((bound) => bound.dtypes),
      seen((bound) => bound.attributes),
      seen((bound) => bound.inputs[1]?.absent),
    ]).toEqual([2, 4, 2]);
    const extents = drawn.map((bound) => bound.axes["N"] ?? 0);
    expect([extents.some((n) => n <= 4), extents.some((n) => n >= 32), seen((bound) => bound.axes["W"])]).toEqual([
      true,
      true,
      8,
    ]);
  });

  it("have among them some with one axis beyond the usual extents and the others small, if asked for", () => {
    const capped: Op = { ...op, hidden: { ...op.hidden, axes: { N: 16, W: 2 } } };
    const beyond = ({ axes }: BoundCase): boolean[] => [(axes["N"] ?? 0) > 16, (axes["W"] ?? 0) > 2];
    fc.assert(
      fc.property(seeds, (seed) => {
        const far = hiddenCases(capped, EVERYTHING, seed, 14).filter((bound) => beyond(bound).includes(true));
        const one = far.filter((bound) => beyond(bound).includes(false));
        expect(one.map(({ name }) => name)).toEqual(["hidden_1", "hidden_7", "hidden_13"]);
        for (const { axes } of one) expect(Math.min(axes["N"] ?? 0, axes["W"] ?? 0)).toBeLessThanOrEqual(8);
        const near = hiddenCases(capped, EVERYTHING, seed, 14, false);
        expect(near.flatMap(beyond)).not.toContain(true);
      }),
      { numRuns: 15 },
    );
  });

  it("have among them some with two axes beyond blocks and the others small, if asked for", () => {
    const big = { min: 1, max: 4096 };
    const axes = { N: big, W: { min: 1, max: 8 }, B: big };
    const cubic: Op = { ...op, axes, cases: [], hidden: { ...op.hidden, work: 1e7 } };
    const large = (bound: BoundCase): number => Object.values(bound.axes).filter((extent) => extent > 128).length;
    const wide = hiddenCases(cubic, EVERYTHING, SEED, 60).filter((_, index) => index % 6 === 5);
    expect(wide.filter((bound) => large(bound) === 2).length).toBeGreaterThan(0);
    expect(wide.every((bound) => large(bound) > 0)).toBe(true);
  });

  it("have extents of whole blocks far more often than chance gives", () => {
    const drawn = hiddenCases(op, EVERYTHING, SEED, 200).map(({ axes }) => axes["N"] ?? 0);
    expect(drawn.filter((extent) => extent > 8 && extent % 8 === 0).length / drawn.length).toBeGreaterThan(0.15);
  });

  it("reach the ends of a narrow support", () => {
    const narrow = supporting({ axes: { N: { min: 20, max: 21 }, W: { min: 2, max: 2 } } });
    const extents = hiddenCases(op, narrow, SEED, 40).map((bound) => bound.axes["N"]);
    expect(new Set(extents)).toEqual(new Set([20, 21]));
  });

  it("are fewer than asked for where nothing can be drawn", () => {
    expect(hiddenCases(op, supporting({ constraints: ["N < 0"] }), SEED, 3)).toEqual([]);
    expect(hiddenCases(op, supporting({ dtypes: { T: [] } }), SEED, 3)).toEqual([]);
  });

  it("meet with the published ones every pair of a dtype, an attribute and an absent tensor within a dozen", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const published = publishedCases(op).filter(({ tags }) => !tags.includes("bench"));
        const drawn = [...published, ...hiddenCases(op, EVERYTHING, seed, 12)];
        const conditions = (bound: BoundCase): string[] => [
          String(bound.dtypes["T"]),
          `pads ${JSON.stringify(bound.attributes["pads"])}`,
          `stride ${JSON.stringify(bound.attributes["stride"])}`,
          `bias ${String(bound.inputs[1]?.absent)}`,
        ];
        const pairs = drawn.flatMap((bound) =>
          conditions(bound).flatMap((one, index, all) => all.slice(index + 1).map((other) => `${one} ${other}`)),
        );
        // Four factors of two levels have six pairs of factors, each of four pairs of levels.
        expect(new Set(pairs.filter((pair) => !pair.includes("[2,2]"))).size).toBe(24);
      }),
      { numRuns: 25 },
    );
  });

  it("draw attributes from expressions over the axes as well", () => {
    const scaled: Op = { ...op, draw: { stride: ["W + 1", 2] } };
    const drawn = hiddenCases(scaled, EVERYTHING, SEED, 12);
    const strides = drawn.map(({ axes, attributes }) => Number(attributes["stride"]) - (axes["W"] ?? 0));
    expect(strides.filter((difference) => difference === 1).length).toBeGreaterThan(0);
    expect(
      drawn.every(({ axes, attributes }) => [2, (axes["W"] ?? 0) + 1].includes(Number(attributes["stride"]))),
    ).toBe(true);
  });

  it("meet what the op calls a factor with every dtype", () => {
    const narrow: Op = { ...op, factors: { whole: "W == N" } };
    const drawn = hiddenCases(narrow, EVERYTHING, SEED, 12);
    const whole = drawn.filter(({ axes }) => axes["W"] === axes["N"]).map(({ dtypes }) => dtypes["T"]);
    expect(new Set(whole)).toEqual(new Set(["float16", "float32"]));
  });

  it("take an extent of 0 where the op has it and something is left to write", () => {
    const empty: Op = { ...op, axes: { ...op.axes, W: { min: 0, max: 8 } } };
    const drawn = hiddenCases(empty, EVERYTHING, SEED, 12);
    expect(drawn.some(({ axes }) => axes["W"] === 0)).toBe(true);
  });
});
