// Inputs of the probes of softmax: rows of scores along the middle axis of [outer, K, inner].
import { type DType, floatFormat, maxFinite } from "../../harness/domain/dtype.ts";
import { type BoundCase, numberOf } from "../../harness/domain/op.ts";
import type { Probe, Tensors } from "../../harness/domain/oracle.ts";
import type { Random } from "../../harness/domain/random.ts";
import { fill } from "../../harness/domain/tensor.ts";

/** The regimes, lane A first. */
export const PROBES: readonly Probe[] = [
  {
    name: "subsets",
    lane: "A",
    reveals:
      "which scores a row sums (axis, dropped tail, padded scores, unwritten elements), a wrong rounding of 1 / n",
  },
  {
    name: "normal",
    lane: "B",
    reveals: "precision lost where many scores count, a wrong base of the exponential",
    race: true,
  },
  {
    name: "ascending",
    lane: "B",
    reveals: "a sum that is not rescaled: the running maximum rises at every tile",
  },
  {
    name: "near_one_hot",
    lane: "B",
    reveals: "a row sum in a short type: next to 1 it loses the many small exponentials",
  },
  {
    name: "beyond_exp",
    lane: "C",
    reveals:
      "exp without the maximum of the row subtracted, or with that of a part: scores near +-100 to +-100,000, or rising by 192",
  },
  {
    name: "special",
    lane: "C",
    reveals: "infinities, NaN, masked rows and tiles, lowest finite scores, zeros of both signs, results below 2^-126",
  },
];

/** Extents of a case: x and y are [outer, K, inner]. */
export interface Extents {
  readonly outer: number;
  readonly size: number;
  readonly inner: number;
}

export function extentsOf(bound: BoundCase): Extents {
  return { outer: numberOf(bound, "outer"), size: numberOf(bound, "K"), inner: numberOf(bound, "inner") };
}

/** Writes the scores of one row. */
type Row = (scores: Float64Array, row: number) => void;

/** Rise of the scores of `ascending` along a row: many scores count, or few; no result is subnormal in float32. */
const RISES = [16, 64] as const;
/** Rise of the steep rows of `beyond_exp`: half of their scores weigh nothing, and exp(96) is an infinity. */
const STEEP = 192;
/** Where the level rows of `beyond_exp` lie; float32 has neither exp(100) nor exp(-110). The last is below what masks and maxima start at. */
const LEVELS = [100, -110, 300, -300, 1000, -1000, 30_000, -30_000] as const;

/** The same beyond the largest float16: what is clamped to its range becomes equal. From 2^20 on a base-2 kernel loses the scores' differences. */
const FAR = [100_000, -100_000] as const;

/** A row number, so that neighbouring rows get different kinds and tiny cases get any of them. */
function shifted(random: Random, kinds: number): (row: number) => number {
  const first = random.integer(0, kinds - 1);
  return (row) => (first + row) % kinds;
}

/** Rows from which on `subsets` spreads over them what each of fewer holds at once. */
const SPREAD_ROWS = 3;
/** Most scores that are open in a row of few: one that is dropped is far more than any dtype's rounding of 1 / n. */
const OPEN_OF_FEW = 64;

/**
 * n scores are 0, the others weigh nothing: -inf, the lowest finite number or -200, by row. Every sum is n, and every y is 1 / n or 0.
 * n is log-uniform; the first or last place, where tails are dropped, is in the subset of two rows of three, and both are in that of one row or two.
 */
function subsets(dtype: DType, rows: number, random: Random): Row {
  const closed = [Number.NEGATIVE_INFINITY, -maxFinite(dtype), -200];
  const kind = shifted(random, 9);
  const few = rows < SPREAD_ROWS;
  return (scores, row) => {
    const size = scores.length;
    const count = Math.min(size, Math.ceil((few ? Math.min(size, OPEN_OF_FEW) : size) ** random.uniform()));
    const shut = closed[row % 3] ?? -200;
    for (let k = 0; k < size; k += 1) scores[k] = random.uniform() * size < count ? 0 : shut;
    const place = kind(row) + Math.floor(kind(row) / 3);
    scores[[0, size - 1, random.integer(0, size - 1)][place % 3] ?? 0] = 0;
    if (few) scores[0] = scores[size - 1] = 0;
  };
}

/** Normal scores; the standard deviation of a row is mostly 1. */
function normal(random: Random): Row {
  return (scores) => {
    const deviation = random.pick([1, 1, 1, 2 ** -8, 4, 2 ** 8]);
    for (let k = 0; k < scores.length; k += 1) scores[k] = deviation * random.normal();
  };
}

/** Scores that rise by `rise` to 0 along the row, or along its reverse, with noise. */
function slope(scores: Float64Array, rise: number, reverse: boolean, random: Random): void {
  const last = Math.max(1, scores.length - 1);
  for (let k = 0; k < scores.length; k += 1) {
    scores[k] = -rise * (reverse ? k / last : 1 - k / last) + 0.25 * random.normal();
  }
}

/** Rows rise to their end or to their start: any order of tiles meets rising maxima. */
function ascending(random: Random): Row {
  return (scores, row) => slope(scores, RISES[row % 2] ?? 16, Math.floor(row / 2) % 2 === 1, random);
}

/**
 * One score holds 3/4 to 98 % of its row's weight, next to which the others are small. Were its share closer to 1, every row would round it to 1,
 * to the same side.
 */
function nearOneHot(random: Random): Row {
  return (scores) => {
    const leader = random.integer(0, scores.length - 1);
    let others = 0;
    for (let k = 0; k < scores.length; k += 1) {
      const score = 0.5 * random.normal();
      scores[k] = score;
      if (k !== leader) others += Math.exp(score);
    }
    const share = 0.75 + 0.23 * random.uniform();
    scores[leader] = others === 0 ? 0 : Math.log((others * share) / (1 - share));
  };
}

function beyondExp(dtype: DType, random: Random): Row {
  const levels = dtype === "float16" ? LEVELS : [...LEVELS, ...FAR];
  const kind = shifted(random, levels.length + 2);
  return (scores, row) => {
    const level = levels[kind(row)];
    if (level === undefined) return slope(scores, STEEP, kind(row) === levels.length, random);
    // Far from 0 two bfloat16 differ by more than scores do: a third lies below.
    const low = FAR.some((far) => far === level) ? Math.abs(level) / 64 : 0;
    for (let k = 0; k < scores.length; k += 1) scores[k] = level + 2 * random.normal() - (k % 3 === 1 ? low : 0);
  };
}

/** Puts a value at a random place. */
function plant(scores: Float64Array, value: number, random: Random): void {
  scores[random.integer(0, scores.length - 1)] = value;
}

/** The kinds of rows of `special`. They start as normal scores. */
function specialRows(dtype: DType, random: Random): readonly ((scores: Float64Array) => void)[] {
  const infinity = Number.POSITIVE_INFINITY;
  const lowest = -maxFinite(dtype);
  const { precision, minExponent } = floatFormat(dtype) ?? { precision: 24, minExponent: -126 };
  const tiny = 2 ** (minExponent - precision + 1);
  return [
    // A row that is masked whole has no largest score: exp(-inf + inf).
    (scores) => scores.fill(-infinity),
    (scores) => plant(scores, infinity, random),
    (scores) => plant(scores, Number.NaN, random),
    // All but the last score masked: every tile before it has no finite score.
    (scores) => scores.fill(-infinity, 0, scores.length - 1),
    (scores) => scores.fill(-infinity, 1),
    (scores) => scores.fill(lowest, 0, Math.floor(scores.length / 2)),
    (scores) => {
      plant(scores, -infinity, random);
      plant(scores, lowest, random);
      // A largest score beyond 2^127 / log2(e) would overflow in base 2, which is legal.
      plant(scores, 1, random);
    },
    // Zeros of both signs, the smallest subnormals and the smallest normal number of T.
    (scores) => scores.forEach((_, k) => (scores[k] = [0, -0, tiny, -tiny, 2 ** minExponent][k % 5] ?? 0)),
    // Results around 2^-126 (e^-87.3) and down to the last subnormal of float32 and bfloat16 (e^-103.3, e^-92.2).
    (scores) => {
      for (let k = 0; k < scores.length; k += 1) scores[k] = -80 - 26 * random.uniform();
      scores[scores.length - 1] = 0;
    },
    // The same in float16, whose subnormals lie between 2^-14 (e^-9.7) and 2^-24 (e^-16.6).
    (scores) => {
      for (let k = 0; k < scores.length; k += 1) scores[k] = -8 - 12 * random.uniform();
      scores[0] = 0;
    },
  ];
}

function special(dtype: DType, random: Random): Row {
  const rows = specialRows(dtype, random);
  const kind = shifted(random, rows.length);
  return (scores, row) => {
    for (let k = 0; k < scores.length; k += 1) scores[k] = random.normal();
    rows[kind(row)]?.(scores);
  };
}

function rowOf(probe: Probe, dtype: DType, rows: number, random: Random): Row {
  switch (probe.name) {
    case "subsets":
      return subsets(dtype, rows, random);
    case "normal":
      return normal(random);
    case "ascending":
      return ascending(random);
    case "near_one_hot":
      return nearOneHot(random);
    case "beyond_exp":
      return beyondExp(dtype, random);
    case "special":
      return special(dtype, random);
    default:
      throw new RangeError(`softmax has no probe '${probe.name}'`);
  }
}

/** The inputs of one probe: x in the case's dtype. */
export function inputsOf(bound: BoundCase, probe: Probe, random: Random): Tensors {
  const { outer, size, inner } = extentsOf(bound);
  const dtype = bound.dtypes["T"] ?? "float32";
  const write = rowOf(probe, dtype, outer * inner, random);
  const values = new Float64Array(outer * size * inner);
  const scores = new Float64Array(size);
  for (let row = 0; row < outer * inner; row += 1) {
    write(scores, row);
    const base = Math.floor(row / inner) * size * inner + (row % inner);
    for (let k = 0; k < size; k += 1) values[base + k * inner] = scores[k] ?? 0;
  }
  return { x: fill(dtype, [outer, size, inner], (index) => values[index] ?? 0) };
}
