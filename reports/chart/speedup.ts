// Speedups of the matrix: one interval per row, all on one logarithmic axis whose ticks stand in the column's head.
import { ratioInterval } from "../format.ts";
import { type Html, html } from "../html.ts";
import type { SpeedupSeries } from "../series.ts";
import { type Scale, ratioScale } from "./scale.ts";

/** Pixels; head and rows share them, so that the ticks stand above their lines. */
const WIDTH = 192;
const INSET = 16;
const HEIGHT = 18;

/** The common axis of all measured rows. */
export function speedupScale(series: readonly SpeedupSeries[]): Scale {
  const ends = series.flatMap((one) => (one.kind === "measured" ? one.points.flatMap((point) => [...point.speedup.interval]) : []));
  return ratioScale(ends, INSET, WIDTH - INSET, [0.5, 2]);
}

function gridlines(scale: Scale): Html[] {
  return scale.ticks.map(
    (tick) => html`<line class="${tick.value === 1 ? "one" : "grid"}" x1="${tick.x}" x2="${tick.x}" y1="0" y2="${HEIGHT}"/>`,
  );
}

/** The axis for the column's head. */
export function speedupAxis(scale: Scale): Html {
  return html`<svg class="axis" width="${WIDTH}" height="14" viewBox="0 0 ${WIDTH} 14" aria-hidden="true">${scale.ticks.map(
    (tick) => html`<text x="${tick.x}" y="11" text-anchor="middle">${tick.label}</text>`,
  )}</svg>`;
}

/** The interval of a row: a thin line per case, a thick one and a point for the row. */
export function speedupInterval(series: SpeedupSeries & { readonly kind: "measured" }, scale: Scale): Html {
  const middle = HEIGHT / 2;
  const [low, high] = series.interval;
  const several = series.points.length > 1;
  const cases = several
    ? series.points.map(({ speedup }) => html`<circle class="case" cx="${scale.x(speedup.value)}" cy="${middle}" r="2"/>`)
    : [];
  const label = `speedup ${ratioInterval(series.value, series.interval)} on a logarithmic axis`;
  return html`<svg class="interval" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">${gridlines(scale)}${cases}<line class="whisker" x1="${scale.x(low)}" x2="${scale.x(high)}" y1="${middle}" y2="${middle}"/><circle class="estimate" cx="${scale.x(series.value)}" cy="${middle}" r="3.5"/></svg>`;
}
