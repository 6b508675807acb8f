// Glyph and word for where a vote stands: colour only repeats them.
import { type Html, html } from "../html.ts";
import type { Standing } from "./story.ts";

interface Mark {
  readonly glyph: string;
  readonly tone: "good" | "bad" | "warn" | "quiet";
}

const MARKS: Readonly<Record<Standing, Mark>> = {
  merged: { glyph: "\u2714", tone: "good" },
  passed: { glyph: "\u2714", tone: "good" },
  open: { glyph: "\u25cc", tone: "warn" },
  failed: { glyph: "\u2718", tone: "bad" },
  "no quorum": { glyph: "\u2298", tone: "warn" },
  superseded: { glyph: "\u21b7", tone: "quiet" },
  cancelled: { glyph: "\u2298", tone: "quiet" },
};

const WORDS: Readonly<Record<Standing, string>> = {
  merged: "passed and merged",
  passed: "passed, not merged",
  open: "open",
  failed: "failed",
  "no quorum": "no quorum",
  superseded: "superseded",
  cancelled: "cancelled",
};

function glyphOf(standing: Standing): Html {
  return html`<span aria-hidden="true">${MARKS[standing].glyph}</span>`;
}

/** Large, for the head of a section. */
export function standingSeal(standing: Standing): Html {
  return html`<span class="seal ${MARKS[standing].tone}">${glyphOf(standing)}${WORDS[standing]}</span>`;
}

/** Small, for tables. */
export function standingMark(standing: Standing): Html {
  return html`<span class="mark ${MARKS[standing].tone}">${glyphOf(standing)}${WORDS[standing]}</span>`;
}

/** How many votes stand so, for the head of the page. */
export function standingCount(standing: Standing, number: number): Html {
  const tone = number === 0 ? "none" : MARKS[standing].tone;
  return html`<li class="${tone}">${glyphOf(standing)} <b>${number}</b> ${WORDS[standing]}</li>
`;
}

/** No physical device stands behind a vote. */
export function emulatedBadge(): Html {
  return html`<span class="badge emulated">emulated only</span>`;
}
