// The special values of sparse_gemm_int4 (lane C): scales that IEEE 754 answers alike whatever is multiplied first.
import type { Random } from "../../harness/domain/random.ts";
import { type Draft, type Geometry, rowsOf } from "./compressed.ts";

/** Its products with two such and a sum overflow float32 in any order; with one they do not. */
const LARGE = 2 ** 100;
/** A subnormal float32 whose products with the sums here are exact. */
const SUBNORMAL = 2 ** -140;

/** Writes the scales of one row of a [groups], ones before; `at` gives a random group. */
type Scenario = (scales: Float64Array, at: () => number) => void;

const SCENARIOS: readonly Scenario[] = [
  (scales, at) => {
    scales[at()] = Number.NaN;
  },
  (scales, at) => {
    scales[at()] = Number.POSITIVE_INFINITY;
  },
  // With one infinity of each sign the row is NaN; with one group it has one.
  (scales, at) => {
    const first = at();
    scales[first] = Number.POSITIVE_INFINITY;
    scales[(first + 1) % scales.length] = Number.NEGATIVE_INFINITY;
  },
  // A group that is not there, for all its values.
  (scales, at) => {
    scales[at()] = 0;
  },
  (scales) => {
    scales.fill(-0);
  },
  (scales) => {
    scales.fill(SUBNORMAL);
  },
  (scales) => {
    scales.fill(-LARGE);
  },
  // An ordinary row among the others.
  () => {},
];

/**
 * One scenario for each row of a; of the tokens three have the scale 0, NaN and LARGE where there are enough, the others 1. No token's scale
 * is infinite: with a scale of 0 the order would matter. All values are positive, so that no sum of a group is 0 against an infinite scale.
 */
export function specials(geometry: Geometry, random: Random): Draft {
  const { m, n, k, groups } = geometry;
  const scales = new Float64Array(m * groups).fill(1);
  const first = random.integer(0, SCENARIOS.length - 1);
  for (let row = 0; row < m; row += 1) {
    const scenario = SCENARIOS[(first + row) % SCENARIOS.length];
    scenario?.(scales.subarray(row * groups, (row + 1) * groups), () => random.integer(0, groups - 1));
  }
  const tokenScales = new Float64Array(n).fill(1);
  if (n >= 6) tokenScales.set([0, Number.NaN, LARGE], random.integer(0, n - 3));
  const b = Int8Array.from({ length: n * k }, () => random.integer(1, 9));
  // A token of zeros, whose own scale is 1: 0 times a NaN or an infinity is NaN, whatever is multiplied first.
  const empty = tokenScales.lastIndexOf(1);
  if (n > 1) b.fill(0, empty * k, (empty + 1) * k);
  return {
    rows: rowsOf(geometry, random, () => random.integer(1, 7)),
    scales,
    b,
    tokenScales,
  };
}
