// The arguments of one call of qlinear_conv2d while a probe draws them, and the draws that probes share.
import type { Random } from "../../harness/domain/random.ts";
import { type Convolution, dotRow, gatherPatch } from "./convolution.ts";

/** The arguments of one call before they become tensors. */
export interface Draft {
  readonly x: Int8Array;
  readonly xScale: number;
  readonly xZeroPoint: number;
  readonly w: Int8Array;
  readonly wScale: Float32Array;
  /** Ignored where the case has no bias. */
  readonly bias: Int32Array;
  readonly yScale: number;
  readonly yZeroPoint: number;
}

/** Scales spread over [1, 2^SPREAD]: a kernel that takes the wrong channel's scale is off by up to 16x. */
export const SPREAD = 4;
/** Standard deviation of a uniform int8. */
export const INT8_SIGMA = 74;

export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

export function inputSize(c: Convolution): number {
  return c.n * c.h * c.w * c.cin;
}

/** One exponent in 0..SPREAD for each output channel; the first two channels hold the ends. */
export function channelExponents(c: Convolution, random: Random): Int32Array {
  return Int32Array.from({ length: c.cout }, (_, co) => (co === 0 ? 0 : co === 1 ? SPREAD : random.integer(0, SPREAD)));
}

/** A nonzero integer of [-limit, limit]. */
export function nonzero(limit: number, random: Random): number {
  return random.pick([-1, 1]) * random.integer(1, limit);
}

/** x = zeroPoint + v with |v| <= amplitude, as far as int8 goes. */
export function around(zeroPoint: number, amplitude: number, c: Convolution, random: Random): Int8Array {
  const low = Math.max(-128, zeroPoint - amplitude);
  const high = Math.min(127, zeroPoint + amplitude);
  return Int8Array.from({ length: inputSize(c) }, () => random.integer(low, high));
}

/** The exact accumulator of channel `co` at a random output pixel. */
export function anchor(
  c: Convolution,
  x: Int8Array,
  zeroPoint: number,
  w: Int8Array,
  co: number,
  random: Random,
): number {
  const patch = new Int32Array(c.taps);
  const pixel = {
    n: random.integer(0, c.n - 1),
    oh: random.integer(0, c.oh - 1),
    ow: random.integer(0, c.ow - 1),
    group: Math.floor(co / c.coutPerGroup),
  };
  gatherPatch(c, x, zeroPoint, pixel, patch);
  return dotRow(patch, w, co);
}

/** -128 or 127 one time in four, where kernels clip; 0 one time in eight, where they leave corrections out; else anything. */
export function anyZeroPoint(random: Random): number {
  if (random.integer(0, 7) === 0) return 0;
  return random.integer(0, 6) < 2 ? random.pick([-128, 127]) : random.integer(-128, 127);
}

/** How many channels from the first on are alike: two times of three three quarters or more, but not the last; else none. */
export function alike({ cout }: Convolution, random: Random): number {
  return cout < 4 || random.integer(0, 2) === 0 ? 0 : cout - random.integer(1, Math.ceil(cout / 4));
}
