// Inputs of the probes of dequantize_linear. What is subtracted and multiplied is chosen so that the product stays a finite number of T.
import { type DType, floatFormat } from "../../harness/domain/dtype.ts";
import type { BoundCase } from "../../harness/domain/op.ts";
import type { Probe, Tensors } from "../../harness/domain/oracle.ts";
import type { Random } from "../../harness/domain/random.ts";
import { fill, type Tensor } from "../../harness/domain/tensor.ts";
import { type Codes, codesOf, numbersOf } from "./codes.ts";
import { elementsOf, type Granularity, granularityOf, scaleCount, scaleOf } from "./granularity.ts";

/** The regimes, lane A first. */
export const PROBES: readonly Probe[] = [
  {
    name: "all_codes",
    lane: "A",
    reveals:
      "wrong decoding of codes, sign extension, order of nibbles, block boundaries, axes, tails, differences that wrap",
  },
  {
    name: "random_scales",
    lane: "A",
    reveals: "more than one rounding (scaled zero points, FMA), another block's scale or zero point, a short product",
    race: true,
  },
  {
    name: "ties",
    lane: "A",
    reveals: "stores that truncate or round ties away from zero: every product lies halfway between two numbers of T",
  },
  {
    name: "specials",
    lane: "C",
    reveals: "subnormal and very large products, zeros, NaN and infinities of 8-bit floats",
  },
];

/** What a generator draws from. */
interface Scene {
  readonly granularity: Granularity;
  readonly codes: Codes;
  /** dtype of the scales and of y. */
  readonly T: DType;
  readonly random: Random;
  /** Whether the case has zero points; else they count as 0. */
  readonly shifted: boolean;
}

/** Inputs before they are tensors. */
interface Draft {
  /** One for each block, row-major. */
  readonly scale: Float64Array;
  readonly zeroPoint: Int32Array;
  /** The number of an element of the block at a place; called once per element in row-major order. */
  readonly number: (place: number, index: number) => number;
}

/** Octaves between the smallest and the largest scale: 16x. */
const SPREAD = 4;

/**
 * Whole octaves from 0 to SPREAD by block; neighbours along the last axis differ, and the first two are the smallest and the largest, in
 * either order.
 */
function octaves({ granularity, random }: Scene): Int32Array {
  const first = random.pick([0, SPREAD]);
  let octave = first;
  return Int32Array.from({ length: scaleCount(granularity) }, (_, index) => {
    if (index === 1) octave = SPREAD - first;
    else if (index > 1) octave = (octave + random.integer(1, SPREAD)) % (SPREAD + 1);
    return octave;
  });
}

/** Zero points by block; 8-bit floats have none but 0. An end of the range one time in three: differences then need nine bits. */
function zeroPoints({ granularity, codes, random, shifted }: Scene): Int32Array {
  const { low, high, float } = codes;
  const draw = (): number =>
    random.integer(0, 2) === 0 ? random.pick([low, low + 1, high - 1, high]) : random.integer(low, high);
  return Int32Array.from({ length: scaleCount(granularity) }, () => (float || !shifted ? 0 : draw() || 1));
}

/** Smallest exponent of scales for which every product stays inside T. */
function smallestExponent({ codes, T, random }: Scene): number {
  if (T === "float16") return codes.dtype === "float8_e5m2" ? -6 : random.pick([-8, -4, 0]);
  return random.pick([-12, -2, 6]);
}

/** Numbers in turn, so that an element differs from those around it along each axis. */
function inTurn({ granularity, codes, random }: Scene): (index: number) => number {
  const numbers = numbersOf(codes);
  const inner = granularity.shape[2];
  const offset = random.integer(0, numbers.length - 1);
  // 37 and 101 have no factor in common with the 16, 256, 253 or 247 numbers of a dtype.
  return (index) => numbers[((index % inner) * 37 + Math.floor(index / inner) * 101 + offset) % numbers.length] ?? 0;
}

function allCodes(scene: Scene): Draft {
  const from = smallestExponent(scene);
  const next = inTurn(scene);
  return {
    scale: Float64Array.from(octaves(scene), (octave) => 2 ** (from + octave)),
    zeroPoint: zeroPoints(scene),
    number: (_, index) => next(index),
  };
}

/** Full significands, 16x apart; from the third on one in eight lies a few ULP above a power of two, for which a kernel that shifts may take it. */
function randomScales(scene: Scene): Draft {
  const { codes, random, T } = scene;
  const ulp = 2 ** (1 - (floatFormat(T)?.precision ?? 24));
  const from = smallestExponent(scene);
  const numbers = numbersOf(codes);
  return {
    scale: Float64Array.from(octaves(scene), (octave, index) =>
      index > 1 && random.integer(0, 7) === 0
        ? 2 ** (from + octave - 1) * (1 + random.integer(1, 7) * ulp)
        : 2 ** (from + octave) * (1 - random.uniform() / 2),
    ),
    zeroPoint: zeroPoints(scene),
    number: () => numbers[random.integer(0, numbers.length - 1)] ?? 0,
  };
}

/**
 * Differences of +-3 * 2^n and scales with an odd significand m of p bits: 3 m is odd and has p + 1 bits while m < 2^(p + 1) / 3, so that it
 * lies halfway between two numbers of p bits.
 */
function ties(scene: Scene): Draft {
  const { granularity, codes, T, random } = scene;
  const { low, high } = codes;
  const precision = floatFormat(T)?.precision ?? 24;
  const from = smallestExponent(scene);
  const least = 2 ** (precision - 1);
  const most = Math.floor((2 * least * 2) / 3);
  const scale = Float64Array.from(octaves(scene), (octave) => {
    const odd = 2 * random.integer(least / 2, Math.floor(most / 2) - 1) + 1;
    return (odd / least) * 2 ** (from + octave);
  });
  const zeroPoint = zeroPoints(scene);
  const exact = codes.float ? new Set(numbersOf(codes)) : undefined;
  const exponents = Array.from({ length: 40 }, (_, index) => index - 20);
  // The tie must survive: no product in the subnormals of T.
  const smallest = 2 ** (floatFormat(T)?.minExponent ?? 0);
  const tripled = exponents.flatMap((exponent) => [3 * 2 ** exponent, -3 * 2 ** exponent]);
  const candidates = Array.from({ length: scaleCount(granularity) }, (_, place) => {
    const shift = zeroPoint[place] ?? 0;
    return tripled
      .map((difference) => shift + difference)
      .filter(
        (number) =>
          (exact === undefined ? Number.isInteger(number) && number >= low && number <= high : exact.has(number)) &&
          Math.abs(number - shift) * (scale[place] ?? 1) >= smallest,
      );
  });
  return {
    scale,
    zeroPoint,
    number: (place) => {
      const fitting = candidates[place] ?? [];
      return fitting[random.integer(0, fitting.length - 1)] ?? zeroPoint[place] ?? 0;
    },
  };
}

/** The largest power of two of T: as a scale of `specials` it meets differences below 2 alone, so that the product stays inside T. */
function hugeScale(T: DType): number {
  return 2 ** (floatFormat(T)?.maxExponent ?? 0);
}

/** Scales at both ends of T: float16 products from its smallest subnormal number to its largest binade. */
function specials(scene: Scene): Draft {
  const { granularity, codes, T, random } = scene;
  const { low, high, float } = codes;
  const format = floatFormat(T);
  if (format === undefined) throw new RangeError(`${T} is no floating dtype`);
  // The largest difference lies in the binade of this exponent, its product in the last one of T.
  const reach = Math.floor(Math.log2(float ? high : high - low));
  const largest = 2 ** (format.maxExponent - reach);
  const normal = 2 ** format.minExponent;
  // Devices that flush subnormals do so in float32: there no product is one.
  const small = T === "float32" ? [2 ** -100] : [normal, normal / 4, normal * 2 ** (1 - format.precision)];
  const scales = [1, largest, hugeScale(T), ...small];
  const offset = random.integer(0, scales.length - 1);
  const next = inTurn(scene);
  const scale = Float64Array.from(
    { length: scaleCount(granularity) },
    (_, place) => scales[(place + offset) % scales.length] ?? 1,
  );
  const zeroPoint = zeroPoints(scene);
  const beside = (place: number): number =>
    Math.min(high, Math.max(low, (zeroPoint[place] ?? 0) + random.integer(-1, 1)));
  return {
    scale,
    zeroPoint,
    number: (place, index) => {
      if (scale[place] === hugeScale(T)) return beside(place);
      return index % 3 === 0 ? random.pick([low, high]) : next(index);
    },
  };
}

const GENERATORS: Readonly<Record<string, (scene: Scene) => Draft>> = {
  all_codes: allCodes,
  random_scales: randomScales,
  ties,
  specials,
};

/** All but the first bit of the exponent of an 8-bit float: what is left is below 2. */
const BELOW_TWO = 0b1011_1111;

/** All bit patterns of an 8-bit float in turn: -0, NaN and infinities are among them. */
function everyPattern({ granularity, codes, random, T }: Scene, scale: Float64Array): Tensor {
  const offset = random.integer(0, 255);
  const huge = hugeScale(T);
  const elements = Uint8Array.from({ length: elementsOf(granularity) }, (_, index) => {
    const kept = scale[scaleOf(granularity, index)] === huge ? BELOW_TWO : 255;
    return (index * 37 + offset) & kept;
  });
  return { dtype: codes.dtype, shape: granularity.shape, elements };
}

/** Inputs of a probe by argument name. @throws RangeError for a probe that this op does not have */
export function probeInputs(bound: BoundCase, probe: string, random: Random): Tensors {
  const generate = GENERATORS[probe];
  if (generate === undefined) throw new RangeError(`dequantize_linear has no probe '${probe}'`);
  const granularity = granularityOf(bound);
  const codes = codesOf(bound.dtypes["Q"]);
  const shifted = bound.inputs.some((input) => input.name === "x_zero_point" && !input.absent);
  const scene = { granularity, codes, T: bound.dtypes["T"] ?? "float32", random, shifted };
  const { scale, zeroPoint, number } = generate(scene);
  const patterns = probe === "specials" && codes.float;
  const element = (index: number): number => number(scaleOf(granularity, index), index);
  return {
    x: patterns ? everyPattern(scene, scale) : fill(codes.dtype, granularity.shape, element),
    x_scale: fill(scene.T, granularity.scales, (index) => scale[index] ?? 1),
    ...(shifted ? { x_zero_point: fill(codes.dtype, granularity.scales, (index) => zeroPoint[index] ?? 0) } : {}),
  };
}
