// Inputs of the probes of silu_and_mul: a gate and an up value for every element of y.
import { type DType, floatFormat, maxFinite } from "../../harness/domain/dtype.ts";
import { type BoundCase, numberOf } from "../../harness/domain/op.ts";
import type { Probe, Tensors } from "../../harness/domain/oracle.ts";
import type { Random } from "../../harness/domain/random.ts";
import { fill } from "../../harness/domain/tensor.ts";

/** The regimes, lane A first. */
export const PROBES: readonly Probe[] = [
  {
    name: "open_and_closed",
    lane: "A",
    reveals: "which gate meets which value (halves, pairs, row length), dropped columns, narrowed inputs",
  },
  {
    name: "normal",
    lane: "B",
    reveals: "a sigmoid or product of low precision, silu rounded before the product, another activation",
    race: true,
  },
  {
    name: "negative_gates",
    lane: "B",
    reveals: "a sigmoid that is right to an absolute error only: 1 + tanh cancels where the gate is negative",
  },
  {
    name: "beyond_exp",
    lane: "C",
    reveals: "exp that overflows: infinity over infinity, 0 times infinity, where silu is the gate or 0",
  },
  {
    name: "special",
    lane: "C",
    reveals: "infinities, NaN, zeros, subnormal and largest numbers in either half",
  },
];

/** Extents of a case: x is [rows, 2 D], y [rows, D]. */
export interface Extents {
  readonly rows: number;
  readonly size: number;
}

export function extentsOf(bound: BoundCase): Extents {
  return { rows: numberOf(bound, "rows"), size: numberOf(bound, "D") };
}

/** A gate and what it scales. */
export type Pair = readonly [gate: number, up: number];

/** Gives the pair of an element of a row; called in row-major order. */
type Pairs = (row: number) => Pair;

/** From this gate on the sigmoid is 1 in float64's neighbourhood of float32: 1 - e^-32 rounds to 1 in any order of float32 operations. */
const OPEN = 32;
/** Largest open gate: a code of as many bits as stay exact when a power of two scales it. */
const LARGEST_OPEN: Partial<Record<DType, number>> = { float16: 2047, bfloat16: 255, float32: 2 ** 20 };
/** From here down silu is 0 in every dtype: 256 e^-256 = 1e-109. */
const CLOSED = -256;

/** Gates that are open (y = gate * up, an integer times a power of two, exact) or, one of four, closed (y = 0). */
function openAndClosed(dtype: DType, random: Random): Pairs {
  const largest = LARGEST_OPEN[dtype] ?? 255;
  return () => [
    random.integer(0, 3) === 0 ? CLOSED * 2 ** random.integer(0, 4) : random.integer(OPEN, largest),
    random.pick([-1, 1]) * 2 ** random.integer(-4, 4),
  ];
}

/** Scales of gate and up by row. Their products stay within float16. */
const SCALES = [
  [1, 1],
  [1, 1],
  [4, 1],
  [1, 2 ** -8],
  [1, 2 ** 8],
  [2 ** -8, 1],
  [2 ** 8, 1],
] as const;

function normal(random: Random): Pairs {
  let current = -1;
  let scales: readonly [number, number] = SCALES[0];
  return (row) => {
    if (row !== current) scales = random.pick(SCALES);
    current = row;
    return [scales[0] * random.normal(), scales[1] * random.normal()];
  };
}

/** Gates down to where e^gate ends in T: in float16 at its last subnormals, else far above 2^-126. */
function negativeGates(dtype: DType, random: Random): Pairs {
  const lowest = dtype === "float16" ? 16 : 80;
  return () => [-lowest * random.uniform(), random.normal()];
}

/** The largest gate: in float32 one that a division of two ULP does not turn into an infinity. */
function largestGate(dtype: DType): number {
  return dtype === "float32" ? 2 ** 127 : maxFinite(dtype);
}

/** float16: products between the largest number and where infinities begin, 65520, and just beyond. */
const EDGES: readonly Pair[] = [
  [431, 152],
  [431, -152],
  [978, 67],
  [978, -67],
];

/** Gates around the ends of float32's exp (88.7, -87.3 and -103), far beyond them, and the ends of T. */
function beyondExp(dtype: DType, random: Random): Pairs {
  const largest = largestGate(dtype);
  const gates = [87, 88.5, 89, 100, 104, 1000, 30_000, largest] as const;
  return () => {
    const gate = random.pick(gates) * random.pick([-1, 1]);
    return [gate, random.pick([-1, 1, 0.5, -0.25])];
  };
}

/**
 * The table of `special`. Left out is what depends on the order of operations: a gate of -inf (its limit is -0, IEEE gives -inf * 0 = NaN),
 * an infinite up value where silu underflows, and subnormal operands next to large ones.
 */
export function specialPairs(dtype: DType): readonly Pair[] {
  const infinity = Number.POSITIVE_INFINITY;
  const largest = maxFinite(dtype);
  const { precision, minExponent } = floatFormat(dtype) ?? { precision: 24, minExponent: -126 };
  const smallest = 2 ** (minExponent - precision + 1);
  const subnormal = 0.75 * 2 ** minExponent;
  const normal = 2 ** minExponent;
  const gates = [0, -0, 1, -1, 8, -8, infinity, Number.NaN, largestGate(dtype)];
  const ups = [0, -0, 1, -1, infinity, -infinity, Number.NaN, largest, -largest];
  const small = [smallest, -smallest, 3 * smallest, subnormal, -subnormal, normal, -normal];
  return [
    ...gates.flatMap((gate) => ups.map((up): Pair => [gate, up])),
    ...small.flatMap((value) =>
      [0, 1, -1, Number.NaN].flatMap((other): Pair[] => [
        [value, other],
        [other, value],
      ]),
    ),
    ...small.map((value): Pair => [infinity, value]),
    ...(dtype === "float16" ? EDGES : []),
  ];
}

/** The table from a random start on, so that tiny cases see any of it. */
function special(dtype: DType, random: Random): Pairs {
  const table = specialPairs(dtype);
  let next = random.integer(0, table.length - 1);
  return () => {
    next = (next + 1) % table.length;
    return table[next] ?? [0, 0];
  };
}

function pairsOf(probe: Probe, dtype: DType, random: Random): Pairs {
  switch (probe.name) {
    case "open_and_closed":
      return openAndClosed(dtype, random);
    case "normal":
      return normal(random);
    case "negative_gates":
      return negativeGates(dtype, random);
    case "beyond_exp":
      return beyondExp(dtype, random);
    case "special":
      return special(dtype, random);
    default:
      throw new RangeError(`silu_and_mul has no probe '${probe.name}'`);
  }
}

/** The inputs of one probe: x in the case's dtype. */
export function inputsOf(bound: BoundCase, probe: Probe, random: Random): Tensors {
  const { rows, size } = extentsOf(bound);
  const dtype = bound.dtypes["T"] ?? "float32";
  const next = pairsOf(probe, dtype, random);
  const values = new Float64Array(rows * 2 * size);
  for (let row = 0; row < rows; row += 1) {
    const base = row * 2 * size;
    for (let d = 0; d < size; d += 1) [values[base + d], values[base + size + d]] = next(row);
  }
  return { x: fill(dtype, [rows, 2 * size], (index) => values[index] ?? 0) };
}
