// Element types of tensors: sizes, exact conversion to and from float64, spacing (ULP) and unit roundoff.

/** Every element type an op may name. `uint16` views hold the bits of float16 and bfloat16, `uint8` views those of the 8- and 4-bit types. */
export const DTYPES = [
  "float16",
  "bfloat16",
  "float32",
  "float64",
  "float8_e4m3fn",
  "float8_e5m2",
  "int4",
  "uint4",
  "int8",
  "uint8",
  "int32",
  "int64",
  "bool",
] as const;
export type DType = (typeof DTYPES)[number];

const BITS: Record<DType, number> = {
  float16: 16,
  bfloat16: 16,
  float32: 32,
  float64: 64,
  float8_e4m3fn: 8,
  float8_e5m2: 8,
  int4: 4,
  uint4: 4,
  int8: 8,
  uint8: 8,
  int32: 32,
  int64: 64,
  bool: 8,
};

/** Bytes of one element: half a byte for int4 and uint4, two of which share one (the first in the low nibble). */
export function dtypeBytes(dtype: DType): number {
  return BITS[dtype] / 8;
}

/** Bytes of `count` elements, stored densely. */
export function dtypeBytesOf(dtype: DType, count: number): number {
  return Math.ceil((count * BITS[dtype]) / 8);
}

/** A binary floating-point format: `precision` significant bits with the hidden one, exponents of normal numbers from `minExponent` to `maxExponent`. */
export interface FloatFormat {
  readonly precision: number;
  readonly minExponent: number;
  readonly maxExponent: number;
  /** Largest finite number. */
  readonly maxFinite: number;
  /** Whether what overflows is an infinity; float8_e4m3fn has none and gives NaN. */
  readonly infinity: boolean;
}

function ieee(precision: number, maxExponent: number): FloatFormat {
  const maxFinite = (2 - 2 ** (1 - precision)) * 2 ** maxExponent;
  return { precision, minExponent: 1 - maxExponent, maxExponent, maxFinite, infinity: true };
}

const FORMATS: Partial<Record<DType, FloatFormat>> = {
  float16: ieee(11, 15),
  bfloat16: ieee(8, 127),
  float32: ieee(24, 127),
  float64: ieee(53, 1023),
  float8_e5m2: ieee(3, 15),
  // The pattern after 448 is NaN; there is no infinity.
  float8_e4m3fn: { precision: 4, minExponent: -6, maxExponent: 8, maxFinite: 448, infinity: false },
};

/** The format of a floating dtype, undefined for integers (IEEE 754-2019; bfloat16 is the upper half of binary32; OCP 8-bit floating point 1.0). */
export function floatFormat(dtype: DType): FloatFormat | undefined {
  return FORMATS[dtype];
}

/** Unit roundoff 2^-precision of round-to-nearest; 0 for integers. */
export function unitRoundoff(dtype: DType): number {
  const format = FORMATS[dtype];
  return format === undefined ? 0 : 2 ** -format.precision;
}

const scratch = new DataView(new ArrayBuffer(8));

/** floor(log2 |value|) of a finite nonzero float64, exact for subnormals too. */
export function exponentOf(value: number): number {
  scratch.setFloat64(0, value);
  const biased = (scratch.getUint16(0) >> 4) & 0x7ff;
  if (biased !== 0) return biased - 1023;
  scratch.setFloat64(0, value * 2 ** 54);
  return ((scratch.getUint16(0) >> 4) & 0x7ff) - 1023 - 54;
}

/** Spacings of a format by the biased exponent of a float64: the comparison asks for one per element. */
function spacings({ precision, minExponent }: FloatFormat): Float64Array {
  // Biased exponent 0x7ff is NaN or an infinity: the smallest spacing stands for "none".
  return Float64Array.from({ length: 2048 }, (_, biased) => {
    const exponent = biased === 0x7ff ? minExponent : biased - 1023;
    return 2 ** (Math.max(exponent, minExponent) - precision + 1);
  });
}

const SPACINGS = new Map<DType, Float64Array>();
for (const dtype of DTYPES) {
  const format = FORMATS[dtype];
  if (format !== undefined) SPACINGS.set(dtype, spacings(format));
}

const double = new Float64Array(1);
const doubleBits = new Uint32Array(double.buffer);
/** Index of the word with sign and exponent. */
const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

/** Spacing of the numbers of `dtype` around `value` (of the binade that holds it; the subnormal spacing near zero). 1 for integers. */
export function ulpOf(value: number, dtype: DType): number {
  const table = SPACINGS.get(dtype);
  if (table === undefined) return 1;
  double[0] = value;
  return table[((doubleBits[HIGH] ?? 0) >>> 20) & 0x7ff] ?? 0;
}

const WHOLE = new Float64Array(2048).fill(1);

/** Spacings of a dtype by the biased exponent (bits 52 to 62) of a float64: ulpOf without a call, for loops over many values. */
export function spacingsOf(dtype: DType): Float64Array {
  return SPACINGS.get(dtype) ?? WHOLE;
}

/** Largest finite number of a floating dtype. */
export function maxFinite(dtype: DType): number {
  const format = FORMATS[dtype];
  if (format === undefined) throw new RangeError(`${dtype} is not a floating dtype`);
  return format.maxFinite;
}

/** Rounds to the nearest integer, ties to even (IEEE 754 roundToIntegralTiesToEven). */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  const even = floor % 2 === 0 ? floor : floor + 1;
  // -0.5 rounds to -0: a rounded value keeps its sign.
  return even === 0 && value < 0 ? -0 : even;
}

/** Rounds a float64 to the nearest number of a floating dtype, ties to even; overflow gives an infinity, or NaN where there is none. */
export function roundTo(value: number, dtype: DType): number {
  const format = FORMATS[dtype];
  if (format === undefined || dtype === "float64" || Number.isNaN(value) || value === 0) return value;
  if (dtype === "float32") return Math.fround(value);
  const ulp = ulpOf(value, dtype);
  const rounded = Number.isFinite(value) ? roundHalfEven(value / ulp) * ulp : value;
  if (Math.abs(rounded) <= format.maxFinite) return rounded;
  return format.infinity ? Math.sign(value) * Number.POSITIVE_INFINITY : Number.NaN;
}

const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);

/** bfloat16 bits to float64. */
export function bfloat16ToNumber(bits: number): number {
  singleBits[0] = bits << 16;
  return single[0] ?? 0;
}

/** float64 to bfloat16 bits, ties to even; any NaN becomes 0x7fc0. */
export function numberToBfloat16(value: number): number {
  if (Number.isNaN(value)) return 0x7fc0;
  single[0] = roundTo(value, "bfloat16");
  return (singleBits[0] ?? 0) >>> 16;
}

/** float16 bits to float64, one by one. */
function decodeFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

const FLOAT16_VALUES = Float64Array.from({ length: 65_536 }, (_, bits) => decodeFloat16(bits));

/** float16 bits to float64. */
export function float16ToNumber(bits: number): number {
  return FLOAT16_VALUES[bits & 0xffff] ?? Number.NaN;
}

/** float64 to float16 bits, ties to even; any NaN becomes 0x7e00. */
export function numberToFloat16(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(roundTo(value, "float16"));
  if (magnitude === Number.POSITIVE_INFINITY) return sign | 0x7c00;
  if (magnitude === 0) return sign;
  const exponent = exponentOf(magnitude);
  if (exponent < -14) return sign | (magnitude * 2 ** 24);
  return sign | ((exponent + 15) << 10) | ((magnitude * 2 ** -exponent - 1) * 1024);
}

/** The two 8-bit formats by their bits: e4m3fn has one NaN a sign at the end, e5m2 is the upper half of binary16. */
function decodeFloat8(bits: number, dtype: "float8_e4m3fn" | "float8_e5m2"): number {
  if (dtype === "float8_e5m2") return decodeFloat16(bits << 8);
  const sign = bits & 0x80 ? -1 : 1;
  const exponent = (bits >> 3) & 0xf;
  const fraction = bits & 7;
  if (exponent === 0xf && fraction === 7) return Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -9 : sign * (8 + fraction) * 2 ** (exponent - 10);
}

const FLOAT8_VALUES = {
  float8_e4m3fn: Float64Array.from({ length: 256 }, (_, bits) => decodeFloat8(bits, "float8_e4m3fn")),
  float8_e5m2: Float64Array.from({ length: 256 }, (_, bits) => decodeFloat8(bits, "float8_e5m2")),
};

/** Bits of an 8-bit float to float64. */
export function float8ToNumber(bits: number, dtype: "float8_e4m3fn" | "float8_e5m2"): number {
  return FLOAT8_VALUES[dtype][bits & 0xff] ?? Number.NaN;
}

/** float64 to the bits of an 8-bit float, ties to even, overflow not saturated; any NaN becomes 0x7f (e4m3fn) or 0x7e (e5m2). */
export function numberToFloat8(value: number, dtype: "float8_e4m3fn" | "float8_e5m2"): number {
  const rounded = roundTo(value, dtype);
  if (Number.isNaN(rounded)) return dtype === "float8_e4m3fn" ? 0x7f : 0x7e;
  const sign = value < 0 || Object.is(value, -0) ? 0x80 : 0;
  const magnitude = Math.abs(rounded);
  // Every value of e5m2 is one of float16, with a fraction that ends in zeros.
  if (dtype === "float8_e5m2") return sign | (numberToFloat16(magnitude) >> 8);
  if (magnitude === 0) return sign;
  const exponent = exponentOf(magnitude);
  if (exponent < -6) return sign | (magnitude * 2 ** 9);
  return sign | ((exponent + 7) << 3) | ((magnitude * 2 ** -exponent - 1) * 8);
}
