// A second implementation of qlinear_conv2d for tests: scalar float64 by index, with faults that can be switched on.
import { roundHalfEven } from "../../harness/domain/dtype.ts";
import { type BoundCase, numberOf, tupleAttribute } from "../../harness/domain/op.ts";
import type { Tensors } from "../../harness/domain/oracle.ts";
import { values } from "./fixtures.ts";

/** (height, width). */
type Pair = readonly [number, number];

/** What a faulty kernel does differently; whatever is absent is done right. */
export interface Fault {
  readonly round?: (t: number, zeroPoint: number) => number;
  readonly clamp?: (value: number) => number;
  /** The value of x in the padding. */
  readonly padding?: (zeroPoint: number) => number;
  /** The tap of w that meets tap (kh, kw) of x. */
  readonly tap?: (tap: Pair) => Pair;
  readonly dilations?: (dilations: Pair) => Pair;
  readonly group?: (co: number) => number;
  readonly product?: (product: number, ci: number) => number;
  readonly scaleChannel?: (co: number) => number;
  /** -1 for no bias. */
  readonly biasChannel?: (co: number) => number;
  readonly x?: (value: number) => number;
  readonly sum?: (value: number) => number;
  /** (x + 128) * w of two neighbours are added in saturating int16, as pmaddubsw does; zero points come off later. */
  readonly pairs?: boolean;
}

interface Operand {
  readonly x: number;
  readonly w: number;
  readonly ci: number;
}

function pair(bound: BoundCase, name: string): Pair {
  const [height = 1, width = 1] = tupleAttribute(bound, name);
  return [height, width];
}

/** Reads what one output needs, in the order kh, kw, ci. */
function operandReader(
  bound: BoundCase,
  inputs: Tensors,
  fault: Fault,
): (n: number, oh: number, ow: number, co: number) => Operand[] {
  const axis = (name: string): number => numberOf(bound, name);
  const [height, width, cin, kernelH, kernelW] = [axis("H"), axis("W"), axis("Cin"), axis("KH"), axis("KW")];
  const groupCin = cin / axis("groups");
  const groupCout = axis("Cout") / axis("groups");
  const [strideH, strideW] = pair(bound, "strides");
  const [top = 0, left = 0] = tupleAttribute(bound, "pads");
  const dilations = pair(bound, "dilations");
  const [dilationH, dilationW] = fault.dilations?.(dilations) ?? dilations;
  const [x, w] = [values(inputs, "x"), values(inputs, "w")];
  const zeroPoint = values(inputs, "x_zero_point")[0] ?? 0;
  const padding = fault.padding?.(zeroPoint) ?? zeroPoint;
  return (n, oh, ow, co) => {
    const group = fault.group?.(co) ?? Math.floor(co / groupCout);
    return Array.from({ length: kernelH * kernelW * groupCin }, (_, k) => {
      const ci = k % groupCin;
      const kw = Math.floor(k / groupCin) % kernelW;
      const kh = Math.floor(k / groupCin / kernelW);
      const ih = oh * strideH - top + kh * dilationH;
      const iw = ow * strideW - left + kw * dilationW;
      const inside = ih >= 0 && ih < height && iw >= 0 && iw < width;
      const value = inside ? (x[((n * height + ih) * width + iw) * cin + group * groupCin + ci] ?? 0) : padding;
      const [wh, ww] = fault.tap?.([kh, kw]) ?? [kh, kw];
      return { x: fault.x?.(value) ?? value, w: w[((co * kernelH + wh) * kernelW + ww) * groupCin + ci] ?? 0, ci };
    });
  };
}

/** The accumulator of one output. */
function sumOf(operands: readonly Operand[], zeroPoint: number, fault: Fault): number {
  if (fault.pairs === true) {
    const products = operands.map(({ x, w }) => (x + 128) * w);
    const correction = operands.reduce((sum, { w }) => sum + (zeroPoint + 128) * w, 0);
    const saturated = products.map((product, i) =>
      i % 2 === 1 ? 0 : Math.min(32767, Math.max(-32768, product + (products[i + 1] ?? 0))),
    );
    return saturated.reduce((sum, product) => sum + product, -correction);
  }
  const sum = operands.reduce((total, { x, w, ci }) => {
    const product = (x - zeroPoint) * w;
    return total + (fault.product?.(product, ci) ?? product);
  }, 0);
  return fault.sum?.(sum) ?? sum;
}

/** From an accumulator of output channel `co` to y. */
function requantizer(inputs: Tensors, fault: Fault): (acc: number, co: number) => number {
  const [xScale, yScale, zeroPoint] = ["x_scale", "y_scale", "y_zero_point"].map(
    (name) => values(inputs, name)[0] ?? 0,
  );
  const [bias, wScale] = [values(inputs, "bias"), values(inputs, "w_scale")];
  const round = fault.round ?? roundHalfEven;
  const clamp = fault.clamp ?? ((value: number): number => Math.min(127, Math.max(-128, value)));
  return (acc, co) => {
    const sum = acc + (bias[fault.biasChannel?.(co) ?? co] ?? 0);
    const t = (sum * (xScale ?? 1) * (wScale[fault.scaleChannel?.(co) ?? co] ?? 1)) / (yScale ?? 1);
    return clamp(round(t, zeroPoint ?? 0) + (zeroPoint ?? 0));
  };
}

/** y, row-major. */
export function naive(bound: BoundCase, inputs: Tensors, fault: Fault = {}): number[] {
  const axis = (name: string): number => numberOf(bound, name);
  const read = operandReader(bound, inputs, fault);
  const requantize = requantizer(inputs, fault);
  const zeroPoint = values(inputs, "x_zero_point")[0] ?? 0;
  const y: number[] = [];
  for (let n = 0; n < axis("N"); n += 1) {
    for (let oh = 0; oh < axis("OH"); oh += 1) {
      for (let ow = 0; ow < axis("OW"); ow += 1) {
        for (let co = 0; co < axis("Cout"); co += 1) {
          y.push(requantize(sumOf(read(n, oh, ow, co), zeroPoint, fault), co));
        }
      }
    }
  }
  return y;
}
