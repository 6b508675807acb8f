// Speedups of the matrix: one interval per row, all on one logarithmic axis whose ticks stand in the column's head.
import { ratioInterval } from "../format.ts";
import { type Html, html } from "../html.ts";
import type { SpeedupSeries } from "../series.ts";
import { ratioScale, type Scale } from "./scale.ts";

/** Pixels; head and rows share them, so that the ticks stand above their lines. */
const WIDTH = 192;
const INSET = 16;
const HEIGHT = 18;

/** The common axis of all measured rows. */
export function speedupScale(series: readonly SpeedupSeries[]): Scale {
  const measured = series.flatMap((one) => (one.kind === "measured" ? one.points : []));
  const ends = measured.flatMap((point) => [...point.speedup.interval]);
  return ratioScale(ends, INSET, WIDTH - INSET, [0.5, 2]);
}

/** The axis for the column's head. */
export function speedupAxis(scale: Scale): Html {
  const labels = scale.ticks.map(({ x, label }) => html`<text x="${x}" y="11" text-anchor="middle">${label}</text>`);
  return html`<svg class="axis" width="${WIDTH}" height="14" viewBox="0 0 ${WIDTH} 14" aria-hidden="true">
${labels}</svg>`;
}

/** The interval of a row, and a small point for each of several cases. */
export function speedupInterval(series: SpeedupSeries & { readonly kind: "measured" }, scale: Scale): Html {
  const y = HEIGHT / 2;
  const [low, high] = series.interval.map(scale.x);
  const grid = scale.ticks.map(
    ({ x, value }) => html`<line class="${value === 1 ? "one" : "grid"}" x1="${x}" x2="${x}" y1="0" y2="${HEIGHT}"/>`,
  );
  const points = series.points.length > 1 ? series.points : [];
  const cases = points.map(
    ({ speedup }) => html`<circle class="case" cx="${scale.x(speedup.value)}" cy="${y}" r="2"/>`,
  );
  const label = `speedup ${ratioInterval(series.value, series.interval)} on a logarithmic axis`;
  return html`<svg class="interval" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img"
 aria-label="${label}">${grid}${cases}
<line class="whisker" x1="${low ?? 0}" x2="${high ?? 0}" y1="${y}" y2="${y}"/>
<circle class="estimate" cx="${scale.x(series.value)}" cy="${y}" r="3.5"/></svg>`;
}
