// CSV (RFC 4180), one line per case and output, for spreadsheets.
import type { ErrorSummary, RunRecord } from "../../harness/domain/run-record.ts";
import { shownSpeedup } from "../series.ts";
import { oneLine } from "../../harness/domain/visible.ts";

type Cell = string | number | boolean | null;

function column(
  name: string,
  cell: (record: RunRecord, error: ErrorSummary | null) => Cell,
): { readonly name: string; readonly cell: typeof cell } {
  return { name, cell };
}

/** Times in ns; empty where a record has no value. */
const COLUMNS = [
  column("run", (record) => record.run),
  column("time", (record) => record.time),
  column("vendor", (record) => record.submission.vendor),
  column("submission", (record) => record.submission.submission),
  column("version", (record) => record.submission.version),
  column("op", (record) => record.op.op),
  column("numerics", (record) => record.submission.numerics.class),
  column("chip", (record) => record.device.chip),
  column("emulated", (record) => record.device.emulated),
  column("isolation", (record) => record.device.isolation),
  column("case", (record) => record.case.name),
  column("hidden", (record) => record.case.hidden),
  column("counted", (record) => record.case.counted),
  column("status", (record) => record.status),
  column("output", (_, error) => error?.output ?? null),
  column("elements", (_, error) => error?.elements ?? null),
  column("mismatches", (_, error) => error?.mismatches ?? null),
  column("max_abs", (_, error) => error?.maxAbs ?? null),
  column("max_rel", (_, error) => error?.maxRel ?? null),
  column("max_ulp", (_, error) => error?.maxUlp ?? null),
  column("headroom", (_, error) => error?.headroom ?? null),
  column("median_ns", (record) => record.timing?.median ?? null),
  column("speedup", (record) => shownSpeedup(record)?.value ?? null),
  column("speedup_low", (record) => shownSpeedup(record)?.interval[0] ?? null),
  column("speedup_high", (record) => shownSpeedup(record)?.interval[1] ?? null),
  column("baseline", (record) => shownSpeedup(record)?.baseline ?? null),
  column("witnesses_passed", (record) =>
    record.witnesses
      .filter((witness) => witness.status === "PASSED")
      .map((witness) => witness.executor)
      .join(" "),
  ),
  column("votable", (record) => record.votable === true),
];

/** Numbers of a record that JSON writes as text; they are no formulas. */
const NOT_NUMBERS: readonly string[] = ["NaN", "Infinity", "-Infinity"];

/** A spreadsheet would run a text that begins like a formula (OWASP, "CSV injection"); an apostrophe makes it text. */
function field(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell !== "string" || NOT_NUMBERS.includes(cell)) return String(cell);
  const text = oneLine(cell);
  const harmless = /^[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** Records -> CSV with a header; a case without outputs has one line. */
export function csv(records: readonly RunRecord[]): string {
  const lines = records.flatMap((record) => {
    const outputs: readonly (ErrorSummary | null)[] = record.errors.length === 0 ? [null] : record.errors;
    return outputs.map((error) => COLUMNS.map(({ cell }) => field(cell(record, error))).join(","));
  });
  return `${[COLUMNS.map(({ name }) => name).join(","), ...lines].join("\r\n")}\r\n`;
}
