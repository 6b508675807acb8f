// What the self-test of the clock says of trials whose numbers are known.
import { describe, expect, it } from "vitest";
import type { Race } from "../domain/measurement.ts";
import type { Trial } from "./measure-trials.ts";
import { type SelftestRow, selftestTable, simulatedRows, trialRows } from "./measure.ts";

function read(ratio: number, half: number): Race {
  const pairs = Array.from({ length: 30 }, (): [number, number] => [1, ratio]);
  return { baseline: "spin", pairs, ratio, interval: [ratio - half, ratio + half], stopReason: "precise" };
}

const good: Trial = { same: read(1.001, 0.005), slower: read(0.952, 0.005), sequential: { same: 1.03, slower: 0.95 } };

/** The value and verdict of a row. */
function of(rows: readonly SelftestRow[], what: string): [number, boolean] {
  const found = rows.find((row) => row.what === what);
  if (found === undefined) throw new Error(`no row '${what}'`);
  return [found.value, found.ok];
}

describe("trials on known times", () => {
  it("are within the bars where identical code reads the same and slower code reads slower", () => {
    const rows = trialRows([good, good, good], 2);
    expect(rows.every(({ ok, hogs, trials }) => ok && hogs === 2 && trials === 3)).toBe(true);
    expect(of(rows, "A/A intervals that hold 1")).toEqual([1, true]);
    expect(of(rows, "sequential A/A alarms")).toEqual([1, true]);
  });

  it("are not where identical code is an alarm, or strays", () => {
    const rows = trialRows([good, { ...good, same: read(1.04, 0.01) }], 0);
    expect(of(rows, "A/A alarms")).toEqual([0.5, false]);
    expect(of(rows, "A/A |log ratio|, largest")[1]).toBe(false);
    expect(of(rows, "A/A |log ratio|, median")[1]).toBe(false);
  });

  it("are not where a slowdown is missed: its interval has to be wholly beyond 2 %", () => {
    const rows = trialRows([{ ...good, slower: read(0.952, 0.03) }], 0);
    expect(of(rows, "5 % slowdown found")).toEqual([0, false]);
  });
});

describe("a trial that found no time for 30 pairs", () => {
  const few: Race = { ...read(3, 1), pairs: [[1, 3]], stopReason: "budget" };

  it("is counted, and reads nothing", () => {
    const rows = trialRows([good, { ...good, same: few }], 2);
    expect(of(rows, "trials that found no time for 30 pairs")).toEqual([0.5, true]);
    expect(of(rows, "A/A alarms")).toEqual([0, true]);
  });

  it("is no proof where there is no other", () => {
    expect(trialRows([{ ...good, slower: few }], 0).map(({ ok }) => ok)).toEqual([true, false]);
  });
});

describe("simulated races", () => {
  it("are counted for each kind of noise", () => {
    const rows = simulatedRows(70);
    expect(rows.length).toBeGreaterThanOrEqual(6);
    expect(rows.every(({ trials, value }) => trials === 70 && value > 0.8 && value <= 1)).toBe(true);
  });
});

describe("the table", () => {
  it("marks what is held against a bar, and only shows the rest", () => {
    const lines = selftestTable(trialRows([good], 0)).split("\n");
    expect(lines.some((line) => /^✔ A\/A alarms +0 +1 +0\.0000 {2}at most 0\.01$/.test(line))).toBe(true);
    expect(lines.some((line) => line.startsWith("  sequential A/A alarms"))).toBe(true);
  });
});
