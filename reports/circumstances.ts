// What the records of a report say of the machine and the run: the small print above the matrix.
import type { RunRecord } from "../harness/domain/run-record.ts";
import { compareText, type Row } from "./model.ts";
import { byFrequency } from "./series.ts";

/** Each text once, the most frequent first. */
export interface Circumstances {
  readonly runs: readonly string[];
  readonly times: readonly string[];
  readonly machines: readonly string[];
  readonly isolation: readonly string[];
  readonly seeds: readonly string[];
  readonly harness: readonly string[];
  /** Flags that narrowed a run. */
  readonly selection: readonly string[];
  /** Reasons why no vote may rest on a record; empty when every one is votable. */
  readonly unvotable: readonly string[];
}

/** The circumstances of all records of the rows. */
export function circumstances(rows: readonly Row[]): Circumstances {
  const records = rows.flatMap((row) => row.cases.map((page) => page.record));
  const seen = (text: (record: RunRecord) => string | readonly string[]): string[] =>
    byFrequency(records.flatMap(text));
  return {
    runs: seen((record) => record.run),
    times: seen((record) => record.time).sort(compareText),
    machines: seen((record) => record.device.model),
    isolation: seen((record) => record.device.isolation),
    seeds: seen((record) => `${record.seed.value} (${record.seed.origin})`),
    harness: seen(
      (record) => record.harness.version + (record.harness.commit === null ? "" : ` at ${record.harness.commit}`),
    ),
    selection: seen((record) => record.selection),
    unvotable: seen((record) => (record.votable === true ? [] : record.votable)),
  };
}
