// What casting the weights to T does to all of y: one weight's error is shared by all tokens, so that many tokens do not average it out.
import { roundTo, ulpOf, unitRoundoff } from "../../harness/domain/dtype.ts";
import type { RealTruth } from "../../harness/domain/oracle.ts";
import type { Geometry } from "./geometry.ts";

/** Error of the cast of (code - zero point) * scale. */
export function castError(difference: number, scale: number, { dtype }: Geometry): number {
  const weight = difference * scale;
  return roundTo(weight, dtype) - weight;
}

/** Standard deviations of a filter over independent errors that gate G3 grants anyway. */
const CHANCE = 3;

/** What gate G3 multiplies `common` by before it forgives it. */
const FORGIVEN = 3;

/** What gate G2 grants the RMS of a sample by itself: 6 / sqrt(count). */
function granted(count: number): number {
  return 1 + 6 / Math.sqrt(count);
}

/** Raises q of the outputs [., n] whose few weights happen to be rounded far: no number of tokens brings them back to what q expects. */
function raiseColumns(q: Float64Array, errors: Float64Array, { m, n, dtype }: Geometry): void {
  const roundoff = unitRoundoff(dtype);
  for (let column = 0; column < n; column += 1) {
    let [squares, count] = [0, 0];
    for (let at = column; at < m * n; at += n) {
      if (q[at] === 0) continue;
      squares += 3 * ((errors[at] ?? 0) / (roundoff * (q[at] ?? 1))) ** 2;
      count += 1;
    }
    const factor = Math.sqrt(squares / count) / granted(count);
    if (factor > 1) for (let at = column; at < m * n; at += n) q[at] = (q[at] ?? 0) * factor;
  }
}

/**
 * The largest lean of the casts under the filters of gate G3 (a shift, one away from zero, a gain), as a multiple of u |y|, for G3 to forgive. It is
 * no guess: the class says half to even, so the weights alone decide it. 0 where it is within what independent errors reach.
 */
function leanOf({ y, q }: RealTruth, errors: Float64Array, { dtype }: Geometry): number {
  const roundoff = unitRoundoff(dtype);
  const [sums, norms, sizes] = [new Float64Array(3), new Float64Array(3), new Float64Array(3)];
  y.forEach((value, at) => {
    const cast = roundoff * (q[at] ?? 0);
    if (cast === 0 || !Number.isFinite(value)) return;
    const sigma = Math.sqrt(ulpOf(value, dtype) ** 2 / 12 + cast ** 2 / 3);
    [1, Math.sign(value), value / sigma].forEach((filter, index) => {
      sums[index] = (sums[index] ?? 0) + (filter * (errors[at] ?? 0)) / sigma;
      norms[index] = (norms[index] ?? 0) + filter ** 2;
      sizes[index] = (sizes[index] ?? 0) + Math.abs((filter * value) / sigma);
    });
  });
  const leans = sums.map((sum, index) => (Math.abs(sum) - CHANCE * Math.sqrt(norms[index] ?? 0)) / (sizes[index] || 1));
  return Math.max(0, ...leans) / (FORGIVEN * roundoff);
}

/** The truth with what its casts share. @param errors of y by the casts alone, [m, n] */
export function withCasts(truth: RealTruth, errors: Float64Array, geometry: Geometry): RealTruth {
  raiseColumns(truth.q, errors, geometry);
  const lean = leanOf(truth, errors, geometry);
  return { ...truth, common: truth.y.map((value) => (Number.isFinite(value) ? lean * Math.abs(value) : 0)) };
}
