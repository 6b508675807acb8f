// The error summary of one output over all calls of a case: extremes, histogram in ULP, digest.
import { createHash } from "node:crypto";
import type { ErrorSummary } from "../../domain/run-record.ts";
import { bytesOf, type Tensor } from "../../domain/tensor.ts";

/** Upper ends of the histogram's bins in ULP; a last bin is open. */
export const HISTOGRAM_ENDS: readonly number[] = [0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

/** Bins of the histogram. */
export const BINS = HISTOGRAM_ENDS.length + 1;

/** The bin of an error above half an ULP. */
export function binOf(magnitude: number, ulp: number): number {
  let bin = 1;
  while (bin < HISTOGRAM_ENDS.length && magnitude > (HISTOGRAM_ENDS[bin] ?? 0) * ulp) bin += 1;
  return bin;
}

/** JSON has no NaN or infinities. */
export function jsonReal(value: number): number | "NaN" | "Infinity" | "-Infinity" {
  if (Number.isNaN(value)) return "NaN";
  if (value === Number.POSITIVE_INFINITY) return "Infinity";
  return value === Number.NEGATIVE_INFINITY ? "-Infinity" : value;
}

/** What one scan over an output saw. */
export interface Totals {
  elements: number;
  mismatches: number;
  maxAbs: number;
  maxRel: number;
  maxUlp: number;
  /** Largest error / allowed; null where nothing but equality is allowed. */
  headroom: number | null;
  /** Over the elements that the statistical gates saw: how many, sum and sum of squares of error / sigma. */
  counted: number;
  sum: number;
  squares: number;
  readonly bins: Float64Array;
}

/** Totals before the first element. */
export function noTotals(headroom: number | null): Totals {
  const zero = { elements: 0, mismatches: 0, maxAbs: 0, maxRel: 0, maxUlp: 0, counted: 0, sum: 0, squares: 0 };
  return { ...zero, headroom, bins: new Float64Array(BINS) };
}

/** Running error summary of one output over the calls of a case. */
export class ErrorAccumulator {
  private readonly all = noTotals(null);
  private readonly hash = createHash("sha256");
  private readonly output: string;

  constructor(output: string) {
    this.output = output;
  }

  /** Adds the bytes of an output to the digest. */
  bytes(tensor: Tensor): void {
    this.hash.update(bytesOf(tensor));
  }

  /** Adds what a scan saw. */
  add(seen: Totals): void {
    const { all } = this;
    all.elements += seen.elements;
    all.mismatches += seen.mismatches;
    all.maxAbs = Math.max(all.maxAbs, seen.maxAbs);
    all.maxRel = Math.max(all.maxRel, seen.maxRel);
    all.maxUlp = Math.max(all.maxUlp, seen.maxUlp);
    if (seen.headroom !== null) all.headroom = Math.max(all.headroom ?? 0, seen.headroom);
    all.counted += seen.counted;
    all.sum += seen.sum;
    all.squares += seen.squares;
    for (let bin = 0; bin < BINS; bin += 1) all.bins[bin] = (all.bins[bin] ?? 0) + (seen.bins[bin] ?? 0);
  }

  summary(): ErrorSummary {
    const { all } = this;
    return {
      output: this.output,
      elements: all.elements,
      mismatches: all.mismatches,
      maxAbs: jsonReal(all.maxAbs),
      maxRel: jsonReal(all.maxRel),
      maxUlp: jsonReal(all.maxUlp),
      ulpHistogram: [...all.bins],
      rmsOverSigma: all.counted === 0 ? null : Math.sqrt(all.squares / all.counted),
      bias: all.counted === 0 ? null : all.sum / all.counted,
      headroom: all.headroom === null ? null : jsonReal(all.headroom),
      digest: this.hash.copy().digest("hex"),
    };
  }
}
