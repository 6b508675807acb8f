// A race as a dot plot: every round is a dot; the median's interval and the A/A control share its logarithmic axis.
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

/** Dots stacked where they would overlap, in the order of the rounds; y counts up from 0. */
export function stacked(ratios: readonly number[], scale: Scale): Dot[] {
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
    y: Math.round(10 * (DOT + (levels[i] ?? 0) * step)) / 10,
    ratio,
    round: i + 1,
  }));
}

/** One estimate with its interval. */
interface Lane {
  readonly label: string;
  readonly value: number;
  readonly interval: readonly [number, number];
  readonly kind: "race" | "control";
}

function laneOf({ label, value, interval, kind }: Lane, scale: Scale, y: number): Html {
  const [low, high] = interval.map(scale.x);
  return html`<text x="0" y="${y + 4}">${label}</text>
<line class="whisker ${kind}" x1="${low ?? 0}" x2="${high ?? 0}" y1="${y}" y2="${y}"/>
<circle class="estimate ${kind}" cx="${scale.x(value)}" cy="${y}" r="4"/>
`;
}

/** Lines and labels of the axis from `top` to `bottom`, and the band that is called the same. */
function axis(scale: Scale, top: number, bottom: number): Html {
  const [low, high] = [scale.x(SAME[0]), scale.x(SAME[1])];
  const ticks = scale.ticks.map(
    ({
      x,
      value,
      label,
    }) => html`<line class="${value === 1 ? "one" : "grid"}" x1="${x}" x2="${x}" y1="${top}" y2="${bottom}"/>
<text x="${x}" y="${bottom + 14}" text-anchor="middle">${label}</text>
`,
  );
  const width = Math.round(10 * (high - low)) / 10;
  return html`<rect class="band" x="${low}" y="${top}" width="${width}" height="${bottom - top}">
<title>within 2 % of 1x: called the same</title></rect>
${ticks}`;
}

function dotOf({ x, y, round, ratio }: Dot, base: number): Html {
  const label = `round ${round}: ${ratio.toFixed(3)}x`;
  return html`<circle class="dot" cx="${x}" cy="${base - y}" r="${DOT - 0.4}"><title>${label}</title></circle>
`;
}

/** The plot; the numbers beside it say the same. */
export function racePlot({ race, control }: Measurement): Html {
  const ratios = race.pairs.map(([candidate, baseline]) => baseline / candidate);
  const all = [...ratios, ...race.interval, ...control.interval];
  const scale = ratioScale(all, GUTTER + 8, WIDTH - 16, [0.95, 1.05]);
  const dots = stacked(ratios, scale);
  // As high as the highest stack.
  const base = 12 + Math.ceil(Math.max(0, ...dots.map((dot) => dot.y)) + DOT);
  const bottom = base + 56;
  const lanes: readonly Lane[] = [
    { label: "median, 95 %", value: race.ratio, interval: race.interval, kind: "race" },
    { label: "A/A control", value: control.ratio, interval: control.interval, kind: "control" },
  ];
  const label = [
    `${plural(ratios.length, "round")} of ${race.baseline} against the submission`,
    `median ${ratioInterval(race.ratio, race.interval)}`,
    `A/A control ${ratioInterval(control.ratio, control.interval)}`,
  ].join("; ");
  return html`<svg class="plot" viewBox="0 0 ${WIDTH} ${bottom + 18}" role="img" aria-label="${label}">
${axis(scale, 4, bottom)}<text x="0" y="${base - 2}">rounds</text>
${dots.map((dot) => dotOf(dot, base))}${lanes.map((lane, i) => laneOf(lane, scale, base + 18 + 22 * i))}</svg>`;
}
