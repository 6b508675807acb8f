// Arrangements: every element comes back, offsets and paddings are where they are said to be, and a byte between rows is noticed.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DType, dtypeBytes, dtypeBytesOf } from "../domain/dtype.ts";
import type { TensorSpec } from "../domain/op.ts";
import { elementCount } from "../domain/tensor.ts";
import { arrange, brokenPadding, gather, scatter } from "./arrangement.ts";

function specOf(dtype: DType, shape: readonly number[], absent = false): TensorSpec {
  return { name: "x", dtype, shape, absent, parameter: false };
}

const dtypes = fc.constantFrom<DType>("float16", "float32", "int8", "int64");
const shapes = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 4 });

describe("a strided arrangement", () => {
  it("pads rows and what holds rows, and starts one or three elements late", () => {
    expect(arrange(specOf("float32", [2, 3, 4]), 0, "strided")).toEqual({
      strides: [30, 9, 1],
      offset: 4,
      bytes: 4 + 4 * 52,
      dense: false,
    });
    expect(arrange(specOf("float16", [7]), 1, "strided")).toMatchObject({ strides: [1], offset: 6, bytes: 20 });
    expect(arrange(specOf("int8", []), 3, "strided")).toMatchObject({ strides: [], offset: 3, bytes: 4 });
  });

  it("has contiguous rows with gaps between them in every other shape that ends in one element", () => {
    expect(arrange(specOf("float32", [3, 7, 1]), 0, "strided")).toMatchObject({
      strides: [12, 1, 1],
      bytes: 4 + 4 * 31,
    });
    expect(arrange(specOf("float32", [2, 7, 1]), 0, "strided").strides).toEqual([45, 6, 1]);
    expect(arrange(specOf("float32", [4, 1]), 0, "strided").strides).toEqual([6, 1]);
  });

  it("differs between tensors of one shape", () => {
    const strides = [0, 1, 2, 3].map((index) => arrange(specOf("float32", [2, 3, 4]), index, "strided").strides.join());
    expect(new Set(strides).size).toBe(4);
  });

  it("is dense where it cannot be otherwise, and in the other placements", () => {
    for (const spec of [specOf("int4", [2, 4]), specOf("float32", [2, 0]), specOf("float32", [3, 3], true)])
      expect(arrange(spec, 0, "strided").dense).toBe(true);
    expect(arrange(specOf("float32", [3, 3]), 0, "right")).toEqual({
      strides: [3, 1],
      offset: 0,
      bytes: 36,
      dense: true,
    });
  });

  it("gives every byte back", () => {
    fc.assert(
      fc.property(
        dtypes,
        shapes,
        fc.integer({ min: 0, max: 3 }),
        fc.infiniteStream(fc.integer({ min: 0, max: 255 })),
        (dtype, shape, index, bytes) => {
          const spec = specOf(dtype, shape);
          const arrangement = arrange(spec, index, "strided");
          const dense = Uint8Array.from(
            { length: dtypeBytesOf(dtype, elementCount(shape)) },
            () => bytes.next().value ?? 0,
          );
          const placed = scatter(dense, spec, arrangement);
          expect(placed).toHaveLength(arrangement.bytes);
          expect(gather(placed, spec, arrangement)).toEqual(dense);
          // The last element ends where the arrangement ends: at the guard page, when right-aligned.
          const last = shape.reduce((sum, extent, axis) => sum + (extent - 1) * (arrangement.strides[axis] ?? 0), 0);
          expect(arrangement.offset + (last + 1) * dtypeBytes(dtype)).toBe(arrangement.bytes);
        },
      ),
    );
  });

  it("knows the bytes of its padding by the poison", () => {
    const spec = specOf("int8", [2, 3]);
    const arrangement = arrange(spec, 0, "strided");
    const pattern = Buffer.from("a1ff", "hex");
    const placed = Uint8Array.from({ length: arrangement.bytes }, (_, index) => pattern[index % 2] ?? 0);
    expect(brokenPadding(placed, spec, arrangement, "a1ff")).toBe(-1);
    placed.fill(0, 1, 4);
    expect(brokenPadding(placed, spec, arrangement, "a1ff")).toBe(-1);
    placed[5] = 0;
    expect(brokenPadding(placed, spec, arrangement, "a1ff")).toBe(5);
  });
});
