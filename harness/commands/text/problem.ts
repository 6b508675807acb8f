// Problems as people read them: code, file:line:col, excerpt with a mark, fix. Pure.
import type { Problem } from "../../domain/problem.ts";

/** Control characters of hostile text never reach a terminal: they are shown as code points. */
export function printable(text: string): string {
  return text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Text on one line: a line that a kernel or a manifest made up must not look like one of ours. */
export function oneLine(text: string): string {
  return text.trim().replace(/\s*[\r\n]+\s*/g, " ⏎ ");
}

/** Characters of an excerpt that are shown. */
const WIDTH = 160;

/** The line with a mark under the column; of a long line the part around it. */
function excerptLines(excerpt: string, line: number, column: number): string[] {
  const from = column > WIDTH - 40 ? column - WIDTH / 2 : 0;
  const number = String(line).padStart(5);
  const mark = " ".repeat(Math.max(0, column - 1 - from));
  return [
    `${number} | ${excerpt.replaceAll("\t", " ").slice(from, from + WIDTH)}`,
    `${" ".repeat(number.length)} | ${mark}^`,
  ];
}

/** One problem, two to five lines. */
export function problemText(problem: Problem): string {
  const { file, line, column } = problem.place;
  const lines = [`✘ ${problem.code}   ${oneLine(file)}:${line}:${column}`];
  if (problem.excerpt !== undefined && problem.excerpt.trim() !== "")
    lines.push(...excerptLines(problem.excerpt, line, column));
  lines.push(`      ${oneLine(problem.message)}`, `  fix ${problem.fix}`);
  return printable(lines.join("\n"));
}
