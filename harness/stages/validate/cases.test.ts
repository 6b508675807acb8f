// Which cases there are: published ones for every dtype, and whether they lie within what is supported.
import { beforeAll, describe, expect, it } from "vitest";
import type { BoundCase, Op } from "../../domain/op.ts";
import { type SubmissionManifest, submissionSchema } from "../../domain/submission.ts";
import { miniatureOp } from "../../testing/miniature.ts";
import { dtypeAssignments, publishedCases, unsupportedReason } from "./cases.ts";

type Supports = SubmissionManifest["supports"];
const EVERYTHING: Supports = submissionSchema.shape.supports.parse({});

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
