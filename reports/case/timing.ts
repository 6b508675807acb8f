// Case page, "How fast?": times, the race round by round, the control, the baselines, or why there is no speedup.
import type { Measurement, Timing } from "../../harness/domain/measurement.ts";
import type { RunRecord } from "../../harness/domain/run-record.ts";
import { racePlot } from "../chart/race.ts";
import { count, duration, durationInterval, percent, plural, ratio, ratioInterval } from "../format.ts";
import { type Html, html } from "../html.ts";
import { facts } from "../page.ts";
import { shownSpeedup } from "../series.ts";
import { right, table, tableRow } from "../table.ts";

const READINGS = { faster: "faster than", slower: "slower than", same: "the same as" } as const;
const STOPS = { precise: "the precision asked for was reached", budget: "the time was over: inconclusive" } as const;
const TONES = { confirmed: "good", refuted: "bad", unverified: "muted" } as const;

/** Median with its 95 % interval, and how many calls are behind it. */
function timingWords(timing: Timing): string {
  const interval = durationInterval(timing.median, timing.interval);
  return `median ${interval}, fastest ${duration(timing.min)}, ${plural(timing.samples, "call")}`;
}

/** The answer in one line. */
function headline(record: RunRecord): Html {
  const speedup = shownSpeedup(record);
  if (speedup === null) {
    const emulated = "the device is emulated, and a time taken in emulation is never a speedup";
    const reason = record.device.emulated ? emulated : (record.speedupAbsent ?? "the record gives no reason");
    return html`<p class="lead">No speedup: ${reason}.</p>`;
  }
  const { value, interval, baseline, reading } = speedup;
  const shown = html`<b class="number">${ratioInterval(value, interval)}</b>`;
  return html`<p class="lead">${shown} over ${baseline}: ${READINGS[reading]} it
<span class="muted">(95 % interval; within 2 % of 1x is called the same)</span></p>`;
}

/** The race, its control and what the call itself costs. */
function measured(measurement: Measurement): Html {
  const { race, control, timing, overheadNs } = measurement;
  const fit = control.fit ? "fit: identical code read the same" : "unfit: this machine was too noisy for any claim";
  const rounded = plural(race.pairs.length, "round");
  const raced = `${ratioInterval(race.ratio, race.interval)} over ${race.baseline}, ${rounded}`;
  const controlled = ratioInterval(control.ratio, control.interval);
  const overhead = `${duration(overheadNs)} for an empty kernel (${percent(overheadNs, timing.median)} of the median)`;
  const other = measurement.baselines.find(({ name }) => name === race.baseline)?.overheadNs;
  const beside = other === undefined ? "" : `, ${duration(other)} in the baseline's executor`;
  return html`<div class="wide" role="region" aria-label="Race" tabindex="0">${racePlot(measurement)}</div>
${facts([
  ["Candidate", timingWords(timing)],
  ["Race", `${raced}; stopped because ${STOPS[race.stopReason]}`],
  ["A/A control", html`${controlled} <span class="${control.fit ? "good" : "bad"}">${fit}</span>`],
  ["Call overhead", `${overhead}${beside}; never subtracted`],
  ...checks(measurement),
])}
${baselines(measurement)}${excluded(measurement)}${rounds(measurement)}`;
}

/** How timed calls were checked, and what the lower end of a speedup leaves out; records before these were written have neither. */
function checks({ race, exposureNs, roofline }: Measurement): [string, string][] {
  const { verified, judged = 0 } = race;
  const twin = verified === undefined ? "" : `${plural(verified, "output")} the same in a second process, `;
  return [
    ...(verified === undefined && judged === 0
      ? []
      : [["Timed outputs", `${twin}${judged} judged`] as [string, string]]),
    ...(exposureNs === undefined
      ? []
      : [
          ["Out of the clock's sight", `at most ${duration(exposureNs)} a call: the lower end above allows for it`] as [
            string,
            string,
          ],
        ]),
    ...(roofline === undefined
      ? []
      : [
          [
            "Least time",
            `${duration(roofline.floorNs)} by the device's peak: ${(100 * roofline.ratio).toFixed(1)} % of the fastest call`,
          ] as [string, string],
        ]),
  ];
}

function baselines({ baselines: tried, race }: Measurement): Html | null {
  if (tried.length === 0) return null;
  return table({
    label: "Baselines",
    caption: "Baselines that were tried; the fastest one races",
    heads: ["Baseline", { right: "Fastest call" }, "Chosen"],
    rows: tried.map(({ name, min }) =>
      tableRow(name, [right(duration(min)), html`<td>${name === race.baseline ? "races" : "\u2013"}</td>`]),
    ),
  });
}

function excluded({ excluded: left = [] }: Measurement): Html | null {
  if (left.length === 0) return null;
  return table({
    label: "Excluded baselines",
    caption: "Baselines that did not race",
    heads: ["Baseline", "Why"],
    rows: left.map(({ name, why }) => tableRow(name, [html`<td>${why}</td>`])),
  });
}

function rounds({ race }: Measurement): Html {
  const numbers = table({
    label: "Rounds",
    caption: "Best of ten calls of each, in randomly interleaved rounds",
    heads: ["Round", { right: "Candidate" }, { right: race.baseline }, { right: "Ratio" }],
    rows: race.pairs.map(([candidate, baseline], i) =>
      tableRow(i + 1, [
        right(duration(candidate)),
        right(duration(baseline)),
        right(`${(baseline / candidate).toFixed(3)}x`),
      ]),
    ),
  });
  return html`<details><summary>Every round in numbers (${count(race.pairs.length)})</summary>
${numbers}</details>
`;
}

/** A claim is confirmed or refuted on the chip it names only. */
function claims(record: RunRecord): Html | null {
  if (record.claims.length === 0) return null;
  return table({
    label: "Claims",
    caption: "What the submission claims of this case",
    heads: ["Claim", "Chip", "Verdict"],
    rows: record.claims.map(({ value, baseline, chip, verdict }) =>
      tableRow(`${ratio(value)} over ${baseline}`, [
        html`<td>${chip}</td>`,
        html`<td class="${TONES[verdict]}">${verdict}</td>`,
      ]),
    ),
  });
}

/** The answer to "How fast?". */
export function speed(record: RunRecord): Html {
  const inEmulation = record.device.emulated ? " (in emulation: no measure of the chip)" : "";
  const judged =
    record.timing === null ? null : html`<p>Judged calls: ${timingWords(record.timing)}${inEmulation}.</p>`;
  const race = record.device.emulated || record.measurement === null ? null : measured(record.measurement);
  return html`${headline(record)}
${judged}
${race}${claims(record)}`;
}
