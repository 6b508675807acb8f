// Text of a record made safe to look at: characters that hide, reorder or end text are shown as marks.

/** `[U+202E]`: plain ASCII, which every font and terminal has. */
function mark(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  return `[U+${point.toString(16).toUpperCase().padStart(4, "0")}]`;
}

/**
 * What must never reach a reader as it is: controls (but tab and line feed), format characters (bidi overrides and
 * isolates, zero-width marks, byte order marks, tags), line and paragraph separators, lone surrogates and noncharacters
 * (XML 1.0 forbids the last two as well).
 */
const ACTING = /(?![\t\n])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]/gu;

/** The text with every acting character shown as a mark; line ends become `\n`. */
export function visible(text: string): string {
  return text.replaceAll("\r\n", "\n").replaceAll(ACTING, mark);
}

/** The same in one line, for names, table cells and attributes. */
export function oneLine(text: string): string {
  return visible(text).replaceAll(/\s+/gu, " ").trim();
}
