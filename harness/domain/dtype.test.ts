// Element types against independent definitions: every 16-bit pattern, every midpoint between two neighbours, spacing, rounding.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bfloat16ToNumber,
  type DType,
  dtypeBytes,
  dtypeBytesOf,
  DTYPES,
  exponentOf,
  float16ToNumber,
  float8ToNumber,
  floatFormat,
  maxFinite,
  numberToBfloat16,
  numberToFloat16,
  numberToFloat8,
  roundHalfEven,
  roundTo,
  spacingsOf,
  ulpOf,
  unitRoundoff,
} from "./dtype.ts";

/** A 16-bit format by its definition: (-1)^s 2^(e - bias) (1 + f / 2^m), subnormal and special where IEEE 754 says so. */
function defined(bits: number, exponentBits: number): number {
  const mantissaBits = 15 - exponentBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  const sign = bits >= 0x8000 ? -1 : 1;
  const exponent = Math.floor((bits % 0x8000) / 2 ** mantissaBits);
  const fraction = bits % 2 ** mantissaBits;
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * (fraction / 2 ** mantissaBits) * 2 ** (1 - bias);
  return sign * (1 + fraction / 2 ** mantissaBits) * 2 ** (exponent - bias);
}

const HALVES = [
  { dtype: "float16", decode: float16ToNumber, encode: numberToFloat16, exponentBits: 5, nan: 0x7e00, largest: 0x7bff },
  {
    dtype: "bfloat16",
    decode: bfloat16ToNumber,
    encode: numberToBfloat16,
    exponentBits: 8,
    nan: 0x7fc0,
    largest: 0x7f7f,
  },
] as const;

/** The patterns for which a check does not hold: one expectation instead of 65,536. */
function broken(holds: (bits: number) => boolean, from = 0, to = 0xffff): number[] {
  const bad: number[] = [];
  for (let bits = from; bits <= to; bits += 1) if (!holds(bits)) bad.push(bits);
  return bad;
}

describe.each(HALVES)("$dtype", ({ dtype, decode, encode, exponentBits, nan, largest }) => {
  it("decodes all 65,536 patterns as the format defines them", () => {
    expect(broken((bits) => Object.is(decode(bits), defined(bits, exponentBits)))).toEqual([]);
  });

  it("encodes every pattern's value as that pattern, and every NaN as one", () => {
    const same = (bits: number): boolean => encode(decode(bits)) === (Number.isNaN(decode(bits)) ? nan : bits);
    expect(broken(same)).toEqual([]);
  });

  it("rounds every midpoint of two neighbours to the even one, and its surroundings to the nearer, with either sign", () => {
    const wrong = broken(
      (bits) => {
        const [low, high] = [decode(bits), decode(bits + 1)];
        const middle = (low + high) / 2;
        const nudge = (high - low) * 2 ** -20;
        const even = bits % 2 === 0 ? bits : bits + 1;
        const near = [encode(middle), encode(middle - nudge), encode(middle + nudge)];
        const negative = [encode(-middle), encode(nudge - middle), encode(-middle - nudge)].map(
          (code) => code - 0x8000,
        );
        const expected = [even, bits, bits + 1];
        return expected.every((code, index) => code === near[index] && code === negative[index]);
      },
      0,
      largest - 1,
    );
    expect(wrong).toEqual([]);
  });

  it("overflows from halfway above its largest number", () => {
    const last = decode(largest);
    const half = ulpOf(last, dtype) / 2;
    expect([encode(last + half), encode(-last - half)]).toEqual([largest + 1, largest + 0x8001]);
    expect([encode(last + half * (1 - 2 ** -20)), encode(Number.MAX_VALUE)]).toEqual([largest, largest + 1]);
    expect(maxFinite(dtype)).toBe(last);
  });

  it("keeps the sign of what rounds to zero", () => {
    const tiny = decode(1) / 4;
    expect([encode(tiny), encode(-tiny), encode(-decode(1) / 2), encode(-0), encode(0)]).toEqual([
      0, 0x8000, 0x8000, 0x8000, 0,
    ]);
    expect([roundTo(-decode(1) / 2, dtype), roundTo(-tiny, dtype)]).toEqual([-0, -0]);
  });

  it("is spaced as its patterns are", () => {
    expect(broken((bits) => ulpOf(decode(bits), dtype) === decode(bits + 1) - decode(bits), 0, largest - 1)).toEqual(
      [],
    );
    expect(broken((bits) => ulpOf(-decode(bits), dtype) === ulpOf(decode(bits), dtype), 0, largest)).toEqual([]);
  });
});

describe.each(["float8_e4m3fn", "float8_e5m2"] as const)("%s", (dtype) => {
  const decode = (bits: number): number => float8ToNumber(bits, dtype);
  const encode = (value: number): number => numberToFloat8(value, dtype);
  /** Bits of the largest finite number (OCP 8-bit floating point 1.0, table 1). */
  const largest = dtype === "float8_e4m3fn" ? 0x7e : 0x7b;

  it("encodes every finite pattern's value as that pattern, and rounds midpoints to the even neighbour", () => {
    expect(
      broken((bits) => encode(decode(bits)) === bits && encode(-decode(bits)) === (bits | 0x80), 1, largest),
    ).toEqual([]);
    const wrong = broken(
      (bits) => {
        const [low, high] = [decode(bits), decode(bits + 1)];
        const nudge = (high - low) * 2 ** -20;
        const middle = (low + high) / 2;
        const even = bits % 2 === 0 ? bits : bits + 1;
        return encode(middle) === even && encode(middle - nudge) === bits && encode(middle + nudge) === bits + 1;
      },
      0,
      largest - 1,
    );
    expect(wrong).toEqual([]);
  });

  it("has the largest number of its standard, and what overflows is NaN (e4m3fn) or an infinity (e5m2)", () => {
    expect([decode(largest), maxFinite(dtype)]).toEqual(dtype === "float8_e4m3fn" ? [448, 448] : [57344, 57344]);
    const over = decode(encode(1e6));
    expect(over).toBe(dtype === "float8_e4m3fn" ? Number.NaN : Number.POSITIVE_INFINITY);
    expect([decode(1), decode(0x80), decode(0x7f)]).toEqual([
      2 ** (dtype === "float8_e4m3fn" ? -9 : -16),
      -0,
      Number.NaN,
    ]);
  });
});

describe("known values", () => {
  it("of float16", () => {
    expect([numberToFloat16(1), numberToFloat16(-2), numberToFloat16(65504), numberToFloat16(65520)]).toEqual([
      0x3c00, 0xc000, 0x7bff, 0x7c00,
    ]);
    expect([numberToFloat16(2 ** -24), numberToFloat16(2 ** -25), numberToFloat16(3 * 2 ** -25)]).toEqual([1, 0, 2]);
    expect([numberToFloat16(2049), numberToFloat16(2051)].map(float16ToNumber)).toEqual([2048, 2052]);
  });

  it("of bfloat16", () => {
    expect(
      [numberToBfloat16(1), numberToBfloat16(3.140625), numberToBfloat16(257), numberToBfloat16(259)].map(
        bfloat16ToNumber,
      ),
    ).toEqual([1, 3.140625, 256, 260]);
    // Not rounded twice: to float32 first would give 257 and then 256.
    expect(bfloat16ToNumber(numberToBfloat16(257 + 2 ** -30))).toBe(258);
  });
});

describe("spacing and rounding", () => {
  const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
  const floating = fc.constantFrom<DType>("float16", "bfloat16", "float32", "float64");

  it("the exponent of a number bounds it between two powers of two", () => {
    fc.assert(
      fc.property(finite, (value) => {
        fc.pre(value !== 0);
        const exponent = exponentOf(value);
        // 2^1024 is no number: compare with a quarter of it where needed.
        expect(Math.abs(value) / 2 ** exponent).toBeGreaterThanOrEqual(1);
        expect(Math.abs(value) / 2 ** exponent).toBeLessThan(2);
      }),
    );
    expect([
      exponentOf(Number.MIN_VALUE),
      exponentOf(2 ** -1022),
      exponentOf(Number.MAX_VALUE),
      exponentOf(-0.75),
    ]).toEqual([-1074, -1022, 1023, -1]);
  });

  it("a number in float32 and its successor are one ULP apart", () => {
    const bits = new Uint32Array(1);
    const value = new Float32Array(bits.buffer);
    const at = (pattern: number): number => {
      bits[0] = pattern;
      return value[0] ?? 0;
    };
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0x7f7ffffe }), (pattern) => {
        expect(ulpOf(at(pattern), "float32")).toBe(at(pattern + 1) - at(pattern));
      }),
    );
  });

  it("the table of spacings is ulpOf by exponent", () => {
    const bits = new BigUint64Array(1);
    const value = new Float64Array(bits.buffer);
    fc.assert(
      fc.property(fc.double(), fc.constantFrom(...DTYPES), (any, dtype) => {
        value[0] = any;
        expect(spacingsOf(dtype)[Number(((bits[0] ?? 0n) >> 52n) & 0x7ffn)]).toBe(ulpOf(any, dtype));
      }),
    );
  });

  it("integers are spaced by 1 and lose nothing to rounding", () => {
    for (const dtype of DTYPES.filter((one) => floatFormat(one) === undefined)) {
      expect([ulpOf(1e9, dtype), unitRoundoff(dtype)]).toEqual([1, 0]);
      expect(() => maxFinite(dtype)).toThrow(RangeError);
    }
  });

  it("a rounded number is at most half an ULP away, and rounding again changes nothing", () => {
    fc.assert(
      fc.property(finite, floating, (value, dtype) => {
        const rounded = roundTo(value, dtype);
        expect(roundTo(rounded, dtype)).toBe(rounded);
        if (Number.isFinite(rounded)) expect(Math.abs(rounded - value)).toBeLessThanOrEqual(ulpOf(value, dtype) / 2);
        else expect(Math.abs(value)).toBeGreaterThan(maxFinite(dtype));
      }),
    );
  });

  it("rounding keeps order", () => {
    fc.assert(
      fc.property(finite, finite, floating, (a, b, dtype) => {
        expect(roundTo(Math.min(a, b), dtype)).toBeLessThanOrEqual(roundTo(Math.max(a, b), dtype));
      }),
    );
  });

  it("the relative error of rounding is at most the unit roundoff, away from zero", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-4, max: 6e4, noNaN: true }), floating, (value, dtype) => {
        expect(Math.abs(roundTo(value, dtype) - value) / value).toBeLessThanOrEqual(unitRoundoff(dtype));
      }),
    );
    expect(["float16", "bfloat16", "float32", "float64"].map((dtype) => unitRoundoff(dtype as DType))).toEqual([
      2 ** -11,
      2 ** -8,
      2 ** -24,
      2 ** -53,
    ]);
  });

  it("half-even takes the even neighbour of a tie and the nearest otherwise", () => {
    expect([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999999999999994, -0.49999999999999994].map(roundHalfEven)).toEqual([
      0, 2, 2, -0, -2, -2, 0, -0,
    ]);
    expect([2 ** 52 + 1, -(2 ** 53), 1e300].map(roundHalfEven)).toEqual([2 ** 52 + 1, -(2 ** 53), 1e300]);
    fc.assert(
      fc.property(fc.integer({ min: -1e6, max: 1e6 }), (whole) => {
        expect(Math.abs(roundHalfEven(whole + 0.5) % 2)).toBe(0);
        expect(Math.abs(roundHalfEven(whole + 0.5) - whole - 0.5)).toBe(0.5);
        expect([roundHalfEven(whole + 0.499), roundHalfEven(whole + 0.501)]).toEqual([
          whole === 0 ? 0 : whole,
          whole + 1 === 0 ? -0 : whole + 1,
        ]);
      }),
    );
  });

  it("has the bytes that the tensor views have", () => {
    expect(DTYPES.map(dtypeBytes)).toEqual([2, 2, 4, 8, 1, 1, 0.5, 0.5, 1, 1, 4, 8, 1]);
    expect([dtypeBytesOf("int4", 7), dtypeBytesOf("int4", 0), dtypeBytesOf("float16", 7)]).toEqual([4, 0, 14]);
  });
});
