// Tables of bad input as text: what is wrong and the edit that makes it so, then the code, place, message and fix it must give.
import { expect } from "vitest";
import type { Problem } from "../domain/problem.ts";

/** One row of a table, after its rule. */
export interface Row {
  /** Text of the manifest that is replaced. */
  readonly from: string;
  readonly to: string;
  readonly expected: string;
}

/**
 * Reads a table of pairs of lines, `rule: from => to` and `CODE line:column part of the message · part of the fix`. `~` stands for the
 * end of a line.
 */
export function rows(table: string): (readonly [rule: string, row: Row])[] {
  const lines = table.trim().split("\n");
  return lines.flatMap((line, index) => {
    if (index % 2 === 1) return [];
    const match = /^(.*?): (.*) => ?(.*)$/.exec(line.trim());
    const [, rule, from, to] = match ?? [];
    const expected = lines[index + 1]?.trim();
    if (rule === undefined || from === undefined || to === undefined || expected === undefined) {
      throw new Error(`not a row: '${line}'`);
    }
    return [[rule, { from: from.replaceAll("~", "\n"), to: to.replaceAll("~", "\n"), expected }] as const];
  });
}

/** The one problem found must be the expected one: `CODE file:line:column message · fix`; without a file, `file` is meant. */
export function expectProblem(found: readonly Problem[], expected: string, file: string): void {
  const parts = /^(\w+) (\S+) (.*) · (.*)$/.exec(expected)?.slice(1) ?? [];
  const [code = "", place = "", message = "", fix = ""] = parts;
  expect(found.map((problem) => problem.code)).toEqual([code]);
  const at = place.split(":").length > 2 ? place : `${file}:${place}`;
  expect(found.map((problem) => `${problem.place.file}:${problem.place.line}:${problem.place.column}`)).toEqual([at]);
  expect(found.map((problem) => problem.message).join()).toContain(message);
  expect(found.map((problem) => problem.fix).join()).toContain(fix);
}
