// The evidence of a vote as a table: what was judged where, by whom, how close and how fast.
import type { Evidence, EvidenceVerdict } from "../../domain/evidence.ts";
import type { Waiver } from "../../domain/governance.ts";
import { outside, shortened, table, word } from "./markdown.ts";
import type { Words } from "./words.ts";

/** Rows that a body has room for. */
const MOST = 40;

function verdictCell({ status, conforms }: EvidenceVerdict): string {
  return `${conforms ? "✔" : "✘"} ${status}`;
}

function witnessCell(verdict: EvidenceVerdict, executor: string): string {
  const witness = verdict.witnesses.find((one) => one.executor === executor);
  if (witness === undefined || witness.present === 0) return "–";
  return `${witness.passed === witness.present ? "✔" : "✘"} ${witness.passed}/${witness.present}`;
}

/** A speed is shown of a physical device only: by what the evidence holds, and again here. */
function speedupCell({ device, speedups }: EvidenceVerdict, words: Words): string {
  if (device.emulated) return words.emulatedOnly;
  const shown = speedups.map(({ case: name, speedup: { value, interval, baseline } }) => {
    const [low, high] = interval;
    return `${word(name, 60)} ${value.toFixed(2)}x [${low.toFixed(2)}, ${high.toFixed(2)}] ${words.over} ${word(baseline, 40)}`;
  });
  return shown.length === 0 ? "–" : shown.slice(0, 4).join("<br>");
}

/** The table of all verdicts. */
export function evidenceTable({ verdicts }: Evidence, words: Words): string {
  const executors = [...new Set(verdicts.flatMap(({ witnesses }) => witnesses.map(({ executor }) => executor)))].sort();
  const head = [...words.evidenceHead, ...executors.map((name) => word(name, 20)), ...words.evidenceTail];
  const rows = verdicts.map((verdict) => {
    const { vendor, submission, version, device, cases, headroom } = verdict;
    return [
      `${word(vendor, 40)}/${word(submission, 60)} ${word(version, 20)}`,
      `${word(device.chip, 40)}${device.emulated ? ` ${words.emulated}` : ""}`,
      verdictCell(verdict),
      `${cases.passed}/${cases.counted} (${cases.hidden} ${words.hidden})`,
      ...executors.map((executor) => witnessCell(verdict, executor)),
      headroom === null ? words.exact : headroom.toFixed(2),
      speedupCell(verdict, words),
      device.isolation,
      `\`${device.environment.slice(0, 12)}\``,
    ];
  });
  return table(head, shortened(rows, MOST));
}

/** Waivers in force: a failed gate that is lifted is never silent. */
export function waiverLines(waivers: readonly Waiver[], words: Words): string {
  return waivers
    .map(({ vendor, submission, cases, reason, until }) =>
      [
        `- **${words.waived}** ${word(vendor, 40)}/${word(submission, 60)}:`,
        `${cases
          .slice(0, 10)
          .map((name) => word(name, 60))
          .join(", ")}; ${words.until} ${word(until, 10)}.`,
        outside(reason, 500),
      ].join(" "),
    )
    .join("\n");
}
