// Evidence for the terminal: one line a submission and device, then why no vote may rest on it. Pure.
import type { EvidenceVerdict } from "../../domain/evidence.ts";
import { oneLine } from "./problem.ts";
import { visible } from "../../domain/visible.ts";

function headroomText(headroom: number | null): string {
  if (headroom === null) return "exact";
  return headroom < 100 ? headroom.toFixed(2) : headroom.toExponential(1);
}

function speedupText({ speedups, device }: EvidenceVerdict): string {
  if (device.emulated) return "emulated: none";
  const shown = speedups.map(({ case: name, speedup: { value, interval, baseline } }) => {
    const [low, high] = interval.map((end) => end.toFixed(2));
    return `${name} ${value.toFixed(2)}x [${low}, ${high}] over ${baseline}`;
  });
  return shown.length === 0 ? "none" : shown.join("; ");
}

function rowOf(verdict: EvidenceVerdict): string[] {
  const { vendor, submission, device, cases, conforms, unvotable } = verdict;
  return [
    `${conforms && unvotable.length === 0 ? "✔" : "✘"} ${vendor}/${submission}`,
    `${device.chip}${device.emulated ? " emulated" : ""}`,
    device.isolation,
    verdict.status,
    `${cases.passed}/${cases.counted}`,
    headroomText(verdict.headroom),
    speedupText(verdict),
  ];
}

const HEAD = ["  submission", "device", "isolation", "status", "cases", "headroom used", "speedup, 95 % interval"];

/** The table of verdicts. */
export function evidenceTable(verdicts: readonly EvidenceVerdict[]): string {
  const rows = [HEAD, ...verdicts.map((verdict) => rowOf(verdict).map((cell) => visible(oneLine(cell))))];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => Array.from(row[column] ?? "").length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - Array.from(cell).length))
      .join("   ")
      .trimEnd(),
  );
  const reasons = verdicts.flatMap(({ vendor, submission, unvotable }) =>
    unvotable.map((reason) => `✘ ${vendor}/${submission}: no vote may rest on it: ${reason}`),
  );
  return [...lines, ...reasons.map((line) => visible(oneLine(line)))].join("\n");
}

/** What is wrong with bundles, one line each. */
export function refusalText(problems: readonly string[]): string {
  return problems.map((problem) => visible(oneLine(`✘ ${problem}`))).join("\n");
}
