// The numbers that a quantized dtype can hold, and the bits that hold them.
import { type DType, float8ToNumber } from "../../harness/domain/dtype.ts";

/** The codes of a quantized dtype. */
export interface Codes {
  readonly dtype: DType;
  /** Smallest and largest finite number. */
  readonly low: number;
  readonly high: number;
  /** An 8-bit float, whose zero point is 0. */
  readonly float: boolean;
}

const CODES: readonly Codes[] = [
  { dtype: "int8", low: -128, high: 127, float: false },
  { dtype: "uint8", low: 0, high: 255, float: false },
  { dtype: "int4", low: -8, high: 7, float: false },
  { dtype: "uint4", low: 0, high: 15, float: false },
  { dtype: "float8_e4m3fn", low: -448, high: 448, float: true },
  { dtype: "float8_e5m2", low: -57_344, high: 57_344, float: true },
];

/** The codes of a dtype. @throws RangeError for a dtype that nothing is dequantized from */
export function codesOf(dtype: DType | undefined): Codes {
  const codes = CODES.find((one) => one.dtype === dtype);
  if (codes === undefined) throw new RangeError(`nothing is dequantized from ${dtype ?? "no dtype"}`);
  return codes;
}

/** Every finite number of the dtype once, ascending. */
export function numbersOf({ dtype, low, high }: Codes): Float64Array {
  if (dtype !== "float8_e4m3fn" && dtype !== "float8_e5m2")
    return Float64Array.from({ length: high - low + 1 }, (_, index) => low + index);
  const decoded = Array.from({ length: 256 }, (_, bits) => float8ToNumber(bits, dtype));
  // +0 and -0 are one number.
  return Float64Array.from(new Set(decoded.filter(Number.isFinite).map((value) => value + 0))).sort();
}
