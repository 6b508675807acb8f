// Case page, "How fast?": times, the race round by round, the control, the baselines, or the reason why there is no speedup.
import type { Measurement, Timing } from "../../harness/domain/measurement.ts";
import type { RunRecord } from "../../harness/domain/run-record.ts";
import { racePlot } from "../chart/race.ts";
import { count, duration, durationInterval, percent, plural, ratio, ratioInterval } from "../format.ts";
import { type Html, html } from "../html.ts";
import { facts } from "../page.ts";
import { shownSpeedup } from "../series.ts";

const READINGS = { faster: "faster than", slower: "slower than", same: "the same as" } as const;
const STOPS = { precise: "the precision asked for was reached", budget: "the time was over" } as const;

function timingWords(timing: Timing): string {
  return `median ${durationInterval(timing.median, timing.interval)}, fastest ${duration(timing.min)}, ${plural(timing.samples, "call")}`;
}

function headline(record: RunRecord): Html {
  const speedup = shownSpeedup(record);
  if (speedup !== null) {
    return html`<p class="lead"><b class="number">${ratioInterval(speedup.value, speedup.interval)}</b> over ${speedup.baseline}: ${READINGS[speedup.reading]} it <span class="muted">(95 % interval; within 2 % of 1x is called the same)</span></p>`;
  }
  const reason = record.device.emulated ? "the device is emulated, and a time taken in emulation is never a speedup" : (record.speedupAbsent ?? "the record gives no reason");
  return html`<p class="lead">No speedup: ${reason}.</p>`;
}

function measured(measurement: Measurement): Html {
  const { race, control, timing, overheadNs } = measurement;
  const fit = control.fit ? "fit: identical code read the same" : "unfit: this machine was too noisy for any claim";
  return html`<div class="wide" role="region" aria-label="Race" tabindex="0">${racePlot(measurement)}</div>
${facts([
  ["Candidate", timingWords(timing)],
  ["Race", `${ratioInterval(race.ratio, race.interval)} over ${race.baseline}, ${plural(race.pairs.length, "round")}; stopped because ${STOPS[race.stopReason]}`],
  ["A/A control", html`${ratioInterval(control.ratio, control.interval)} <span class="${control.fit ? "good" : "bad"}">${fit}</span>`],
  ["Call overhead", `${duration(overheadNs)} for an empty kernel (${percent(overheadNs, timing.median)} of the median); never subtracted`],
])}
${baselines(measurement)}${pairs(measurement)}`;
}

function baselines({ baselines: tried, race }: Measurement): Html | null {
  if (tried.length === 0) return null;
  return html`<div class="wide" role="region" aria-label="Baselines" tabindex="0"><table>
<caption>Baselines that were tried; the fastest one races</caption>
<thead><tr><th scope="col">Baseline</th><th scope="col" class="right">Fastest call</th><th scope="col">Chosen</th></tr></thead>
<tbody>
${tried.map(
  (baseline) => html`<tr><th scope="row">${baseline.name}</th><td class="right number">${duration(baseline.min)}</td><td>${baseline.name === race.baseline ? "races" : html`<span class="muted">\u2013</span>`}</td></tr>
`,
)}</tbody></table></div>`;
}

function pairs({ race }: Measurement): Html {
  return html`<details><summary>Every round in numbers (${count(race.pairs.length)})</summary>
<div class="wide" role="region" aria-label="Rounds" tabindex="0"><table>
<caption>Best of ten calls of each, in randomly interleaved rounds</caption>
<thead><tr><th scope="col" class="right">Round</th><th scope="col" class="right">Candidate</th><th scope="col" class="right">${race.baseline}</th><th scope="col" class="right">Ratio</th></tr></thead>
<tbody>
${race.pairs.map(
  ([candidate, baseline], i) => html`<tr><th scope="row" class="right">${i + 1}</th><td class="right number">${duration(candidate)}</td><td class="right number">${duration(baseline)}</td><td class="right number">${(baseline / candidate).toFixed(3)}x</td></tr>
`,
)}</tbody></table></div></details>
`;
}

function claims(record: RunRecord): Html | null {
  if (record.claims.length === 0) return null;
  return html`<div class="wide" role="region" aria-label="Claims" tabindex="0"><table>
<caption>What the submission claims of this case</caption>
<thead><tr><th scope="col">Claim</th><th scope="col">Chip</th><th scope="col">Verdict</th></tr></thead>
<tbody>
${record.claims.map(
  (claim) => html`<tr><th scope="row">${ratio(claim.value)} over ${claim.baseline}</th><td>${claim.chip}</td><td class="${claim.verdict === "refuted" ? "bad" : claim.verdict === "confirmed" ? "good" : "muted"}">${claim.verdict}</td></tr>
`,
)}</tbody></table></div>`;
}

/** The answer to "How fast?". */
export function speed(record: RunRecord): Html {
  const inEmulation = record.device.emulated ? " (in emulation: no measure of the chip)" : "";
  const judged = record.timing === null ? null : html`<p>Judged calls: ${timingWords(record.timing)}${inEmulation}.</p>`;
  const race = record.device.emulated || record.measurement === null ? null : measured(record.measurement);
  return html`${headline(record)}
${judged}${race}${claims(record)}`;
}
