// Inputs of the probes of matmul: each generator plants what its probe is there to reveal.
import { type DType, floatFormat } from "../../harness/domain/dtype.ts";
import type { BoundCase } from "../../harness/domain/op.ts";
import type { Probe, Tensors } from "../../harness/domain/oracle.ts";
import { permutation, type Random } from "../../harness/domain/random.ts";
import { fill, type Tensor } from "../../harness/domain/tensor.ts";
import { type Element, type Extents, extentsOf, type Operands } from "./extents.ts";
import { specials } from "./specials.ts";

/** The regimes, lane A first. */
export const PROBES: readonly Probe[] = [
  {
    name: "index_coded",
    lane: "A",
    reveals: "operands or batches read at the wrong index: a transpose ignored, strides, shared b, dropped tails",
  },
  {
    name: "integers",
    lane: "A",
    reveals: "terms left out or added twice, short accumulators and inputs, a store that does not round half to even",
  },
  {
    name: "normal",
    lane: "B",
    reveals: "inputs or partial sums in a shorter type than the class allows",
    race: true,
  },
  {
    name: "positive",
    lane: "B",
    reveals: "systematic errors: sums that only grow, truncated stores, accumulators that stagnate",
  },
  {
    name: "cancelling",
    lane: "B",
    reveals: "large partial sums kept in a short type: the second half of K takes back what the first gave",
  },
  {
    name: "special",
    lane: "C",
    reveals: "NaN and infinities that leak or vanish, subnormals flushed, overflow that wraps or saturates",
  },
];

/** Largest integer that is exact in a half type; in float32 one of a few bits more than TF32 keeps (11), or of `bits`. */
function largestCode(dtype: DType, bits = 12): number {
  return dtype === "bfloat16" ? 255 : dtype === "float16" ? 2047 : 2 ** bits - 1;
}

/** Terms of a sum may add up to this: beyond it float32 no longer holds every integer. */
const EXACT = 2 ** 24 - 1;

/**
 * Largest product of two codes of which `terms` are summed with random signs. Every |sum| stays exact in float32. In half
 * types it stays below float16's 65504, seven standard deviations (the product of two uniform codes has a third of the
 * largest), which leaves the sums so few bits beyond those types that many are ties.
 */
function largestProduct(dtype: DType, terms: number): number {
  const exact = EXACT / Math.max(1, terms);
  return Math.floor(dtype === "float32" ? exact : Math.min(exact, 28_000 / Math.sqrt(Math.max(1, terms))));
}

/**
 * Every k of a matrix of b belongs to one of its columns, in random order, with weight +-1; with more columns than k
 * some k serve several. An output is a code of a, or the sum of a few.
 */
function indexCoded({ batchB, n, k, dtype }: Extents, random: Random): Operands {
  const weights = new Int8Array(batchB * k * n);
  for (let matrix = 0; matrix < batchB && k > 0; matrix += 1) {
    const order = permutation(k, random);
    for (let i = 0; i < Math.max(k, n); i += 1) {
      weights[(matrix * k + (order[i % k] ?? 0)) * n + (i % n)] = random.pick([-1, 1]);
    }
  }
  const code = Math.min(largestCode(dtype, 20), largestProduct(dtype, Math.ceil(k / n)));
  return {
    a: () => random.integer(-code, code),
    b: (matrix, row, column) => weights[(matrix * k + row) * n + column] ?? 0,
  };
}

/** Dense integers; one operand, a or b by chance, takes all bits that lane A has for an input. */
function integers({ k, dtype }: Extents, random: Random): Operands {
  const product = largestProduct(dtype, k);
  // The narrow side keeps at least -3..3: with fewer values terms would repeat.
  const wide = Math.min(largestCode(dtype), Math.max(1, Math.floor(product / 3)));
  const narrow = Math.min(wide, Math.floor(product / wide));
  const draw =
    (code: number): Element =>
    () =>
      random.integer(-code, code);
  return random.uniform() < 0.5 ? { a: draw(wide), b: draw(narrow) } : { a: draw(narrow), b: draw(wide) };
}

/** Largest power of two that a row may be scaled by: 2^8, less in float16 where a long sum would overflow. */
function largestScale(dtype: DType, k: number): number {
  return dtype === "float16"
    ? 2 ** Math.min(8, Math.floor(Math.log2(65_504 / (8 * Math.sqrt(Math.max(1, k))))))
    : 2 ** 8;
}

/** Standard normal, rows of a and columns of b times 2^-8, 1 or 2^8 (columns stay as they are in float16). */
function normal({ m, n, k, dtype }: Extents, random: Random): Operands {
  const scales = (count: number, large: number): Float64Array =>
    Float64Array.from({ length: count }, () => random.pick([1, 1, 2 ** -8, large]));
  // The same in every matrix: where rows of a transposed operand change places, the terms of a sum stay of like size.
  const rows = scales(m, largestScale(dtype, k));
  const columns = scales(n, 2 ** 8);
  return {
    a: (_matrix, row) => (rows[row] ?? 1) * random.normal(),
    b: (_matrix, _row, column) => (dtype === "float16" ? 1 : (columns[column] ?? 1)) * random.normal(),
  };
}

/** Uniform in [0, 1): every term has the sign of the sum. */
function positive(_extents: Extents, random: Random): Operands {
  return { a: () => random.uniform(), b: () => random.uniform() };
}

/** Share of a term that its counterpart leaves standing. */
const LEFT = 2 ** -6;

/** Terms k and K - 1 - k nearly cancel: partial sums grow to a quarter of K, and what is left is far smaller. */
function cancelling({ batch, batchB, m, n, k }: Extents, random: Random): Operands {
  const half = Math.ceil(k / 2);
  const draw = (count: number): Float64Array => Float64Array.from({ length: count }, () => 0.5 + random.uniform());
  const left = draw(batch * m * half);
  const top = draw(batchB * half * n);
  return {
    a: (matrix, row, column) => left[(matrix * m + row) * half + Math.min(column, k - 1 - column)] ?? 0,
    b: (matrix, row, column) => {
      const value = top[(matrix * half + Math.min(row, k - 1 - row)) * n + column] ?? 0;
      // The term in the middle of an odd K has no counterpart.
      if (2 * row + 1 === k) return LEFT * random.normal();
      return row < half ? value : -value + LEFT * random.normal();
    },
  };
}

const GENERATORS: Readonly<Record<string, (extents: Extents, random: Random) => Operands>> = {
  index_coded: indexCoded,
  integers,
  normal,
  positive,
  cancelling,
  special: specials,
};

/** A tensor of `matrices` matrices of rows x columns, each stored transposed where `transposed`. */
function stored(
  dtype: DType,
  [matrices, rows, columns]: readonly [number, number, number],
  transposed: boolean,
  element: Element,
): Tensor {
  const size = rows * columns;
  const [outer, inner] = transposed ? [columns, rows] : [rows, columns];
  return fill(dtype, [matrices, outer, inner], (index) => {
    const place = index % size;
    const [first, second] = [Math.floor(place / inner), place % inner];
    return element(Math.floor(index / size), transposed ? second : first, transposed ? first : second);
  });
}

/** The inputs of one probe. @throws RangeError for a probe that this op does not have */
export function inputsOf(bound: BoundCase, probe: Probe, random: Random): Tensors {
  const generate = GENERATORS[probe.name];
  if (generate === undefined || floatFormat(bound.dtypes["T"] ?? "float32") === undefined) {
    throw new RangeError(`matmul has no probe '${probe.name}'`);
  }
  const extents = extentsOf(bound);
  const { batch, batchB, m, n, k, transA, transB, dtype } = extents;
  const { a, b } = generate(extents, random);
  return {
    a: stored(dtype, [batch, m, k], transA, a),
    b: stored(dtype, [batchB, k, n], transB, b),
  };
}
