// Inputs of the probes of flash_attention. Every generator keeps the scores it names whatever D and scale are.
import type { DType } from "../../harness/domain/dtype.ts";
import type { BoundCase } from "../../harness/domain/op.ts";
import type { Probe, Tensors } from "../../harness/domain/oracle.ts";
import type { Random } from "../../harness/domain/random.ts";
import { fill, type Tensor } from "../../harness/domain/tensor.ts";
import { type Element, type Extents, extentsOf, type Values, visibleKeys } from "./extents.ts";
import { specials } from "./specials.ts";

/** The regimes. Strides and the company of a case are met by the first alone: in `uniform` neither q nor k nor scale would count there. */
export const PROBES: readonly Probe[] = [
  {
    name: "std1",
    lane: "B",
    reveals: "scale, the tail of the head size, precision lost where many keys count",
    race: true,
  },
  {
    name: "uniform",
    lane: "A",
    reveals:
      "which keys a row sees (mask alignment, off by one, dropped tail, padded keys), the head map, narrowed values",
  },
  { name: "std4", lane: "B", reveals: "wrong scores where few keys count" },
  {
    name: "ascending",
    lane: "B",
    reveals: "accumulator or row sum not rescaled: the running maximum rises at every tile",
  },
  {
    name: "near_one_hot",
    lane: "B",
    reveals: "exp without the maximum subtracted (scores near +128 and -128), keys and values paired wrongly",
  },
  {
    name: "special",
    lane: "C",
    reveals: "NaN beyond its row or lost, infinities, overflow, flushed subnormals, scores beyond exp's range",
  },
];

/** Score by which the chosen key of `near_one_hot` leads a key with an unrelated code. */
const LEAD = 16;
/** Score common to all keys of a head in `near_one_hot`, of either sign: float32 has no exp(128); exp(-128) is 0. */
const HEIGHT = 128;
/** Rise of the scores of `ascending` from the first key to the last. */
const RISE = 16;

/** Largest integer that is exact in the dtype while all keys sum below 2^24. In float32 it exceeds TF32's 11 bits. */
function largestCode(dtype: DType, keys: number): number {
  const exact = dtype === "bfloat16" ? 127 : dtype === "float16" ? 1023 : 2 ** 20;
  return Math.min(exact, Math.floor((2 ** 24 - 1) / keys));
}

/** q = 0 weighs all visible keys equally; v holds signed integers, so that the means of two sets of keys differ. */
function uniform({ keys }: Extents, random: Random, dtype: DType): Values {
  const code = largestCode(dtype, keys);
  return { q: () => 0, k: () => random.normal(), v: () => random.integer(-code, code) };
}

/** v of lane B: normal, times 2^-8, 1 or 2^8 by batch and key/value head. */
function scaledNormal({ batch, kvHeads }: Extents, random: Random): Element {
  const factors = Array.from({ length: batch * kvHeads }, () => random.pick([1, 1, 2 ** -8, 2 ** 8]));
  return (b, _position, head) => (factors[b * kvHeads + head] ?? 1) * random.normal();
}

/** Scores of standard deviation `deviation`. */
function normal(extents: Extents, random: Random, deviation: number): Values {
  const { size, scale } = extents;
  const spread = deviation / (scale * Math.sqrt(size));
  return {
    q: () => spread * random.normal(),
    k: () => random.normal(),
    v: scaledNormal(extents, random),
  };
}

function signs(count: number, random: Random): Int8Array {
  return Int8Array.from({ length: count }, () => (random.uniform() < 0.5 ? -1 : 1));
}

/** Keys along one direction per head, so that scores rise by RISE over the keys; noise makes every row different. */
function ascending(extents: Extents, random: Random): Values {
  const { batch, keys, heads, kvHeads, size, scale } = extents;
  const direction = signs(batch * kvHeads * size, random);
  const along = (b: number, head: number, feature: number): number =>
    direction[(b * kvHeads + head) * size + feature] ?? 1;
  const group = heads / kvHeads;
  const step = RISE / Math.max(1, keys - 1);
  return {
    q: (b, _position, head, feature) => along(b, Math.floor(head / group), feature) * (1 + 0.25 * random.normal()),
    k: (b, position, head, feature) =>
      (along(b, head, feature) * (position * step - RISE / 2)) / (scale * size) +
      (0.1 * random.normal()) / (scale * Math.sqrt(size)),
    v: scaledNormal(extents, random),
  };
}

/**
 * Each query repeats the sign code of one visible key, plus a direction shared by all keys that lifts or sinks its row.
 * Neighbouring features of a code take opposite sides of that direction, so that it adds nothing to the match of codes.
 */
function nearOneHot(extents: Extents, random: Random): Values {
  const { batch, queries, keys, heads, kvHeads, size, scale } = extents;
  const pairs = Math.ceil(size / 2);
  const codes = signs(batch * keys * kvHeads * pairs, random);
  const shared = signs(batch * kvHeads * size, random);
  const chosen = Int32Array.from({ length: batch * queries * heads }, (_, index) => {
    const visible = visibleKeys(extents, Math.floor(index / heads) % queries);
    return random.integer(0, Math.max(1, visible) - 1);
  });
  const common: Element = (b, _key, head, feature) => shared[(b * kvHeads + head) * size + feature] ?? 1;
  const code: Element = (b, key, head, feature) => {
    const sign = codes[((b * keys + key) * kvHeads + head) * pairs + Math.floor(feature / 2)] ?? 1;
    return (feature % 2 === 0 ? sign : -sign) * common(b, key, head, feature);
  };
  const group = heads / kvHeads;
  return {
    q: (b, position, head, feature) => {
      const key = chosen[(b * queries + position) * heads + head] ?? 0;
      const kvHead = Math.floor(head / group);
      // Even heads are lifted, odd heads sink.
      const side = code(b, key, kvHead, feature) + (head % 2 === 0 ? 1 : -1) * common(b, key, kvHead, feature);
      // Sums of equal terms would round to one side.
      return side * (1 + 0.25 * random.normal());
    },
    k: (b, key, head, feature) =>
      (LEAD * code(b, key, head, feature) + HEIGHT * common(b, key, head, feature)) / (scale * size),
    v: scaledNormal(extents, random),
  };
}

function valuesOf(probe: Probe, extents: Extents, random: Random, dtype: DType): Values {
  switch (probe.name) {
    case "uniform":
      return uniform(extents, random, dtype);
    case "std1":
      return normal(extents, random, 1);
    case "std4":
      return normal(extents, random, 4);
    case "ascending":
      return ascending(extents, random);
    case "near_one_hot":
      return nearOneHot(extents, random);
    case "special":
      return specials(extents, random, dtype);
    default:
      throw new RangeError(`flash_attention has no probe '${probe.name}'`);
  }
}

function tensor(dtype: DType, shape: readonly [number, number, number, number], element: Element): Tensor {
  const [, positions, heads, size] = shape;
  return fill(dtype, shape, (index) => {
    const row = Math.floor(index / size);
    const place = Math.floor(row / heads);
    return element(Math.floor(place / positions), place % positions, row % heads, index % size);
  });
}

/** The inputs of one probe: q, k and v in the case's dtype. */
export function inputsOf(bound: BoundCase, probe: Probe, random: Random): Tensors {
  const extents = extentsOf(bound);
  const { batch, queries, keys, heads, kvHeads, size } = extents;
  const dtype = bound.dtypes["T"] ?? "float32";
  const values = valuesOf(probe, extents, random, dtype);
  return {
    q: tensor(dtype, [batch, queries, heads, size], values.q),
    k: tensor(dtype, [batch, keys, kvHeads, size], values.k),
    v: tensor(dtype, [batch, keys, kvHeads, size], values.v),
  };
}
