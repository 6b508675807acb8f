// Takes what a kernel wrote and the truth, gives per output the findings, the error summary and each gate's statistic. Pure.
import { createHash } from "node:crypto";
import { type DType, ulpOf } from "../../domain/dtype.ts";
import type { NumericsClass } from "../../domain/op.ts";
import type { Lane, Probe, Truth } from "../../domain/oracle.ts";
import type { ErrorSummary, GateResult } from "../../domain/run-record.ts";
import { bytesOf, type Tensor, toFloat64, unravel } from "../../domain/tensor.ts";
import type { Element, Finding } from "../../domain/verdict.ts";
import type { Placement } from "../../domain/kernel.ts";
import { type IntegerLimits, type Limits, limitsOf } from "./limits.ts";
import { patternOf } from "./pattern.ts";

/** One output of one call. */
export interface Observation {
  readonly probe: Probe;
  readonly placement: Placement;
  readonly output: string;
  readonly got: Tensor;
  readonly truth: Truth;
}

/** What comparing one observation gave. */
export interface Comparison {
  readonly finding: Finding | null;
  readonly gate: GateResult;
  readonly errors: ErrorAccumulator;
}

/** Upper ends of the histogram's bins in ULP; a last bin is open. */
export const HISTOGRAM_ENDS: readonly number[] = [0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

/** JSON has no NaN or infinities. */
function jsonReal(value: number): number | "NaN" | "Infinity" | "-Infinity" {
  if (Number.isNaN(value)) return "NaN";
  if (value === Number.POSITIVE_INFINITY) return "Infinity";
  return value === Number.NEGATIVE_INFINITY ? "-Infinity" : value;
}

/** Running error summary of one output over the regimes of a case. */
export class ErrorAccumulator {
  private elements = 0;
  private mismatches = 0;
  private maxAbs = 0;
  private maxRel = 0;
  private maxUlp = 0;
  private headroom: number | null = null;
  private sumSquares = 0;
  private sum = 0;
  private judged = 0;
  private readonly bins = Array.from({ length: HISTOGRAM_ENDS.length + 1 }, () => 0);
  private readonly hash = createHash("sha256");
  private readonly output: string;

  constructor(output: string) {
    this.output = output;
  }

  bytes(tensor: Tensor): void {
    this.hash.update(bytesOf(tensor));
  }

  /** Adds one integer element that is what it should be. */
  addEqual(): void {
    this.elements += 1;
    this.bins[0] = (this.bins[0] ?? 0) + 1;
  }

  /** Adds one element: its error, the true value, the spacing there and the limits. */
  add(error: number, want: number, ulp: number, limits: Limits, index: number, failed: boolean): void {
    this.elements += 1;
    if (failed) this.mismatches += 1;
    // NaN (one side only) and infinities are the worst there is.
    const magnitude = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.abs(error);
    const ulps = magnitude / ulp;
    if (magnitude > this.maxAbs) this.maxAbs = magnitude;
    if (magnitude !== 0 && magnitude / Math.abs(want) > this.maxRel) this.maxRel = magnitude / Math.abs(want);
    if (ulps > this.maxUlp) this.maxUlp = ulps;
    let bin = 0;
    while (bin < HISTOGRAM_ENDS.length && ulps > (HISTOGRAM_ENDS[bin] ?? 0)) bin += 1;
    this.bins[bin] = (this.bins[bin] ?? 0) + 1;
    if (limits.kind !== "real") return;
    const allowed = limits.allowed[index] ?? 0;
    const used = magnitude === 0 ? 0 : magnitude / allowed;
    if (this.headroom === null || used > this.headroom) this.headroom = used;
    const sigma = limits.sigma[index] ?? 0;
    if (sigma > 0 && Number.isFinite(error)) {
      this.sumSquares += (error / sigma) ** 2;
      this.sum += error / sigma;
      this.judged += 1;
    }
  }

  summary(): ErrorSummary {
    return {
      output: this.output,
      elements: this.elements,
      mismatches: this.mismatches,
      maxAbs: jsonReal(this.maxAbs),
      maxRel: jsonReal(this.maxRel),
      maxUlp: jsonReal(this.maxUlp),
      ulpHistogram: [...this.bins],
      rmsOverSigma: this.judged === 0 ? null : Math.sqrt(this.sumSquares / this.judged),
      bias: this.judged === 0 ? null : this.sum / this.judged,
      headroom: this.headroom === null ? null : jsonReal(this.headroom),
      digest: this.hash.copy().digest("hex"),
    };
  }
}

function gateName(lane: Lane, limits: Limits): string {
  if (limits.kind === "integers") return "requantized";
  return lane === "A" && limits.exact ? "exact" : "G1";
}

function elementAt(index: number, got: Float64Array, limits: Limits, shape: readonly number[], dtype: DType): Element {
  const value = got[index] ?? Number.NaN;
  const want = limits.want[index] ?? Number.NaN;
  const ulp = ulpOf(want, dtype);
  const error = Math.abs(value - want);
  return {
    index: unravel(index, shape),
    got: jsonReal(value),
    want: jsonReal(want),
    ulp: Number.isFinite(error) ? error / ulp : null,
    allowed: limits.kind === "real" ? (limits.allowed[index] ?? 0) : null,
  };
}

interface Scan {
  readonly wrong: readonly number[];
  readonly worst: number;
  /** Largest error / allowed; for integers the largest distance outside the accepted interval. */
  readonly statistic: number;
}

/** Whether an element is accepted. NaN matches NaN, an infinity matches itself; a finite value never matches an infinity. */
function accepted(value: number, index: number, limits: Limits): boolean {
  if (limits.kind === "integers") return value >= (limits.low[index] ?? 0) && value <= (limits.high[index] ?? 0);
  const want = limits.want[index] ?? Number.NaN;
  if (Number.isNaN(want) || Number.isNaN(value)) return Number.isNaN(want) && Number.isNaN(value);
  if (!Number.isFinite(want) || !Number.isFinite(value)) return want === value;
  return Math.abs(value - want) <= (limits.allowed[index] ?? 0);
}

/** How far a value is from the accepted integers; 0 within. */
function outside(value: number, index: number, limits: IntegerLimits): number {
  return Math.max(0, (limits.low[index] ?? 0) - value, value - (limits.high[index] ?? 0));
}

function scan(got: Float64Array, limits: Limits, errors: ErrorAccumulator): Scan {
  const wrong: number[] = [];
  let worst = -1;
  let worstUse = -1;
  let statistic = 0;
  for (let index = 0; index < got.length; index += 1) {
    if (limits.judged?.[index] === 0) continue;
    const value = got[index] ?? Number.NaN;
    const want = limits.want[index] ?? Number.NaN;
    // Most elements of an integer output: nothing more is to be known of them.
    if (value === want && limits.kind === "integers") {
      errors.addEqual();
      continue;
    }
    const fine = accepted(value, index, limits);
    const equal = value === want || (fine && Number.isNaN(value));
    const error = equal ? 0 : value - want;
    errors.add(error, want, limits.ulps[index] ?? 1, limits, index, !fine);
    const magnitude = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.abs(error);
    const use =
      limits.kind === "integers"
        ? outside(value, index, limits)
        : magnitude === 0
          ? 0
          : magnitude / (limits.allowed[index] ?? 0);
    if (use > statistic) statistic = use;
    if (fine) continue;
    wrong.push(index);
    if (use > worstUse) {
      worst = index;
      worstUse = use;
    }
  }
  return { wrong, worst, statistic };
}

function shapeFinding(observation: Observation, message: string): Finding {
  const { probe, placement, output } = observation;
  const total = observation.got.elements.length;
  return {
    lane: probe.lane,
    gate: "shape",
    probe: probe.name,
    placement,
    output,
    message,
    mismatches: total,
    total,
    first: null,
    worst: null,
    pattern: null,
  };
}

/** Compares one output of one call with its truth under a numerics class. */
export function compare(
  observation: Observation,
  numerics: NumericsClass,
  castRoundoff: number,
  errors: ErrorAccumulator,
): Comparison {
  const { probe, placement, output, got, truth } = observation;
  const limits = limitsOf(truth, got.dtype, numerics, castRoundoff, probe.lane);
  const values = toFloat64(got);
  errors.bytes(got);
  const gate = gateName(probe.lane, limits);
  if (values.length !== limits.want.length) {
    const message = `${limits.want.length} elements expected, ${values.length} found`;
    const result: GateResult = {
      gate: "shape",
      probe: probe.name,
      output,
      statistic: values.length,
      limit: limits.want.length,
    };
    return { finding: shapeFinding(observation, message), gate: result, errors };
  }
  const { wrong, worst, statistic } = scan(values, limits, errors);
  const result: GateResult = {
    gate,
    probe: probe.name,
    output,
    statistic: jsonReal(statistic),
    limit: limits.kind === "integers" ? 0 : 1,
  };
  const first = wrong[0];
  if (first === undefined) return { finding: null, gate: result, errors };
  const pattern = patternOf(output, wrong, got.shape);
  // Of a large case only sampled rows are judged: the share is of those.
  const total = limits.judged?.reduce((sum, one) => sum + one, 0) ?? values.length;
  const share = `${wrong.length.toLocaleString("en")} of ${total.toLocaleString("en")} elements differ`;
  return {
    finding: {
      lane: probe.lane,
      gate,
      probe: probe.name,
      placement,
      output,
      message: `lane ${probe.lane}, ${probe.name}: ${share}; it reveals ${probe.reveals}`,
      mismatches: wrong.length,
      total,
      first: elementAt(first, values, limits, got.shape, got.dtype),
      worst: elementAt(worst < 0 ? first : worst, values, limits, got.shape, got.dtype),
      pattern,
    },
    gate: result,
    errors,
  };
}
