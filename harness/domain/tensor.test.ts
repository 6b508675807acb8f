// Tensors: bytes, shapes and indices agree with each other.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DType, DTYPES, dtypeBytesOf, roundTo } from "./dtype.ts";
import {
  bytesOf,
  contiguousStrides,
  elementCount,
  fill,
  fromBytes,
  scalar,
  toFloat64,
  unravel,
  varyNans,
  zeros,
} from "./tensor.ts";
import { seededRandom } from "./random.ts";

const shapes = fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 4 });
const dtypes = fc.constantFrom(...DTYPES);

describe("a tensor", () => {
  it("has as many bytes as its elements need, and zeros are zero", () => {
    fc.assert(
      fc.property(dtypes, shapes, (dtype, shape) => {
        const tensor = zeros(dtype, shape);
        expect(bytesOf(tensor)).toHaveLength(dtypeBytesOf(dtype, elementCount(shape)));
        expect(toFloat64(tensor).every((value) => value === 0)).toBe(true);
      }),
    );
  });

  it("of rank 0 holds one element, and of a zero extent none", () => {
    expect([elementCount([]), elementCount([3, 0, 2]), zeros("float32", [0]).elements.length]).toEqual([1, 0, 0]);
    expect([...toFloat64(scalar("int8", -5))]).toEqual([-5]);
  });

  it("comes back from its bytes", () => {
    fc.assert(
      fc.property(dtypes, shapes, fc.infiniteStream(fc.integer({ min: 0, max: 1 })), (dtype, shape, bits) => {
        const tensor = fill(dtype, shape, () => bits.next().value ?? 0);
        const copy = fromBytes(dtype, shape, bytesOf(tensor));
        expect(copy).toEqual(tensor);
        expect(copy.elements.buffer).not.toBe(tensor.elements.buffer);
      }),
    );
  });

  it("refuses bytes that are too few or too many", () => {
    expect(() => fromBytes("float16", [3], new Uint8Array(4))).toThrow("6 bytes expected, 4 given");
    expect(() => fromBytes("int8", [], new Uint8Array(2))).toThrow(RangeError);
  });

  it("is little-endian: the first byte of 1 in int32 is 1", () => {
    expect([...bytesOf(scalar("int32", 1))]).toEqual([1, 0, 0, 0]);
    expect([...bytesOf(scalar("float16", 1))]).toEqual([0x00, 0x3c]);
  });

  it("is filled with values rounded to its dtype", () => {
    const floating = fc.constantFrom<DType>("float16", "bfloat16", "float32", "float64");
    fc.assert(
      fc.property(floating, fc.double({ noNaN: true }), (dtype, value) => {
        expect(toFloat64(scalar(dtype, value))[0]).toBe(roundTo(value, dtype));
      }),
    );
  });

  it("of integers is exact, int64 up to 2^53", () => {
    expect([...toFloat64(fill("int64", [2], (index) => (index === 0 ? 2 ** 53 : -(2 ** 53))))]).toEqual([
      2 ** 53,
      -(2 ** 53),
    ]);
    expect([...toFloat64(fill("int32", [2], (index) => (index === 0 ? 2 ** 31 - 1 : -(2 ** 31))))]).toEqual([
      2 ** 31 - 1,
      -(2 ** 31),
    ]);
    expect([...toFloat64(fill("uint8", [3], (index) => index * 100))]).toEqual([0, 100, 200]);
  });

  it("of nibbles holds two in a byte, the first in the low one, with their signs", () => {
    const tensor = fill("int4", [5], (index) => [-8, 7, -1, 3, -2][index] ?? 0);
    expect([...bytesOf(tensor)]).toEqual([0x78, 0x3f, 0x0e]);
    expect([...toFloat64(tensor)]).toEqual([-8, 7, -1, 3, -2]);
    expect([...toFloat64(fill("uint4", [2], (index) => 15 - index))]).toEqual([15, 14]);
  });

  it("keeps NaN and infinities in every floating dtype", () => {
    const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const dtype of ["float16", "bfloat16", "float32", "float64"] as const) {
      expect([...toFloat64(fill(dtype, [3], (index) => special[index] ?? 0))]).toEqual(special);
    }
  });
});

describe("NaNs of inputs", () => {
  it.each([
    ["float32", 0x7f800000, 0x400000],
    ["float16", 0x7c00, 0x200],
    ["bfloat16", 0x7f80, 0x40],
  ] as const)("of %s get either sign, quiet and signalling bits; everything else stays", (dtype, infinity, quiet) => {
    const values = [1, Number.POSITIVE_INFINITY, -0, Number.NEGATIVE_INFINITY];
    const tensor = fill(dtype, [400], (index) => values[index] ?? Number.NaN);
    const before = Uint8Array.from(bytesOf(tensor));
    varyNans(tensor, seededRandom("0123456789abcdef0011223344556677"));
    const width = before.length / 400;
    expect(bytesOf(tensor).subarray(0, 4 * width)).toEqual(before.subarray(0, 4 * width));
    expect([...toFloat64(tensor)].slice(4).every(Number.isNaN)).toBe(true);
    const bytes = bytesOf(tensor).slice();
    const bits = width === 4 ? new Uint32Array(bytes.buffer) : new Uint16Array(bytes.buffer);
    const sign = 2 ** (8 * width - 1);
    const patterns = [1, quiet, 2 * quiet - 1].flatMap((payload) => [infinity + payload, sign + infinity + payload]);
    expect([...new Set(bits.slice(4))].sort((a, b) => a - b)).toEqual(patterns.sort((a, b) => a - b));
  });
});

describe("indices", () => {
  it("the index of a flat element leads back to it through the strides", () => {
    fc.assert(
      fc.property(shapes, fc.nat(), (shape, any) => {
        const flat = any % elementCount(shape);
        const strides = contiguousStrides(shape);
        const index = unravel(flat, shape);
        expect(index.every((one, axis) => one >= 0 && one < (shape[axis] ?? 0))).toBe(true);
        expect(index.reduce((sum, one, axis) => sum + one * (strides[axis] ?? 0), 0)).toBe(flat);
      }),
    );
  });

  it("strides of an empty tensor are those of extents of 1", () => {
    expect([contiguousStrides([2, 0, 3]), contiguousStrides([]), contiguousStrides([4, 5, 6])]).toEqual([
      [3, 3, 1],
      [],
      [30, 6, 1],
    ]);
  });
});
