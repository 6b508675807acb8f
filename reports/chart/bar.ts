// A headroom bar: how much of the allowed error was used, with a mark at all of it.
import { type Headroom, headroomText } from "../headroom.ts";
import { type Html, html } from "../html.ts";

const WIDTH = 58;
/** Pixel where all of the allowed error is used; the rest of the width shows that it was exceeded. */
const LIMIT = 50;

function bar(share: number): Html {
  const width = share > 1 ? WIDTH : Math.round(10 * share * LIMIT) / 10;
  return html`<svg class="bar" width="${WIDTH}" height="10" viewBox="0 0 ${WIDTH} 10" aria-hidden="true">
<rect class="track" x="0" y="3" width="${LIMIT}" height="4"/>
<rect class="fill ${share > 1 ? "bad" : "good"}" x="0" y="3" width="${width}" height="4"/>
<line class="limit" x1="${LIMIT}" x2="${LIMIT}" y1="0" y2="10"/></svg>`;
}

/** The number and, where there is one, its bar. The number says everything; the bar is for the eye. */
export function headroomBar(headroom: Headroom): Html {
  if (headroom.kind === "none") return html`<span class="muted">none</span>`;
  const bad = headroom.kind === "unequal" || (headroom.kind === "share" && headroom.value > 1);
  const number = html`<span class="number${bad ? " bad" : ""}">${headroomText(headroom)}</span>`;
  return html`<span class="headroom">${number}${headroom.kind === "share" ? bar(headroom.value) : null}</span>`;
}
