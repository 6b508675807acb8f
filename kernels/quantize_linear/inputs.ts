// Inputs of the probes of quantize_linear. Each element is drawn as the quotient t that it is to have: x = t * y_scale.
import { type DType, floatFormat, maxFinite } from "../../harness/domain/dtype.ts";
import type { BoundCase } from "../../harness/domain/op.ts";
import type { Tensors } from "../../harness/domain/oracle.ts";
import type { Random } from "../../harness/domain/random.ts";
import { BESIDE } from "../../harness/domain/tie.ts";
import { fill } from "../../harness/domain/tensor.ts";
import { type Granularity, granularityOf, scaleCount, scaleOf } from "./granularity.ts";
import { type Grid, gridOf, numbersOf } from "./grid.ts";

/** What a generator draws from. */
interface Scene {
  readonly granularity: Granularity;
  readonly grid: Grid;
  /** dtype of x. */
  readonly T: DType;
  readonly random: Random;
}

/** Inputs before they are tensors. */
interface Draft {
  /** One for each block, row-major. */
  readonly scale: Float32Array;
  readonly zeroPoint: Int32Array;
  /** The quotient of an element of a block with this zero point; called once per element in row-major order. */
  readonly quotient: (zeroPoint: number, index: number) => number;
}

/** Octaves between the smallest and the largest scale: 16x. */
const SPREAD = 4;

/**
 * Powers of two over 16x; neighbours along the last axis differ.
 * @param from exponent of the smallest
 */
function powerScales({ granularity, random }: Scene, from: number): Float32Array {
  const first = random.integer(0, SPREAD);
  let exponent = first;
  return Float32Array.from({ length: scaleCount(granularity) }, (_, index) => {
    // The second is at the other end, so that two blocks already lie far apart.
    if (index === 1) exponent = first < SPREAD / 2 ? SPREAD : 0;
    else if (index > 1) exponent = (exponent + random.integer(1, SPREAD)) % (SPREAD + 1);
    return 2 ** (from + exponent);
  });
}

/** Zero points by block; 8-bit floats have none but 0. */
function zeroPoints({ granularity, grid }: Scene, draw: () => number): Int32Array {
  return Int32Array.from({ length: scaleCount(granularity) }, () => (grid.float ? 0 : draw()));
}

/** Well inside the grid and odd: added before rounding it turns every tie the other way. */
function oddZeroPoint({ grid, random }: Scene): number {
  const quarter = (grid.high - grid.low + 1) / 4;
  return grid.low + quarter + 1 + 2 * random.integer(0, quarter - 1);
}

/** An end of the grid or next to it, where kernels clip; else anything but 0. */
function anyZeroPoint({ grid, random }: Scene): number {
  const { low, high } = grid;
  if (random.integer(0, 3) === 0) return random.pick([low, low + 1, high - 1, high]) || 1;
  return random.integer(low, high) || 1;
}

/** Smallest exponent of scales for which t and 16 t stay inside T: 8-bit floats span more than float16 holds at 1. */
function smallestExponent({ grid, T, random }: Scene): number {
  if (T === "float16" && grid.dtype === "float8_e5m2") return -6;
  return T === "float16" ? random.pick([-8, -4, 0]) : random.pick([-12, -2, 6]);
}

/** A number halfway between two neighbours of an 8-bit float's grid, with a random sign. */
function floatTie({ random }: Scene, positive: Float64Array): number {
  const at = random.integer(0, positive.length - 2);
  return random.pick([-1, 1]) * (((positive[at] ?? 0) + (positive[at + 1] ?? 0)) / 2);
}

/** Numbers of the grid from 0 up. */
function positiveNumbers(grid: Grid): Float64Array {
  return numbersOf(grid).filter((value) => value >= 0);
}

/**
 * A third of the quotients are ties, an eighth saturate at each end, an eighth lie next to a tie: a kernel that rounds to float16 on the way makes
 * ties of them. The rest are eighths of a step.
 */
function ties(scene: Scene): Draft {
  const { grid, T, random } = scene;
  const { low, high } = grid;
  // float16 holds no more than a few bits below a tie. The second is next to a tie in T: 0.49999997 + 1/2 is 1 in float32.
  const beside = T === "float32" ? ([2 ** -14, 2 ** -24] as const) : ([2 ** -9, 2 ** -11] as const);
  const positive = positiveNumbers(grid);
  const tie = (zeroPoint: number): number =>
    grid.float ? floatTie(scene, positive) : random.integer(low - zeroPoint, high - zeroPoint - 1) + 0.5;
  const beyond = (zeroPoint: number): number => {
    const factor = 1 + (random.integer(1, 12) + 0.5) / 16;
    if (grid.float) return random.pick([low, high]) * factor;
    return random.pick([-1, 1]) * Math.ceil((high - low + 1) * factor) - zeroPoint + (low + high + 1) / 2;
  };
  return {
    scale: powerScales(scene, smallestExponent(scene)),
    zeroPoint: zeroPoints(scene, () => oddZeroPoint(scene)),
    quotient: (zeroPoint) => {
      const kind = random.integer(0, 23);
      if (kind < 8) return tie(zeroPoint);
      if (kind < 14) return beyond(zeroPoint);
      if (kind < 17) return tie(zeroPoint) * (1 + random.pick([-1, 1]) * random.pick(beside));
      if (grid.float) return random.pick([-1, 1]) * (positive[random.integer(0, positive.length - 1)] ?? 0);
      return random.integer(8 * (low - zeroPoint), 8 * (high - zeroPoint)) / 8;
    },
  };
}

/** As unstructured, but what is a tie there lies beside one here, where x can hold that. */
function besideTies(scene: Scene): Draft {
  return unstructured(scene, () => (scene.T === "float32" ? scene.random.pick([-1, 1]) * BESIDE : 0));
}

/** A scale a few ULP above a power of two, for which a kernel that shifts may take it: log2 of it is an integer in float32. */
function nearPower(random: Random, from: number): number {
  return 2 ** (from + random.integer(0, SPREAD)) * (1 + random.integer(4, 8) * 2 ** -23);
}

/**
 * Scales without structure; quotients spread over the grid and an eighth beyond it. One in eight is a tie but for the rounding of x.
 * @param off how far a tie is moved, times itself
 */
function unstructured(scene: Scene, off: () => number): Draft {
  const { granularity, grid, random } = scene;
  const { low, high } = grid;
  const from = smallestExponent(scene);
  const ends = random.pick([
    [0, 1],
    [1, 0],
  ] as const);
  const positive = positiveNumbers(grid);
  const beyond = (high - low) / 8;
  const anything = (zeroPoint: number): number =>
    grid.float
      ? random.pick([-1, 1]) * high * 2 ** (0.75 - 18 * random.uniform())
      : low - zeroPoint - beyond + (high - low + 2 * beyond) * random.uniform();
  return {
    scale: Float32Array.from({ length: scaleCount(granularity) }, (_, index) =>
      index > 1 && random.integer(0, 7) === 0
        ? nearPower(random, from)
        : 2 ** (from + SPREAD * (ends[index] ?? random.uniform())) * (1 - 2 ** -5 * random.uniform()),
    ),
    zeroPoint: zeroPoints(scene, () => anyZeroPoint(scene)),
    quotient: (zeroPoint) => {
      if (random.integer(0, 7) > 0) return anything(zeroPoint);
      const tie = grid.float ? floatTie(scene, positive) : Math.floor(anything(zeroPoint)) + 0.5;
      return tie * (1 + off());
    },
  };
}

/** Every element is a number of the grid that differs from those around it, along each axis. */
function indexCoded(scene: Scene): Draft {
  const { granularity, grid, random } = scene;
  const numbers = numbersOf(grid);
  const inner = granularity.shape[2];
  const offset = random.integer(0, numbers.length - 1);
  return {
    scale: powerScales(scene, smallestExponent(scene)),
    zeroPoint: zeroPoints(scene, () => anyZeroPoint(scene)),
    quotient: (zeroPoint, index) => {
      // 37 and 101 have no factor in common with the 16, 256, 253 or 247 numbers of a grid.
      const code = (index % inner) * 37 + Math.floor(index / inner) * 101 + offset;
      return (numbers[code % numbers.length] ?? 0) - zeroPoint;
    },
  };
}

/** Quotients at both ends of the grid, half a step and a step beyond, and beyond int32. */
function edges(scene: Scene): Draft {
  const { grid, random } = scene;
  const { low, high } = grid;
  const huge = [2 ** 15, 2 ** 16 + 2 ** 8, 2 ** 24, 2 ** 31, 3e9, 2 ** 32 + 2 ** 12];
  const steps = [-1.5, -1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1, 1.5];
  const positive = positiveNumbers(grid);
  const [smallest = 0, second = 0] = positive.subarray(1);
  const largest = high - (positive.at(-2) ?? 0);
  // Half a step beyond the largest is where rounding leaves the format.
  const inFloat = [
    ...steps.map((step) => high + (step * largest) / 2),
    ...[0.25, 0.5, 0.75, 1, 1.5].map((step) => step * smallest),
    ...[0.75, 1].map((step) => step * second),
  ];
  const atInteger = (zeroPoint: number): number =>
    random.pick([low, high]) - zeroPoint + (steps[random.integer(0, 10)] ?? 0);
  return {
    // Small scales: float16 then holds quotients beyond int32.
    scale: powerScales(scene, grid.float ? -6 : -20),
    zeroPoint: zeroPoints(scene, () => random.pick([low, low + 1, high - 1, high])),
    quotient: (zeroPoint) => {
      const sign = random.pick([-1, 1]);
      if (random.integer(0, 3) === 0) return sign * (huge[random.integer(0, huge.length - 1)] ?? 0);
      return grid.float ? sign * (inFloat[random.integer(0, inFloat.length - 1)] ?? 0) : atInteger(zeroPoint);
    },
  };
}

/** Special numbers of T in turn, at scale 1 and below. */
function specials(scene: Scene): Draft {
  const { grid, T, random } = scene;
  const format = floatFormat(T);
  if (format === undefined) throw new RangeError(`${T} is no floating dtype`);
  const normal = 2 ** format.minExponent;
  const subnormal = normal * 2 ** (1 - format.precision);
  const magnitudes = [0, subnormal, 3 * subnormal, normal - subnormal, normal, 1, 2 ** 15, format.maxFinite, Infinity];
  const values = [...magnitudes.flatMap((magnitude) => [magnitude, -magnitude]), ...(grid.float ? [Number.NaN] : [])];
  const offset = random.integer(0, values.length - 1);
  return {
    scale: powerScales(scene, -SPREAD).fill(1),
    zeroPoint: zeroPoints(scene, () => anyZeroPoint(scene)),
    quotient: (_, index) => values[(index + offset) % values.length] ?? 0,
  };
}

const GENERATORS: Readonly<Record<string, (scene: Scene) => Draft>> = {
  ties,
  random_scales: (scene) => unstructured(scene, () => 0),
  beside_ties: besideTies,
  index_coded: indexCoded,
  edges,
  specials,
};

/** Inputs of a probe by argument name. @throws RangeError for a probe that this op does not have */
export function probeInputs(bound: BoundCase, probe: string, random: Random): Tensors {
  const generate = GENERATORS[probe];
  if (generate === undefined) throw new RangeError(`quantize_linear has no probe '${probe}'`);
  const granularity = granularityOf(bound);
  const T = bound.dtypes["T"] ?? "float32";
  const grid = gridOf(bound.dtypes["Q"]);
  const withZeroPoint = bound.inputs.some((input) => input.name === "y_zero_point" && !input.absent);
  const { scale, zeroPoint, quotient } = generate({ granularity, grid, T, random });
  if (!withZeroPoint) zeroPoint.fill(0);
  const most = maxFinite(T);
  return {
    x: fill(T, granularity.shape, (index) => {
      const place = scaleOf(granularity, index);
      const value = quotient(zeroPoint[place] ?? 0, index) * (scale[place] ?? 1);
      // Only `specials` asks for an infinity.
      return Math.abs(value) === Infinity || Number.isNaN(value) ? value : Math.min(most, Math.max(-most, value));
    }),
    y_scale: { dtype: "float32", shape: granularity.scales, elements: scale },
    ...(withZeroPoint ? { y_zero_point: fill(grid.dtype, granularity.scales, (index) => zeroPoint[index] ?? 0) } : {}),
  };
}
