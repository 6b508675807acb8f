// Gates G2 and G3: whether the errors of a random regime are spread and centred like those of a legal kernel, on the whole and slice by slice.

/** Sums over the errors of one output, z = error / sigma and a = true value / sigma. Filled by the scan, one row (last axis) at a time. */
export interface SliceSums {
  readonly shape: readonly number[];
  /** Per axis and index: sum of z^2, and how many elements. */
  readonly squares: readonly Float64Array[];
  readonly counts: readonly Float64Array[];
  /** Those of the last axis, which the scan fills itself. */
  readonly plane: Float64Array;
  readonly planeCounts: Float64Array;
  /** Rows of which every element counts; added to `planeCounts` at the end. */
  fullRows: number;
  /** Sums of w z, of w^2 and of |w| forgiven / sigma for the filters 1, sign(y), a. */
  readonly filtered: Float64Array;
  readonly norms: Float64Array;
  readonly forgiven: Float64Array;
  /** Rows with something to judge; sum of squares and largest of their own gain statistic, and the row of the largest. */
  rows: number;
  rowSquares: number;
  rowWorst: number;
  rowAt: number;
}

/** One gate's worst statistic, as a multiple of its limit, and where it is. */
export interface SliceGate {
  readonly gate: "G2" | "G3";
  readonly statistic: number;
  readonly where: string;
  /** What a kernel author reads. */
  readonly says: string;
}

/** Filters of the whole output: a shift, a shift towards or away from zero, a gain. */
const FILTERS = ["a shift", "a shift towards or away from zero", "a gain"] as const;

/** |z| of a filter over independent errors is normal; 8 is never reached by chance, 12 not in one of very many rows. */
const LIMIT = { filter: 8, row: 12 } as const;

/** Elements at both ends of an axis that are looked at together: tiles of 16 and their multiples end there. */
const EDGE = 16;

/** Sums before the first row. */
export function noSlices(shape: readonly number[]): SliceSums {
  const axes = shape.length === 0 ? [1] : shape;
  const last = axes.at(-1) ?? 1;
  const [plane, planeCounts] = [new Float64Array(last), new Float64Array(last)];
  const outer = axes.slice(0, -1);
  return {
    shape: axes,
    plane,
    planeCounts,
    fullRows: 0,
    squares: [...outer.map((extent) => new Float64Array(extent)), plane],
    counts: [...outer.map((extent) => new Float64Array(extent)), planeCounts],
    filtered: new Float64Array(FILTERS.length),
    norms: new Float64Array(FILTERS.length),
    forgiven: new Float64Array(FILTERS.length),
    rows: 0,
    rowSquares: 0,
    rowWorst: 0,
    rowAt: -1,
  };
}

/** Adds a row to the planes of every axis but the last. */
export function addRow(sums: SliceSums, row: number, squares: number, count: number): void {
  let rest = row;
  for (let axis = sums.shape.length - 2; axis >= 0; axis -= 1) {
    const extent = sums.shape[axis] ?? 1;
    const index = rest % extent;
    rest = Math.floor(rest / extent);
    const plane = sums.squares[axis];
    const counts = sums.counts[axis];
    if (plane === undefined || counts === undefined) continue;
    plane[index] = (plane[index] ?? 0) + squares;
    counts[index] = (counts[index] ?? 0) + count;
  }
}

/** Adds the gain statistic of one row: z of the filter a, less what is forgiven. */
export function addGain(sums: SliceSums, row: number, filtered: number, norm: number, forgiven: number): void {
  if (norm <= 0) return;
  const z = Math.max(0, Math.abs(filtered) - forgiven) / Math.sqrt(norm);
  sums.rows += 1;
  sums.rowSquares += z * z;
  if (z > sums.rowWorst) {
    sums.rowWorst = z;
    sums.rowAt = row;
  }
}

/** Adds a row to the sums of the three filters. */
export function addFiltered(
  sums: SliceSums,
  filtered: readonly number[],
  norms: readonly number[],
  forgiven: readonly number[],
): void {
  for (let filter = 0; filter < FILTERS.length; filter += 1) {
    sums.filtered[filter] = (sums.filtered[filter] ?? 0) + (filtered[filter] ?? 0);
    sums.norms[filter] = (sums.norms[filter] ?? 0) + (norms[filter] ?? 0);
    sums.forgiven[filter] = (sums.forgiven[filter] ?? 0) + (forgiven[filter] ?? 0);
  }
}

/** G2's limit for the RMS of n errors in sigma: a legal kernel's is below 1, chance adds less than 6 / sqrt(n). */
export function rmsLimit(n: number): number {
  return 1.25 + 6 / Math.sqrt(n);
}

interface Worst {
  statistic: number;
  where: string;
  says: string;
}

function look(worst: Worst, squares: number, count: number, where: () => string): void {
  if (count === 0) return;
  const rms = Math.sqrt(squares / count);
  const statistic = rms / rmsLimit(count);
  if (statistic <= worst.statistic) return;
  worst.statistic = statistic;
  worst.where = where();
  worst.says = `the spread of its errors is ${rms.toFixed(2)} of what a legal kernel has, above ${rmsLimit(count).toFixed(2)}`;
}

function sumOf(values: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i += 1) sum += values[i] ?? 0;
  return sum;
}

/** Gate G2 over the whole, each index of each axis, and both ends of each axis. */
function spread({ shape, squares, counts }: SliceSums): SliceGate {
  const worst: Worst = { statistic: 0, where: "the whole output", says: "" };
  shape.forEach((extent, axis) => {
    const z2 = squares[axis];
    const n = counts[axis];
    if (z2 === undefined || n === undefined) return;
    if (axis === 0) look(worst, sumOf(z2, 0, extent), sumOf(n, 0, extent), () => "the whole output");
    for (let i = 0; i < extent; i += 1) look(worst, z2[i] ?? 0, n[i] ?? 0, () => `axis ${axis} at ${i} of ${extent}`);
    const edge = Math.min(EDGE, extent);
    look(worst, sumOf(z2, 0, edge), sumOf(n, 0, edge), () => `axis ${axis} at 0..${edge - 1} of ${extent}`);
    const tail = extent - (extent % EDGE === 0 ? edge : extent % EDGE);
    look(
      worst,
      sumOf(z2, tail, extent),
      sumOf(n, tail, extent),
      () => `axis ${axis} at ${tail}..${extent - 1} of ${extent}, the tail`,
    );
  });
  return { gate: "G2", ...worst };
}

/** Gate G3: the filters over the whole, the gain of the worst row, and the gains of all rows together. */
function systematic(sums: SliceSums): SliceGate {
  const worst: Worst = { statistic: 0, where: "the whole output", says: "" };
  const raise = (statistic: number, where: string, says: string): void => {
    if (statistic > worst.statistic) Object.assign(worst, { statistic, where, says });
  };
  FILTERS.forEach((name, index) => {
    const norm = sums.norms[index] ?? 0;
    if (norm <= 0) return;
    const z = Math.max(0, Math.abs(sums.filtered[index] ?? 0) - (sums.forgiven[index] ?? 0)) / Math.sqrt(norm);
    const says = `its errors lean to one side: ${name} of ${z.toFixed(1)} standard deviations, above ${LIMIT.filter}`;
    raise(z / LIMIT.filter, "the whole output", says);
  });
  const row = `row ${sums.rowAt}`;
  raise(
    sums.rowWorst / LIMIT.row,
    row,
    `a whole row is scaled: ${sums.rowWorst.toFixed(1)} standard deviations, above ${LIMIT.row}`,
  );
  if (sums.rows > 0) {
    const rms = Math.sqrt(sums.rowSquares / sums.rows);
    // The mean of n squared normals exceeds 1 by less than 8 / sqrt(n) for any n that occurs.
    const limit = 1.5 + 8 / Math.sqrt(sums.rows);
    raise(
      rms / limit,
      "the rows",
      `rows are scaled, each by its own factor: RMS ${rms.toFixed(2)} standard deviations, above ${limit.toFixed(2)}`,
    );
  }
  return { gate: "G3", ...worst };
}

/** Both gates; a statistic above 1 is beyond the limit. */
export function sliceGates(sums: SliceSums): readonly [SliceGate, SliceGate] {
  return [spread(sums), systematic(sums)];
}
