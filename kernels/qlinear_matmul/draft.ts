// The arguments of one call of qlinear_matmul while a probe draws them, and the draws that probes share.
import type { Random } from "../../harness/domain/random.ts";
import { centredRow, dotColumn, type Product } from "./product.ts";

/** The arguments of one call before they become tensors. */
export interface Draft {
  readonly a: Int8Array;
  readonly aScale: number;
  readonly aZeroPoint: number;
  /** b - b_zero_point as [N, K]; with the zero point it is an int8. */
  readonly columns: Int32Array;
  readonly bScale: Float32Array;
  /** Zeros where the case has no zero points of b. */
  readonly bZeroPoints: Int8Array;
  /** Ignored where the case has no bias. */
  readonly bias: Int32Array;
  readonly yScale: number;
  readonly yZeroPoint: number;
}

/** Scales spread over [1, 2^SPREAD]: a kernel that takes the wrong column's scale is off by up to 16x. */
export const SPREAD = 4;
/** Standard deviation of a uniform int8. */
export const INT8_SIGMA = 74;

/** A number moved into [low, high]. */
export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

/** How many columns from the first on are alike: two times of three three quarters or more, but not the last; else none. */
export function alike({ n }: Product, random: Random): number {
  return n < 4 || random.integer(0, 2) === 0 ? 0 : n - random.integer(1, Math.ceil(n / 4));
}

/** One exponent in 0..SPREAD for each column; the first two hold the ends. */
export function columnExponents({ n }: Product, random: Random): Int32Array {
  return Int32Array.from({ length: n }, (_, column) =>
    column === 0 ? 0 : column === 1 ? SPREAD : random.integer(0, SPREAD),
  );
}

/** A nonzero integer of [-limit, limit]. */
export function nonzero(limit: number, random: Random): number {
  return random.pick([-1, 1]) * random.integer(1, limit);
}

/** A zero point for each column of b, zeros where the case has none. */
export function zeroPoints({ n, hasZeroPoints }: Product, draw: (column: number) => number): Int8Array {
  return Int8Array.from({ length: n }, (_, column) => (hasZeroPoints ? draw(column) : 0));
}

/** a = zeroPoint + v with |v| <= amplitude, as far as int8 goes. */
export function around(zeroPoint: number, amplitude: number, { m, k }: Product, random: Random): Int8Array {
  const low = Math.max(-128, zeroPoint - amplitude);
  const high = Math.min(127, zeroPoint + amplitude);
  return Int8Array.from({ length: m * k }, () => random.integer(low, high));
}

/** The exact accumulators of every column at one random row each; 0 where there is no row. */
export function anchors(
  { m, n, k }: Product,
  a: Int8Array,
  zeroPoint: number,
  columns: Int32Array,
  random: Random,
): Int32Array {
  const row = new Int32Array(k);
  return Int32Array.from({ length: n }, (_, column) => {
    if (m === 0) return 0;
    centredRow(a, zeroPoint, random.integer(0, m - 1), row);
    return dotColumn(row, columns, column);
  });
}

/** Rows of which every column's mean accumulator is taken. */
const SAMPLED_ROWS = 8;

/** The mean accumulator of every column over a few random rows. */
export function sampledMeans(
  product: Product,
  a: Int8Array,
  zeroPoint: number,
  columns: Int32Array,
  random: Random,
): Float64Array {
  const means = new Float64Array(product.n);
  for (let sample = 0; sample < SAMPLED_ROWS; sample += 1) {
    anchors(product, a, zeroPoint, columns, random).forEach((accumulator, column) => {
      means[column] = (means[column] ?? 0) + accumulator / SAMPLED_ROWS;
    });
  }
  return means;
}

/** b as it is stored, zero points added back. */
export function storedB({ n, k, transB }: Product, columns: Int32Array, bZeroPoints: Int8Array): Int8Array {
  const b = new Int8Array(n * k);
  for (let column = 0; column < n; column += 1) {
    for (let i = 0; i < k; i += 1) {
      b[transB ? column * k + i : i * n + column] = (columns[column * k + i] ?? 0) + (bZeroPoints[column] ?? 0);
    }
  }
  return b;
}
