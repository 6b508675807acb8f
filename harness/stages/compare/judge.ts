// Takes what a kernel wrote and the truth, gives per output the findings, the error summary and each gate's statistic. Pure.
import { type DType, ulpOf } from "../../domain/dtype.ts";
import type { Placement } from "../../domain/kernel.ts";
import type { NumericsClass } from "../../domain/op.ts";
import type { Probe, RealTruth, RequantizedTruth, Truth } from "../../domain/oracle.ts";
import type { GateResult } from "../../domain/run-record.ts";
import { elementCount, type Tensor, toFloat64, unravel } from "../../domain/tensor.ts";
import type { Element, Finding } from "../../domain/verdict.ts";
import { type ErrorAccumulator, jsonReal } from "./errors.ts";
import { acceptedValues, scanIntegers } from "./integers.ts";
import { allowedAt, type ErrorModel, modelOf } from "./model.ts";
import { patternOf } from "./pattern.ts";
import { distinctElements } from "./alike.ts";
import { furthestOf, type RealScan, scanReals } from "./reals.ts";
import { type SliceGate, sliceGates } from "./slices.ts";

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
  readonly findings: readonly Finding[];
  readonly gates: readonly GateResult[];
}

/** Value, truth and limit of one element. */
type Reading = (index: number) => { readonly want: number; readonly allowed: number | null };

function elementAt(
  index: number,
  got: Float64Array,
  reading: Reading,
  shape: readonly number[],
  dtype: DType,
): Element {
  const value = got[index] ?? Number.NaN;
  const { want, allowed } = reading(index);
  const error = Math.abs(value - want);
  return {
    index: unravel(index, shape),
    got: jsonReal(value),
    want: jsonReal(want),
    ulp: Number.isFinite(error) ? error / ulpOf(want, dtype) : null,
    allowed,
  };
}

function placeOf({ probe, placement, output }: Observation): Pick<Finding, "lane" | "probe" | "placement" | "output"> {
  return { lane: probe.lane, probe: probe.name, placement, output };
}

function gateOf({ probe, output }: Observation, gate: string, statistic: number, limit: number): GateResult {
  return { gate, probe: probe.name, output, statistic: jsonReal(statistic), limit };
}

/** Elements of a truth that are judged. */
function judgedCount(truth: Truth, count: number): number {
  return truth.judged?.reduce((sum, one) => sum + one, 0) ?? count;
}

/** The finding about elements that are beyond their limits; null where none is. */
function elementFinding(
  observation: Observation,
  gate: string,
  got: Float64Array,
  scan: { readonly wrong: readonly number[]; readonly worst: number },
  reading: Reading,
): Finding | null {
  const [first] = scan.wrong;
  if (first === undefined) return null;
  const { shape, dtype } = observation.got;
  const { lane, name, reveals } = observation.probe;
  // Of a large case only sampled rows are judged: the share is of those.
  const total = judgedCount(observation.truth, got.length);
  const share = `${scan.wrong.length.toLocaleString("en")} of ${total.toLocaleString("en")} elements differ`;
  return {
    ...placeOf(observation),
    gate,
    message: `lane ${lane}, ${name}: ${share}; it reveals ${reveals}`,
    mismatches: scan.wrong.length,
    total,
    first: elementAt(first, got, reading, shape, dtype),
    worst: elementAt(scan.worst < 0 ? first : scan.worst, got, reading, shape, dtype),
    pattern: patternOf(observation.output, scan.wrong, shape),
  };
}

function shapeComparison(observation: Observation, want: number): Comparison {
  const got = elementCount(observation.got.shape);
  const finding: Finding = {
    ...placeOf(observation),
    gate: "shape",
    message: `${want} elements expected, ${got} found`,
    mismatches: got,
    total: got,
    first: null,
    worst: null,
    pattern: null,
  };
  return { findings: [finding], gates: [gateOf(observation, "shape", got, want)] };
}

/** Gates G2 and G3; where they object, again over rows that are not equal to each other. */
function statistics(
  got: Float64Array,
  truth: RealTruth,
  model: ErrorModel,
  shape: readonly number[],
  scan: RealScan,
): readonly SliceGate[] {
  if (scan.slices === null || scan.totals.counted === 0) return [];
  const gates = sliceGates(scan.slices);
  if (gates.every(({ statistic }) => statistic <= 1)) return gates;
  const again = scanReals(got, shape, truth, model, distinctElements(truth, shape.at(-1) ?? 1, model.dtype));
  return again.slices === null ? gates : sliceGates(again.slices);
}

function statisticalFinding(observation: Observation, gate: SliceGate, total: number, worst: Element | null): Finding {
  const { lane, name, reveals } = observation.probe;
  return {
    ...placeOf(observation),
    gate: gate.gate,
    message: `lane ${lane}, ${name}, ${gate.where}: ${gate.says}; every element alone is within its limit, all of them together are not; it reveals ${reveals}`,
    mismatches: 0,
    total,
    first: worst,
    worst,
    pattern: `${observation.output}: ${gate.where}`,
  };
}

function compareReals(
  observation: Observation,
  truth: RealTruth,
  model: ErrorModel,
  errors: ErrorAccumulator,
): Comparison {
  const { got } = observation;
  const values = toFloat64(got);
  const scan = scanReals(values, got.shape, truth, model);
  errors.add(scan.totals);
  const reading: Reading = (index) => ({ want: truth.y[index] ?? Number.NaN, allowed: allowedAt(truth, model, index) });
  const name = model.exactUlps === undefined ? "G1" : "exact";
  const element = elementFinding(observation, name, values, scan, reading);
  const first = gateOf(observation, name, scan.statistic, 1);
  if (element !== null) return { findings: [element], gates: [first] };
  const further = statistics(values, truth, model, got.shape, scan);
  const beyond = further.filter(({ statistic }) => statistic > 1);
  const furthest = beyond.length === 0 ? -1 : furthestOf(values, truth, model);
  const worst = furthest < 0 ? null : elementAt(furthest, values, reading, got.shape, got.dtype);
  return {
    findings: beyond.map((gate) => statisticalFinding(observation, gate, scan.totals.counted, worst)),
    gates: [first, ...further.map(({ gate, statistic }) => gateOf(observation, gate, statistic, 1))],
  };
}

function compareIntegers(observation: Observation, truth: RequantizedTruth, errors: ErrorAccumulator): Comparison {
  const { got } = observation;
  const values = toFloat64(got);
  const scan = scanIntegers(values, truth, got.dtype);
  errors.add(scan.totals);
  const reading: Reading = (index) => ({ want: acceptedValues(truth, got.dtype, index).want, allowed: null });
  const finding = elementFinding(observation, "requantized", values, scan, reading);
  return {
    findings: finding === null ? [] : [finding],
    gates: [gateOf(observation, "requantized", scan.statistic, 0)],
  };
}

/**
 * Compares one output of one call with its truth under a numerics class.
 * @param castRoundoff unit roundoff of the class's cast intermediate, 0 for none
 */
export function compare(
  observation: Observation,
  numerics: NumericsClass,
  castRoundoff: number,
  errors: ErrorAccumulator,
): Comparison {
  const { probe, got, truth } = observation;
  errors.bytes(got);
  const expected = truth.kind === "real" ? truth.y.length : truth.t.length;
  if (elementCount(got.shape) !== expected) return shapeComparison(observation, expected);
  return truth.kind === "real"
    ? compareReals(observation, truth, modelOf(truth, got.dtype, numerics, castRoundoff, probe.lane), errors)
    : compareIntegers(observation, truth, errors);
}
