// The extents of a case of matmul, and what a generator of inputs gives: elements by logical index, whatever their storage.
import type { DType } from "../../harness/domain/dtype.ts";
import { type BoundCase, numberOf } from "../../harness/domain/op.ts";

/** Extents, attributes and dtype of a case. */
export interface Extents {
  readonly batch: number;
  /** Matrices of b: 1 or `batch`. */
  readonly batchB: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transA: boolean;
  readonly transB: boolean;
  readonly dtype: DType;
}

/** Reads them from a bound case. */
export function extentsOf(bound: BoundCase): Extents {
  return {
    batch: numberOf(bound, "batch"),
    batchB: numberOf(bound, "batch_b"),
    m: numberOf(bound, "M"),
    n: numberOf(bound, "N"),
    k: numberOf(bound, "K"),
    transA: numberOf(bound, "trans_a") !== 0,
    transB: numberOf(bound, "trans_b") !== 0,
    dtype: bound.dtypes["T"] ?? "float32",
  };
}

/** The element at (matrix, row, column) of a [M, K] or b [K, N], before any transpose of its storage. */
export type Element = (matrix: number, row: number, column: number) => number;

/** The operands of one call. Either is called once for each element, in the order of its storage. */
export interface Operands {
  readonly a: Element;
  readonly b: Element;
}
