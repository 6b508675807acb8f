// Inputs of the probes of top_k. None holds a NaN: its place in the order is not defined.
import { type DType, floatFormat, float16ToNumber } from "../../harness/domain/dtype.ts";
import { type BoundCase, numberOf } from "../../harness/domain/op.ts";
import type { Probe, Tensors } from "../../harness/domain/oracle.ts";
import { permutation, type Random } from "../../harness/domain/random.ts";
import { fill } from "../../harness/domain/tensor.ts";

/** The regimes, lane A first. */
export const PROBES: readonly Probe[] = [
  {
    name: "ties",
    lane: "A",
    reveals: "equal values in another order than that of their indices, elements returned twice, rows of one value",
  },
  {
    name: "distinct",
    lane: "A",
    reveals: "a wrong order, comparison of magnitudes or of bit patterns, narrowed keys, values that are no copies",
    race: true,
  },
  {
    name: "sorted_rows",
    lane: "A",
    reveals: "elements that a search never reaches, heaps and networks that only work on shuffled rows",
  },
  {
    name: "planted",
    lane: "A",
    reveals: "tails, indices that miss the offset of a tile: what is chosen lies at the ends of rows and tiles",
  },
  {
    name: "one_sign",
    lane: "A",
    reveals: "a search that starts from 0, rows padded with 0, buffers too small for all that share their first bits",
  },
  {
    name: "specials",
    lane: "C",
    reveals: "a search that starts from the largest finite number, infinities, zeros of both signs",
  },
];

/** What a generator draws from. */
interface Scene {
  readonly rows: number;
  readonly n: number;
  readonly k: number;
  /** +1 where the largest are chosen, -1 where the smallest are. */
  readonly side: 1 | -1;
  readonly T: DType;
  readonly random: Random;
}

/** The elements of one row. */
type Row = (row: number) => Float64Array;

const word = new Uint32Array(1);
const single = new Float32Array(word.buffer);

/**
 * Positive numbers of T, ascending from 2^from over some octaves, evenly along the format's own numbers and in pairs of neighbours: their order
 * shows in the last bit. All differ where T has as many.
 */
function ladder(T: DType, from: number, octaves: number, count: number): Float64Array {
  const half = T === "float16";
  const fraction = half ? 10 : 23;
  const first = (from + (half ? 15 : 127)) * 2 ** fraction;
  const gap = (octaves * 2 ** fraction - 2) / Math.max(1, Math.ceil(count / 2));
  return Float64Array.from({ length: count }, (_, index) => {
    const pattern = first + Math.floor(Math.floor(index / 2) * gap) + (index % 2);
    if (half) return float16ToNumber(pattern);
    word[0] = pattern;
    return single[0] ?? 0;
  });
}

function shuffled(values: Float64Array, random: Random): Float64Array {
  return Float64Array.from(permutation(values.length, random), (at) => values[at] ?? 0);
}

/** Where rows of float32 begin: at the smallest normal number differences are subnormal, below the largest they are infinite. */
const SCALES = [-126, -8, 0, 8, 123] as const;

/** Different numbers of both signs, ascending in magnitude; in float32 of one of the scales by row. Neighbours have one sign. */
function mixedSigns({ T, n, random }: Scene): Float64Array {
  const values = T === "float16" ? ladder(T, -14, 29, n) : ladder(T, random.pick(SCALES), 4, n);
  let sign = 1;
  return values.map((value, index) => {
    if (index % 2 === 0) sign = random.pick([-1, 1]);
    return sign * value;
  });
}

/** A value that few elements share, the next that twice as many do, and so on: ties in and around the last place. */
function fewAtTheTop({ n, side, random }: Scene): Float64Array {
  return Float64Array.from({ length: n }, () => side * Math.floor(-Math.log2(1 - random.uniform())) - side);
}

/** Rows with few values: geometric, three values, one value. */
function ties(scene: Scene): Row {
  const { n, random } = scene;
  return (row) => {
    if (row % 4 === 3) return new Float64Array(n).fill(random.integer(-2, 2));
    if (row % 4 === 2) return Float64Array.from({ length: n }, () => random.integer(-1, 1));
    return fewAtTheTop(scene);
  };
}

/** Rising towards what is chosen, so that every element replaces one, or falling, or rising and falling. */
function sortedRows(scene: Scene): Row {
  const { n, side } = scene;
  return (row) => {
    const rising = mixedSigns(scene).sort();
    if (side < 0) rising.reverse();
    if (row % 3 === 1) return rising.reverse();
    if (row % 3 === 0) return rising;
    return rising.map((_, index) => rising[index % 2 === 0 ? index / 2 : n - 1 - (index - 1) / 2] ?? 0);
  };
}

/** Extents of tiles whose first and last places are planted. */
const TILES = [16, 32, 64, 128, 256, 1024, 4096];

/** Ends of the row and of tiles first, then places at random: `count` different ones. */
function plantedPlaces(n: number, count: number, random: Random): number[] {
  const ends = TILES.flatMap((tile) => [tile - 1, tile, n - (n % tile), n - (n % tile) - 1]);
  const places = new Set(
    [n - 1, 0, n - 2, ...shuffled(Float64Array.from(ends), random)].filter((at) => at >= 0 && at < n),
  );
  while (places.size < count) places.add(random.integer(0, n - 1));
  return [...places].slice(0, count);
}

/** Distances at which one lane of a kernel finds its elements. */
const STRIDES = [8, 32, 64, 128, 256, 512, 1024];

/** `count` different places, as many as there are at one distance from each other: all in one lane, whose queue has to hold them. */
function placesOfOneLane(n: number, count: number, random: Random): number[] {
  const stride = random.pick([4, ...STRIDES.filter((distance) => distance * Math.min(count, 5) <= n)]);
  const first = random.integer(0, Math.min(stride, n) - 1);
  const lane = Array.from({ length: Math.ceil((n - first) / stride) }, (_, index) => first + index * stride);
  const places = new Set(permutation(lane.length, random).map((at) => lane[at] ?? 0));
  while (places.size < count) places.add(random.integer(0, n - 1));
  return [...places].slice(0, count);
}

/** K elements far above the rest: in every other row at the ends of the row and of tiles, in the others in one lane. */
function planted({ n, k, side, T, random }: Scene): Row {
  const turn = random.integer(0, 1);
  return (index) => {
    const row = shuffled(ladder(T, -8, 6, n), random).map((value) => random.pick([-1, 1]) * value);
    const chosen = shuffled(ladder(T, 2, 8, k), random);
    const places = (index + turn) % 2 === 0 ? plantedPlaces(n, k, random) : placesOfOneLane(n, k, random);
    places.forEach((place, at) => {
      row[place] = side * (chosen[at] ?? 0);
    });
    return row;
  };
}

/** Neighbouring numbers, whose first bits are the same: even rows lie wholly on the side that is not asked for, odd rows on the one that is. */
function oneSign(scene: Scene): Row {
  const { n, side, T, random } = scene;
  const octaves = Math.min(6, (n + 3) / 2 ** ((floatFormat(T)?.precision ?? 24) - 1));
  return (row) => {
    const sign = row % 2 === 0 ? -side : side;
    return shuffled(ladder(T, -3, octaves, n), random).map((value) => sign * value);
  };
}

/** Rows of special numbers; every other one is an infinity that comes last everywhere but in half of K places. */
function specials({ n, k, side, T, random }: Scene): Row {
  const format = floatFormat(T);
  if (format === undefined) throw new RangeError(`${T} is no floating dtype`);
  const normal = 2 ** format.minExponent;
  const step = normal * 2 ** (1 - format.precision);
  // Devices that flush subnormals do so in float32.
  const subnormals = T === "float16" ? [step, normal - step] : [];
  const magnitudes = [0, 0, normal, 1, format.maxFinite, Infinity, ...subnormals];
  const special = (): number => random.pick([-1, 1]) * (magnitudes[random.integer(0, magnitudes.length - 1)] ?? 0);
  return (row) => {
    if (row % 2 === 1) return Float64Array.from({ length: n }, special);
    const last = new Float64Array(n).fill(-side * Infinity);
    for (let i = 0; i < Math.floor(k / 2); i += 1) last[random.integer(0, n - 1)] = special();
    return last;
  };
}

const GENERATORS: Readonly<Record<string, (scene: Scene) => Row>> = {
  ties,
  distinct: (scene) => () => shuffled(mixedSigns(scene), scene.random),
  sorted_rows: sortedRows,
  planted,
  one_sign: oneSign,
  specials,
};

/** Inputs of a probe by argument name. @throws RangeError for a probe that this op does not have */
export function probeInputs(bound: BoundCase, probe: string, random: Random): Tensors {
  const generate = GENERATORS[probe];
  if (generate === undefined) throw new RangeError(`top_k has no probe '${probe}'`);
  const [rows, n, k] = [numberOf(bound, "rows"), numberOf(bound, "N"), numberOf(bound, "K")];
  const T = bound.dtypes["T"] ?? "float32";
  const side = numberOf(bound, "largest") === 0 ? -1 : 1;
  const make = generate({ rows, n, k, side, T, random });
  let row: Float64Array = new Float64Array(0);
  return {
    x: fill(T, [rows, n], (index) => {
      if (index % n === 0) row = make(index / n);
      return row[index % n] ?? 0;
    }),
  };
}
