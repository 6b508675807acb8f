// Text that a stranger wrote, made harmless: for reasons in words, and for Markdown.

/** Blank though they count as letters. */
const BLANKS = /[\u115f\u1160\u2800\u3164\uffa0]/g;

/** What Markdown, HTML or GitHub would read as more than a letter, and what stands for it. */
const LOOKALIKES: readonly (readonly [RegExp, string])[] = [
  [/`/g, "'"],
  [/\|/g, "¦"],
  [/</g, "‹"],
  [/>/g, "›"],
  [/@/g, "＠"],
  [/:\/\//g, ": //"],
  [/\]\(/g, "] ("],
];

/**
 * One line without control, bidirectional, invisible or unassigned characters, of at most `limit` characters; with look-alikes where Markdown
 * or HTML would see more than text.
 */
export function cleaned(text: string, limit = 200): string {
  // What lies far beyond the limit is never looked at: cleaning costs the same for 100 MB.
  let line = text
    .slice(0, limit * 8)
    .replace(/[\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu, "")
    .replace(BLANKS, "")
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ")
    .replace(/(\p{M}{2})\p{M}+/gu, "$1");
  for (const [from, to] of LOOKALIKES) line = line.replace(from, to);
  const characters = Array.from(line.trim());
  if (characters.length <= limit && text.length <= limit * 8) return characters.join("");
  return `${characters.slice(0, limit - 1).join("")}…`;
}

/** A word of a bundle inside a sentence of ours. */
export function quoted(text: string): string {
  return `'${cleaned(text, 60)}'`;
}

/** Text as Markdown that says nothing but itself: a code span, in which GitHub reads no mention, link, image, HTML or reference. */
export function plain(text: string, limit = 200): string {
  const line = cleaned(text, limit);
  return line === "" ? "" : `\`${line}\``;
}
