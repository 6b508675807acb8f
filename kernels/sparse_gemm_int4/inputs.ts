// Inputs of the probes of sparse_gemm_int4: each generator plants what its probe is there to reveal.
import type { BoundCase } from "../../harness/domain/op.ts";
import type { Probe, Tensors } from "../../harness/domain/oracle.ts";
import type { Random } from "../../harness/domain/random.ts";
import { fill } from "../../harness/domain/tensor.ts";
import { compress, type Draft, type Geometry, geometryOf, metadataBytes, rowsOf } from "./compressed.ts";
import { specials } from "./specials.ts";

/** The regimes, lane A first. */
export const PROBES: readonly Probe[] = [
  {
    name: "one_hot",
    lane: "A",
    reveals: "metadata and nibble order, sign extension, group boundaries, scales of another group, row or token",
  },
  {
    name: "integers",
    lane: "A",
    reveals: "terms left out or added twice, activations read as unsigned, a store that does not round half to even",
  },
  {
    name: "extremes",
    lane: "A",
    reveals: "group sums in int16: whole groups of -8 and 7 against whole groups of -128 and 127",
  },
  {
    name: "random",
    lane: "B",
    reveals: "group sums or scales in a shorter type than the class allows",
    race: true,
  },
  {
    name: "cancelling",
    lane: "B",
    reveals: "scales and scaled sums kept in a short type: neighbouring groups nearly cancel",
  },
  {
    name: "special",
    lane: "C",
    reveals: "scales that are 0, NaN, infinite or subnormal, overflow that wraps or saturates",
  },
];

/** Scales spread over [2^-SPREAD, 1]: a kernel that takes another group's, row's or token's is off by up to 16x. */
const SPREAD = 4;
/** The same for the groups of `one_hot`: none is to be dropped because its scale is small beside another's. y stays a normal float16. */
const WIDE = 10;

function powers(count: number, smallest: number, largest: number, random: Random): Float64Array {
  return Float64Array.from({ length: count }, () => 2 ** random.integer(smallest, largest));
}

/** Places that kernels get wrong: the first and last four of a row, both sides of every group boundary; in random order. */
function edges({ k, group, groups }: Geometry, random: Random): number[] {
  const places = new Set([0, 1, 2, 3, k - 4, k - 3, k - 2, k - 1]);
  for (let g = 1; g < groups; g += 1) {
    for (let offset = -4; offset < 4; offset += 1) places.add(g * group + offset);
  }
  const order = [...places];
  for (let i = order.length - 1; i > 0; i -= 1) {
    const j = random.integer(0, i);
    const kept = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = kept;
  }
  return order;
}

/** One nonzero a row of b: y reads one column of the decompressed a, and 0 where the value was not kept. No kept value is 0. */
function oneHot(geometry: Geometry, random: Random): Draft {
  const { m, n, k, groups } = geometry;
  const places = edges(geometry, random);
  const b = new Int8Array(n * k);
  for (let token = 0; token < n; token += 1) {
    b[token * k + (places[token] ?? random.integer(0, k - 1))] = random.pick([-1, 1]) * random.integer(1, 127);
  }
  return {
    rows: rowsOf(geometry, random, () => random.pick([-8, -7, -6, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 6, 7])),
    scales: powers(m * groups, -WIDE, 0, random),
    b,
    tokenScales: powers(n, -SPREAD, 0, random),
  };
}

/** Sums of this many units of the smallest term are exact in float32. */
const EXACT = 2 ** 24 - 1;

/** Dense full-range operands (smaller where K is so large that float32 would round) and power-of-two scales. */
function integers(geometry: Geometry, random: Random): Draft {
  const { m, n, k, groups, kept } = geometry;
  const largest = Math.floor(EXACT / (kept * 8 * 2 ** SPREAD));
  const [low, high] = largest >= 128 ? [-128, 127] : [-largest, largest];
  return {
    rows: rowsOf(geometry, random, () => random.integer(-8, 7)),
    scales: powers(m * groups, -SPREAD, 0, random),
    b: Int8Array.from({ length: n * k }, () => random.integer(low, high)),
    // |y| stays below 2^20 * 2^-5, inside float16.
    tokenScales: powers(n, -5 - SPREAD, -5, random),
  };
}

/** The group of an element [row, k]. */
function groupAt(index: number, { k, group, groups }: Geometry): number {
  return Math.floor(index / k) * groups + Math.floor((index % k) / group);
}

/** Whole groups of -8 or 7 against whole groups of -128 or 127: a group of 128 adds up to 65536. */
function extremes(geometry: Geometry, random: Random): Draft {
  const { m, n, k, groups, kept } = geometry;
  const values = Int8Array.from({ length: m * groups }, () => random.pick([-8, 7]));
  const sides = Int8Array.from({ length: n * groups }, () => random.pick([-128, -128, 127]));
  // With scales apart long sums would leave the float32 integers.
  const spread = kept * 1024 * 2 ** SPREAD <= EXACT ? SPREAD : 0;
  let written = 0;
  return {
    rows: rowsOf(geometry, random, () => values[groupAt(2 * written++, geometry)] ?? 0),
    scales: powers(m * groups, -spread, 0, random),
    b: Int8Array.from({ length: n * k }, (_, index) => sides[groupAt(index, geometry)] ?? 0),
    tokenScales: powers(n, -8 - SPREAD, -8, random),
  };
}

/** Middle of the scales of a: with the tokens' sums of 16384 features stay inside float16. */
const MIDDLE = 2 ** -8;

function realScales(count: number, random: Random): Float64Array {
  return Float64Array.from({ length: count }, () => MIDDLE * 2 ** (SPREAD * (random.uniform() - 0.5)));
}

/** Around 2^-4, tokens times 2^-8, 1 or 2^8. */
function realTokenScales(count: number, random: Random): Float64Array {
  return Float64Array.from(
    { length: count },
    () => random.pick([1, 1, 2 ** -8, 2 ** 8]) * 2 ** -4 * (0.75 + 0.5 * random.uniform()),
  );
}

/** Full-range operands and float32 scales without structure. */
function unstructured(geometry: Geometry, random: Random): Draft {
  const { m, n, k, groups } = geometry;
  return {
    rows: rowsOf(geometry, random, () => random.integer(-8, 7)),
    scales: realScales(m * groups, random),
    b: Int8Array.from({ length: n * k }, () => random.integer(-128, 127)),
    tokenScales: realTokenScales(n, random),
  };
}

/** How far apart the scales of two groups are that cancel but for that. */
const LEFT = 2 ** -6;

/** Every odd group repeats the one before, its values negated and its scale almost the same. */
function cancelling(geometry: Geometry, random: Random): Draft {
  const { k, group, groups, kept } = geometry;
  const draft = unstructured(geometry, random);
  const { rows, scales, b } = draft;
  const odd = (at: number, size: number): boolean => Math.floor(at / size) % 2 === 1;
  for (let index = 0; index < rows.values.length; index += 1) {
    // -8 has no negative in four bits.
    if (rows.values[index] === -8) rows.values[index] = 7;
    if (!odd(index % kept, group / 2)) continue;
    rows.values[index] = -(rows.values[index - group / 2] ?? 0);
    rows.features[index] = (rows.features[index - group / 2] ?? 0) + group;
  }
  for (let index = 0; index < b.length; index += 1) if (odd(index % k, group)) b[index] = b[index - group] ?? 0;
  for (let index = 0; index < scales.length; index += 1) {
    if ((index % groups) % 2 === 1) scales[index] = (scales[index - 1] ?? 0) * (1 + LEFT * random.normal());
  }
  return draft;
}

const GENERATORS: Readonly<Record<string, (geometry: Geometry, random: Random) => Draft>> = {
  one_hot: oneHot,
  integers,
  extremes,
  random: unstructured,
  cancelling,
  special: specials,
};

/** The inputs of one probe. @throws RangeError for a probe that this op does not have */
export function inputsOf(bound: BoundCase, probe: Probe, random: Random): Tensors {
  const generate = GENERATORS[probe.name];
  if (generate === undefined) throw new RangeError(`sparse_gemm_int4 has no probe '${probe.name}'`);
  const geometry = geometryOf(bound);
  const { m, n, k, groups, fours } = geometry;
  const { rows, scales, b, tokenScales } = generate(geometry, random);
  const { a, metadata } = compress(rows, geometry, () => random.integer(1, 15));
  return {
    a: { dtype: "uint8", shape: [m, fours], elements: a },
    metadata: { dtype: "uint8", shape: [m, metadataBytes(geometry)], elements: metadata },
    a_scales: fill("float32", [m, groups], (index) => scales[index] ?? 0),
    b: { dtype: "int8", shape: [n, k], elements: b },
    b_scales: fill("float32", [n], (index) => tokenScales[index] ?? 0),
  };
}
