// The extents of a case of sparse_gemm_int4, and 2:4 compressed rows as bytes and as numbers.
import type { DType } from "../../harness/domain/dtype.ts";
import { type BoundCase, numberOf } from "../../harness/domain/op.ts";
import type { Random } from "../../harness/domain/random.ts";

/** Extents, attribute and output dtype of a case. */
export interface Geometry {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Input features that share a scale. */
  readonly group: number;
  /** Groups of a row: ceil(k / group). */
  readonly groups: number;
  /** Chunks of four input features in a row: k / 4. */
  readonly fours: number;
  /** Kept values of a row: k / 2. */
  readonly kept: number;
  readonly dtype: DType;
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
    fours: k / 4,
    kept: k / 2,
    dtype: bound.dtypes["T"] ?? "float32",
  };
}

/** Places of the two kept values of four. */
type Pair = readonly [number, number];

/** What metadata may say. */
const PAIRS: readonly [Pair, ...Pair[]] = [
  [0, 1],
  [0, 2],
  [0, 3],
  [1, 2],
  [1, 3],
  [2, 3],
];

/** Compressed rows as numbers: kept value j of row i is at [i * kept + j]. */
export interface Rows {
  /** -8..7. */
  readonly values: Int8Array;
  /** Its input feature, 0..k-1, ascending in a row. */
  readonly features: Int32Array;
}

/** Rows with any two of every four kept; `value` is called once for each. */
export function rowsOf({ m, fours }: Geometry, random: Random, value: () => number): Rows {
  const values = new Int8Array(2 * m * fours);
  const features = new Int32Array(2 * m * fours);
  for (let four = 0; four < m * fours; four += 1) {
    const [first, second] = random.pick(PAIRS);
    const base = 4 * (four % fours);
    features.set([base + first, base + second], 2 * four);
    values.set([value(), value()], 2 * four);
  }
  return { values, features };
}

/** Bytes of a metadata row: ceil(k / 8). */
export function metadataBytes({ fours }: Geometry): number {
  return Math.ceil(fours / 2);
}

/** Rows as the bytes of `a` and `metadata`; `padding` gives the nibble that an odd number of fours leaves over. */
export function compress(
  { values, features }: Rows,
  geometry: Geometry,
  padding: () => number,
): { readonly a: Uint8Array; readonly metadata: Uint8Array } {
  const { m, fours } = geometry;
  const rowBytes = metadataBytes(geometry);
  const a = new Uint8Array(m * fours);
  const metadata = new Uint8Array(m * rowBytes);
  for (let row = 0; row < m; row += 1) {
    for (let four = 0; four < 2 * rowBytes; four += 1) {
      const at = 2 * (row * fours + four);
      const [first = 0, second = 0] = [features[at], features[at + 1]];
      const indices = four < fours ? (first % 4) | ((second % 4) << 2) : padding();
      const byte = row * rowBytes + (four >> 1);
      metadata[byte] = (metadata[byte] ?? 0) | (indices << (4 * (four & 1)));
      if (four < fours) a[row * fours + four] = ((values[at] ?? 0) & 15) | (((values[at + 1] ?? 0) & 15) << 4);
    }
  }
  return { a, metadata };
}

/** The rows that the bytes mean. */
export function expand(a: Uint8Array, metadata: Uint8Array, geometry: Geometry): Rows {
  const { m, fours, kept } = geometry;
  const rowBytes = metadataBytes(geometry);
  const values = new Int8Array(m * kept);
  const features = new Int32Array(m * kept);
  for (let row = 0; row < m; row += 1) {
    for (let four = 0; four < fours; four += 1) {
      const pair = a[row * fours + four] ?? 0;
      const indices = (metadata[row * rowBytes + (four >> 1)] ?? 0) >> (4 * (four & 1));
      const at = row * kept + 2 * four;
      values[at] = ((pair & 15) ^ 8) - 8;
      values[at + 1] = ((pair >> 4) ^ 8) - 8;
      features[at] = 4 * four + (indices & 3);
      features[at + 1] = 4 * four + ((indices >> 2) & 3);
    }
  }
  return { values, features };
}

/** The arguments of one call before they become tensors. */
export interface Draft {
  readonly rows: Rows;
  /** [m, groups]. */
  readonly scales: Float64Array;
  /** [n, k]. */
  readonly b: Int8Array;
  /** [n]. */
  readonly tokenScales: Float64Array;
}
