// The numbers that a quantized dtype can hold.
import { type DType, float8ToNumber } from "../../harness/domain/dtype.ts";

/** The grid of an output dtype. */
export interface Grid {
  readonly dtype: DType;
  /** Smallest and largest number: what lies beyond saturates. */
  readonly low: number;
  readonly high: number;
  /** An 8-bit float, whose steps grow with the value and whose zero point is 0. */
  readonly float: boolean;
}

const GRIDS: readonly Grid[] = [
  { dtype: "int8", low: -128, high: 127, float: false },
  { dtype: "uint8", low: 0, high: 255, float: false },
  { dtype: "int4", low: -8, high: 7, float: false },
  { dtype: "uint4", low: 0, high: 15, float: false },
  { dtype: "float8_e4m3fn", low: -448, high: 448, float: true },
  { dtype: "float8_e5m2", low: -57_344, high: 57_344, float: true },
];

/** The grid of a dtype. @throws RangeError for a dtype that nothing is quantized to */
export function gridOf(dtype: DType | undefined): Grid {
  const grid = GRIDS.find((one) => one.dtype === dtype);
  if (grid === undefined) throw new RangeError(`nothing is quantized to ${dtype ?? "no dtype"}`);
  return grid;
}

/** Every finite number of the grid once, ascending. */
export function numbersOf({ dtype, low, high }: Grid): Float64Array {
  if (dtype !== "float8_e4m3fn" && dtype !== "float8_e5m2")
    return Float64Array.from({ length: high - low + 1 }, (_, index) => low + index);
  const decoded = Array.from({ length: 256 }, (_, bits) => float8ToNumber(bits, dtype));
  // +0 and -0 are one number.
  return Float64Array.from(new Set(decoded.filter(Number.isFinite).map((value) => value + 0))).sort();
}
