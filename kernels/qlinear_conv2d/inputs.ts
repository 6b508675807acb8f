// The inputs of qlinear_conv2d's probes: each generator plants what its probe is there to reveal.
import type { BoundCase } from "../../harness/domain/op.ts";
import type { Tensors } from "../../harness/domain/oracle.ts";
import { permutation, type Random } from "../../harness/domain/random.ts";
import { scalar } from "../../harness/domain/tensor.ts";
import { besideTie } from "../../harness/domain/tie.ts";
import { type Convolution, convolutionOf } from "./convolution.ts";
import {
  alike,
  anchor,
  anyZeroPoint,
  around,
  channelExponents,
  clamp,
  type Draft,
  INT8_SIGMA,
  inputSize,
  nonzero,
  SPREAD,
} from "./draft.ts";

/**
 * Power-of-two scales whose product is 2^-k, k = 1..5, and accumulators of some hundreds: by chance every 2nd to 32nd
 * output is a tie. The weights of odd channels are multiples of 2^(k-1), so there half of the outputs are ties. Bias
 * moves one random pixel of every channel to a tie (two channels of four) or beyond either end of int8.
 */
function ties(c: Convolution, random: Random): Draft {
  // Aim: accumulators of standard deviation 384. sqrt(3) turns the deviation of a uniform choice into its amplitude.
  const perTap = 384 / Math.sqrt(c.taps);
  const wAmplitude = clamp(Math.round((Math.sqrt(3) * perTap) / INT8_SIGMA), 1, 127 >> SPREAD);
  const wSigma = Math.sqrt((wAmplitude * (wAmplitude + 1)) / 3);
  const xAmplitude = clamp(Math.round((Math.sqrt(3) * perTap) / wSigma), 1, 127);
  const xZeroPoint = nonzero(40, random);
  const x = around(xZeroPoint, xAmplitude, c, random);
  const exponents = channelExponents(c, random);
  const w = Int8Array.from({ length: c.cout * c.taps }, (_, i) => {
    const co = Math.floor(i / c.taps);
    return random.integer(-wAmplitude, wAmplitude) * (co % 2 === 0 ? 1 : 2 ** (exponents[co] ?? 0));
  });
  const xExponent = random.integer(-8, -3);
  const yExponent = random.integer(-6, -2);
  const bias = exponents.map((exponent, co) => {
    const target = [random.integer(-100, 99) + 0.5, random.integer(-100, 99) + 0.5, 200, -200][co % 4] ?? 0;
    return target * 2 ** (exponent + 1) - anchor(c, x, xZeroPoint, w, co, random);
  });
  return {
    x,
    xScale: 2 ** xExponent,
    xZeroPoint,
    w,
    wScale: Float32Array.from(exponents, (exponent) => 2 ** (yExponent - xExponent - exponent - 1)),
    bias,
    yScale: 2 ** yExponent,
    // Odd: adding it before rounding would turn every tie the other way.
    yZeroPoint: random.pick([-1, 1]) * (2 * random.integer(0, 15) + 1),
  };
}

/** From so many taps on the zero point is far from 0: a sum of products of one sign goes beyond 2^24. */
const DEEP = 2048;
/** From so many taps on such a sum needs x on the other side of 0 and weights near the end of int8. */
const MIDDLE = 640;

/** Full-range operands and float32 scales without structure; outputs spread over int8, the widest channels saturate. */
function randomScales(c: Convolution, random: Random): Draft {
  const x = Int8Array.from({ length: inputSize(c) }, () => random.integer(-128, 127));
  const w = Int8Array.from({ length: c.cout * c.taps }, () => random.integer(-128, 127));
  // -128 has no int8 negative: both operands hold it even where they are tiny.
  x[random.integer(0, x.length - 1)] = -128;
  w[random.integer(0, w.length - 1)] = -128;
  const xZeroPoint = anyZeroPoint(random);
  const xScale = Math.fround(2 ** (-8 * random.uniform() - 1));
  const yScale = Math.fround(2 ** (-6 * random.uniform() - 1));
  const sigma = Math.sqrt(c.taps * (INT8_SIGMA ** 2 + xZeroPoint ** 2)) * INT8_SIGMA;
  // The middle channel's outputs have a standard deviation of 50.
  const middle = (50 * yScale) / (xScale * sigma);
  const spread = (co: number): number => (co === 0 ? 0 : co === 1 ? SPREAD : SPREAD * random.uniform()) - SPREAD / 2;
  return {
    x,
    xScale,
    xZeroPoint,
    w,
    wScale: Float32Array.from({ length: c.cout }, (_, co) => middle * 2 ** spread(co)),
    bias: Int32Array.from({ length: c.cout }, () => Math.round((random.normal() * sigma) / 2)),
    yScale,
    yZeroPoint: anyZeroPoint(random),
  };
}

/**
 * As `random_scales`, but one output of a channel lies beside a tie. With bias, the weights of every fourth channel have one sign, and
 * bias takes their sum off again at that output: what is left is exact in int32 only.
 */
function besideTies(c: Convolution, random: Random, withBias: boolean): Draft {
  const drawn = randomScales(c, random);
  const { xScale, w, wScale, bias, yScale } = drawn;
  const far = withBias && c.taps >= MIDDLE;
  const [least, side] = c.taps >= DEEP ? [96, 0] : [120, 96];
  const xZeroPoint = far ? random.pick([-1, 1]) * random.integer(least, 127) : drawn.xZeroPoint;
  const x = far && side > 0 ? around(-Math.sign(xZeroPoint) * side, 31, c, random) : drawn.x;
  for (let co = 0; co < c.cout; co += 1) {
    const cancels = withBias && co % 4 === 3;
    if (cancels)
      w.set(
        Int8Array.from({ length: c.taps }, () => random.integer(far && side > 0 ? 112 : 64, 127)),
        co * c.taps,
      );
    const sum = anchor(c, x, xZeroPoint, w, co, random);
    if (cancels) bias[co] = random.integer(-60, 60) - sum;
    const scale = cancels ? ((1 + random.uniform()) * yScale) / xScale : (wScale[co] ?? 1);
    wScale[co] = besideTie(sum + (withBias ? (bias[co] ?? 0) : 0), scale, xScale / yScale, random);
  }
  return { ...drawn, x, xZeroPoint };
}

/**
 * Every tap of a group belongs to one of its output channels, in random order, with weight +-2^m and scale 2^-m: an
 * output is the sum of a few chosen inputs, and any other element read in their place, or another channel's scale or
 * bias, changes it. Most channels from the first on may share one scale and have no bias, so that a few do not tell what all are like.
 */
function indexCoded(c: Convolution, random: Random): Draft {
  const leading = alike(c, random);
  const exponents = channelExponents(c, random).fill(0, 0, leading);
  if (leading > 0) exponents[c.cout - 1] = SPREAD;
  const tapsPerChannel = Math.max(1, Math.ceil(c.taps / c.coutPerGroup));
  const w = new Int8Array(c.cout * c.taps);
  for (let group = 0; group < c.groups; group += 1) {
    const order = permutation(c.taps, random);
    for (let i = 0; i < Math.max(c.taps, c.coutPerGroup); i += 1) {
      const co = group * c.coutPerGroup + (i % c.coutPerGroup);
      w[co * c.taps + (order[i % c.taps] ?? 0)] = random.pick([-1, 1]) * 2 ** (exponents[co] ?? 0);
    }
  }
  const xZeroPoint = nonzero(17, random);
  const [xScale, yScale] = [2 ** random.integer(-8, -3), 2 ** random.integer(-6, -2)];
  return {
    // One tap a channel: no output saturates; more: their sum has a standard deviation of about 64.
    x: around(xZeroPoint, clamp(Math.floor(110 / Math.sqrt(tapsPerChannel)), 1, 110), c, random),
    xScale,
    xZeroPoint,
    w,
    wScale: Float32Array.from(exponents, (exponent) => (2 ** -exponent * yScale) / xScale),
    bias: exponents.map((exponent, co) => (co < leading ? 0 : nonzero(9, random) * 2 ** exponent)),
    yScale,
    yZeroPoint: nonzero(8, random),
  };
}

/**
 * Whole pixels of 127 and -128 against rows of -128, of 127, and of blocks of both: pairs of products leave int16
 * (255 * -128 * 2 in u8 x s8 instructions) and -128 has no negative. The int32 sum still fits.
 */
function extremes(c: Convolution, random: Random): Draft {
  const x = new Int8Array(inputSize(c));
  for (let pixel = 0; pixel < inputSize(c); pixel += c.cin) {
    x.fill(random.integer(0, 3) > 0 ? 127 : -128, pixel, pixel + c.cin);
  }
  const w = new Int8Array(c.cout * c.taps);
  const wScale = new Float32Array(c.cout);
  const largest = c.taps * 255 * 128;
  // Blocks of random sign add up as a random walk over kh, kw.
  const typical = largest / Math.sqrt(c.kh * c.kw);
  const [xScale, yScale] = [2 ** random.integer(-8, -3), 2 ** random.integer(-6, -2)];
  for (let co = 0; co < c.cout; co += 1) {
    const rowOf = [[-128] as const, [-128, 127] as const, [127] as const, [-128, -127, 127] as const][co % 4] ?? [-128];
    for (let tap = 0; tap < c.taps; tap += c.cinPerGroup) {
      w.fill(random.pick(rowOf), co * c.taps + tap, co * c.taps + tap + c.cinPerGroup);
    }
    const span = co % 2 === 0 ? largest : typical;
    // One channel in four goes far beyond int8, at either end, half of them beyond int32: a conversion must saturate at whatever power of two it gives in.
    const beyond = 2 ** (co % 16 < 8 ? 34 : random.integer(16, 33));
    const target = co % 8 >= 4 && co % 2 === 0 ? beyond : 120;
    wScale[co] = (2 ** Math.floor(Math.log2(target / span)) * yScale) / xScale;
  }
  return {
    x,
    xScale,
    xZeroPoint: random.pick([-128, 127, -1, 17]),
    w,
    wScale,
    bias: Int32Array.from({ length: c.cout }, () => random.integer(-Math.floor(largest / 8), Math.floor(largest / 8))),
    yScale,
    yZeroPoint: nonzero(20, random),
  };
}

const GENERATORS: Readonly<Record<string, (c: Convolution, random: Random, withBias: boolean) => Draft>> = {
  ties,
  random_scales: randomScales,
  beside_ties: besideTies,
  index_coded: indexCoded,
  extremes,
};

/** Inputs of a probe by argument name. @throws RangeError for a probe that this op does not have */
export function probeInputs(bound: BoundCase, probe: string, random: Random): Tensors {
  const generate = GENERATORS[probe];
  if (generate === undefined) throw new RangeError(`qlinear_conv2d has no probe '${probe}'`);
  const c = convolutionOf(bound);
  const withBias = bound.inputs.some((input) => input.name === "bias" && !input.absent);
  const draft = generate(c, random, withBias);
  return {
    x: { dtype: "int8", shape: [c.n, c.h, c.w, c.cin], elements: draft.x },
    x_scale: scalar("float32", draft.xScale),
    x_zero_point: scalar("int8", draft.xZeroPoint),
    w: { dtype: "int8", shape: [c.cout, c.kh, c.kw, c.cinPerGroup], elements: draft.w },
    w_scale: { dtype: "float32", shape: [c.cout], elements: draft.wScale },
    ...(withBias ? { bias: { dtype: "int32", shape: [c.cout], elements: draft.bias } as const } : {}),
    y_scale: scalar("float32", draft.yScale),
    y_zero_point: scalar("int8", draft.yZeroPoint),
  };
}
