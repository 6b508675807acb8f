// Takes the results of all seeds, gives the rows of the score and its table.
import type { SeedResult } from "./score.ts";
import { RULES } from "./rules.ts";

/** One kernel over all seeds. The shape of `judge score --json`. */
export interface ScoreRow {
  readonly op: string;
  readonly entry: string;
  readonly expected: "reject" | "accept";
  /** Row of the list of near misses or legal variants; empty for an op's own. */
  readonly number: string;
  readonly what: string;
  readonly seeds: number;
  /** Seeds in which every case was run: those that `lanes` and `rules` are counted over. */
  readonly thoroughSeeds: number;
  /** Cases it was run on, over all seeds. */
  readonly cases: number;
  /** Seeds in which a mutant was accepted, or a legal variant rejected. */
  readonly falseAccepts: number;
  readonly falseRejects: number;
  /** Lane -> seeds in which its gates objected. */
  readonly lanes: Readonly<Record<string, number>>;
  readonly expectedLane: string | null;
  /** Rule of another suite -> seeds in which it rejected. */
  readonly rules: Readonly<Record<string, number>>;
  /** The first objection to a legal variant, or the first seed's to a mutant. */
  readonly because: string;
}

function tally(sets: readonly ReadonlySet<string>[], names: readonly string[]): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, sets.filter((set) => set.has(name)).length]));
}

/** The rows of one op: results of each seed in the same order of kernels. */
export function rowsOf(op: string, seeds: readonly (readonly SeedResult[])[]): ScoreRow[] {
  return (seeds[0] ?? []).map(({ scored }, index) => {
    const results = seeds.flatMap((seed) => seed[index] ?? []);
    const rejected = results.filter((result) => result.rejected).length;
    const thorough = results.filter((result) => result.thorough);
    const { entry, expected, number, what, lane } = scored;
    return {
      op,
      entry,
      expected,
      number,
      what,
      seeds: results.length,
      thoroughSeeds: thorough.length,
      cases: results.reduce((sum, result) => sum + result.cases, 0),
      falseAccepts: expected === "reject" ? results.length - rejected : 0,
      falseRejects: expected === "accept" ? rejected : 0,
      lanes: tally(
        thorough.map((result) => result.lanes),
        ["A", "B", "C", "memory"],
      ),
      expectedLane: lane,
      rules: tally(
        thorough.map((result) => result.rules),
        RULES.map(({ name }) => name),
      ),
      because: results.find((result) => result.rejected)?.because ?? "",
    };
  });
}

function share(count: number, seeds: number): string {
  return count === 0 ? "·" : count === seeds ? "all" : String(count);
}

/** Whether every kernel got what it deserves in every seed. */
export function clean(rows: readonly ScoreRow[]): boolean {
  return rows.every((row) => row.falseAccepts === 0 && row.falseRejects === 0 && row.cases > 0);
}

function line(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, index) => cell.padEnd(widths[index] ?? 0))
    .join("  ")
    .trimEnd();
}

/** The table of the score, one line a kernel, then the same outputs under other suites' rules. */
export function scoreTable(rows: readonly ScoreRow[]): string {
  const head = ["", "op", "kernel", "no.", "rejected", "A", "B", "C", "mem", "what"];
  const body = rows.map((row) => {
    const wrong = row.falseAccepts + row.falseRejects > 0 || row.cases === 0;
    const rejected = row.expected === "reject" ? row.seeds - row.falseAccepts : row.falseRejects;
    const lanes = ["A", "B", "C", "memory"].map((lane) => {
      const cell = share(row.lanes[lane] ?? 0, row.thoroughSeeds);
      return row.expectedLane === lane ? `${cell}*` : cell;
    });
    const what = row.expected === "accept" ? `legal: ${row.what}` : row.what;
    return [wrong ? "✘" : "✔", row.op, row.entry, row.number, `${rejected}/${row.seeds}`, ...lanes, what];
  });
  const widths = head.map((_, column) => Math.max(...[head, ...body].map((cells) => cells[column]?.length ?? 0)));
  return [head, ...body].map((cells) => line(cells, widths)).join("\n");
}

/** Counts of wrong verdicts, ours and those of other suites' rules on the same outputs. */
export function rulesTable(rows: readonly ScoreRow[]): string {
  const runs = (expected: ScoreRow["expected"]): number =>
    rows.filter((row) => row.expected === expected).reduce((sum, row) => sum + row.thoroughSeeds, 0);
  const [mutants, legal] = [runs("reject"), runs("accept")];
  const sum = (pick: (row: ScoreRow) => number): number => rows.reduce((total, row) => total + pick(row), 0);
  const ours = ["this judge", sum((row) => row.falseAccepts), sum((row) => row.falseRejects)] as const;
  const others = RULES.map(({ name }) => {
    const accepted = sum((row) => (row.expected === "reject" ? row.thoroughSeeds - (row.rules[name] ?? 0) : 0));
    return [name, accepted, sum((row) => (row.expected === "accept" ? (row.rules[name] ?? 0) : 0))] as const;
  });
  return [
    `${"rule".padEnd(18)}false accepts of ${mutants}   false rejects of ${legal}`,
    ...[ours, ...others].map(
      ([name, accepts, rejects]) =>
        `${name.padEnd(18)}${String(accepts).padEnd(17 + String(mutants).length + 3)}${rejects}`,
    ),
  ].join("\n");
}
