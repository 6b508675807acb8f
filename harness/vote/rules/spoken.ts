// A comment's command lines: what stands at the start of a line, outside code and hidden text, with what follows it.

/** Commands that a comment can hold, without their slash. */
const WORDS = ["vote", "recheck", "cancel", "explain", "revote"] as const;
export type Word = (typeof WORDS)[number];

/** A command line and the lines up to the next one. */
export interface Spoken {
  readonly word: Word;
  /** After the word, on its line; trimmed. */
  readonly rest: string;
  /** Visible lines below, as written. */
  readonly below: readonly string[];
}

/** Largest number of code points kept of what somebody said. */
const LONGEST = 2000;

/** How a fence opens or closes: its character and length. */
interface Fence {
  readonly mark: string;
  readonly length: number;
  /** Whether nothing follows it, as a closing one wants. */
  readonly bare: boolean;
}

function fenceOf(line: string): Fence | null {
  const found = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
  if (found === undefined) return null;
  const rest = line.slice(line.indexOf(found) + found.length);
  const mark = found.charAt(0);
  // Three backticks and more behind them on the same line are code within the line, no fence.
  if (mark === "`" && rest.includes("`")) return null;
  return { mark, length: found.length, bare: rest.trim() === "" };
}

function wordOf(line: string): { readonly word: Word; readonly rest: string } | null {
  const start = /^ {0,3}\/([a-z]{1,8})(?=[ \t]|$)/.exec(line);
  const word = WORDS.find((known) => known === start?.[1]);
  return start === null || word === undefined ? null : { word, rest: line.slice(start[0].length).trim() };
}

/** The command lines of a comment, in order. Every line is looked at once. */
export function spokenIn(body: string): Spoken[] {
  const spoken: { word: Word; rest: string; below: string[] }[] = [];
  let fence: Fence | null = null;
  let hidden = false;
  for (const line of body.split(/\r\n|\r|\n/)) {
    const mark = fenceOf(line);
    if (fence !== null) {
      if (mark?.mark === fence.mark && mark.length >= fence.length && mark.bare) fence = null;
    } else {
      hidden ||= /^ {0,3}<!--/.test(line);
      if (hidden) {
        // Hidden on the page: neither a command nor a reason.
        hidden = !line.includes("-->");
        continue;
      }
      fence = mark;
      const command = wordOf(line);
      if (command !== null) {
        spoken.push({ ...command, below: [] });
        continue;
      }
    }
    spoken.at(-1)?.below.push(line);
  }
  return spoken;
}

/** A text with something to read in it, trimmed and cut to `LONGEST` code points; null for one of blanks, marks and invisible characters. */
export function reasonIn(text: string): string | null {
  const whole = text.replace(/\p{Surrogate}/gu, "\ufffd").trim();
  // The cut takes whole code points, and no more of them than it needs.
  const kept = Array.from(whole.slice(0, 2 * LONGEST + 1))
    .slice(0, LONGEST)
    .join("")
    .trim();
  const visible = kept.replace(/\p{Default_Ignorable_Code_Point}/gu, "");
  return /[\p{L}\p{N}]/u.test(visible) ? kept : null;
}
