// Inputs of the probes of rms_norm: rows of x drawn one after the other, then gamma.
import { type DType, floatFormat, maxFinite } from "../../harness/domain/dtype.ts";
import { type BoundCase, numberOf } from "../../harness/domain/op.ts";
import type { Probe, Tensors } from "../../harness/domain/oracle.ts";
import type { Random } from "../../harness/domain/random.ts";
import { fill } from "../../harness/domain/tensor.ts";

const SIGNS: Probe = {
  name: "signs",
  lane: "A",
  reveals: "a wrong row, feature or gain, a padded or dropped tail, a wrong count, a store that does not round",
};
const NORMAL: Probe = {
  name: "normal",
  lane: "B",
  reveals: "sums or gains of a lower precision, an approximate root, one row's factor used for another",
  race: true,
};
const OFFSET: Probe = {
  name: "offset",
  lane: "B",
  reveals: "a mean that is subtracted, sums that lose terms under a large sum",
};
const OUTLIER: Probe = {
  name: "outlier",
  lane: "B",
  reveals: "squares that overflow a short type, a dropped element",
};
const NEAR_EPS: Probe = {
  name: "near_eps",
  lane: "B",
  reveals: "eps left out, outside the root, of a wrong size or of a short type",
};
const SPECIALS: Probe = {
  name: "specials",
  lane: "C",
  reveals: "NaN and infinities lost or made up, rows of zeros, extreme magnitudes",
};
const RANGE: Probe = {
  name: "range",
  lane: "C",
  reveals: "subnormal results flushed, results that saturate, gains that are no number made finite",
};

/** Features from which on an outlier is one of a row: with fewer it is the row, and its normalized value always the root of D. */
const ROOM_FOR_AN_OUTLIER = 16;

/** The regimes of a case. What a process keeps from other cases is judged on the first alone: elsewhere eps would not count. */
export function probesOf(bound: BoundCase): readonly Probe[] {
  const outlier = numberOf(bound, "D") < ROOM_FOR_AN_OUTLIER ? [] : [OUTLIER];
  return [NEAR_EPS, SIGNS, NORMAL, OFFSET, ...outlier, SPECIALS, RANGE];
}

/** Extents and attributes of a case. */
export interface Extents {
  readonly rows: number;
  readonly features: number;
  readonly eps: number;
  /** Of x, gamma and y. */
  readonly dtype: DType;
}

/** Reads the extents of a bound case. */
export function extentsOf(bound: BoundCase): Extents {
  const dtype = bound.dtypes["T"];
  if (dtype === undefined) throw new RangeError("rms_norm needs a dtype for 'T'");
  return { rows: numberOf(bound, "rows"), features: numberOf(bound, "D"), eps: numberOf(bound, "eps"), dtype };
}

/** How a regime draws a row of x, rows in ascending order, and then each element of gamma. */
interface Draft {
  readonly row: (row: number) => ArrayLike<number>;
  readonly gamma: (feature: number) => number;
}

function randomRow(features: number, element: (feature: number) => number): Float64Array {
  return Float64Array.from({ length: features }, (_, feature) => element(feature));
}

function sign(random: Random): 1 | -1 {
  return random.uniform() < 0.5 ? -1 : 1;
}

/** A gain as trained models have it, of either sign. */
function gain(random: Random): number {
  return sign(random) * (1 + 0.25 * random.normal());
}

/**
 * Rows of +a and -a, a a power of two from 2^3 to 2^7: the mean square is a^2 whatever the order of the sum, and x / a = +-1. eps is far
 * below its last bit but counted by the truth. gamma holds integers of every bit that T has, in float32 as many as TF32 cannot hold.
 */
function signs({ features, dtype }: Extents, random: Random): Draft {
  const bits = Math.min(20, floatFormat(dtype)?.precision ?? 20);
  return {
    row: () => {
      const a = 2 ** random.integer(3, 7);
      return randomRow(features, () => sign(random) * a);
    },
    gamma: () => sign(random) * random.integer(2 ** (bits - 1), 2 ** bits - 1),
  };
}

/**
 * Normal rows, each times sqrt(2) and 2^-8, 1 or 2^8. Without the root a long row's mean square is nearly a power of two, the normalized row nearly
 * the row itself, and rounding it to a half type gives it back: all its errors are one error.
 */
function normal({ features }: Extents, random: Random): Draft {
  return {
    row: () => {
      const scale = Math.SQRT2 * random.pick([2 ** -8, 1, 2 ** 8]);
      return randomRow(features, () => scale * random.normal());
    },
    gamma: () => gain(random),
  };
}

/** Mean of four standard deviations, of either sign: the mean square is 17 times the variance. */
function offset({ features }: Extents, random: Random): Draft {
  return {
    row: () => {
      const mean = 4 * sign(random);
      return randomRow(features, () => mean + random.normal());
    },
    gamma: () => gain(random),
  };
}

/** One feature of a row is about 900: its square is beyond float16 and most of the sum. The others are no smaller than 1/2: less would be lost to it. */
function outlier({ features }: Extents, random: Random): Draft {
  const ordinary = (): number => sign(random) * (0.5 + Math.abs(random.normal()));
  return {
    row: () => {
      const at = random.integer(0, features - 1);
      return randomRow(features, (feature) => (feature === at ? sign(random) * random.integer(820, 980) : ordinary()));
    },
    gamma: () => gain(random),
  };
}

/** Rows whose mean square is a sixteenth, one or sixteen times eps. */
function nearEps({ features, eps }: Extents, random: Random): Draft {
  return {
    row: () => {
      const scale = Math.sqrt(eps) * random.pick([0.25, 1, 4]);
      return randomRow(features, () => scale * random.normal());
    },
    gamma: () => gain(random),
  };
}

/** Magnitude of the small rows of `specials`: its square is below the smallest float32, and in float16 it is subnormal. */
function smallest(dtype: DType): number {
  return 2 ** (dtype === "float16" ? -20 : -127);
}

/** Magnitude of the large rows: the largest finite float16, or one whose square is still a float32. */
function largest(dtype: DType): number {
  return dtype === "float16" ? maxFinite(dtype) : 2 ** 50;
}

/** Small numbers, and a first feature that keeps the root near 1: normalized they are as small as before, in float32 subnormal. */
function besideOneLarge(features: number, small: () => number): Float64Array {
  const large = 2 ** Math.ceil(Math.log2(features) / 2);
  return randomRow(features, (feature) => (feature === 0 ? large : small()));
}

/** Rows of special values, in this order over and over. Beyond 8 features the large ones differ: equal terms round alike in a long sum. */
function specials({ features, dtype }: Extents, random: Random): Draft {
  const kinds: readonly (() => Float64Array)[] = [
    () => new Float64Array(features),
    () => new Float64Array(features).fill(-0),
    () => {
      const row = randomRow(features, () => random.normal());
      const at = random.integer(0, features - 1);
      row[at] = Number.NaN;
      if (features > 1) row[(at + 1) % features] = 0;
      return row;
    },
    () => {
      const row = randomRow(features, () => random.normal());
      row[random.integer(0, features - 1)] = sign(random) * Number.POSITIVE_INFINITY;
      return row;
    },
    () => randomRow(features, () => sign(random) * smallest(dtype) * (0.5 + random.uniform())),
    () =>
      randomRow(features, (feature) => sign(random) * largest(dtype) * (feature < 8 ? 1 : 1 - random.uniform() / 2)),
    ...(dtype === "float16" ? [2 ** -13, 3 * 2 ** -13].map((excess) => () => beyondMost(features, excess)) : []),
    // Zeros among others count.
    () => randomRow(features, (feature) => (feature % 3 === 1 ? 0 : random.normal())),
    () => besideOneLarge(features, () => sign(random) * smallest(dtype) * (0.5 + random.uniform())),
  ];
  return {
    row: (row) => kinds[row % kinds.length]?.() ?? new Float64Array(features),
    // A gain of 0 gives 0 in every row without NaN.
    gamma: (feature) => specialGains(dtype)[feature] ?? gain(random),
  };
}

/** The first gains of `specials`: 0, one that is subnormal in float16 and beyond its range in other dtypes, the largest float16. */
function specialGains(dtype: DType): readonly (number | undefined)[] {
  return [
    undefined,
    0,
    dtype === "float16" ? 3 * 2 ** -22 : 2 ** -60,
    dtype === "float16" ? maxFinite(dtype) : 2 ** 60,
  ];
}

/**
 * Rows of +-1, so that any order of the two products is exact but for the last, and gains at both ends of T: subnormal, in the highest binade, no numbers.
 * In every other row element 4 is smaller, the rest normalize to more than 1, and the highest gains overflow.
 */
function range({ features, dtype }: Extents, random: Random): Draft {
  const { precision, minExponent } = floatFormat(dtype) ?? { precision: 24, minExponent: -126 };
  const step = 2 ** (minExponent - precision + 1);
  const gains: readonly (() => number)[] = [
    () => step * random.integer(1, 2 ** (precision - 1) - 1),
    () => maxFinite(dtype) * (1 - 2 ** -precision * 2 * random.integer(0, 2 ** (precision - 3))),
    () => maxFinite(dtype),
    () => Number.POSITIVE_INFINITY,
    () => Number.NaN,
  ];
  return {
    row: (row) => randomRow(features, (feature) => sign(random) * (row % 2 === 1 && feature === 4 ? 0.5 : 1)),
    gamma: (feature) => sign(random) * (gains[feature % (feature < 8 ? 5 : 3)]?.() ?? 1),
  };
}

/** A row whose element 3 normalizes to 1 + excess, because element 4 is that much smaller: times the largest number a tie lies between. */
function beyondMost(features: number, excess: number): Float64Array {
  const left = Math.sqrt(Math.max(0, 1 - 2 * features * excess));
  return randomRow(features, (feature) => 64 * (feature === 4 ? left : 1));
}

const DRAFTS: Readonly<Record<string, (extents: Extents, random: Random) => Draft>> = {
  signs,
  normal,
  offset,
  outlier,
  near_eps: nearEps,
  specials,
  range,
};

/** The inputs of one probe: x and gamma in the case's dtype. */
export function inputsOf(bound: BoundCase, probe: Probe, random: Random): Tensors {
  const extents = extentsOf(bound);
  const draft = DRAFTS[probe.name]?.(extents, random);
  if (draft === undefined) throw new RangeError(`rms_norm has no probe '${probe.name}'`);
  const { rows, features, dtype } = extents;
  const values = new Float64Array(rows * features);
  for (let row = 0; row < rows; row += 1) values.set(draft.row(row), row * features);
  return {
    x: fill(dtype, [rows, features], (index) => values[index] ?? 0),
    gamma: fill(dtype, [features], draft.gamma),
  };
}
