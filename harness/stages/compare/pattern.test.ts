// The words for where wrong elements lie.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { elementCount, unravel } from "../../domain/tensor.ts";
import { patternOf } from "./pattern.ts";

/** Flat indices of the elements that a rule calls wrong. */
function wrongWhere(shape: readonly number[], wrong: (index: readonly number[]) => boolean): number[] {
  return Array.from({ length: elementCount(shape) }, (_, flat) => flat).filter((flat) => wrong(unravel(flat, shape)));
}

const words = (shape: readonly number[], wrong: (index: readonly number[]) => boolean): string | null =>
  patternOf("y", wrongWhere(shape, wrong), shape);

describe("patterns of wrong elements", () => {
  it("everything, nothing and a scalar have their words", () => {
    expect(words([4, 5], () => true)).toBe("y: every element");
    expect(words([4, 5], () => false)).toBeNull();
    expect(patternOf("lse", [0], [])).toBe("lse: every element");
  });

  it("a tail that was not written is called one", () => {
    expect(words([2, 113, 4], ([, row = 0]) => row >= 96)).toBe("y: axis 1 at 96..112 of 113, the tail");
    expect(words([7], ([i]) => i === 6)).toBe("y: axis 0 at 6 of 7, the tail");
  });

  it("a block in the middle is named on every axis that it does not fill", () => {
    expect(words([8, 8], ([i = 0, j = 0]) => i >= 2 && i < 5 && j === 3)).toBe(
      "y: axis 0 at 2..4 of 8; axis 1 at 3 of 8",
    );
  });

  it("a regular step is counted as people count", () => {
    expect(words([9, 3], ([i = 0]) => i % 2 === 1)).toBe("y: every 2nd of axis 0 from 1");
    expect(words([12], ([i = 0]) => i % 3 === 0)).toBe("y: every 3rd of axis 0 from 0");
    expect(words([48], ([i = 0]) => i % 11 === 2)).toBe("y: every 11th of axis 0 from 2");
    expect(words([70], ([i = 0]) => i % 21 === 5)).toBe("y: every 21st of axis 0 from 5");
  });

  it("scattered elements have no words", () => {
    expect(patternOf("y", [1, 5, 13, 17, 24], [5, 5])).toBeNull();
  });

  it("many wrong elements are not mistaken for a step: every second row of 60,000", () => {
    const shape = [60_000, 2];
    expect(words(shape, ([i = 0]) => i % 2 === 0)).toBe("y: every 2nd of axis 0 from 0");
  });

  it("a contiguous range of an axis is found wherever it lies", () => {
    const shapes = fc.array(fc.integer({ min: 2, max: 9 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(shapes, fc.nat(), fc.nat(), fc.nat(), (shape, which, from, length) => {
        const axis = which % shape.length;
        const extent = shape[axis] ?? 1;
        const low = from % extent;
        const high = Math.min(extent - 1, low + (length % extent));
        fc.pre(high - low + 1 < extent);
        const range = low === high ? `${low}` : `${low}..${high}`;
        const found = words(shape, (index) => (index[axis] ?? 0) >= low && (index[axis] ?? 0) <= high);
        const tail = high === extent - 1 ? ", the tail" : "";
        expect(found).toBe(`y: axis ${axis} at ${range} of ${extent}${tail}`);
      }),
    );
  });
});
