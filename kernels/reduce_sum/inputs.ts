// Inputs of the probes of reduce_sum, drawn output by output: the K terms of y[o, i] are x[o, 0..K-1, i].
import { type DType, floatFormat, maxFinite } from "../../harness/domain/dtype.ts";
import { type BoundCase, numberOf } from "../../harness/domain/op.ts";
import type { Probe, Tensors } from "../../harness/domain/oracle.ts";
import type { Random } from "../../harness/domain/random.ts";
import { fill } from "../../harness/domain/tensor.ts";

const INTEGERS: Probe = {
  name: "integers",
  lane: "A",
  reveals: "dropped, doubled or misplaced terms, a wrong axis, inputs or sums narrowed, a store that does not round",
};
const TIES: Probe = {
  name: "ties",
  lane: "A",
  reveals: "sums kept in the short type, rounding at the store other than half to even",
};
const NORMAL: Probe = {
  name: "normal",
  lane: "B",
  reveals: "inputs or partial sums of a lower precision class",
  race: true,
};
const POSITIVE: Probe = {
  name: "positive",
  lane: "B",
  reveals: "sums that lean to one side: truncating stores, terms lost under a large sum",
};
const CANCELLING: Probe = {
  name: "cancelling",
  lane: "B",
  reveals: "partial sums of blocks rounded to a short type: they are far larger than the result",
};
const SPECIALS: Probe = {
  name: "specials",
  lane: "C",
  reveals: "NaN and infinities lost or made up, subnormals flushed, overflow that saturates",
};

/** The regimes of a case, lane A first. In float32 a sum of integers has no tie that every order of additions keeps. */
export function probesOf(bound: BoundCase): readonly Probe[] {
  const narrow = dtypeOf(bound) !== "float32" && numberOf(bound, "K") > 1;
  return [INTEGERS, ...(narrow ? [TIES] : []), NORMAL, POSITIVE, CANCELLING, SPECIALS];
}

/** Extents of a case. */
export interface Extents {
  readonly outer: number;
  readonly terms: number;
  readonly inner: number;
}

/** Reads the extents of a bound case. */
export function extentsOf(bound: BoundCase): Extents {
  return { outer: numberOf(bound, "outer"), terms: numberOf(bound, "K"), inner: numberOf(bound, "inner") };
}

/** The dtype of x and y. */
export function dtypeOf(bound: BoundCase): DType {
  const dtype = bound.dtypes["T"];
  if (dtype === undefined) throw new RangeError("reduce_sum needs a dtype for 'T'");
  return dtype;
}

/** Gives the terms of output `index` = o * inner + i; outputs are asked for in ascending order. */
type Column = (index: number) => ArrayLike<number>;

function precisionOf(dtype: DType): number {
  return floatFormat(dtype)?.precision ?? 24;
}

/**
 * Largest integer of `integers`: exact in the dtype, K of them below 2^24, so that every order of float32 additions is exact; in float16
 * the sum, of standard deviation 0.58 code sqrt(K), stays finite.
 */
function largestCode(dtype: DType, terms: number): number {
  const exact = Math.min(2 ** precisionOf(dtype) - 1, 2 ** 20);
  const finite = dtype === "float16" ? Math.floor(maxFinite(dtype) / (3 * Math.sqrt(terms))) : exact;
  return Math.max(1, Math.min(exact, finite, Math.floor((2 ** 24 - 1) / Math.max(1, terms))));
}

function integers(terms: number, random: Random, dtype: DType): Column {
  const code = largestCode(dtype, terms);
  return () => Array.from({ length: terms }, () => random.integer(-code, code));
}

/**
 * One term of 3 * 2^(p-1), in the middle of a binade with a spacing of 2, and steps of -1, 0 or 1 around it: an odd sum is a tie. The
 * step beside the large term is chosen so that three sums of four are odd.
 */
function ties(terms: number, random: Random, dtype: DType): Column {
  const middle = 3 * 2 ** (precisionOf(dtype) - 1);
  return () => {
    const column = Array.from({ length: terms }, () => random.integer(-1, 1));
    const at = random.integer(0, terms - 1);
    const beside = (at + 1) % terms;
    column[at] = 0;
    column[beside] = 0;
    const rest = column.reduce((sum, step) => sum + step, 0);
    const odd = random.integer(0, 3) > 0 ? 1 : 0;
    column[beside] = Math.abs(rest) % 2 === odd ? 0 : random.pick([-1, 1]);
    column[at] = random.pick([-1, 1]) * middle;
    return column;
  };
}

/** One of 2^-8, 1 and 2^8 for each output; in float16 lowered together until K terms of 2^8 have a finite sum. */
function scaleOf(terms: number, random: Random, dtype: DType): number {
  const room = dtype === "float16" ? maxFinite(dtype) / (2 ** 9 * Math.max(1, terms)) : 1;
  return random.pick([2 ** -8, 1, 2 ** 8]) * Math.min(1, 2 ** Math.floor(Math.log2(room)));
}

function scaled(terms: number, random: Random, dtype: DType, term: () => number): Column {
  return () => {
    const scale = scaleOf(terms, random, dtype);
    return Array.from({ length: terms }, () => scale * term());
  };
}

/** Normal terms of one scale down a column of outputs: where the rows of x change places, the terms of a sum stay of like size. */
function normal({ terms, inner }: Extents, random: Random, dtype: DType): Column {
  const scales = Float64Array.from({ length: inner }, () => scaleOf(terms, random, dtype));
  return (index) => Array.from({ length: terms }, () => (scales[index % inner] ?? 1) * random.normal());
}

/** Three pairs of four cancel exactly at a distance of K / 2; what is left is 64 times smaller than they are. */
function cancelling(terms: number, random: Random): Column {
  const half = Math.floor(terms / 2);
  return () => {
    const column = Float64Array.from({ length: terms }, () => random.normal());
    for (let k = 0; k < half; k += 1) {
      if (random.integer(0, 3) === 0) continue;
      const large = 64 * random.normal();
      column[k] = large;
      column[k + half] = -large;
    }
    return column;
  };
}

/** What one output of `specials` adds up, from a column of zeros. */
type Special = (column: number[], random: Random, dtype: DType) => void;

/** Puts a value, and a second one where there is room, at any two places: a kernel may meet them in different blocks. */
function plant(column: number[], random: Random, value: number, second?: number): void {
  const terms = column.length;
  const at = random.integer(0, terms - 1);
  column[at] = value;
  if (second !== undefined && terms > 1) column[(at + random.integer(1, terms - 1)) % terms] = second;
}

function addNormals(column: number[], random: Random): void {
  column.forEach((_, k) => {
    column[k] = random.normal();
  });
}

/** Spacing of the subnormal numbers of a dtype. */
function subnormalStep(dtype: DType): number {
  return 2 ** ((floatFormat(dtype)?.minExponent ?? -126) - precisionOf(dtype) + 1);
}

function smallestNormal(dtype: DType): number {
  return subnormalStep(dtype) * 2 ** (precisionOf(dtype) - 1);
}

/** Spacing of the largest numbers of a dtype. */
function lastStep(dtype: DType): number {
  return maxFinite(dtype) / (2 ** precisionOf(dtype) - 1);
}

/** In the order of the outputs, over and over; where there are fewer outputs, from a random one on. */
const SPECIAL: readonly Special[] = [
  () => undefined,
  (column) => column.fill(-0),
  (column, random) => {
    addNormals(column, random);
    plant(column, random, Number.POSITIVE_INFINITY);
  },
  (column, random) => {
    addNormals(column, random);
    plant(column, random, Number.NEGATIVE_INFINITY);
  },
  (column, random) => plant(column, random, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  (column, random) => {
    addNormals(column, random);
    plant(column, random, Number.NaN);
  },
  // Sums of subnormals are exact: multiples of one spacing.
  (column, random, dtype) =>
    column.forEach((_, k) => {
      column[k] = random.integer(-99, 99) * subnormalStep(dtype);
    }),
  (column, random, dtype) => plant(column, random, maxFinite(dtype)),
  (column, random, dtype) => plant(column, random, -maxFinite(dtype)),
  // Beyond the largest finite number in every order: an infinity.
  (column, random, dtype) => plant(column, random, maxFinite(dtype), maxFinite(dtype)),
  (column, random, dtype) => plant(column, random, maxFinite(dtype), -maxFinite(dtype)),
  // Half types: three eighths of a spacing beyond the largest number round to it, three quarters to an infinity.
  (column, random, dtype) => plant(column, random, maxFinite(dtype), dtype === "float32" ? 0 : 0.375 * lastStep(dtype)),
  (column, random, dtype) => plant(column, random, maxFinite(dtype), dtype === "float32" ? 0 : 0.75 * lastStep(dtype)),
  // Normal numbers whose sum is subnormal, and exact.
  (column, random, dtype) => plant(column, random, 1.5 * smallestNormal(dtype), -smallestNormal(dtype)),
];

function specials({ outer, terms, inner }: Extents, random: Random, dtype: DType): Column {
  const first = outer * inner < SPECIAL.length ? random.integer(0, SPECIAL.length - 1) : 0;
  return (index) => {
    const column = Array.from({ length: terms }, () => 0);
    SPECIAL[(first + index) % SPECIAL.length]?.(column, random, dtype);
    return column;
  };
}

function columnsOf(probe: Probe, extents: Extents, random: Random, dtype: DType): Column {
  const { terms } = extents;
  switch (probe.name) {
    case "integers":
      return integers(terms, random, dtype);
    case "ties":
      return ties(terms, random, dtype);
    case "normal":
      return normal(extents, random, dtype);
    case "positive":
      return scaled(terms, random, dtype, () => random.uniform());
    case "cancelling":
      return cancelling(terms, random);
    case "specials":
      return specials(extents, random, dtype);
    default:
      throw new RangeError(`reduce_sum has no probe '${probe.name}'`);
  }
}

/** The inputs of one probe: x in the case's dtype. */
export function inputsOf(bound: BoundCase, probe: Probe, random: Random): Tensors {
  const extents = extentsOf(bound);
  const { outer, terms, inner } = extents;
  const dtype = dtypeOf(bound);
  const column = columnsOf(probe, extents, random, dtype);
  const values = new Float64Array(outer * terms * inner);
  for (let index = 0; index < outer * inner && terms > 0; index += 1) {
    const at = Math.floor(index / inner) * terms * inner + (index % inner);
    const drawn = column(index);
    for (let k = 0; k < terms; k += 1) values[at + k * inner] = drawn[k] ?? 0;
  }
  return { x: fill(dtype, [outer, terms, inner], (index) => values[index] ?? 0) };
}
