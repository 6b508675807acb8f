// Which cases there are: published ones for every dtype, hidden ones the same for the same seed and never outside what is supported.
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { BoundCase, Op } from "../../domain/op.ts";
import { type SubmissionManifest, submissionSchema } from "../../domain/submission.ts";
import { miniatureOp } from "../../testing/miniature.ts";
import { dtypeAssignments, hiddenCases, publishedCases, unsupportedReason } from "./cases.ts";

type Supports = SubmissionManifest["supports"];
const EVERYTHING: Supports = submissionSchema.shape.supports.parse({});
const SEED = "0123456789abcdef0011223344556677";
const seeds = fc.stringMatching(/^[0-9a-f]{32}$/);

let op: Op;
beforeAll(async () => {
  op = await miniatureOp();
});

const supporting = (some: Partial<Supports>): Supports => ({ ...EVERYTHING, ...some });

describe("published cases", () => {
  it("that leave a dtype open become one for each dtype, named with it", () => {
    expect(publishedCases(op).map(({ name, dtypes }) => [name, dtypes])).toEqual([
      ["small_float16", { T: "float16" }],
      ["small_float32", { T: "float32" }],
      ["padded", { T: "float32" }],
      ["large", { T: "float32" }],
    ]);
  });

  it("keep their tags and what they leave out, and are not hidden", () => {
    const [small, , , large] = publishedCases(op);
    expect([small?.tags, large?.tags, small?.hidden]).toEqual([["required"], ["bench"], false]);
    expect(large?.inputs.map(({ name, absent }) => [name, absent])).toEqual([
      ["x", false],
      ["bias", true],
    ]);
  });

  it("of two open variables become their product, in the op's order", () => {
    const two: Op = { ...op, dtypes: { T: ["float16", "float32"], U: ["int8", "uint8"] } };
    expect(dtypeAssignments(two, {})).toHaveLength(4);
    expect(dtypeAssignments(two, { T: "float16" })).toEqual([
      { T: "float16", U: "int8" },
      { T: "float16", U: "uint8" },
    ]);
    expect(
      publishedCases(two)
        .map((bound) => bound.name)
        .slice(0, 2),
    ).toEqual(["small_float16_int8", "small_float16_uint8"]);
    expect(dtypeAssignments({ ...op, dtypes: {} }, {})).toEqual([{}]);
  });
});

describe("what a submission supports", () => {
  const reason = (some: Partial<Supports>): string | null =>
    unsupportedReason(publishedCases(op)[2] as BoundCase, supporting(some));

  it("everything, when it says nothing", () => {
    expect(publishedCases(op).map((bound) => unsupportedReason(bound, EVERYTHING))).toEqual([null, null, null, null]);
  });

  it("is said of dtypes, axes, attributes and constraints", () => {
    expect(reason({ dtypes: { T: ["float16"] } })).toBe("T = float32 is not supported");
    expect(reason({ axes: { N: { min: 17 } } })).toBe("N = 16 is below 17");
    expect(reason({ axes: { W: { max: 4 } } })).toBe("W = 5 is above 4");
    expect(reason({ axes: { N: { min: 16, max: 16 } } })).toBeNull();
    expect(
      reason({
        attributes: {
          pads: [
            [0, 0],
            [1, 1],
          ],
        },
      }),
    ).toBe("pads = [2,2] is not supported");
    expect(reason({ attributes: { pads: [[2, 2]], stride: [1, 2] } })).toBeNull();
    expect(reason({ constraints: ["N % 2 == 0", "M > 8"] })).toBe("constraint 'M > 8' is not met");
  });
});

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

  it("reach the ends of a narrow support", () => {
    const narrow = supporting({ axes: { N: { min: 20, max: 21 }, W: { min: 2, max: 2 } } });
    const extents = hiddenCases(op, narrow, SEED, 40).map((bound) => bound.axes["N"]);
    expect(new Set(extents)).toEqual(new Set([20, 21]));
  });

  it("are fewer than asked for where nothing can be drawn", () => {
    expect(hiddenCases({ ...op, constraints: ["N < 0"] }, EVERYTHING, SEED, 3)).toEqual([]);
    expect(hiddenCases(op, supporting({ dtypes: { T: [] } }), SEED, 3)).toEqual([]);
  });
});
