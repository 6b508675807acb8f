// The verdict table of a run: one line a submission, then what is wrong with those that do not conform. Pure.
import type { RunRecord } from "../../domain/run-record.ts";
import type { SubmissionResult } from "../../pipeline/request.ts";
import { findingText } from "./finding.ts";
import { oneLine, problemText } from "./problem.ts";
import { visible } from "../../domain/visible.ts";

function mark(result: SubmissionResult): string {
  return result.conforms ? "✔" : "✘";
}

function counted(result: SubmissionResult): readonly RunRecord[] {
  return result.records.filter((record) => record.case.counted);
}

/** A witness over all cases: a tick with how often it spoke. */
function witnessCell(result: SubmissionResult, executor: string): string {
  const words = counted(result).flatMap((record) =>
    record.witnesses.filter((witness) => witness.executor === executor),
  );
  const present = words.filter((witness) => witness.status !== null);
  if (words.length === 0 || present.length === 0) return "absent";
  const passed = present.filter((witness) => witness.status === "PASSED").length;
  return passed === present.length ? `✔ ${passed}/${words.length}` : `✘ ${passed}/${words.length}`;
}

function headroomCell(result: SubmissionResult): string {
  const used = counted(result).flatMap((record) => record.errors.map((error) => error.headroom));
  const numbers = used.filter((value) => value !== null).map(Number);
  if (used.length === 0) return "-";
  if (numbers.length === 0) return "exact";
  const most = Math.max(...numbers);
  return most < 100 ? most.toFixed(2) : most.toExponential(1);
}

/** A ratio with its interval. */
export function speedupText(record: RunRecord): string {
  const { speedup } = record;
  if (speedup === null) return record.speedupAbsent ?? "none";
  const [low, high] = speedup.interval;
  return `${speedup.value.toFixed(2)}x [${low.toFixed(2)}, ${high.toFixed(2)}] over ${speedup.baseline}`;
}

function speedupCells(result: SubmissionResult): string[] {
  const records = counted(result);
  const [first] = records;
  if (first === undefined) return ["-"];
  if (first.device.emulated) return ["emulated: none"];
  const shown = records.filter(
    (record) =>
      record.case.tags.includes("bench") &&
      (record.speedup !== null || record.measurement !== null || record.speedupAbsent !== null),
  );
  return shown.length === 0 ? ["not measured"] : shown.map((record) => `${record.case.name} ${speedupText(record)}`);
}

function deviceCell(result: SubmissionResult): string {
  const device = result.records[0]?.device;
  return device === undefined ? "-" : `${device.chip}${device.emulated ? " emulated" : ""}`;
}

function casesCell(result: SubmissionResult): string {
  const records = counted(result);
  return `${records.filter((record) => record.status === "PASSED").length}/${records.length}`;
}

/** Columns a text takes in a terminal: one a character; the glyphs used here are narrow. */
function widthOf(text: string): number {
  return Array.from(text).length;
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, index) => Math.max(widest[index] ?? 0, widthOf(cell))),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, index) => (index === row.length - 1 ? cell : cell + " ".repeat((widths[index] ?? 0) - widthOf(cell))))
      .join("   ")
      .trimEnd(),
  );
}

/** Failing cases shown in full; the rest are in the records. */
const SHOWN = 3;

function failures(result: SubmissionResult): string[] {
  const failing = counted(result).filter((record) => record.status !== "PASSED");
  if (result.status === "SKIPPED_NO_DEVICE")
    return [`○ ${oneLine(result.submission)}   SKIPPED_NO_DEVICE   ${failing[0]?.speedupAbsent ?? ""}`];
  if (result.problems.length > 0)
    return [`✘ ${oneLine(result.path)}   ${result.status}`, ...result.problems.map(problemText)];
  if (failing.length === 0)
    return result.conforms ? [] : [`✘ ${oneLine(result.submission)}: no published or no hidden case was judged`];
  return [
    `✘ ${oneLine(result.submission)}   ${result.status}   ${failing.length} of ${counted(result).length} cases`,
    ...failing.slice(0, SHOWN).flatMap(findingText),
    ...(failing.length > SHOWN ? [`  and ${failing.length - SHOWN} more: see the report`] : []),
  ];
}

/** The whole text of a run's verdicts. */
export function verdictTable(results: readonly SubmissionResult[]): string {
  const executors = [
    ...new Set(
      results.flatMap((result) =>
        result.records.flatMap((record) => record.witnesses.map((witness) => witness.executor)),
      ),
    ),
  ];
  const head = ["  submission", "device", ...executors, "cases", "headroom used", "speedup, 95 % interval"];
  const rows = results
    .filter((result) => result.records.length > 0)
    .flatMap((result) => {
      const [first = "", ...more] = speedupCells(result);
      const cells = executors.map((executor) => witnessCell(result, executor));
      const row = [
        `${mark(result)} ${oneLine(result.submission)}`,
        deviceCell(result),
        ...cells,
        casesCell(result),
        headroomCell(result),
        first,
      ];
      return [row, ...more.map((cell) => [...row.slice(0, -1).map(() => ""), cell])];
    });
  const table = rows.length === 0 ? [] : columns([head, ...rows]);
  const wrong = results.flatMap((result) => {
    const lines = failures(result);
    return lines.length === 0 ? [] : ["", ...lines];
  });
  return visible([...table, ...wrong].join("\n"));
}
