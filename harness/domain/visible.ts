// What is visible text: the one rule for every place where people read what a stranger wrote (terminal, job logs, pages, exports).

/** `[U+202E]`: plain ASCII, which every font and terminal has. */
function mark(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  return `[U+${point.toString(16).toUpperCase().padStart(4, "0")}]`;
}

/**
 * What must never reach a reader as it is: controls (but tab and line feed), format characters (bidi overrides and
 * isolates, zero-width marks, byte order marks, tags), fillers that show as nothing, line and paragraph separators, lone
 * surrogates and noncharacters (XML 1.0 forbids the last two as well). Variation selectors stay: emoji are made with them.
 */
const ACTING =
  /(?![\t\n]|\p{Variation_Selector})[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/gu;

/** The text with every acting character shown as a mark; line ends become `\n`. */
export function visible(text: string): string {
  return text.replaceAll("\r\n", "\n").replaceAll(ACTING, mark);
}

/** The same in one line, for names, table cells and attributes. */
export function oneLine(text: string): string {
  return visible(text).replaceAll(/\s+/gu, " ").trim();
}

/** JSON for people and programs: the same value, with acting characters as escapes, so that showing the document is harmless. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 1).replaceAll(ACTING, (character) =>
    [...Array(character.length).keys()]
      .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`)
      .join(""),
  );
}

/** At most `most` UTF-16 units from the start, cut between characters; how much is missing is said. */
export function beginning(text: string, most: number): string {
  if (text.length <= most) return text;
  const kept = text.slice(0, most).replace(/[\ud800-\udbff]$/, "");
  return `${kept}\n[${text.length - kept.length} characters more were cut]\n`;
}

/** The same from the end; whoever gave the text may have cut it before. */
export function ending(text: string, most: number): string {
  if (text.length <= most) return text;
  const kept = text.slice(-most).replace(/^[\udc00-\udfff]/, "");
  return `[at least ${text.length - kept.length} characters before this were cut]\n${kept}`;
}
