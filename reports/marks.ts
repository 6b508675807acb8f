// Glyph and word for every verdict: colour only repeats them.
import type { Device } from "../harness/domain/device.ts";
import type { Finding, Status } from "../harness/domain/verdict.ts";
import type { Agreement } from "./agreement.ts";
import { type Html, html } from "./html.ts";
import { type Outcome, outcomeOf, type Row } from "./model.ts";

type Tone = "good" | "bad" | "warn" | "quiet";

interface Mark {
  readonly glyph: string;
  readonly word: string;
  readonly tone: Tone;
}

export const OUTCOME_MARKS: Readonly<Record<Outcome, Mark>> = {
  conforms: { glyph: "\u2714", word: "conforms", tone: "good" },
  fails: { glyph: "\u2718", word: "fails", tone: "bad" },
  unsupported: { glyph: "\u2298", word: "unsupported", tone: "warn" },
  infrastructure: { glyph: "\u26a0", word: "infrastructure", tone: "warn" },
  incomplete: { glyph: "\u25cc", word: "incomplete", tone: "warn" },
};

const AGREEMENT_MARKS: Readonly<Record<Agreement, Mark>> = {
  agrees: { glyph: "\u2714", word: "agrees", tone: "good" },
  disagrees: { glyph: "\u2718", word: "disagrees", tone: "bad" },
  unanswered: { glyph: "\u2718", word: "no answer", tone: "bad" },
  witnessFails: { glyph: "\u26a0", word: "fails itself", tone: "warn" },
  absent: { glyph: "\u2013", word: "absent", tone: "quiet" },
};

/** What the counts of a cell are called. */
export const AGREEMENT_WORDS: Readonly<Record<Agreement, string>> = {
  agrees: "agree",
  disagrees: "disagree",
  unanswered: "unanswered",
  witnessFails: "fail itself",
  absent: "absent",
};

function markOf({ glyph, word, tone }: Mark): Html {
  return html`<span class="mark ${tone}"><span aria-hidden="true">${glyph}</span>${word}</span>`;
}

export function agreementMark(agreement: Agreement): Html {
  return markOf(AGREEMENT_MARKS[agreement]);
}

/** A status by its code, which is what people search for. */
export function statusMark(status: Status): Html {
  const { glyph, tone } = OUTCOME_MARKS[outcomeOf(status)];
  return markOf({ glyph, tone, word: status });
}

/** The verdict of a row: the word where it conforms, the status where it does not. */
export function rowWord(row: Pick<Row, "outcome" | "status">): string {
  if (row.outcome === "conforms" || row.outcome === "incomplete") return OUTCOME_MARKS[row.outcome].word;
  return row.status;
}

export function rowMark(row: Pick<Row, "outcome" | "status">): Html {
  return markOf({ ...OUTCOME_MARKS[row.outcome], word: rowWord(row) });
}

/** The same, large, for the head of a page. */
export function seal(outcome: Outcome, word: string): Html {
  const { glyph, tone } = OUTCOME_MARKS[outcome];
  return html`<span class="seal ${tone}"><span aria-hidden="true">${glyph}</span>${word}</span>`;
}

/** Emulated or physical: never left to be guessed. */
export function deviceBadge(device: Pick<Device, "emulated">): Html {
  return device.emulated
    ? html`<span class="badge emulated">emulated</span>`
    : html`<span class="badge physical">physical</span>`;
}

const LANES: Readonly<Record<Finding["lane"], string>> = {
  A: "lane A, exact probes",
  B: "lane B, random inputs",
  C: "lane C, special values",
  memory: "memory",
  execution: "execution",
};

export function laneWords(lane: Finding["lane"]): string {
  return LANES[lane];
}

/** What the statistic of a gate is, for those that the verdict policy names. */
const GATES: Readonly<Record<string, string>> = {
  G1: "largest error of an element / allowed error",
  G2: "root of the mean of (error / sigma)\u00b2",
  G3: "systematic error, in standard deviations",
};

export function gateWords(gate: string): string | null {
  return Object.hasOwn(GATES, gate) ? (GATES[gate] ?? null) : null;
}
