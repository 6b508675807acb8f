// The special values of dequant_gemm_int4 (lane C): what IEEE 754 defines whatever the order of operations is.
import { type DType, floatFormat } from "../../harness/domain/dtype.ts";
import type { Random } from "../../harness/domain/random.ts";
import type { Draft, Geometry } from "./geometry.ts";

function smallestSubnormal(dtype: DType): number {
  const format = floatFormat(dtype);
  return format === undefined ? 1 : 2 ** (format.minExponent - format.precision + 1);
}

/** Writes one row of x [k]; `at` gives a random place in the first group. */
type Scenario = (row: Float64Array, at: () => number, dtype: DType, random: Random) => void;

/** No scenario adds finite numbers whose float32 sum depends on the order. */
const ANY: readonly Scenario[] = [
  // One NaN: the whole row is NaN, and no other.
  (row, at) => {
    row.fill(1);
    row[at()] = Number.NaN;
  },
  // NaN in the group whose scale is special: NaN times the scale 0 is NaN.
  (row) => {
    row[row.length - 1] = Number.NaN;
  },
  // The largest finite number alone: it stays for code 1, beyond it is an infinity, not a saturated number.
  (row, at, dtype, random) => {
    row[at()] = random.pick([-1, 1]) * (floatFormat(dtype)?.maxFinite ?? 1);
  },
  // Subnormals, whose sums are exact.
  (row, _at, dtype, random) => {
    row.forEach((_zero, k) => {
      row[k] = random.integer(-3, 3) * smallestSubnormal(dtype);
    });
  },
  // Zeros of both signs.
  (row, _at, _dtype, random) => {
    row.forEach((_zero, k) => {
      row[k] = random.pick([0, -0]);
    });
  },
  // Partial sums that leave float16 and mostly come back; in bfloat16 ordinary integers.
  (row, _at, dtype) => {
    const large = dtype === "float16" ? 12_800 : 96;
    row.forEach((_zero, k) => {
      row[k] = k % 2 === 0 ? large : -large;
    });
  },
  // The last feature alone, of the group whose scale is special: what a subnormal scale gives is no subnormal any more.
  (row) => {
    row[row.length - 1] = 1024;
  },
  // An ordinary row among the others.
  (row, _at, _dtype, random) => {
    row.forEach((_zero, k) => {
      row[k] = random.integer(-3, 3);
    });
  },
];

/** Not where there are zero points: one times the sum of x, subtracted from the sum of the group, makes NaN of an infinity, and is legal. */
const SYMMETRIC: readonly Scenario[] = [
  // One infinity takes the sign of the code: no code is 0 here.
  (row, at, _dtype, random) => {
    row.fill(2);
    row[at()] = random.pick([-1, 1]) * Number.POSITIVE_INFINITY;
  },
  // Two infinities: NaN where their codes have opposite signs.
  (row, at) => {
    row[at()] = Number.POSITIVE_INFINITY;
    row[at()] = Number.POSITIVE_INFINITY;
  },
];

/**
 * One scenario for each row of x. Scales are 1, so that scaling the weight or the sum of a group overflows alike; where there is more than
 * one group and enough rows of w, the last group of three rows has the scale 0, NaN or the smallest subnormal. Zero points are 0: others,
 * subtracted from the sum of a group, would turn an overflow into NaN.
 */
export function specials({ m, n, k, group, groups, dtype, asymmetric }: Geometry, random: Random): Draft {
  const scenarios = asymmetric ? ANY : [...ANY, ...SYMMETRIC];
  const x = new Float64Array(m * k);
  const first = random.integer(0, scenarios.length - 1);
  const last = Math.min(k, group) - 1;
  for (let row = 0; row < m; row += 1) {
    const scenario = scenarios[(first + row) % scenarios.length];
    scenario?.(x.subarray(row * k, (row + 1) * k), () => random.integer(0, last), dtype, random);
  }
  const scales = new Float64Array(n * groups).fill(1);
  if (groups > 1 && n >= 6) {
    const place = random.integer(0, n - 3);
    [0, Number.NaN, smallestSubnormal(dtype)].forEach((scale, offset) => {
      scales[(place + offset) * groups + groups - 1] = scale;
    });
  }
  const codes = Int8Array.from({ length: n * k }, () => random.pick([-8, -7, -5, -3, -2, -1, 1, 1, 2, 3, 4, 6, 7]));
  return { x, codes, scales, zeros: new Int8Array(n * groups) };
}
