// Problems as people read them: code, file:line:col, excerpt with a mark, fix. Pure.
import type { Problem } from "../../domain/problem.ts";

/** Control characters of hostile text never reach a terminal: they are shown as code points. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** One problem, two to five lines. */
export function problemText(problem: Problem): string {
  const { file, line, column } = problem.place;
  const lines = [`✘ ${problem.code}   ${file}:${line}:${column}`];
  const number = String(line).padStart(5);
  if (problem.excerpt !== undefined && problem.excerpt.trim() !== "") {
    lines.push(`${number} | ${problem.excerpt.slice(0, 160)}`, `${" ".repeat(number.length)} | ${" ".repeat(Math.max(0, column - 1))}^`);
  }
  lines.push(`      ${problem.message}`, `  fix ${problem.fix}`);
  return printable(lines.join("\n"));
}
