// What the table of attacks says as a whole: which rows it covers, and what a level of isolation stops.
import type { Attack, Attacks } from "../domain/attack.ts";
import { type Isolation, weaker } from "../domain/kernel.ts";

/** Rows of the catalogue. */
const ROWS = 44;

/** What is wrong with the table itself: rows without an attack or a reason, names twice. */
export function tableFaults({ attacks, controls, infeasible }: Attacks): readonly string[] {
  const covered = new Set([...attacks.flatMap(({ rows }) => rows), ...infeasible.map(({ row }) => row)]);
  const missing = Array.from({ length: ROWS }, (_, index) => index + 1).filter((row) => !covered.has(row));
  const names = [...attacks, ...controls].map(({ name }) => name);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  const both = infeasible.filter(({ row }) => attacks.some(({ rows }) => rows.includes(row)));
  return [
    ...missing.map((row) => `row ${row} has neither an attack nor a reason`),
    ...twice.map((name) => `'${name}' is there twice`),
    ...both.map(({ row }) => `row ${row} is infeasible and has an attack`),
  ];
}

/** Whether a level of isolation stops an attack; where it does not, it is not run. */
export function isStopped(attack: Attack, level: Isolation): boolean {
  return !weaker(level, attack.stops);
}
