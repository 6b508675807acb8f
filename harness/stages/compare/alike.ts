// Which elements of a random regime are a sample: what is rounded alike has one error, however often it occurs.
import { type DType, ulpOf } from "../../domain/dtype.ts";
import type { RealTruth } from "../../domain/oracle.ts";

/** Elements of rows that no earlier row equals in its true values: equal rows have equal errors, which are no independent sample. */
function distinctRows(truth: RealTruth, columns: number): Uint8Array {
  const keep = new Uint8Array(truth.y.length);
  const bytes = Buffer.from(truth.y.buffer, truth.y.byteOffset, truth.y.byteLength);
  const seen = new Set<string>();
  for (let start = 0; start < truth.y.length; start += columns) {
    const key = bytes.toString("latin1", start * 8, (start + columns) * 8);
    if (seen.has(key)) continue;
    seen.add(key);
    for (let i = start; i < start + columns; i += 1) keep[i] = truth.judged?.[i] ?? 1;
  }
  return keep;
}

/** Values this close, in ULP of the output, are rounded alike. */
const ALIKE = 1 / 8;

/** What decides how a value is rounded: its significand, to an eighth of an ULP. Twice as much, and its negative, are rounded alike. */
function significandOf(value: number, dtype: DType): number {
  return Math.round(Math.abs(value) / (ALIKE * ulpOf(value, dtype)));
}

/**
 * Elements of distinct rows whose true value no earlier one of the same column has but for an eighth of an ULP, and whose significand no earlier one of the same
 * row: they are rounded alike, so their errors are one error. Rows are alike without being equal where one key outweighs all others for every query;
 * elements of a long row are where sums have few terms of a half type.
 */
export function distinctElements(truth: RealTruth, columns: number, dtype: DType): Uint8Array {
  const keep = distinctRows(truth, columns);
  const seen = Array.from({ length: columns }, () => new Set<number>());
  const significands = new Set<number>();
  for (let i = 0; i < keep.length; i += 1) {
    if (i % columns === 0) significands.clear();
    if (keep[i] === 0) continue;
    const value = truth.y[i] ?? 0;
    const step = ALIKE * ulpOf(value, dtype);
    const near = Math.round(value / step) * step;
    const significand = significandOf(value, dtype);
    const values = seen[i % columns];
    if (values?.has(near) === true || significands.has(significand)) {
      keep[i] = 0;
      continue;
    }
    values?.add(near);
    significands.add(significand);
  }
  return keep;
}
