// Element types: what their patterns mean. Where the domain has the same format, both must agree on every pattern.
import { describe, expect, it, test } from "vitest";
import { float16ToNumber, float8ToNumber } from "../domain/dtype.ts";
import { bytesOfElements, type ElementType, elementType, numbersOf } from "./element.ts";

function typeOf(code: number): ElementType {
  const type = elementType(code);
  if (type === undefined) throw new Error(`no element type ${code}`);
  return type;
}

const all = (code: number): number[] => [
  ...numbersOf(
    typeOf(code),
    Uint8Array.from({ length: 256 }, (_, bits) => bits),
    256,
  ),
];

describe("an 8-bit float", () => {
  test.each([
    [17, "float8_e4m3fn"],
    [19, "float8_e5m2"],
  ] as const)("of type %i is the domain's %s in every pattern", (code, dtype) => {
    expect(all(code)).toEqual(Array.from({ length: 256 }, (_, bits) => float8ToNumber(bits, dtype)));
  });

  it("without negative zero has NaN there, one more exponent below, and no infinity", () => {
    for (const [code, largest] of [
      [18, 240],
      [20, 57344],
    ] as const) {
      const values = all(code);
      expect(values[0x80]).toBeNaN();
      expect(values.filter(Number.isNaN)).toHaveLength(1);
      expect(Math.max(...values.filter((value) => !Number.isNaN(value)))).toBe(largest);
    }
  });

  it("of exponents alone is a power of two, and NaN at the end", () => {
    const values = all(24);
    expect([values[0], values[127], values[254]]).toEqual([2 ** -127, 1, 2 ** 127]);
    expect(values[255]).toBeNaN();
  });
});

describe("packed elements", () => {
  test.each([
    [21, [0x21, 0x0f], 3, [1, 2, 15]],
    [22, [0x8f, 0x07], 3, [-1, -8, 7]],
    [25, [0b11_10_01_00], 4, [0, 1, 2, 3]],
    [26, [0b11_10_01_00], 4, [0, 1, -2, -1]],
    [23, [0x21, 0xf7], 4, [0.5, 1, 6, -6]],
    // 0x3f, 0x01, 0x20, 0x1f: largest negative, smallest, minus zero, largest; 24 bits, the first in the lowest.
    [27, [0x7f, 0x00, 0x7e], 4, [-7.5, 0.125, -0, 7.5]],
    [28, [0x7f, 0x00, 0x7e], 4, [-28, 0.0625, -0, 28]],
  ])("of type %i lie from the lowest bits on", (code, bytes, count, values) => {
    expect([...numbersOf(typeOf(code), Uint8Array.from(bytes), count)]).toEqual(values);
    expect(bytesOfElements(typeOf(code), count)).toBe(bytes.length);
  });
});

describe("elements of whole bytes", () => {
  const bytes = (view: ArrayBufferView): Uint8Array => new Uint8Array(view.buffer);

  test.each([
    [1, Float32Array.of(0.5, -Infinity), [0.5, -Infinity]],
    [4, Uint16Array.of(65535), [65535]],
    [5, Int16Array.of(-2), [-2]],
    [7, BigInt64Array.of(-3n), [-3]],
    [11, Float64Array.of(1e300), [1e300]],
    [12, Uint32Array.of(4294967295), [4294967295]],
    [13, BigUint64Array.of(2n ** 63n), [2 ** 63]],
    [14, Float32Array.of(1, -2), [1, -2]],
    [16, Uint16Array.of(0x3fc0), [1.5]],
  ])("of type %i are little-endian", (code, view, values) => {
    const count = code === 14 ? 1 : values.length;
    expect([...numbersOf(typeOf(code), bytes(view), count)]).toEqual(values);
  });

  it("of float16 are the domain's in every pattern", () => {
    const patterns = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);
    const values = numbersOf(typeOf(10), bytes(patterns), patterns.length);
    expect(values.every((value, bits) => Object.is(value, float16ToNumber(bits)))).toBe(true);
  });
});
