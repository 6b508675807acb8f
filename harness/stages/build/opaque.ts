// Takes C++, gives it with comments and literals blanked, every character in its place, in one pass: the source may be hostile. Pure.

const LETTER = /[A-Za-z_]/;
const DIGIT = /[0-9]/;
const WORD = /\w/;
const RAW_PREFIX = /^(u8|u|U|L)?R$/;
const RAW_OPENING = /"([^()\\\s]{0,16})\(/y;

/** The index after the literal that begins at `at`; an unfinished one ends with its line. */
function literalEnd(source: string, at: number): number {
  const quote = source[at];
  for (let i = at + 1; i < source.length; i += 1) {
    if (source[i] === "\n") return i;
    if (source[i] === quote) return i + 1;
    if (source[i] === "\\" && source[i + 1] !== "\n") i += 1;
  }
  return source.length;
}

/** The index after `closing`, or the end of an unfinished text. */
function after(source: string, closing: string, from: number): number {
  const found = source.indexOf(closing, from);
  return found < 0 ? source.length : found + closing.length;
}

/** The index after the raw string whose quote is at `at`. */
function rawEnd(source: string, at: number): number {
  RAW_OPENING.lastIndex = at;
  const opening = RAW_OPENING.exec(source);
  return opening === null ? literalEnd(source, at) : after(source, `)${opening[1] ?? ""}"`, at + opening[0].length);
}

/** The index after the run of characters that `within` accepts. */
function runEnd(source: string, at: number, within: RegExp): number {
  let end = at;
  while (end < source.length && within.test(source[end] ?? "")) end += 1;
  return end;
}

/** Quotes, dots and signs belong to a number as in 1'024 and begin nothing. */
const NUMBER = /[\w.']/;

/** Where the text at `at` ends, and whether it is a comment or a literal. */
function textAt(source: string, at: number): { readonly end: number; readonly opaque: boolean } {
  const [first = "", second = ""] = [source[at], source[at + 1]];
  if (first === "/" && second === "/") {
    const end = source.indexOf("\n", at);
    return { end: end < 0 ? source.length : end, opaque: true };
  }
  if (first === "/" && second === "*") return { end: after(source, "*/", at + 2), opaque: true };
  if (first === '"' || first === "'") return { end: literalEnd(source, at), opaque: true };
  if (DIGIT.test(first)) return { end: runEnd(source, at, NUMBER), opaque: false };
  return { end: LETTER.test(first) ? runEnd(source, at, WORD) : at + 1, opaque: false };
}

const blank = (text: string): string => text.replace(/[^\n]/g, " ");

/** Blanks comments and literals, so that their text is never taken for code. */
export function withoutOpaque(source: string): string {
  const parts: string[] = [];
  for (let at = 0; at < source.length; ) {
    const { end, opaque } = textAt(source, at);
    const text = source.slice(at, end);
    parts.push(opaque ? blank(text) : text);
    at = end;
    if (!opaque && RAW_PREFIX.test(text) && source[at] === '"') {
      at = rawEnd(source, end);
      // The prefix is a part of the literal.
      parts[parts.length - 1] = blank(source.slice(end - text.length, at));
    }
  }
  return parts.join("");
}
