// The outcome as people read it: a line for each attack, for each control, for each effect.
import type { Outcome } from "./run.ts";

function line(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, index) => cell.padEnd(widths[index] ?? 0))
    .join("  ")
    .trimEnd();
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  return rows.map((cells) => line(cells, widths)).join("\n");
}

/** Words of hostile code on one line, without what acts on a terminal. */
function plain(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]+/g, " ").slice(0, 160);
}

const mark = (ok: boolean): string => (ok ? "✔" : "✘");

/** The table; of an attack that succeeded, also why. */
export function attacksTable({ level, attacks, controls, effects }: Outcome): string {
  const head = ["", "attack", "row", "source", "expected", "got", "speedup"];
  const rows = attacks.map(({ ok, decided, attack, rows: numbers, source, expected, got, speedup, reading }) => [
    decided ? mark(ok) : "○",
    attack,
    numbers.join(",") || "-",
    source,
    expected.join("|"),
    got,
    speedup === null ? "" : `${speedup.toFixed(2)} ${reading ?? ""}`,
  ]);
  const succeeded = attacks.filter(({ ok }) => !ok);
  const open = attacks.filter(({ ok, decided }) => ok && !decided);
  const spared = attacks.filter(({ got }) => got === "NOT_RUN").length;
  return [
    table([head, ...rows]),
    ...succeeded.map(({ attack, got, because }) => `✘ ${attack}: ${got} ${plain(because)}`),
    ...open.map(({ attack, because }) => `○ ${attack}: undecided, nobody got a speedup: ${plain(because)}`),
    "",
    table(
      controls.map((row) => [
        mark(row.runs === row.passed),
        row.control,
        row.dialect,
        `${row.passed}/${row.runs}`,
        plain(row.because),
      ]),
    ),
    "",
    table(effects.map(({ effect, ok, because }) => [mark(ok), effect, plain(because)])),
    "",
    `${succeeded.length} of ${attacks.length - spared} attacks succeeded${open.length === 0 ? "" : `, ${open.length} undecided`} · isolation ${level}${spared === 0 ? "" : ` · ${spared} not tried: this level does not stop them`}`,
  ].join("\n");
}
