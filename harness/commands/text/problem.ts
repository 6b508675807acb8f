// Problems as people read them: code, file:line:col, excerpt with a mark, fix. Pure.
import type { Problem } from "../../domain/problem.ts";
import { visible } from "../../domain/visible.ts";

/** Text on one line: a line that a kernel or a manifest made up must not look like one of ours. */
export function oneLine(text: string): string {
  const lines = text.split(/[\r\n]+/).map((line) => line.trim());
  return lines.filter((line) => line !== "").join(" ⏎ ");
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
  lines.push(`      ${oneLine(problem.message)}`, `  fix ${oneLine(problem.fix)}`);
  return visible(lines.join("\n"));
}
