// The chain as text: what is appended verifies, what was touched does not.
import { describe, expect, it } from "vitest";
import { HarnessError } from "../domain/problem.ts";
import { type Addition, appended, readLedger, verify } from "./ledger.ts";

const KEY = "a".repeat(64);
const issue = (number: number): Addition => ({ key: KEY, event: { type: "issue", issue: number } });
const AT = "2026-01-05T10:00:00Z";
const LEDGER = appended(appended("", [issue(1), issue(2)], AT, "run 1"), [issue(3)], AT, "run 2");

describe("a ledger", () => {
  it("holds what was appended, in order, each line chained to the one before", () => {
    expect(readLedger(LEDGER).map(({ seq, writer, event }) => [seq, writer, event])).toEqual([
      [0, "run 1", { type: "issue", issue: 1 }],
      [1, "run 1", { type: "issue", issue: 2 }],
      [2, "run 2", { type: "issue", issue: 3 }],
    ]);
  });

  it("is empty at first", () => expect(readLedger("")).toEqual([]));

  it.each([
    ["a changed line", LEDGER.replace('"issue":1', '"issue":7'), [2]],
    ["a line that was lost", LEDGER.split("\n").toSpliced(1, 1).join("\n"), [2, 2]],
    ["a line that was added", `${LEDGER}${LEDGER.split("\n")[2] ?? ""}\n`, [4, 4]],
    [
      "lines in another order",
      LEDGER.split("\n")
        .toSpliced(0, 2, ...LEDGER.split("\n").slice(0, 2).toReversed())
        .join("\n"),
      [1, 1, 2, 2, 3],
    ],
    ["a torn last line", LEDGER.slice(0, -10), [3, 3]],
    ["a last line without its end", LEDGER.slice(0, -1), [3]],
    ["what is no JSON", `${LEDGER}{\n`, [4]],
    ["an unknown event", LEDGER.replace('"type":"issue","issue":3', '"type":"grant","issue":3'), [3]],
  ])("with %s says which line", (_, text, lines) => {
    expect(verify(text).breaks.map(({ line }) => line)).toEqual(lines);
    expect(() => readLedger(text)).toThrow(HarnessError);
  });

  it("gives what came before the first break", () => {
    expect(verify(LEDGER.slice(0, -1)).entries).toHaveLength(2);
  });
});
