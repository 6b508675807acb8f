// Inputs of the probes of layer_norm: rows of x drawn one after the other, then gamma and beta.
import { type DType, floatFormat, maxFinite } from "../../harness/domain/dtype.ts";
import { type BoundCase, numberOf } from "../../harness/domain/op.ts";
import type { Probe, Tensors } from "../../harness/domain/oracle.ts";
import type { Random } from "../../harness/domain/random.ts";
import { fill } from "../../harness/domain/tensor.ts";

const SIGNS: Probe = {
  name: "signs",
  lane: "A",
  reveals: "a wrong row, feature, gain or bias, a padded or dropped tail, a wrong count, a store that does not round",
};
const NORMAL: Probe = {
  name: "normal",
  lane: "B",
  reveals: "sums or gains of a lower precision, an approximate root, one row's statistics used for another",
  race: true,
};
const OFFSET: Probe = {
  name: "offset",
  lane: "B",
  reveals: "the variance as a difference of mean square and squared mean, sums in a short type",
};
const ASCENDING: Probe = {
  name: "ascending",
  lane: "B",
  reveals: "variances of blocks merged without the distance of their means",
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
  reveals: "NaN and infinities lost or made up, constant rows, extreme magnitudes",
};

/** Features from which on an outlier is one of a row: with fewer it is the row, and its normalized value always the root of D. */
const ROOM_FOR_AN_OUTLIER = 16;

/**
 * The regimes of a case. What a process keeps from other cases is judged on the first alone: elsewhere eps would not count. Two features
 * normalize to -1 and 1 whatever they are, unless eps counts: rows of them repeat the same few roundings, which is no random regime.
 */
export function probesOf(bound: BoundCase): readonly Probe[] {
  const features = numberOf(bound, "D");
  const spread = features === 2 ? [] : [NORMAL, OFFSET, ASCENDING];
  return [NEAR_EPS, SIGNS, ...spread, ...(features < ROOM_FOR_AN_OUTLIER ? [] : [OUTLIER]), SPECIALS];
}

/** Extents and attributes of a case. */
export interface Extents {
  readonly rows: number;
  readonly features: number;
  readonly eps: number;
  /** Of x, gamma, beta and y. */
  readonly dtype: DType;
}

/** Reads the extents of a bound case. */
export function extentsOf(bound: BoundCase): Extents {
  const dtype = bound.dtypes["T"];
  if (dtype === undefined) throw new RangeError("layer_norm needs a dtype for 'T'");
  return { rows: numberOf(bound, "rows"), features: numberOf(bound, "D"), eps: numberOf(bound, "eps"), dtype };
}

/** How a regime draws a row of x, rows in ascending order, and then each element of gamma and of beta. */
interface Draft {
  readonly row: (row: number) => ArrayLike<number>;
  readonly gamma: (feature: number) => number;
  readonly beta: (feature: number) => number;
}

function randomRow(features: number, element: (feature: number) => number): Float64Array {
  return Float64Array.from({ length: features }, (_, feature) => element(feature));
}

function sign(random: Random): 1 | -1 {
  return random.uniform() < 0.5 ? -1 : 1;
}

/** Gains and biases as trained models have them, of either sign. */
function trained(random: Random): Pick<Draft, "gamma" | "beta"> {
  return { gamma: () => sign(random) * (1 + 0.25 * random.normal()), beta: () => 0.5 * random.normal() };
}

/** As many ones as minus ones in random order, and a zero where the number is odd. */
function balancedSigns(features: number, random: Random): Float64Array {
  const half = Math.floor(features / 2);
  const signs = randomRow(features, (feature) => (feature < half ? 1 : feature < 2 * half ? -1 : 0));
  for (let last = features - 1; last > 0; last -= 1) {
    const other = random.integer(0, last);
    [signs[last], signs[other]] = [signs[other] ?? 0, signs[last] ?? 0];
  }
  return signs;
}

/**
 * Rows m + a and m - a, as many of each: mean m and variance a^2 in every order of the sums (where D is even), x normalized +-1. a is a
 * power of two from 2^3 to 2^6, m up to 2 a; eps is far below the last bit of a^2 but counted by the truth. gamma holds integers of
 * every bit but one that T has, in float32 of 19, and beta smaller ones, so that y is an exact T and never cancels.
 */
function signs({ features, dtype }: Extents, random: Random): Draft {
  const bits = Math.min(20, floatFormat(dtype)?.precision ?? 20) - 1;
  return {
    row: () => {
      const a = 2 ** random.integer(3, 6);
      const mean = a * random.integer(-2, 2);
      return balancedSigns(features, random).map((one) => mean + one * a);
    },
    gamma: () => sign(random) * random.integer(2 ** (bits - 1), 2 ** bits - 1),
    beta: () => random.integer(1 - 2 ** (bits - 2), 2 ** (bits - 2) - 1),
  };
}

/** Normal rows, each times 2^-8, 1 or 2^8. */
function normal({ features }: Extents, random: Random): Draft {
  return {
    row: () => {
      const scale = random.pick([2 ** -8, 1, 2 ** 8]);
      return randomRow(features, () => scale * random.normal());
    },
    ...trained(random),
  };
}

/**
 * Mean over standard deviation of `offset`. In half types it is low: their elements would take so few values around a large mean that the
 * roundings of a legal sum repeat, and no longer average like independent ones.
 */
function ratio(dtype: DType): number {
  return dtype === "bfloat16" ? 2 : dtype === "float16" ? 16 : 1024;
}

/** A mean, of either sign, far larger than the standard deviation of 1/4, 1 or 4. */
function offset({ features, dtype }: Extents, random: Random): Draft {
  return {
    row: () => {
      const scale = random.pick([0.25, 1, 4]);
      const mean = sign(random) * ratio(dtype) * (1 + 0.5 * random.uniform());
      return randomRow(features, () => scale * (mean + random.normal()));
    },
    ...trained(random),
  };
}

/** Rises from -8 to 8 along a row, or falls, with noise: every block of features has another mean. */
function ascending({ features }: Extents, random: Random): Draft {
  return {
    row: () => {
      const [direction, step] = [sign(random), 16 / Math.max(1, features - 1)];
      return randomRow(features, (feature) => direction * (feature * step - 8) + 0.25 * random.normal());
    },
    ...trained(random),
  };
}

/** One feature of a row is about 900: its square is beyond float16. */
function outlier({ features }: Extents, random: Random): Draft {
  return {
    row: () => {
      const at = random.integer(0, features - 1);
      const large = sign(random) * (820 + 160 * random.uniform());
      return randomRow(features, (feature) => (feature === at ? large : random.normal()));
    },
    ...trained(random),
  };
}

/** Rows whose variance is a sixteenth, one or sixteen times eps. */
function nearEps({ features, eps }: Extents, random: Random): Draft {
  return {
    row: () => {
      const scale = Math.sqrt(eps) * random.pick([0.25, 1, 4]);
      return randomRow(features, () => scale * random.normal());
    },
    ...trained(random),
  };
}

/** Magnitude of the small rows of `specials`: its square is below the smallest float32, and in float16 it is subnormal. */
function smallest(dtype: DType): number {
  return 2 ** (dtype === "float16" ? -20 : -100);
}

/** Magnitude of the large rows: the largest finite float16, or one the sum of whose squares is still a float32. */
function largest(dtype: DType): number {
  return dtype === "float16" ? maxFinite(dtype) : 2 ** 50;
}

/** Rows of special values, in this order over and over. */
function specials({ features, dtype }: Extents, random: Random): Draft {
  const kinds: readonly (() => Float64Array)[] = [
    () => new Float64Array(features),
    () => new Float64Array(features).fill(-3),
    () => {
      const row = randomRow(features, () => random.normal());
      row[random.integer(0, features - 1)] = Number.NaN;
      return row;
    },
    () => {
      const row = randomRow(features, () => random.normal());
      row[random.integer(0, features - 1)] = sign(random) * Number.POSITIVE_INFINITY;
      return row;
    },
    () => randomRow(features, () => sign(random) * smallest(dtype) * (0.5 + random.uniform())),
    () => balancedSigns(features, random).map((one) => one * largest(dtype)),
  ];
  const { gamma, beta } = trained(random);
  const beyond = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];
  const edge = (feature: number): boolean => dtype === "float16" && (feature === 3 || feature === 4);
  return {
    row: (row) => kinds[row % kinds.length]?.() ?? new Float64Array(features),
    // A gain of 0 leaves the bias.
    gamma: (feature) => (feature === 1 ? 0 : edge(feature) ? maxFinite(dtype) : gamma(feature)),
    // float16: the largest number and 12 round to it, the largest number and 24 to an infinity, where x normalizes to 1.
    beta: (feature) => (edge(feature) ? 12 * (feature - 2) : (beyond[feature - 5] ?? beta(feature))),
  };
}

const DRAFTS: Readonly<Record<string, (extents: Extents, random: Random) => Draft>> = {
  signs,
  normal,
  offset,
  ascending,
  outlier,
  near_eps: nearEps,
  specials,
};

/** The inputs of one probe: x, gamma and, where the case has it, beta in the case's dtype. */
export function inputsOf(bound: BoundCase, probe: Probe, random: Random): Tensors {
  const extents = extentsOf(bound);
  const draft = DRAFTS[probe.name]?.(extents, random);
  if (draft === undefined) throw new RangeError(`layer_norm has no probe '${probe.name}'`);
  const { rows, features, dtype } = extents;
  const values = new Float64Array(rows * features);
  for (let row = 0; row < rows; row += 1) values.set(draft.row(row), row * features);
  const x = fill(dtype, [rows, features], (index) => values[index] ?? 0);
  const gamma = fill(dtype, [features], draft.gamma);
  const hasBeta = bound.inputs.some(({ name, absent }) => name === "beta" && !absent);
  return hasBeta ? { x, gamma, beta: fill(dtype, [features], draft.beta) } : { x, gamma };
}
