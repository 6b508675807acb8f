// The acceptance rules of other suites, re-stated in a few lines each, to be given the same outputs as ours. Sources: README of this folder.
import { type DType, floatFormat, roundTo, ulpOf, unitRoundoff } from "../domain/dtype.ts";
import type { Truth } from "../domain/oracle.ts";
import { acceptedValues } from "../stages/compare/integers.ts";

/** One output as such a rule sees it: no error scale, only what was got and what was wanted in the same dtype. */
export interface Observed {
  readonly dtype: DType;
  readonly got: Float64Array;
  /** The oracle's values rounded to the dtype: no rule here has a better reference than that. */
  readonly want: Float64Array;
  /** Longest reduction of an element: FlagGems scales its tolerance with it. */
  readonly terms: number;
  /** Largest error of a kernel that keeps every intermediate in the dtype, modelled: what flash-attention's rule doubles. */
  readonly baseline: number;
}

/** A suite's rule. */
export interface Rule {
  readonly name: string;
  readonly accepts: (observed: Observed) => boolean;
}

const integer = (dtype: DType): boolean => floatFormat(dtype) === undefined;
const half = (dtype: DType): boolean => dtype === "float16" || dtype === "bfloat16";

/** Elements with |got - want| > atol + rtol |want|; NaN equals NaN where the rule says so. */
function outside({ got, want }: Observed, rtol: number, atol: number, nanEqual: boolean): number {
  let count = 0;
  for (let i = 0; i < got.length; i += 1) {
    const [a, b] = [got[i] ?? Number.NaN, want[i] ?? Number.NaN];
    if (a === b || (nanEqual && Number.isNaN(a) && Number.isNaN(b))) continue;
    if (!(Math.abs(a - b) <= atol + rtol * Math.abs(b)) || !Number.isFinite(b)) count += 1;
  }
  return count;
}

function largestError({ got, want }: Observed): number {
  let largest = 0;
  for (let i = 0; i < got.length; i += 1) {
    const error = got[i] === want[i] ? 0 : Math.abs((got[i] ?? Number.NaN) - (want[i] ?? Number.NaN));
    if (!(error <= largest)) largest = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
  }
  return largest;
}

/** Relative tolerance of FlagGems by dtype (tests/accuracy_utils.py). */
const FLAG_GEMS: Partial<Record<DType, number>> = { float16: 1e-3, bfloat16: 1.6e-2, float32: 1.3e-6, float64: 1e-7 };

/** torch.testing's defaults by dtype (torch/testing/_comparison.py). */
const TORCH: Partial<Record<DType, readonly [number, number]>> = {
  float16: [1e-3, 1e-5],
  bfloat16: [1.6e-2, 1e-5],
  float32: [1.3e-6, 1e-5],
  float64: [1e-7, 1e-7],
};

/** The rules, in the order of the table. */
export const RULES: readonly Rule[] = [
  {
    name: "torch.testing",
    accepts: (one) => outside(one, ...(TORCH[one.dtype] ?? [0, 0]), false) === 0,
  },
  { name: "ONNX", accepts: (one) => outside(one, 1e-3, 1e-7, true) === 0 },
  {
    name: "FlagGems",
    accepts: (one) => outside(one, FLAG_GEMS[one.dtype] ?? 0, integer(one.dtype) ? 0 : 1e-4 * one.terms, true) === 0,
  },
  {
    name: "KernelBench",
    accepts: (one) => {
      const tolerance = half(one.dtype) ? 1e-2 : 1e-4;
      return outside(one, tolerance, tolerance, false) === 0;
    },
  },
  {
    name: "DIOPI",
    accepts: (one) => {
      const [rtol, atol] = half(one.dtype) ? [5e-2, 1e-2] : [1e-5, 1e-5];
      return outside(one, rtol, atol, true) <= 1e-3 * one.got.length;
    },
  },
  {
    name: "flash-attention",
    accepts: (one) => largestError(one) <= 2 * one.baseline + 1e-5,
  },
];

/** What such a rule would have seen of an output. */
export function observe(truth: Truth, dtype: DType, got: Float64Array): Observed {
  if (truth.kind === "requantized") {
    const want = Float64Array.from(truth.t, (_, index) => acceptedValues(truth, dtype, index).want);
    return { dtype, got, want, terms: 1, baseline: 0 };
  }
  const want = Float64Array.from(truth.y, (value) => roundTo(value, dtype));
  let terms = 1;
  let baseline = 0;
  for (let i = 0; i < want.length; i += 1) {
    terms = Math.max(terms, truth.k[i] ?? 1);
    const error = 0.5 * ulpOf(want[i] ?? 0, dtype) + unitRoundoff(dtype) * (truth.s[i] ?? 0);
    if (Number.isFinite(error)) baseline = Math.max(baseline, error);
  }
  return { dtype, got, want, terms, baseline };
}
