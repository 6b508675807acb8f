// Floating outputs against their truth, in one pass: gate G1 for each element, the error summary, and the sums of gates G2 and G3.
import type { RealTruth } from "../../domain/oracle.ts";
import { BINS, noTotals, type Totals } from "./errors.ts";
import { type Limits, limitsOf, wordsOf } from "./limits.ts";
import { acceptedSpecial, type ErrorModel, flushedMagnitude } from "./model.ts";
import { addFiltered, addGain, addRow, noSlices, type SliceSums } from "./slices.ts";

/** What a scan of reals saw. */
export interface RealScan {
  readonly totals: Totals;
  readonly wrong: readonly number[];
  /** The element with the largest error / allowed among the wrong; -1 where none is. */
  readonly worst: number;
  /** Largest error / allowed. */
  readonly statistic: number;
  readonly slices: SliceSums | null;
}

/** Times this a power of two falls into the binade below: the upper end of a bin belongs to it. */
const BELOW = 1 - 2 ** -53;

/** Bin of an error in ULP by the biased exponent of its float64. */
const BIN_BY_EXPONENT = Uint8Array.from({ length: 2048 }, (_, biased) =>
  Math.min(Math.max(biased - 1021, 0), BINS - 1),
);

/** By sign bit: a processor would guess a comparison wrong half of the time. */
const SIGNS = Float64Array.of(1, -1);

/** What was erred in one row; filled anew for each, so that the loops below stay in cache. */
interface Row {
  /** Error, 0 where a special value is accepted. */
  readonly error: Float64Array;
  /** Size of the error in ULP, and its bits. */
  readonly ulps: Float64Array;
  readonly ulpBits: Uint32Array;
}

/** Mutable state of a scan. */
interface Pass {
  readonly got: Float64Array;
  readonly truth: RealTruth;
  /** 1 for an element that is judged. */
  readonly judged: Uint8Array;
  readonly model: ErrorModel;
  readonly limits: Limits;
  readonly columns: number;
  readonly row: Row;
  readonly totals: Totals;
  readonly wrong: number[];
  readonly slices: SliceSums | null;
  worst: number;
  worstUse: number;
}

/** An element beyond its limit, or no number; gives the error to count: 0 where it is accepted all the same. */
function beyond(pass: Pass, index: number, error: number, allowed: number): number {
  const { got, truth, model, totals, wrong } = pass;
  if (acceptedSpecial(got[index] ?? 0, truth.y[index] ?? 0, allowed, model)) return 0;
  const counted = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
  wrong.push(index);
  totals.mismatches += 1;
  const use = Math.abs(counted) / allowed;
  if (pass.worst < 0 || use > pass.worstUse) {
    pass.worst = index;
    pass.worstUse = use;
  }
  return counted;
}

/** Gate G1 and the error summary of a row. */
function judgeRow(pass: Pass, start: number): void {
  const { got, truth, judged, model, limits, columns, row, totals } = pass;
  const flushedBelow = flushedMagnitude(model);
  let { maxAbs, maxRel, maxUlp } = totals;
  let used = totals.headroom ?? 0;
  let elements = 0;
  for (let column = 0; column < columns; column += 1) {
    const i = start + column;
    if (judged[i] === 0) continue;
    elements += 1;
    const allowed = limits.allowed[i] ?? 0;
    const want = truth.y[i] ?? 0;
    const value = got[i] ?? 0;
    let error = value - want;
    // What was flushed is no rounding, however near to its limit: gates G2 and G3 do not count it.
    if (value === 0 && Math.abs(want) < flushedBelow) error = 0;
    else if (!(Math.abs(error) <= allowed)) error = beyond(pass, i, error, allowed);
    const magnitude = Math.abs(error);
    // An infinite error is for gate G1 alone: sums would drown in it.
    row.error[column] = magnitude === Number.POSITIVE_INFINITY ? 0 : error;
    const ulps = magnitude * (limits.perUlp[i] ?? 1);
    row.ulps[column] = ulps * BELOW;
    if (magnitude > maxAbs) maxAbs = magnitude;
    if (magnitude > maxRel * Math.abs(want)) maxRel = magnitude / Math.abs(want);
    if (ulps > maxUlp) maxUlp = ulps;
    if (magnitude > used * allowed) used = magnitude / allowed;
  }
  totals.elements += elements;
  Object.assign(totals, { maxAbs, maxRel, maxUlp, headroom: used });
}

/** Adds a row to the histogram without a branch: which bin comes next is chance, and a processor that guesses loses 10 ns. */
function binRow({ judged, columns, row, totals }: Pass, start: number): void {
  const { ulpBits } = row;
  const { bins } = totals;
  for (let column = 0; column < columns; column += 1) {
    const bin = BIN_BY_EXPONENT[(ulpBits[2 * column + 1] ?? 0) >>> 20] ?? 0;
    bins[bin] = (bins[bin] ?? 0) + (judged[start + column] ?? 0);
  }
}

/** Counts the elements of a row for each index of the last axis. */
function countColumns({ judged, limits, columns }: Pass, { planeCounts }: SliceSums, start: number): void {
  for (let column = 0; column < columns; column += 1) {
    if (judged[start + column] !== 0 && limits.perSigma[start + column] !== 0)
      planeCounts[column] = (planeCounts[column] ?? 0) + 1;
  }
}

/** Sums of gates G2 and G3 over a row. z = error / sigma, a = true value / sigma, b = forgiven / sigma. */
function countRow(pass: Pass, slices: SliceSums, start: number, index: number): void {
  const { judged, limits, columns, row, totals } = pass;
  const { perSigma, gain, bias, shared, signs } = limits;
  const { plane } = slices;
  let [count, sum, squares, filtered, norm, forgiven, signed, biased, common, gained] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  for (let column = 0; column < columns; column += 1) {
    const i = start + column;
    const scale = perSigma[i] ?? 0;
    if (scale === 0 || judged[i] === 0) continue;
    const z = (row.error[column] ?? 0) * scale;
    const a = gain[i] ?? 0;
    const b = bias[i] ?? 0;
    const square = z * z;
    count += 1;
    sum += z;
    squares += square;
    filtered += a * z;
    norm += a * a;
    forgiven += Math.abs(a) * b;
    biased += b;
    common += shared[i] ?? 0;
    gained += Math.abs(a) * (shared[i] ?? 0);
    signed += (SIGNS[(signs[2 * i + 1] ?? 0) >>> 31] ?? 1) * z;
    plane[column] = (plane[column] ?? 0) + square;
  }
  if (count === 0) return;
  if (count === columns) slices.fullRows += 1;
  else countColumns(pass, slices, start);
  totals.counted += count;
  totals.sum += sum;
  totals.squares += squares;
  addRow(slices, index, squares, count);
  addGain(slices, index, filtered, norm + gained * gained, forgiven);
  addFiltered(
    slices,
    [sum, signed, filtered],
    [count + common * common, count + common * common, norm + gained * gained],
    [biased, biased, forgiven],
  );
}

/**
 * Scans one output.
 * @param got the kernel's values, row-major
 * @param shape of the output; its last axis is a row
 * @param judged elements (1) to look at, where not the truth's own
 */
export function scanReals(
  got: Float64Array,
  shape: readonly number[],
  truth: RealTruth,
  model: ErrorModel,
  judged: Uint8Array = truth.judged ?? new Uint8Array(got.length).fill(1),
): RealScan {
  const slices = model.statistical ? noSlices(shape) : null;
  const totals = noTotals(0);
  const columns = Math.max(1, shape.at(-1) ?? 1);
  const ulps = new Float64Array(columns);
  const row: Row = { error: new Float64Array(columns), ulps, ulpBits: wordsOf(ulps) };
  const limits = limitsOf(truth, model);
  const pass: Pass = {
    got,
    truth,
    judged,
    model,
    limits,
    columns,
    row,
    totals,
    wrong: [],
    slices,
    worst: -1,
    worstUse: -1,
  };
  for (let start = 0, index = 0; start < got.length; start += columns, index += 1) {
    judgeRow(pass, start);
    binRow(pass, start);
    if (slices !== null) countRow(pass, slices, start, index);
  }
  if (slices !== null)
    for (let column = 0; column < columns; column += 1)
      slices.planeCounts[column] = (slices.planeCounts[column] ?? 0) + slices.fullRows;
  const { wrong, worst } = pass;
  return { totals, wrong, worst, statistic: totals.headroom ?? 0, slices };
}

/** The element whose error is the most sigmas; -1 where there is none. */
export function furthestOf(got: Float64Array, truth: RealTruth, model: ErrorModel): number {
  const { perSigma } = limitsOf(truth, model);
  let furthest = -1;
  let most = -1;
  for (let i = 0; i < got.length; i += 1) {
    if (truth.judged?.[i] === 0) continue;
    const sigmas = Math.abs((got[i] ?? 0) - (truth.y[i] ?? 0)) * (perSigma[i] ?? 0);
    if (sigmas > most) {
      most = sigmas;
      furthest = i;
    }
  }
  return furthest;
}
