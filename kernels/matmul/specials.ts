// Lane C of matmul: rows of a that each hold one kind of special value, against columns of small powers of two.
import { type DType, maxFinite } from "../../harness/domain/dtype.ts";
import type { Random } from "../../harness/domain/random.ts";
import type { Extents, Operands } from "./extents.ts";

/**
 * Spacing of the tiny numbers of a row, of which a product with 1/2 is still exact: subnormals of float16, those of
 * bfloat16 where the dtype is float32 (a sum of three bfloat16 can hold them), and normal numbers in bfloat16, whose
 * multipliers take subnormals for 0 (Intel SDM, VDPBF16PS).
 */
function tinyStep(dtype: DType): number {
  if (dtype === "bfloat16") return 2 ** -125;
  return dtype === "float16" ? 2 ** -24 : 2 ** -133;
}

/** Half of a small normal number in tiny steps: one whose half is subnormal, in float32 also one of 15 bits of which all but the first 8 are. */
function smallSteps(dtype: DType, random: Random): number {
  if (dtype === "float16") return random.integer(512, 1023);
  const long = dtype === "float32" && random.uniform() < 0.5;
  return long ? random.integer(2 ** 13, 2 ** 14 - 1) : random.integer(64, 127);
}

/** Writes one row of a [K]; `at` gives a random place in it. */
type Scenario = (row: Float64Array, at: () => number, dtype: DType, random: Random) => void;

/** No scenario adds finite numbers whose float32 sum depends on the order. */
const SCENARIOS: readonly Scenario[] = [
  // One NaN: the whole row is NaN, and no other.
  (row, at) => {
    row.fill(1);
    row[at()] = Number.NaN;
  },
  // One infinity: it takes the sign of b, and is NaN where b is 0.
  (row, at, _dtype, random) => {
    row.fill(2);
    row[at()] = random.pick([-1, 1]) * Number.POSITIVE_INFINITY;
  },
  // Two infinities: NaN where their products have opposite signs.
  (row, at) => {
    row[at()] = Number.POSITIVE_INFINITY;
    row[at()] = Number.POSITIVE_INFINITY;
  },
  // The largest finite number alone: times 2 it is an infinity, not a saturated number.
  (row, at, dtype, random) => {
    row[at()] = random.pick([-1, 1]) * maxFinite(dtype);
  },
  // Half types: a sum just below the middle between the largest number and what would follow is the largest, above it an infinity.
  (row, at, dtype) => {
    const most = maxFinite(dtype);
    if (dtype !== "float32") row[at()] = (most / (dtype === "float16" ? 2047 : 255)) * 0.375;
    row[at()] = most;
  },
  // A large number beside small ones, which count where b is 0 at the large one.
  (row, at, dtype, random) => {
    const small = dtype === "float16" ? 2 ** -12 : 2 ** -30;
    row.forEach((_zero, k) => {
      row[k] = random.integer(-3, 3) * small;
    });
    row[at()] = dtype === "float16" ? 2 ** 14 : 2 ** 20;
  },
  // Tiny numbers, whose sums are exact; even multiples stay exact times 1/2.
  (row, _at, dtype, random) => {
    row.forEach((_zero, k) => {
      row[k] = 2 * random.integer(-3, 3) * tinyStep(dtype);
    });
  },
  // One number just above the subnormals: its half is one, or what is left when it is split into shorter numbers.
  (row, at, dtype, random) => {
    row[at()] = random.pick([-2, 2]) * smallSteps(dtype, random) * tinyStep(dtype);
  },
  // Zeros of both signs.
  (row, _at, _dtype, random) => {
    row.forEach((_zero, k) => {
      row[k] = random.pick([0, -0]);
    });
  },
  // Partial sums that leave float16 and come back; in the other dtypes ordinary integers.
  (row, _at, dtype) => {
    const [large, small] = dtype === "float16" ? [40_000, 8] : [96, 3];
    row.forEach((_zero, k) => {
      row[k] = k % 4 < 2 ? large : k % 4 === 2 ? -large : -large + small;
    });
  },
  // An ordinary row among the others.
  (row, _at, _dtype, random) => {
    row.forEach((_zero, k) => {
      row[k] = random.integer(-3, 3);
    });
  },
];

/** One row of a takes one scenario; b holds -1, 1/2, 1, 2 and some zeros, one column with a NaN, one with an infinity. */
export function specials({ batch, batchB, m, n, k, dtype }: Extents, random: Random): Operands {
  const left = new Float64Array(batch * m * k);
  const first = random.integer(0, SCENARIOS.length - 1);
  for (let row = 0; row < batch * m && k > 0; row += 1) {
    const scenario = SCENARIOS[(first + row) % SCENARIOS.length];
    scenario?.(left.subarray(row * k, (row + 1) * k), () => random.integer(0, k - 1), dtype, random);
  }
  // Whole tiles of zeros, as block sparsity skips them: rows 16 to 31 of a and columns 16 to 31 of b, against NaN and infinities.
  for (let matrix = 0; matrix < batch && m >= 48; matrix += 1) {
    left.fill(0, (matrix * m + 16) * k, (matrix * m + 32) * k);
  }
  const right = Float64Array.from({ length: batchB * k * n }, () => random.pick([-1, 0.5, 1, 1, 2, 0]));
  // A column of zeros, whose products with NaN and infinities are NaN, and one of tiny numbers.
  for (let matrix = 0; matrix < batchB && n >= 8 && k > 0; matrix += 1) {
    const column = random.integer(0, n - 1);
    for (let row = 0; row < k; row += 1) {
      right[(matrix * k + row) * n + column] = 0;
      right[(matrix * k + row) * n + ((column + 1) % n)] = random.pick([-2, 2]) * tinyStep(dtype);
    }
  }
  for (let matrix = 0; matrix < batchB && n >= 48; matrix += 1) {
    for (let row = 0; row < k; row += 1) right.fill(0, (matrix * k + row) * n + 16, (matrix * k + row) * n + 32);
  }
  // Columns of their own, where enough others remain to show everything else.
  for (let matrix = 0; matrix < batchB && n >= 4 && k > 0; matrix += 1) {
    const column = random.integer(0, n - 1);
    const other = (column + 1) % n;
    // Beside an infinity no product of a largest number may overflow float32 to one of the other sign.
    for (let at = matrix * k * n + other; at < (matrix + 1) * k * n; at += n) right[at] = Math.min(right[at] ?? 0, 1);
    right[(matrix * k + random.integer(0, k - 1)) * n + column] = Number.NaN;
    right[(matrix * k + random.integer(0, k - 1)) * n + other] = Number.NEGATIVE_INFINITY;
  }
  return {
    a: (matrix, row, column) => left[(matrix * m + row) * k + column] ?? 0,
    b: (matrix, row, column) => right[(matrix * k + row) * n + column] ?? 0,
  };
}
