// The order of top_k: by value, equal values by index.

/** One row's answer. */
export interface Selection {
  readonly values: Float64Array;
  readonly indices: Float64Array;
}

/** Indices get this many bits below the value's 32: together they fit the 53 of a float64. */
const INDEX_RANGE = 2 ** 20;

const single = new Float32Array(1);
const bits = new Int32Array(single.buffer);

/** The rank of a number among all float32 numbers: an integer that rises with the value; -0 and +0 share one. */
function rankOf(value: number): number {
  single[0] = value;
  const pattern = bits[0] ?? 0;
  // The patterns of negative numbers rise with their magnitude.
  return pattern >= 0 ? pattern : -2_147_483_648 - pattern;
}

/**
 * Chooses `count` of the elements from `start` on. Keys of (rank, index) are sorted as numbers.
 * @param row values exact in float32, without NaN
 * @throws RangeError for a row that is longer than an index may be
 */
export function select(row: Float64Array, count: number, largest: boolean): Selection {
  if (row.length > INDEX_RANGE) throw new RangeError(`a row of ${row.length} is longer than ${INDEX_RANGE}`);
  const keys = new Float64Array(row.length);
  const sign = largest ? -1 : 1;
  for (let i = 0; i < row.length; i += 1) keys[i] = sign * rankOf(row[i] ?? 0) * INDEX_RANGE + i;
  keys.sort();
  const indices = new Float64Array(count);
  const values = new Float64Array(count);
  for (let i = 0; i < count; i += 1) {
    const key = keys[i] ?? 0;
    const index = key - Math.floor(key / INDEX_RANGE) * INDEX_RANGE;
    indices[i] = index;
    values[i] = row[index] ?? 0;
  }
  return { values, indices };
}
