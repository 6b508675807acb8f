// The inputs of qlinear_matmul's probes: each generator plants what its probe is there to reveal.
import type { BoundCase } from "../../harness/domain/op.ts";
import type { Tensors } from "../../harness/domain/oracle.ts";
import { permutation, type Random } from "../../harness/domain/random.ts";
import { scalar } from "../../harness/domain/tensor.ts";
import { besideTie } from "../../harness/domain/tie.ts";
import {
  alike,
  anchors,
  around,
  clamp,
  columnExponents,
  type Draft,
  INT8_SIGMA,
  nonzero,
  sampledMeans,
  SPREAD,
  storedB,
  zeroPoints,
} from "./draft.ts";
import { type Product, productOf } from "./product.ts";

/** Of a few accumulators of each column the smallest: bias that moves it to a tie leaves the others spread about 0. */
function calmest(product: Product, a: Int8Array, zeroPoint: number, columns: Int32Array, random: Random): Int32Array {
  const least = anchors(product, a, zeroPoint, columns, random);
  for (let sample = 1; sample < 4; sample += 1) {
    anchors(product, a, zeroPoint, columns, random).forEach((accumulator, column) => {
      if (Math.abs(accumulator) < Math.abs(least[column] ?? 0)) least[column] = accumulator;
    });
  }
  return least;
}

/**
 * Power-of-two scales whose product is 2^-k, k = 1..5, and accumulators of some hundreds: by chance every 2nd to 32nd
 * output is a tie. Odd columns of b are multiples of 2^(k-1), so there half of the outputs are ties. Bias moves one
 * random row of every column to a tie (two columns of four) or beyond either end of int8.
 */
function ties(product: Product, random: Random): Draft {
  const { n, k } = product;
  // Aim: accumulators of standard deviation 384. sqrt(3) turns the deviation of a uniform choice into its amplitude.
  const perTerm = 384 / Math.sqrt(Math.max(1, k));
  // Times 2^SPREAD, and with a zero point up to 15, the largest is still an int8.
  const bAmplitude = clamp(Math.round((Math.sqrt(3) * perTerm) / INT8_SIGMA), 1, 7);
  const bSigma = Math.sqrt((bAmplitude * (bAmplitude + 1)) / 3);
  const aAmplitude = clamp(Math.round((Math.sqrt(3) * perTerm) / bSigma), 1, 127);
  const aZeroPoint = nonzero(40, random);
  const a = around(aZeroPoint, aAmplitude, product, random);
  const exponents = columnExponents(product, random);
  const columns = Int32Array.from({ length: n * k }, (_, i) => {
    const column = Math.floor(i / k);
    return random.integer(-bAmplitude, bAmplitude) * (column % 2 === 0 ? 1 : 2 ** (exponents[column] ?? 0));
  });
  const aExponent = random.integer(-8, -3);
  const yExponent = random.integer(-6, -2);
  const anchored = calmest(product, a, aZeroPoint, columns, random);
  const bias = exponents.map((exponent, column) => {
    const tie = (): number => random.integer(-100, 99) + 0.5;
    const target = [tie, tie, (): number => 200, (): number => -200][column % 4]?.() ?? 0;
    return target * 2 ** (exponent + 1) - (anchored[column] ?? 0);
  });
  return {
    a,
    aScale: 2 ** aExponent,
    aZeroPoint,
    columns,
    bScale: Float32Array.from(exponents, (exponent) => 2 ** (yExponent - aExponent - exponent - 1)),
    bZeroPoints: zeroPoints(product, () => nonzero(15, random)),
    bias,
    yScale: 2 ** yExponent,
    // Odd: adding it before rounding would turn every tie the other way.
    yZeroPoint: random.pick([-1, 1]) * (2 * random.integer(0, 15) + 1),
  };
}

/** -128 or 127 one time in four, where kernels clip; 0 one time in eight, where they leave corrections out; else anything up to `limit`. */
function anyZeroPoint(limit: number, random: Random): number {
  if (random.integer(0, 7) === 0) return 0;
  return random.integer(0, 6) < 2 ? random.pick([-128, 127]) : random.integer(-limit, limit);
}

/** From here on the zero point of a is far from 0: a sum of products of one sign goes beyond 2^24. */
const DEEP = 2048;
/** From here on such a sum needs a and b at the other end of int8 than their zero points. */
const MIDDLE = 640;

/** Full-range operands and float32 scales without structure; outputs spread over int8, the widest columns saturate. */
function randomScales(product: Product, random: Random): Draft {
  const { m, n, k, hasBias } = product;
  const a = Int8Array.from({ length: m * k }, () => random.integer(-128, 127));
  const aZeroPoint = anyZeroPoint(127, random);
  const bZeroPoints = zeroPoints(product, () => anyZeroPoint(24, random));
  const b = Int8Array.from({ length: n * k }, () => random.integer(-128, 127));
  // -128 has no int8 negative: both operands hold it even where they are tiny.
  if (a.length > 0) a[random.integer(0, a.length - 1)] = -128;
  if (b.length > 0) b[random.integer(0, b.length - 1)] = -128;
  const columns = Int32Array.from(b, (value, i) => value - (bZeroPoints[Math.floor(i / k)] ?? 0));
  const means = sampledMeans(product, a, aZeroPoint, columns, random);
  const sigma = Math.sqrt(Math.max(1, k) * (INT8_SIGMA ** 2 + aZeroPoint ** 2)) * INT8_SIGMA;
  // Zero points of both operands shift whole columns: bias takes that back, or the scale makes room for it.
  const bias = Int32Array.from(means, (mean) => Math.round((random.normal() * sigma) / 2 - mean));
  const shift = hasBias ? 0 : Math.sqrt(means.reduce((sum, mean) => sum + mean * mean, 0) / n);
  const aScale = Math.fround(2 ** (-8 * random.uniform() - 1));
  const yScale = Math.fround(2 ** (-6 * random.uniform() - 1));
  // The middle column's outputs have a standard deviation of 50.
  const middle = (50 * yScale) / (aScale * Math.hypot(sigma, shift));
  const spread = (column: number): number =>
    (column === 0 ? 0 : column === 1 ? SPREAD : SPREAD * random.uniform()) - SPREAD / 2;
  return {
    a,
    aScale,
    aZeroPoint,
    columns,
    bScale: Float32Array.from({ length: n }, (_, column) => middle * 2 ** spread(column)),
    bZeroPoints,
    bias,
    yScale,
    yZeroPoint: anyZeroPoint(127, random),
  };
}

/**
 * As `random_scales`, but one output of a column lies beside a tie. With bias, the weights of every fourth column have one sign, and
 * bias takes their sum off again at that output: what is left is exact in int32 only. It has the other sign than y_zero_point, or it would saturate.
 */
function besideTies(product: Product, random: Random): Draft {
  const { k, hasBias } = product;
  const drawn = randomScales(product, random);
  const { aScale, columns, bScale, bZeroPoints, bias, yScale, yZeroPoint } = drawn;
  const cancels = (column: number): boolean => hasBias && column % 4 === 3;
  const far = hasBias && k >= MIDDLE;
  const middle = far && k < DEEP;
  const aZeroPoint = far ? random.pick([-1, 1]) * random.integer(middle ? 120 : 96, 127) : drawn.aZeroPoint;
  const a = middle ? around(-96 * Math.sign(aZeroPoint), 31, product, random) : drawn.a;
  for (let i = 0; i < columns.length; i += 1) {
    const column = Math.floor(i / k);
    const zero = bZeroPoints[column] ?? 0;
    const end = middle && zero > 0 ? -1 : 1;
    if (cancels(column)) columns[i] = end * random.integer(middle ? 112 : 64, 127) - zero;
  }
  anchors(product, a, aZeroPoint, columns, random).forEach((sum, column) => {
    if (cancels(column)) bias[column] = (yZeroPoint > 0 ? -1 : 1) * random.integer(0, 60) - sum;
    const scale = cancels(column) ? ((1 + random.uniform()) * yScale) / aScale : (bScale[column] ?? 1);
    bScale[column] = besideTie(sum + (hasBias ? (bias[column] ?? 0) : 0), scale, aScale / yScale, random);
  });
  return { ...drawn, a, aZeroPoint };
}

/**
 * Every k belongs to one of the columns, in random order, with weight +-2^m and scale 2^-m, everything else of b is its
 * zero point: an output is the sum of a few chosen elements of a, and any other element read in their place, or another
 * column's scale, zero point or bias, changes it. Most columns from the first on may share one scale and have no zero point and no bias, so that
 * a few do not tell what all are like.
 */
function indexCoded(product: Product, random: Random): Draft {
  const { n, k } = product;
  const leading = alike(product, random);
  const exponents = columnExponents(product, random).fill(0, 0, leading);
  if (leading > 0) exponents[n - 1] = SPREAD;
  const columns = new Int32Array(n * k);
  const order = permutation(k, random);
  for (let i = 0; i < Math.max(k, n) && k > 0; i += 1) {
    const column = i % n;
    columns[column * k + (order[i % k] ?? 0)] = random.pick([-1, 1]) * 2 ** (exponents[column] ?? 0);
  }
  const aZeroPoint = nonzero(17, random);
  const [aScale, yScale] = [2 ** random.integer(-8, -3), 2 ** random.integer(-6, -2)];
  const terms = Math.max(1, Math.ceil(k / n));
  return {
    // One term a column: no output saturates; more: their sum has a standard deviation of about 64.
    a: around(aZeroPoint, clamp(Math.floor(110 / Math.sqrt(terms)), 1, 110), product, random),
    aScale,
    aZeroPoint,
    columns,
    bScale: Float32Array.from(exponents, (exponent) => (2 ** -exponent * yScale) / aScale),
    bZeroPoints: zeroPoints(product, (column) => (column < leading ? 0 : nonzero(90, random))),
    bias: exponents.map((exponent, column) => (column < leading ? 0 : nonzero(9, random) * 2 ** exponent)),
    yScale,
    yZeroPoint: nonzero(8, random),
  };
}

/** Terms of one sign that stand together in `extremes`: more than an instruction sums at once. */
const STRETCH = 8;

/**
 * Stretches of 127 and -128 against columns of -128, of 127, and of stretches of both: pairs of products leave int16
 * (255 * -128 * 2 in u8 x s8 instructions) and -128 has no negative. The int32 sum still fits.
 */
function extremes(product: Product, random: Random): Draft {
  const { m, n, k } = product;
  const a = new Int8Array(m * k);
  for (let from = 0; from < a.length; from += STRETCH)
    a.fill(random.integer(0, 3) > 0 ? 127 : -128, from, from + STRETCH);
  const bZeroPoints = zeroPoints(product, () => random.pick([-128, 127, -1, 17]));
  const columns = new Int32Array(n * k);
  const bScale = new Float32Array(n);
  const largest = Math.max(1, k) * 255 * 255;
  // Stretches of random sign add up as a random walk.
  const typical = largest / Math.sqrt(Math.max(1, k / STRETCH));
  const [aScale, yScale] = [2 ** random.integer(-8, -3), 2 ** random.integer(-6, -2)];
  for (let column = 0; column < n; column += 1) {
    const values = [[-128] as const, [-128, 127] as const, [127] as const, [-128, -127, 127] as const][column % 4] ?? [
      -128,
    ];
    for (let from = column * k; from < (column + 1) * k; from += STRETCH) {
      const value = random.pick(values) - (bZeroPoints[column] ?? 0);
      columns.fill(value, from, Math.min(from + STRETCH, (column + 1) * k));
    }
    const span = column % 2 === 0 ? largest : typical;
    // One column in four goes beyond int32, at either end: a conversion must saturate too.
    const target = column % 8 >= 4 && column % 2 === 0 ? 2 ** 34 : 120;
    bScale[column] = (2 ** Math.floor(Math.log2(target / span)) * yScale) / aScale;
  }
  return {
    a,
    aScale,
    aZeroPoint: random.pick([-128, 127, -1, 17]),
    columns,
    bScale,
    bZeroPoints,
    bias: Int32Array.from({ length: n }, () => random.integer(-Math.floor(largest / 8), Math.floor(largest / 8))),
    yScale,
    yZeroPoint: nonzero(20, random),
  };
}

const GENERATORS: Readonly<Record<string, (product: Product, random: Random) => Draft>> = {
  ties,
  random_scales: randomScales,
  beside_ties: besideTies,
  index_coded: indexCoded,
  extremes,
};

/** Inputs of a probe by argument name. @throws RangeError for a probe that this op does not have */
export function probeInputs(bound: BoundCase, probe: string, random: Random): Tensors {
  const generate = GENERATORS[probe];
  if (generate === undefined) throw new RangeError(`qlinear_matmul has no probe '${probe}'`);
  const product = productOf(bound);
  const { m, n, k, transB, hasBias, hasZeroPoints } = product;
  const draft = generate(product, random);
  const b = storedB(product, draft.columns, draft.bZeroPoints);
  return {
    a: { dtype: "int8", shape: [m, k], elements: draft.a },
    a_scale: scalar("float32", draft.aScale),
    a_zero_point: scalar("int8", draft.aZeroPoint),
    b: { dtype: "int8", shape: transB ? [n, k] : [k, n], elements: b },
    b_scale: { dtype: "float32", shape: [n], elements: draft.bScale },
    ...(hasZeroPoints ? { b_zero_point: { dtype: "int8", shape: [n], elements: draft.bZeroPoints } as const } : {}),
    ...(hasBias ? { bias: { dtype: "int32", shape: [n], elements: draft.bias } as const } : {}),
    y_scale: scalar("float32", draft.yScale),
    y_zero_point: scalar("int8", draft.yZeroPoint),
  };
}
