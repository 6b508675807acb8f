// Markdown of tables, lists and folds; a text that is not ours goes through `outside` or `word` before it gets here.
import { cleaned, plain } from "../evidence/plain.ts";

/** Characters that GitHub accepts in a body. */
export const LONGEST = 65_536;

/** What a person wrote: one line in a code span, in which nothing acts. */
export function outside(text: string, most = 120): string {
  return plain(text, most);
}

/** A name out of a checked manifest or a number in words: no code span, so that it reads as text. */
export function word(text: string, most = 120): string {
  return cleaned(text, most);
}

/** A table; cells are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** What is shown when somebody asks for it. */
export function fold(title: string, content: string): string {
  return `<details><summary>${title}</summary>\n\n${content}\n\n</details>`;
}

/** At most so many rows, with a last line that counts the others. */
export function shortened(rows: readonly (readonly string[])[], most: number): (readonly string[])[] {
  return rows.length <= most ? [...rows] : [...rows.slice(0, most), [`and ${rows.length - most} more`]];
}

/** `2026-11-29 12:00 UTC` */
export function moment(at: string): string {
  return `${at.slice(0, 10)} ${at.slice(11, 16)} UTC`;
}
