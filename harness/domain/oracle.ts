// What an op's oracle gives the judge: inputs that reveal faults, and the truth with its error scale.
import type { BoundCase } from "./op.ts";
import type { Random } from "./random.ts";
import type { Tensor } from "./tensor.ts";

/**
 * The lanes of the verdict policy. A: inputs on which every legal order of sums gives the same bits. B: random inputs, judged by an
 * error model. C: enumerated special values.
 */
export type Lane = "A" | "B" | "C";

/** One regime of inputs. A submission is judged on the union of all regimes of its op, never on one. */
export interface Probe {
  /** Short name, unique in the op: part of a finding's place. */
  readonly name: string;
  readonly lane: Lane;
  /** What it reveals, for a kernel author. */
  readonly reveals: string;
  /** Races draw their inputs from this regime: the one that looks most like real use. */
  readonly race?: true;
}

/** Tensors by argument name; an absent optional tensor has no entry. */
export type Tensors = Readonly<Record<string, Tensor>>;

/**
 * The truth of an output rounded to a coarse grid: integers, indices, 8-bit floats. t = exact real value before rounding, and accepted is what
 * lies between clamp(R(t - d) + zeroPoint) and clamp(R(t + d) + zeroPoint): R = half-even to the output's dtype, d = 4 * 2^-24 * |t|, or 0
 * where all arithmetic is exact. NaN in t wants NaN.
 */
export interface RequantizedTruth {
  readonly kind: "requantized";
  /** One per element, row-major. */
  readonly t: Float64Array;
  readonly zeroPoint: number;
  /** One for each element, where they differ; `zeroPoint` is then without meaning. */
  readonly zeroPoints?: Float64Array;
  /** Smallest and largest number that is written: what lies beyond saturates. */
  readonly low: number;
  readonly high: number;
  /** All scales are powers of two: ties are real ties and d = 0. */
  readonly exactArithmetic: boolean;
  /** Elements (1) that were evaluated; absent means all. */
  readonly judged?: Uint8Array;
}

/**
 * The truth of a floating output with its error scale (one entry per element, row-major):
 * |e| <= 0.505 ulp(y) + 2 u_acc sqrt(k) s + 6 u_p q + 2 ds s.
 */
export interface RealTruth {
  readonly kind: "real";
  /** Exact-input value, evaluated in float64. NaN and infinities are values like others. */
  readonly y: Float64Array;
  /** Sum of the absolute values of the terms. */
  readonly s: Float64Array;
  /** Square root of the sum of the squared terms; 0 where no intermediate is cast. */
  readonly q: Float64Array;
  /** The part of q that the elements of a row share, as the casts of a row sum: it does not average out over them. Absent where there is none. */
  readonly common?: Float64Array;
  /** What the elements of a row (last axis) share of q as one factor, as the cast of a weight that outweighs the others: its spread, not a bias. */
  readonly shared?: Float64Array;
  /** Effective length of the reduction. */
  readonly k: Float64Array;
  /** Absolute error of the intermediate that weights the terms (attention scores), or what a sum loses by being cut off, each as a share of s; 0 elsewhere. */
  readonly ds: Float64Array;
  /**
   * Lane A only: the allowed error in ULP of the output where the value is exact but for one division, or undefined where the error
   * model above judges. `exactWhere` marks the elements (1) that it holds for; absent means all.
   */
  readonly ulps?: number;
  readonly exactWhere?: Uint8Array;
  /** Elements (1) that were evaluated; absent means all. */
  readonly judged?: Uint8Array;
}

export type Truth = RequantizedTruth | RealTruth;

/**
 * Rows to evaluate of a large case: a row is everything but the last axis of the op's first output. Drawn after the kernel's outputs
 * are frozen, so that no kernel can know which rows are looked at.
 */
export interface RowSample {
  /** 1 for a row that is evaluated. */
  readonly mask: Uint8Array;
}

/** Truths by output name; an absent optional output has no entry. */
export type Truths = Readonly<Record<string, Truth>>;

/** The meaning of an op. Pure: imports the domain only. */
export interface Oracle {
  /** The regimes that a case is judged on, lane A first. At most eight. */
  probes(bound: BoundCase): readonly Probe[];
  /** Inputs of one regime: every present input of the case, by name. */
  inputs(bound: BoundCase, probe: Probe, random: Random): Tensors;
  /**
   * The truth of every present output. With `rows`, only those rows of each output need be evaluated: elements of other rows hold
   * anything and `judged` of the truth tells them apart.
   */
  truth(bound: BoundCase, probe: Probe, inputs: Tensors, rows?: RowSample): Truths;
}

/** One ONNX model or the three that a baseline needs: `prepare` and `collect` convert outside the timed part. */
export interface OnnxBaseline {
  /** Shown as the baseline's name, for example "onnxruntime u8s8 NHWC". */
  readonly name: string;
  readonly prepare?: Uint8Array;
  readonly run: Uint8Array;
  readonly collect?: Uint8Array;
}

/** `kernels/<op>/reference/onnx.ts`: models whose graph inputs and outputs carry the op's names. */
export interface OnnxReference {
  /** The witness model, or why this case has none. */
  witness(bound: BoundCase): Uint8Array | { readonly absent: string };
  /** Models for the race; parameters (weights) may be baked in as initializers from `inputs`. */
  baselines(bound: BoundCase, inputs: Tensors): readonly OnnxBaseline[];
}
