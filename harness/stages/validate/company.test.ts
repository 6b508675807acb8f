// The company of a case: a stranger and a sibling that differs in one thing, both small and within what the submission supports.
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { BoundCase, Op } from "../../domain/op.ts";
import { seededRandom } from "../../domain/random.ts";
import { type SubmissionManifest, submissionSchema } from "../../domain/submission.ts";
import { miniatureOp } from "../../testing/miniature.ts";
import { publishedCases, unsupportedReason } from "./cases.ts";
import { companyOf, siblingOf } from "./company.ts";
import { hiddenCases } from "./hidden.ts";

type Supports = SubmissionManifest["supports"];
const EVERYTHING: Supports = submissionSchema.shape.supports.parse({});
const SEED = "0123456789abcdef0011223344556677";
const seeds = fc.stringMatching(/^[0-9a-f]{32}$/);

let op: Op;
beforeAll(async () => {
  op = await miniatureOp();
});

/** Free axes, attributes, dtypes and absent tensors in which two cases differ. */
function differences(one: BoundCase, other: BoundCase): string[] {
  const absent = ({ inputs, outputs }: BoundCase): Record<string, boolean> =>
    Object.fromEntries([...inputs, ...outputs].map((tensor) => [tensor.name, tensor.absent]));
  const kinds = [
    [one.axes, other.axes],
    [one.attributes, other.attributes],
    [one.dtypes, other.dtypes],
    [absent(one), absent(other)],
  ] as const;
  return kinds.flatMap(([left, right]) =>
    Object.keys(left).filter(
      (name) => !(name in op.derived) && JSON.stringify(left[name]) !== JSON.stringify(right[name]),
    ),
  );
}

describe("a sibling", () => {
  it("differs in one axis, attribute, optional tensor or dtype, and says in which", () => {
    const changed = new Set<string>();
    fc.assert(
      fc.property(seeds, (seed) => {
        for (const bound of hiddenCases(op, EVERYTHING, seed, 2)) {
          const sibling = siblingOf(op, EVERYTHING, bound, seededRandom(seed));
          const [difference, ...more] = sibling === undefined ? [] : differences(bound, sibling);
          expect([sibling?.name.startsWith(`${bound.name} with `), more]).toEqual([true, []]);
          expect(sibling?.name).toContain(difference);
          changed.add(difference ?? "");
        }
      }),
      { numRuns: 60 },
    );
    const optional = Object.entries({ ...op.inputs, ...op.outputs }).filter(([, spec]) => spec.optional);
    const knobs = [...Object.keys(op.axes), ...Object.keys(op.draw), ...Object.keys(op.dtypes)];
    expect([...changed].sort()).toEqual([...knobs, ...optional.map(([name]) => name)].sort());
  });
});

describe("the company of a case", () => {
  it("is the same for the same seed, lies within the support, is small and writes something", () => {
    const supports = { ...EVERYTHING, axes: { N: { min: 9, max: 40 } }, dtypes: { T: ["float32" as const] } };
    fc.assert(
      fc.property(seeds, (seed) => {
        const [bound] = hiddenCases(op, supports, seed, 1);
        const company = bound === undefined ? [] : companyOf(op, supports, bound, seed);
        expect(company.length).toBeGreaterThan(0);
        if (bound !== undefined) expect(companyOf(op, supports, bound, seed)).toEqual(company);
        for (const one of company) {
          expect(unsupportedReason(one, supports)).toBeNull();
          expect(one.tags).not.toContain("bench");
          expect(one.work).toBeLessThanOrEqual(op.hidden.work);
          expect(one.outputs.some(({ absent, shape }) => !absent && shape.includes(0))).toBe(false);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("has a published case before the sibling, and is never the case itself", () => {
    const published = publishedCases(op);
    for (const bound of published) {
      const [stranger, sibling] = companyOf(op, EVERYTHING, bound, SEED);
      expect(published.map(({ name }) => name)).toContain(stranger?.name);
      expect(stranger?.name).not.toBe(bound.name);
      if (sibling !== undefined) expect(differences(bound, sibling)).toHaveLength(1);
    }
  });
});
