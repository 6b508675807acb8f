// A race as a dot plot: every round is a dot, with the interval of the median and the A/A control on the same logarithmic axis.
import type { Measurement } from "../../harness/domain/measurement.ts";
import { plural, ratioInterval } from "../format.ts";
import { type Html, html } from "../html.ts";
import { type Scale, ratioScale } from "./scale.ts";

/** What is called the same lies within 2 % of 1x (`speedupOf`). */
const SAME: readonly [number, number] = [0.98, 1.02];

/** Pixels. */
const WIDTH = 480;
const GUTTER = 84;
const DOT = 3;
/** Tallest stack of dots; higher ones are pressed together, so that the plot keeps its height. */
const STACK = 84;

interface Dot {
  readonly x: number;
  readonly y: number;
  readonly ratio: number;
  readonly round: number;
}

/** Dots stacked upwards from `base` where they would overlap, in the order of the rounds. */
export function stacked(ratios: readonly number[], scale: Scale, base: number): Dot[] {
  const columns = ratios.map((ratio) => Math.round(scale.x(ratio) / (2 * DOT)));
  const heights = new Map<number, number>();
  const levels = columns.map((column) => {
    const level = heights.get(column) ?? 0;
    heights.set(column, level + 1);
    return level;
  });
  const step = Math.min(2 * DOT, STACK / Math.max(1, ...heights.values()));
  return ratios.map((ratio, i) => ({
    x: (columns[i] ?? 0) * 2 * DOT,
    y: Math.round(10 * (base - DOT - (levels[i] ?? 0) * step)) / 10,
    ratio,
    round: i + 1,
  }));
}

function lane(label: string, value: number, [low, high]: readonly [number, number], scale: Scale, y: number, kind: string): Html {
  return html`<text x="0" y="${y + 4}">${label}</text><line class="whisker ${kind}" x1="${scale.x(low)}" x2="${scale.x(high)}" y1="${y}" y2="${y}"/><circle class="estimate ${kind}" cx="${scale.x(value)}" cy="${y}" r="4"/>
`;
}

/** The plot; the table beside it says the same in numbers. */
export function racePlot({ race, control }: Measurement): Html {
  const ratios = race.pairs.map(([candidate, baseline]) => baseline / candidate);
  const all = [...ratios, ...race.interval, ...control.interval, 1];
  const scale = ratioScale(all, GUTTER + 8, WIDTH - 16, [0.95, 1.05]);
  const base = STACK + 8;
  const [raceY, controlY, bottom] = [base + 18, base + 40, base + 56];
  const label = `${plural(ratios.length, "round")} of ${race.baseline} against the candidate: median ${ratioInterval(race.ratio, race.interval)}; A/A control ${ratioInterval(control.ratio, control.interval)}`;
  return html`<svg class="plot" viewBox="0 0 ${WIDTH} ${bottom + 18}" role="img" aria-label="${label}">
<rect class="band" x="${scale.x(SAME[0])}" y="4" width="${(scale.x(SAME[1]) - scale.x(SAME[0])).toFixed(1)}" height="${bottom - 4}"><title>within 2 % of 1x: called the same</title></rect>
${scale.ticks.map(
  (tick) =>
    html`<line class="${tick.value === 1 ? "one" : "grid"}" x1="${tick.x}" x2="${tick.x}" y1="4" y2="${bottom}"/><text x="${tick.x}" y="${bottom + 14}" text-anchor="middle">${tick.label}</text>
`,
)}<text x="0" y="${base - 2}">rounds</text>
${stacked(ratios, scale, base).map(
  (dot) => html`<circle class="dot" cx="${dot.x}" cy="${dot.y}" r="${DOT - 0.4}"><title>round ${dot.round}: ${dot.ratio.toFixed(3)}x</title></circle>
`,
)}${lane("median, 95 %", race.ratio, race.interval, scale, raceY, "race")}${lane("A/A control", control.ratio, control.interval, scale, controlY, "control")}</svg>`;
}
