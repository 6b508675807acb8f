// The exact integer convolution of qlinear_conv2d: its geometry and its int32 accumulators, before bias.
import { type BoundCase, numberOf, tupleAttribute } from "../../harness/domain/op.ts";

/** Extents and attributes of one case, in elements. `pads` is top, left, bottom, right; pairs are (height, width). */
export interface Convolution {
  readonly n: number;
  readonly h: number;
  readonly w: number;
  readonly cin: number;
  readonly cout: number;
  readonly kh: number;
  readonly kw: number;
  readonly oh: number;
  readonly ow: number;
  readonly strides: readonly [number, number];
  readonly pads: readonly [number, number, number, number];
  readonly dilations: readonly [number, number];
  readonly groups: number;
  readonly cinPerGroup: number;
  readonly coutPerGroup: number;
  /** Products in one output: KH * KW * Cin / groups. */
  readonly taps: number;
}

/** Reads the geometry of a bound case. */
export function convolutionOf(bound: BoundCase): Convolution {
  const [strideH = 1, strideW = 1] = tupleAttribute(bound, "strides");
  const [top = 0, left = 0, bottom = 0, right = 0] = tupleAttribute(bound, "pads");
  const [dilationH = 1, dilationW = 1] = tupleAttribute(bound, "dilations");
  const groups = numberOf(bound, "groups");
  const cin = numberOf(bound, "Cin");
  const cout = numberOf(bound, "Cout");
  const kh = numberOf(bound, "KH");
  const kw = numberOf(bound, "KW");
  return {
    n: numberOf(bound, "N"),
    h: numberOf(bound, "H"),
    w: numberOf(bound, "W"),
    cin,
    cout,
    kh,
    kw,
    oh: numberOf(bound, "OH"),
    ow: numberOf(bound, "OW"),
    strides: [strideH, strideW],
    pads: [top, left, bottom, right],
    dilations: [dilationH, dilationW],
    groups,
    cinPerGroup: cin / groups,
    coutPerGroup: cout / groups,
    taps: (kh * kw * cin) / groups,
  };
}

/** An output pixel of one group. */
export interface Pixel {
  readonly n: number;
  readonly oh: number;
  readonly ow: number;
  readonly group: number;
}

/**
 * Writes what an output pixel reads, x - zeroPoint, to `patch` [taps] in the order of a row of w: KH, KW, channel of
 * the group. Padding holds x = zeroPoint, hence 0.
 */
export function gatherPatch(c: Convolution, x: Int8Array, zeroPoint: number, pixel: Pixel, patch: Int32Array): void {
  let out = 0;
  for (let kh = 0; kh < c.kh; kh += 1) {
    const ih = pixel.oh * c.strides[0] - c.pads[0] + kh * c.dilations[0];
    for (let kw = 0; kw < c.kw; kw += 1) {
      const iw = pixel.ow * c.strides[1] - c.pads[1] + kw * c.dilations[1];
      const inside = ih >= 0 && ih < c.h && iw >= 0 && iw < c.w;
      const from = inside ? ((pixel.n * c.h + ih) * c.w + iw) * c.cin + pixel.group * c.cinPerGroup : 0;
      for (let ci = 0; ci < c.cinPerGroup; ci += 1) {
        patch[out] = inside ? (x[from + ci] ?? 0) - zeroPoint : 0;
        out += 1;
      }
    }
  }
}

/** The int32 sum of products of a patch and row `co` of w. */
export function dotRow(patch: Int32Array, w: Int8Array, co: number): number {
  const taps = patch.length;
  const row = co * taps;
  let sum = 0;
  for (let k = 0; k < taps; k += 1) sum = (sum + Math.imul(patch[k] ?? 0, w[row + k] ?? 0)) | 0;
  return sum;
}

/** Accumulators of output channels [from, to) at one pixel; four rows of w share each load of the patch, for speed. */
function accumulatePixel(patch: Int32Array, w: Int8Array, from: number, to: number, out: Int32Array, at: number): void {
  const taps = patch.length;
  let co = from;
  for (; co + 3 < to; co += 4) {
    const row = co * taps;
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let k = 0; k < taps; k += 1) {
      const value = patch[k] ?? 0;
      a = (a + Math.imul(value, w[row + k] ?? 0)) | 0;
      b = (b + Math.imul(value, w[row + taps + k] ?? 0)) | 0;
      c = (c + Math.imul(value, w[row + 2 * taps + k] ?? 0)) | 0;
      d = (d + Math.imul(value, w[row + 3 * taps + k] ?? 0)) | 0;
    }
    out[at + co] = a;
    out[at + co + 1] = b;
    out[at + co + 2] = c;
    out[at + co + 3] = d;
  }
  for (; co < to; co += 1) out[at + co] = dotRow(patch, w, co);
}

/**
 * Accumulators [N, OH, OW, Cout] without bias. Exact: the op's constraint keeps taps * 255 * 128 below 2^31.
 * @param pixels 1 for an output pixel [N, OH, OW] that is wanted; others stay 0
 */
export function accumulate(
  c: Convolution,
  x: Int8Array,
  zeroPoint: number,
  w: Int8Array,
  pixels?: Uint8Array,
): Int32Array {
  const out = new Int32Array(c.n * c.oh * c.ow * c.cout);
  const patch = new Int32Array(c.taps);
  for (let pixel = 0; pixel < c.n * c.oh * c.ow; pixel += 1) {
    if (pixels?.[pixel] === 0) continue;
    const ow = pixel % c.ow;
    const oh = Math.floor(pixel / c.ow) % c.oh;
    const n = Math.floor(pixel / (c.ow * c.oh));
    for (let group = 0; group < c.groups; group += 1) {
      gatherPatch(c, x, zeroPoint, { n, oh, ow, group }, patch);
      const from = group * c.coutPerGroup;
      accumulatePixel(patch, w, from, from + c.coutPerGroup, out, pixel * c.cout);
    }
  }
  return out;
}
