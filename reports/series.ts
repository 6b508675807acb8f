// Series behind the charts: speedups of a row, bins of an error histogram.
import { geomean } from "../harness/domain/measurement.ts";
import type { Speedup } from "../harness/domain/measurement.ts";
import type { ErrorSummary, RunRecord } from "../harness/domain/run-record.ts";

/** The speedups of a row, or why there are none. */
export type SpeedupSeries =
  | {
      readonly kind: "measured";
      /** One per measured case. */
      readonly points: readonly { readonly name: string; readonly speedup: Speedup }[];
      /** Geometric mean; the speedup itself where there is one. */
      readonly value: number;
      /** 95 % for one case; of several the geometric means of the ends: wider, where cases err independently. */
      readonly interval: readonly [number, number];
      readonly baselines: readonly string[];
    }
  | { readonly kind: "emulated" }
  | { readonly kind: "absent"; readonly reasons: readonly string[] };

/** A time taken in emulation is never a speedup, whatever a record says. */
export function shownSpeedup(record: RunRecord): Speedup | null {
  return record.device.emulated ? null : record.speedup;
}

function geomeanOf(values: readonly number[]): number {
  return geomean(values) ?? Number.NaN;
}

/** Distinct texts, the most frequent first. */
export function byFrequency(texts: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]).map(([text]) => text);
}

/** The speedups of the counted records of a row. */
export function speedupSeries(counted: readonly RunRecord[]): SpeedupSeries {
  const points = counted.flatMap((record) => {
    const speedup = shownSpeedup(record);
    return speedup === null ? [] : [{ name: record.case.name, speedup }];
  });
  if (points.length > 0) {
    return {
      kind: "measured",
      points,
      value: geomeanOf(points.map((point) => point.speedup.value)),
      interval: [
        geomeanOf(points.map((point) => point.speedup.interval[0])),
        geomeanOf(points.map((point) => point.speedup.interval[1])),
      ],
      baselines: [...new Set(points.map((point) => point.speedup.baseline))],
    };
  }
  if (counted.length > 0 && counted.every((record) => record.device.emulated)) return { kind: "emulated" };
  // Why a case that is there to be timed was not says more than that the others never are.
  const reasons = (some: readonly RunRecord[]): string[] =>
    byFrequency(some.flatMap((record) => record.speedupAbsent ?? []));
  const bench = counted.filter((record) => record.case.tags.includes("bench"));
  return { kind: "absent", reasons: [...new Set([...reasons(bench), ...reasons(counted)])] };
}

/** One bin of an error histogram. */
export interface Bin {
  /** "0 to 0.5", "over 64". */
  readonly label: string;
  readonly elements: number;
}

/** The bins of a record: (0, 0.5], (0.5, 1], (1, 2], ... ULP, the last one open. */
export function ulpBins(histogram: ErrorSummary["ulpHistogram"]): Bin[] {
  return histogram.map((elements, i) => {
    // Upper end of bin i is 2^(i - 1).
    const low = i === 0 ? 0 : 2 ** (i - 2);
    const open = i === histogram.length - 1 && i > 0;
    return { label: open ? `over ${low}` : `${low} to ${2 ** (i - 1)}`, elements };
  });
}

/** A line of a histogram over several kernels: bins that nobody fills are drawn together. */
export interface BinLine {
  readonly label: string;
  /** One per histogram. */
  readonly elements: readonly number[];
}

/** The lines worth showing: up to the last bin that any histogram fills. */
export function binLines(histograms: readonly ErrorSummary["ulpHistogram"][]): BinLine[] {
  const longest = histograms.reduce<ErrorSummary["ulpHistogram"]>(
    (most, one) => (one.length > most.length ? one : most),
    [],
  );
  const used = Math.max(1, ...histograms.map((histogram) => histogram.findLastIndex((elements) => elements > 0) + 1));
  const lines: BinLine[] = [];
  let emptyFrom: string | null = null;
  for (const [i, { label }] of ulpBins(longest).slice(0, used).entries()) {
    const elements = histograms.map((histogram) => histogram[i] ?? 0);
    const empty = elements.every((number) => number === 0);
    const [from = label, to = label] = label.split(" to ");
    if (empty && emptyFrom !== null) lines.pop();
    emptyFrom = empty ? (emptyFrom ?? from) : null;
    lines.push({ label: empty ? `${emptyFrom ?? from} to ${to}` : label, elements });
  }
  return lines;
}
