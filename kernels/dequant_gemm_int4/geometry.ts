// The extents of a case of dequant_gemm_int4 and the nibbles of its weights.
import type { DType } from "../../harness/domain/dtype.ts";
import { type BoundCase, numberOf } from "../../harness/domain/op.ts";

/** Extents, attribute and dtype of a case. */
export interface Geometry {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Input features that share a scale. */
  readonly group: number;
  /** Groups of a row of w: ceil(k / group). */
  readonly groups: number;
  /** Bytes of a row of w: ceil(k / 2). */
  readonly rowBytes: number;
  readonly dtype: DType;
  /** The case has zero points. */
  readonly asymmetric: boolean;
}

/** Reads them from a bound case. */
export function geometryOf(bound: BoundCase): Geometry {
  const k = numberOf(bound, "K");
  return {
    m: numberOf(bound, "M"),
    n: numberOf(bound, "N"),
    k,
    group: numberOf(bound, "group"),
    groups: numberOf(bound, "G"),
    rowBytes: Math.ceil(k / 2),
    dtype: bound.dtypes["T"] ?? "float16",
    asymmetric: bound.inputs.some(({ name, absent }) => name === "zero_points" && !absent),
  };
}

/** Signed codes [n, k] as bytes [n, rowBytes]; `padding` gives the high nibble that an odd k leaves over. */
export function pack(codes: Int8Array, { n, k, rowBytes }: Geometry, padding: () => number): Uint8Array {
  const bytes = new Uint8Array(n * rowBytes);
  for (let row = 0; row < n; row += 1) {
    for (let byte = 0; byte < rowBytes; byte += 1) {
      const low = codes[row * k + 2 * byte] ?? 0;
      const high = 2 * byte + 1 < k ? (codes[row * k + 2 * byte + 1] ?? 0) : padding();
      bytes[row * rowBytes + byte] = (low & 15) | ((high & 15) << 4);
    }
  }
  return bytes;
}

/** The signed codes [n, k] of packed weights. */
export function unpack(bytes: Uint8Array, { n, k, rowBytes }: Geometry): Int8Array {
  const codes = new Int8Array(n * k);
  for (let row = 0; row < n; row += 1) {
    for (let at = 0; at < k; at += 1) {
      const nibble = ((bytes[row * rowBytes + (at >> 1)] ?? 0) >> (4 * (at & 1))) & 15;
      codes[row * k + at] = (nibble ^ 8) - 8;
    }
  }
  return codes;
}

/** The arguments of one call before they become tensors. */
export interface Draft {
  /** [m, k]. */
  readonly x: Float64Array;
  /** [n, k], -8..7. */
  readonly codes: Int8Array;
  /** [n, groups], rounded to T afterwards. */
  readonly scales: Float64Array;
  /** [n, groups], -8..7; all 0 where the case has none. */
  readonly zeros: Int8Array;
}
