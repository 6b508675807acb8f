// Lane C of flash_attention: each query row holds one kind of special value, each feature of v another.
import { type DType, floatFormat, maxFinite } from "../../harness/domain/dtype.ts";
import type { Random } from "../../harness/domain/random.ts";
import { type Element, type Extents, type Values, visibleKeys } from "./extents.ts";

/** Score by which key 0 leads for a row of `one_key`: float32's exp gives all other keys 0. */
const LEAD = 128;
/** Score common to all keys for a row of `high` and, negated, of `low`: float32 has no exp(128), and exp(-128) is 0. */
const HEIGHT = 128;
/** Score by which the last key leads for a row of `hidden_leads`, which does not see it. */
const HIDDEN_LEAD = 256;
/** Times `low`: below every finite number that masks are made of. */
const DEPTH = 1024;

/** What a query row is. Its scores are moderate apart from what the name says. */
const ROWS = [
  "one_key",
  "high",
  "low",
  "deep",
  "hidden_leads",
  "largest",
  "subnormal",
  "zero",
  "nan",
  "plain",
  "plain",
] as const;
type Row = (typeof ROWS)[number];

/** Features of k that have a meaning; the others are normal. */
const [ONE_KEY, COMMON, TINY, LARGE, LAST, ORDINARY] = [0, 1, 2, 3, 4, 5];

/** Spacing of the subnormal numbers; of float32 that of bfloat16, which a sum of three bfloat16 can still hold. */
function subnormalStep(dtype: DType): number {
  const format = floatFormat(dtype === "float32" ? "bfloat16" : dtype);
  return 2 ** ((format?.minExponent ?? -126) - (format?.precision ?? 8) + 1);
}

/** The largest element of q, a power of two below the largest number where scale times log2 e, which may be multiplied first, is more than 1. */
function largestQuery(scale: number, dtype: DType): number {
  return maxFinite(dtype) / 2 ** Math.max(0, Math.ceil(Math.log2(scale * Math.LOG2E)));
}

/** The first and the last feature of a head: what is read beyond another head's end, and what a dropped tail loses. */
const isEnd = (feature: number, size: number): boolean => feature === 0 || feature === size - 1;

/** Keys: the leading one alone along the first feature, a common height along the second, a tiny one along the third, large ones. */
function keys(extents: Extents, lead: number, dtype: DType, random: Random): Element {
  const { batch, kvHeads, size, scale, keys: count } = extents;
  // A power of two: the parts of a product by three bfloat16 would be subnormal.
  const tiny = 2 ** Math.floor(Math.log2(HEIGHT / (scale * largestQuery(scale, dtype))));
  const level = [LEAD / scale, HEIGHT / scale, tiny];
  // A NaN that every row of a head sees: all of them are NaN.
  const poisoned = batch * kvHeads > 1 && allSeeOne(extents) ? batch * kvHeads - 1 : -1;
  return (b, key, head, feature) => {
    if (isEnd(feature, size) && key === lead && b * kvHeads + head === poisoned) return Number.NaN;
    if (feature === ONE_KEY) return key === lead && count > 1 ? (level[ONE_KEY] ?? 0) : 0;
    if (feature < LARGE) return level[feature] ?? 0;
    if (feature === LAST) return key === count - 1 ? HIDDEN_LEAD / scale : 0;
    return (feature === LARGE ? 2 ** 13 : 1) * random.normal();
  };
}

/** Queries: one kind a row. Subnormal in float16 only: the dot products of bfloat16 units take subnormals for 0. */
function queries(extents: Extents, dtype: DType, random: Random): Element {
  const { batch, queries: positions, heads, size, scale } = extents;
  const kinds: Row[] = Array.from({ length: batch * positions * heads }, (_, row): Row => {
    // A row that sees no key may ignore its query.
    const empty = visibleKeys(extents, Math.floor(row / heads) % positions) === 0;
    const kind = random.pick(ROWS);
    const seesLast = visibleKeys(extents, Math.floor(row / heads) % positions) === extents.keys;
    return empty || (kind === "hidden_leads" && seesLast) ? "plain" : kind;
  });
  const spread = 1 / (scale * Math.sqrt(size));
  const plain = (feature: number): number => (feature < ORDINARY ? 0 : spread * random.normal());
  const values: Record<Row, (feature: number) => number> = {
    one_key: (feature) => Number(feature === ONE_KEY),
    high: (feature) => Number(feature === COMMON),
    low: (feature) => -Number(feature === COMMON),
    deep: (feature) => -DEPTH * Number(feature === COMMON),
    hidden_leads: (feature) => Number(feature === LAST),
    largest: (feature) => (feature === TINY ? largestQuery(scale, dtype) : 0),
    subnormal: (feature) => (feature === LARGE ? random.integer(1, 1023) * subnormalStep("float16") : 0),
    zero: () => random.pick([0, -0]),
    nan: (feature) => (isEnd(feature, size) ? Number.NaN : plain(feature)),
    plain,
  };
  return (b, position, head, feature) => values[kinds[(b * positions + position) * heads + head] ?? "plain"](feature);
}

/** Whether there are keys that every query sees: only their values does every legal kernel multiply by positive weights. */
function allSeeOne(extents: Extents): boolean {
  return visibleKeys(extents, 0) > 0;
}

/**
 * Values: zeros of both signs, subnormals; an infinity, a NaN at the leading key among integers; the largest finite number
 * where that is key 0: a reference that lags behind the maximum gives later keys weights above 1.
 */
function values(extents: Extents, lead: number, dtype: DType, random: Random): Element {
  const step = subnormalStep(dtype);
  const most = dtype === "float16" ? 1023 : 127;
  const integer = (): number => random.integer(-3, 3);
  const sign = (): number => random.pick([-1, 1]);
  const finite: ((key: number) => number)[] = [
    () => random.pick([0, -0]),
    () => random.integer(-most, most) * step,
    (key) => (key === 0 && lead === 0 ? sign() * maxFinite(dtype) : integer()),
    integer,
  ];
  const others: ((key: number) => number)[] = [
    (key) => (key === lead ? sign() * Number.POSITIVE_INFINITY : integer()),
    (key) => (key === lead ? Number.NaN : integer()),
  ];
  const kinds = allSeeOne(extents) ? [...finite, ...others] : finite;
  const first = random.integer(0, kinds.length - 1);
  return (_batch, key, _head, feature) => kinds[(first + feature) % kinds.length]?.(key) ?? 0;
}

/** Keys that kernels take at a time. */
const BLOCKS = [16, 32, 64, 128] as const;

/**
 * The leading key: key 0, any that every row sees, or that whose place in its block the next one, cut off by the end of the keys, leaves as it was:
 * what is kept there meets a weight of 0.
 */
function leadOf(extents: Extents, random: Random): number {
  const seen = Math.max(1, visibleKeys(extents, 0));
  const any = random.integer(0, seen - 1);
  const stale = BLOCKS.map((block) => extents.keys - block).filter((key) => key > 0 && key < seen);
  return random.pick([0, 0, any, random.pick([any, ...stale])]);
}

/**
 * Special values that every legal kernel treats alike: no term of a sum is an infinity times a weight that may be 0,
 * and no sum of finite numbers overflows in any order.
 */
export function specials(extents: Extents, random: Random, dtype: DType): Values {
  const lead = leadOf(extents, random);
  return {
    q: queries(extents, dtype, random),
    k: keys(extents, lead, dtype, random),
    v: values(extents, lead, dtype, random),
  };
}
