// Inputs of the probes of rotary_embedding: pairs of features, caches and positions.
import { type DType, floatFormat, maxFinite } from "../../harness/domain/dtype.ts";
import { type BoundCase, numberOf } from "../../harness/domain/op.ts";
import type { Probe, Tensors } from "../../harness/domain/oracle.ts";
import type { Random } from "../../harness/domain/random.ts";
import { fill } from "../../harness/domain/tensor.ts";

/** The regimes, lane A first. */
export const PROBES: readonly Probe[] = [
  {
    name: "index_coded",
    lane: "A",
    reveals: "wrong pairs, signs, positions, cache rows or columns, features behind rotary_dim, narrowed caches",
  },
  {
    name: "angles",
    lane: "B",
    reveals: "products or caches of low precision",
    race: true,
  },
  {
    name: "cancelling",
    lane: "B",
    reveals:
      "products rounded before they are added: here they cancel; positions told by the first sequence or by their ends",
  },
  {
    name: "special",
    lane: "C",
    reveals: "infinities, NaN, zeros, subnormal and largest numbers, turned by 0 and by other angles",
  },
];

/** Extents and attributes of a case: x is [B, S, H, D]. */
export interface Extents {
  readonly batch: number;
  readonly tokens: number;
  readonly heads: number;
  readonly size: number;
  /** Rows of the caches. */
  readonly positions: number;
  /** Pairs of features that are turned: half of rotary_dim. */
  readonly pairs: number;
  readonly interleaved: boolean;
}

export function extentsOf(bound: BoundCase): Extents {
  return {
    batch: numberOf(bound, "B"),
    tokens: numberOf(bound, "S"),
    heads: numberOf(bound, "H"),
    size: numberOf(bound, "D"),
    positions: numberOf(bound, "P"),
    pairs: numberOf(bound, "R") / 2,
    interleaved: numberOf(bound, "interleaved") !== 0,
  };
}

/** The two features of pair `index`. */
export function featuresOf({ pairs, interleaved }: Extents, index: number): readonly [first: number, second: number] {
  return interleaved ? [2 * index, 2 * index + 1] : [index, index + pairs];
}

/** Two numbers: the features of a pair, or the cosine and sine of an angle. */
type Two = readonly [number, number];

/** What a probe draws. */
interface Draft {
  /** Cosine and sine of a position and pair. */
  readonly turn: (position: number, pair: number) => Two;
  /** Position of a token; called in row-major order. */
  readonly position: (batch: number, token: number) => number;
  /** The features of a pair that will be turned by `turn`; called in row-major order. */
  readonly features: (row: number, pair: number, turn: Two) => Two;
  /** A feature that is copied. */
  readonly copied: () => number;
}

/**
 * Largest integer whose square is exact in a half type, so that sums of two products reach ties of its rounding; in float32 one whose sums 2 L^2 are
 * exact, since a tie of float32 falls to either side where products are split. There a code needs 12 bits: TF32 and half types have fewer.
 */
const LARGEST_CODE: Partial<Record<DType, number>> = { float16: 45, bfloat16: 16, float32: 2895 };

/** Exponents of the powers of two by which angles of `index_coded` differ: float16 holds every result, other dtypes go beyond its range. */
const SCALE_EXPONENTS: Partial<Record<DType, readonly [least: number, most: number]>> = { float16: [-12, 4] };

/** Positions in random order, the first and the last among them. */
function anyPosition({ positions }: Extents, random: Random): Draft["position"] {
  return (batch, token) =>
    token === 0 && batch < 2 ? ([positions - 1, 0][batch] ?? 0) : random.integer(0, positions - 1);
}

/**
 * Signed integers everywhere, cosine and sine of an angle times one power of two: every product is exact in T, every sum in float32, and any other
 * operand in its place gives another number.
 */
function indexCoded(extents: Extents, dtype: DType, random: Random): Draft {
  const largest = LARGEST_CODE[dtype] ?? 11;
  const [least, most] = SCALE_EXPONENTS[dtype] ?? [-40, 40];
  const code = (): number => random.pick([-1, 1]) * random.integer(1, largest);
  return {
    turn: () => {
      const scale = 2 ** random.integer(least, most);
      return [scale * code(), scale * code()];
    },
    position: anyPosition(extents, random),
    features: () => [code(), code()],
    copied: () => random.normal(),
  };
}

/** cos and sin of position * 10000^(-pair / pairs): the angles of RoFormer, section 3.2.2. */
function rotation({ pairs }: Extents): Draft["turn"] {
  return (position, pair) => {
    const angle = position * 10_000 ** (-pair / pairs);
    return [Math.cos(angle), Math.sin(angle)];
  };
}

/** Tokens in their order from a random start on, features normal, times 2^-8, 1 or 2^8 by token and head. */
function angles(extents: Extents, random: Random): Draft {
  const { batch, tokens, positions } = extents;
  const starts = Array.from({ length: batch }, () => random.integer(0, Math.max(0, positions - tokens)));
  let current = -1;
  let scale = 1;
  return {
    turn: rotation(extents),
    position: (b, token) => ((starts[b] ?? 0) + token) % positions,
    features: (row) => {
      if (row !== current) scale = random.pick([1, 1, 2 ** -8, 2 ** 8]);
      current = row;
      return [scale * random.normal(), scale * random.normal()];
    },
    copied: () => random.normal(),
  };
}

/** Tokens in their order, but in every other sequence inner ones anywhere: neither the first sequence nor the ends of one tell the others. */
function nearlyInOrder({ batch, tokens, positions }: Extents, random: Random): Draft["position"] {
  const starts = Array.from({ length: batch }, () => random.integer(0, Math.max(0, positions - tokens)));
  const ordered = random.integer(0, 1);
  return (b, token) => {
    const inner = token > 0 && token < tokens - 1;
    const elsewhere = b % 2 !== ordered && inner && random.uniform() < 0.5;
    return elsewhere ? random.integer(0, positions - 1) : ((starts[b] ?? 0) + token) % positions;
  };
}

/** Features whose products cancel in the first result of even pairs and in the second of odd ones, but for the rounding to T. */
function cancelling(extents: Extents, random: Random): Draft {
  return {
    ...angles(extents, random),
    position: nearlyInOrder(extents, random),
    features: (_row, pair, [cosine, sine]) => {
      // a c = b s, or a s = -b c: divide by the larger one.
      const [p, q] = pair % 2 === 0 ? [cosine, sine] : [sine, -cosine];
      const value = random.normal();
      return Math.abs(q) >= Math.abs(p) ? [value, (value * p) / q] : [(value * q) / p, value];
    },
  };
}

/** The features of `special` by themselves; pairs of them are drawn. Subnormals stay below half the smallest normal number. */
function specialFeatures(dtype: DType): readonly [number, ...number[]] {
  const largest = maxFinite(dtype);
  const { precision, minExponent } = floatFormat(dtype) ?? { precision: 24, minExponent: -126 };
  const smallest = 2 ** (minExponent - precision + 1);
  const subnormal = 0.375 * 2 ** minExponent;
  const infinity = Number.POSITIVE_INFINITY;
  return [0, -0, 1, -1, smallest, -subnormal, subnormal, largest, -largest, infinity, -infinity, Number.NaN];
}

function special(extents: Extents, dtype: DType, random: Random): Draft {
  const values = specialFeatures(dtype);
  return {
    turn: rotation(extents),
    position: anyPosition(extents, random),
    features: () => [random.pick(values), random.pick(values)],
    copied: () => random.pick(values),
  };
}

function draftOf(probe: Probe, extents: Extents, dtype: DType, random: Random): Draft {
  switch (probe.name) {
    case "index_coded":
      return indexCoded(extents, dtype, random);
    case "angles":
      return angles(extents, random);
    case "cancelling":
      return cancelling(extents, random);
    case "special":
      return special(extents, dtype, random);
    default:
      throw new RangeError(`rotary_embedding has no probe '${probe.name}'`);
  }
}

/** Both caches, [P, R / 2], before they are rounded to T. */
function caches({ positions, pairs }: Extents, turn: Draft["turn"]): { cosines: Float64Array; sines: Float64Array } {
  const cosines = new Float64Array(positions * pairs);
  const sines = new Float64Array(positions * pairs);
  for (let at = 0; at < cosines.length; at += 1) {
    [cosines[at], sines[at]] = turn(Math.floor(at / pairs), at % pairs);
  }
  return { cosines, sines };
}

/** The inputs of one probe, by argument name. */
export function inputsOf(bound: BoundCase, probe: Probe, random: Random): Tensors {
  const extents = extentsOf(bound);
  const { batch, tokens, heads, size, positions, pairs } = extents;
  const dtype = bound.dtypes["T"] ?? "float32";
  const draft = draftOf(probe, extents, dtype, random);
  const { cosines, sines } = caches(extents, draft.turn);
  const ids = fill("int64", [batch, tokens], (at) => draft.position(Math.floor(at / tokens), at % tokens));
  const values = new Float64Array(batch * tokens * heads * size);
  for (let row = 0; row < batch * tokens * heads; row += 1) {
    const base = Number(ids.elements[Math.floor(row / heads)] ?? 0) * pairs;
    for (let pair = 0; pair < pairs; pair += 1) {
      const turn: Two = [cosines[base + pair] ?? 0, sines[base + pair] ?? 0];
      const [first, second] = featuresOf(extents, pair);
      [values[row * size + first], values[row * size + second]] = draft.features(row, pair, turn);
    }
    for (let d = 2 * pairs; d < size; d += 1) values[row * size + d] = draft.copied();
  }
  return {
    x: fill(dtype, [batch, tokens, heads, size], (at) => values[at] ?? 0),
    cos_cache: fill(dtype, [positions, pairs], (at) => cosines[at] ?? 0),
    sin_cache: fill(dtype, [positions, pairs], (at) => sines[at] ?? 0),
    position_ids: ids,
  };
}
