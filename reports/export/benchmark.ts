// github-action-benchmark, tool `customBiggerIsBetter`: an array of name, unit, value, range, extra (src/extract.ts).
import type { RunRecord } from "../../harness/domain/run-record.ts";
import { report } from "../model.ts";
import { shownSpeedup } from "../series.ts";
import { oneLine } from "../../harness/domain/visible.ts";

interface Entry {
  readonly name: string;
  readonly unit: "x";
  readonly value: number;
  /** Half-width of the 95 % interval, its wider side. */
  readonly range: string;
  readonly extra: string;
}

/** A name is a line of a chart over months, so it holds whatever would make two points incomparable. */
function entryOf(record: RunRecord): Entry | null {
  const speedup = shownSpeedup(record);
  // A hidden case is another one each time, and an uncounted one is not judged.
  if (speedup === null || record.case.hidden || !record.case.counted || record.status !== "PASSED") return null;
  const { submission, device } = record;
  const name = `${submission.vendor}/${submission.submission}/${record.case.name}`;
  const [low, high] = speedup.interval;
  const half = Math.max(speedup.value - low, high - speedup.value);
  return {
    name: oneLine(`${name} on ${device.chip} over ${speedup.baseline}, ${submission.numerics.class}`),
    unit: "x",
    value: speedup.value,
    range: `\u00b1${half.toPrecision(2)}`,
    extra: oneLine(`95 % interval ${low} to ${high}, ${speedup.reading}; run ${record.run}; ${device.model}`),
  };
}

/** Records -> JSON. Only speedups of physical devices; the action refuses an empty array, which means: send nothing. */
export function benchmark(records: readonly RunRecord[]): string {
  const entries = report(records)
    .rows.flatMap((row) => row.cases.map((page) => entryOf(page.record)))
    .filter((entry) => entry !== null);
  return `${JSON.stringify(entries, null, 2)}\n`;
}
