// Inputs of the probes of dequant_gemm_int4: each generator plants what its probe is there to reveal.
import type { BoundCase } from "../../harness/domain/op.ts";
import type { Probe, Tensors } from "../../harness/domain/oracle.ts";
import type { Random } from "../../harness/domain/random.ts";
import { fill } from "../../harness/domain/tensor.ts";
import { type Draft, type Geometry, geometryOf, pack } from "./geometry.ts";
import { specials } from "./specials.ts";

/** The regimes, lane A first. */
export const PROBES: readonly Probe[] = [
  {
    name: "one_hot",
    lane: "A",
    reveals: "nibble order, sign extension, group boundaries, scales and zero points of another group or row, rounding",
  },
  {
    name: "integers",
    lane: "A",
    reveals: "terms left out or added twice, the padding of an odd K, a store that does not round half to even",
  },
  {
    name: "normal",
    lane: "B",
    reveals: "short accumulators, partial sums or weights rounded to a shorter type than the class allows",
    race: true,
  },
  {
    name: "outliers",
    lane: "B",
    reveals: "activations quantized to 8 bits: one feature in sixteen is 32 times larger, as in language models",
  },
  {
    name: "cancelling",
    lane: "B",
    reveals: "products or partial sums kept in a short type: neighbouring terms nearly cancel",
  },
  {
    name: "special",
    lane: "C",
    reveals: "NaN and infinities that leak or vanish, subnormals flushed, overflow that wraps or saturates",
  },
];

/** Scales spread over [2^-SPREAD, 1]: a kernel that takes another group's is off by up to 16x. */
const SPREAD = 4;
/** The same for `one_hot`: a group is not to be dropped because its scale is small beside another's. y stays a normal float16. */
const WIDE = 11;
/** Middle of the scales of lane B: with it sums of 16384 terms times 2^8 stay below the largest float16. */
const MIDDLE = 2 ** -6;
/**
 * Below this many scales in a case those of lane B are powers of two. The rounding of a cast weight depends on its scale; with few of them
 * the errors of a legal kernel would not average out but scale its whole output.
 */
const ENOUGH = 16;

function codesOf({ n, k }: Geometry, random: Random): Int8Array {
  return Int8Array.from({ length: n * k }, () => random.integer(-8, 7));
}

function zerosOf({ n, groups, asymmetric }: Geometry, draw: () => number): Int8Array {
  return Int8Array.from({ length: n * groups }, () => (asymmetric ? draw() : 0));
}

/** Every zero point of four bits, 0 as often as another. */
function anyZero(random: Random): () => number {
  return () => random.integer(-8, 7);
}

/** Around 0, as calibration finds them. */
function usualZero(random: Random): () => number {
  return () => Math.max(-8, Math.min(7, Math.round(2 * random.normal())));
}

/** Places that kernels get wrong: both ends of K, of every group and of a pair of nibbles; in random order. */
export function edges({ k, group, groups }: Geometry, random: Random): number[] {
  const places = new Set([k - 1, 0, Math.min(1, k - 1), Math.max(0, k - 2)]);
  for (let g = 1; g < groups; g += 1) places.add(g * group - 1).add(g * group);
  const order = [...places];
  for (let i = order.length - 1; i > 0; i -= 1) {
    const j = random.integer(0, i);
    const kept = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = kept;
  }
  return order;
}

/**
 * One nonzero a row of x, a power of two: y is one dequantized weight, rounded once whether it is cast before the product or after. One scale in
 * four is negative.
 */
function oneHot(geometry: Geometry, random: Random): Draft {
  const { m, n, k, groups } = geometry;
  const places = edges(geometry, random);
  const x = new Float64Array(m * k);
  for (let row = 0; row < m; row += 1) {
    x[row * k + (places[row] ?? random.integer(0, k - 1))] = random.pick([-1, 1]) * 2 ** random.integer(-3, 3);
  }
  return {
    x,
    codes: codesOf(geometry, random),
    scales: Float64Array.from(
      { length: n * groups },
      () => random.pick([1, 1, 1, -1]) * 2 ** (-WIDE * random.uniform()),
    ),
    zeros: zerosOf(geometry, anyZero(random)),
  };
}

/** Largest |x| of `integers`: k * 8 * (8 + 8) * 2^SPREAD units of the smallest scale stay below 2^24, where float32 holds all integers. */
function largestInteger(k: number): number {
  return Math.max(1, Math.min(8, Math.floor((2 ** 24 - 1) / (k * 16 * 2 ** SPREAD))));
}

/** Dense integers and power-of-two scales 16x apart: the float32 sum is exact in any order. */
function integers(geometry: Geometry, random: Random): Draft {
  const { m, n, k, groups } = geometry;
  const largest = largestInteger(k);
  return {
    x: Float64Array.from({ length: m * k }, () => random.integer(-largest, largest)),
    codes: codesOf(geometry, random),
    scales: Float64Array.from({ length: n * groups }, () => 2 ** -random.integer(0, SPREAD)),
    zeros: zerosOf(geometry, anyZero(random)),
  };
}

/** The scales of lane B: 16x apart around MIDDLE. */
function realScales({ n, groups }: Geometry, random: Random): Float64Array {
  const exponent = (): number => SPREAD * (random.uniform() - 0.5);
  const few = n * groups < ENOUGH;
  return Float64Array.from({ length: n * groups }, () => MIDDLE * 2 ** (few ? Math.round(exponent()) : exponent()));
}

/** Standard normal x, rows times 2^-8, 1 or 2^8. */
function normal(geometry: Geometry, random: Random): Draft {
  const { m, k } = geometry;
  const factors = Float64Array.from({ length: m }, () => random.pick([1, 1, 2 ** -8, 2 ** 8]));
  return {
    x: Float64Array.from({ length: m * k }, (_, index) => (factors[Math.floor(index / k)] ?? 1) * random.normal()),
    codes: codesOf(geometry, random),
    scales: realScales(geometry, random),
    zeros: zerosOf(geometry, usualZero(random)),
  };
}

/** One feature in sixteen, the same in every row of x, is larger by this. */
const OUTLIER = 32;

function outliers(geometry: Geometry, random: Random): Draft {
  const { m, k } = geometry;
  const factors = Float64Array.from({ length: k }, (_, at) => (at % 16 === 0 ? OUTLIER : 1));
  const shift = random.integer(0, 15);
  return {
    x: Float64Array.from({ length: m * k }, (_, index) => (factors[((index % k) + shift) % k] ?? 1) * random.normal()),
    codes: codesOf(geometry, random),
    scales: realScales(geometry, random),
    zeros: zerosOf(geometry, usualZero(random)),
  };
}

/** x and code - zero point of an odd k repeat those of the k before, the latter negated, but for one pair in four: there one step is left. */
function cancelling(geometry: Geometry, random: Random): Draft {
  const { m, n, k, group, groups } = geometry;
  const zeros = zerosOf(geometry, () => random.integer(-2, 2));
  const x = Float64Array.from({ length: m * k }, () => random.normal());
  for (let index = 1; index < m * k; index += 1) if ((index % k) % 2 === 1) x[index] = x[index - 1] ?? 0;
  const codes = codesOf(geometry, random);
  for (let index = 1; index < n * k; index += 1) {
    const at = index % k;
    if (at % 2 === 0) continue;
    const zero = zeros[Math.floor(index / k) * groups + Math.floor(at / group)] ?? 0;
    const left = random.pick([0, 0, 0, 1]) * random.pick([-1, 1]);
    codes[index] = Math.max(-8, Math.min(7, 2 * zero - (codes[index - 1] ?? 0) + left));
  }
  return { x, codes, scales: realScales(geometry, random), zeros };
}

const GENERATORS: Readonly<Record<string, (geometry: Geometry, random: Random) => Draft>> = {
  one_hot: oneHot,
  integers,
  normal,
  outliers,
  cancelling,
  special: specials,
};

/** The inputs of one probe. @throws RangeError for a probe that this op does not have */
export function inputsOf(bound: BoundCase, probe: Probe, random: Random): Tensors {
  const generate = GENERATORS[probe.name];
  if (generate === undefined) throw new RangeError(`dequant_gemm_int4 has no probe '${probe.name}'`);
  const geometry = geometryOf(bound);
  const { m, n, k, groups, rowBytes, dtype, asymmetric } = geometry;
  const { x, codes, scales, zeros } = generate(geometry, random);
  // Nonzero: a kernel that counts the padding of an odd K shows.
  const packed = pack(codes, geometry, () => random.integer(1, 15));
  return {
    x: fill(dtype, [m, k], (index) => x[index] ?? 0),
    w: { dtype: "uint8", shape: [n, rowBytes], elements: packed },
    scales: fill(dtype, [n, groups], (index) => scales[index] ?? 0),
    ...(asymmetric ? { zero_points: { dtype: "int8", shape: [n, groups], elements: zeros } as const } : {}),
  };
}
