// The exact integer product of qlinear_matmul: its extents and its int32 accumulators, before bias.
import { type BoundCase, numberOf } from "../../harness/domain/op.ts";

/** Extents of one case, and what of it is there. */
export interface Product {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** b is stored [N, K] instead of [K, N]. */
  readonly transB: boolean;
  readonly hasZeroPoints: boolean;
  readonly hasBias: boolean;
}

/** Reads the extents of a bound case. */
export function productOf(bound: BoundCase): Product {
  const present = (name: string): boolean => bound.inputs.some((input) => input.name === name && !input.absent);
  return {
    m: numberOf(bound, "M"),
    n: numberOf(bound, "N"),
    k: numberOf(bound, "K"),
    transB: numberOf(bound, "trans_b") !== 0,
    hasZeroPoints: present("b_zero_point"),
    hasBias: present("bias"),
  };
}

/** b - b_zero_point as [N, K]: a column of b is one run. */
export function centredColumns({ n, k, transB }: Product, b: Int8Array, zeroPoints: Int8Array): Int32Array {
  const out = new Int32Array(n * k);
  for (let column = 0; column < n; column += 1) {
    const zeroPoint = zeroPoints[column] ?? 0;
    const [from, step] = transB ? [column * k, 1] : [column, n];
    for (let i = 0; i < k; i += 1) out[column * k + i] = (b[from + i * step] ?? 0) - zeroPoint;
  }
  return out;
}

/** Writes row `row` of a - zeroPoint to `out` [K]. */
export function centredRow(a: Int8Array, zeroPoint: number, row: number, out: Int32Array): void {
  const from = row * out.length;
  for (let i = 0; i < out.length; i += 1) out[i] = (a[from + i] ?? 0) - zeroPoint;
}

/** The int32 sum of products of a row of a and column `column` of b, both centred. */
export function dotColumn(row: Int32Array, columns: Int32Array, column: number): number {
  const from = column * row.length;
  let sum = 0;
  for (let i = 0; i < row.length; i += 1) sum = (sum + Math.imul(row[i] ?? 0, columns[from + i] ?? 0)) | 0;
  return sum;
}

/** One row of accumulators; four columns share each load of the row of a, for speed. */
function accumulateRow(row: Int32Array, columns: Int32Array, n: number, out: Int32Array, at: number): void {
  const k = row.length;
  let column = 0;
  for (; column + 3 < n; column += 4) {
    const from = column * k;
    let first = 0;
    let second = 0;
    let third = 0;
    let fourth = 0;
    for (let i = 0; i < k; i += 1) {
      const value = row[i] ?? 0;
      first = (first + Math.imul(value, columns[from + i] ?? 0)) | 0;
      second = (second + Math.imul(value, columns[from + k + i] ?? 0)) | 0;
      third = (third + Math.imul(value, columns[from + 2 * k + i] ?? 0)) | 0;
      fourth = (fourth + Math.imul(value, columns[from + 3 * k + i] ?? 0)) | 0;
    }
    out[at + column] = first;
    out[at + column + 1] = second;
    out[at + column + 2] = third;
    out[at + column + 3] = fourth;
  }
  for (; column < n; column += 1) out[at + column] = dotColumn(row, columns, column);
}

/**
 * Accumulators [M, N] without bias. Exact: K <= 16384 keeps K * 255 * 255 below 2^30.
 * @param rows 1 for a row that is wanted; others stay 0
 */
export function accumulate(
  { m, n, k }: Product,
  a: Int8Array,
  zeroPoint: number,
  columns: Int32Array,
  rows?: Uint8Array,
): Int32Array {
  const out = new Int32Array(m * n);
  const row = new Int32Array(k);
  for (let index = 0; index < m; index += 1) {
    if (rows?.[index] === 0) continue;
    centredRow(a, zeroPoint, index, row);
    accumulateRow(row, columns, n, out, index * n);
  }
  return out;
}
