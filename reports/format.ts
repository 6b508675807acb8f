// Numbers as people read them; every function gives plain text.
import type { RunRecord } from "../harness/domain/run-record.ts";

/** A number, or one of the three that JSON cannot hold. */
export type Real = RunRecord["gates"][number]["statistic"];

/** A record's number as float64. */
export function numeric(real: Real): number {
  return typeof real === "number" ? real : Number(real);
}

/** 57856 as 57,856. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** "1 case", "2 cases". */
export function plural(value: number, noun: string, nouns = `${noun}s`): string {
  return `${count(value)} ${value === 1 ? noun : nouns}`;
}

/** Three significant digits; small and large ones in scientific notation. */
export function real(value: Real): string {
  const number = numeric(value);
  if (Number.isNaN(number)) return "NaN";
  if (!Number.isFinite(number)) return number > 0 ? "\u221e" : "-\u221e";
  if (number === 0) return "0";
  const size = Math.abs(number);
  if (size < 1e-3 || size >= 1e6) return number.toExponential(2).replace(/\.?0+e/, "e");
  if (Number.isInteger(number) || size >= 1000) return (number < 0 ? "-" : "") + count(Math.round(size));
  return String(Number(number.toPrecision(3)));
}

const TIMES: readonly (readonly [number, string])[] = [
  [1e9, "s"],
  [1e6, "ms"],
  [1e3, "\u00b5s"],
];

/** Nanoseconds with the unit that suits their size. */
export function duration(ns: number): string {
  if (ns === 0) return "0 ns";
  const [scale, unit] = TIMES.find(([from]) => ns >= from) ?? [1, "ns"];
  const value = ns / scale;
  return `${value >= 100 ? value.toFixed(0) : value.toPrecision(3)} ${unit}`;
}

/** "12.3 us [12.1, 12.6]" */
export function durationInterval(median: number, [low, high]: readonly [number, number]): string {
  return `${duration(median)} [${duration(low)}, ${duration(high)}]`;
}

/** Digits after the point: about three significant ones. */
function ratioDigits(value: number): number {
  if (value >= 99.5) return 0;
  return value >= 9.95 ? 1 : 2;
}

/** "1.37x" */
export function ratio(value: number): string {
  return `${value.toFixed(ratioDigits(value))}x`;
}

/** Most digits after the point of an interval: more than any clock supports. */
const MOST_DIGITS = 4;

/** "1.37x [1.34, 1.40]"; more digits where a narrow interval would look like none. */
export function ratioInterval(value: number, [low, high]: readonly [number, number]): string {
  let digits = ratioDigits(value);
  while (digits < MOST_DIGITS && low.toFixed(digits) === high.toFixed(digits)) digits += 1;
  return `${value.toFixed(digits)}x [${low.toFixed(digits)}, ${high.toFixed(digits)}]`;
}

/** A share in percent; never rounded to 0 or 100 where it is neither. */
export function percent(part: number, whole: number): string {
  if (whole === 0 || part === 0) return "0 %";
  if (part === whole) return "100 %";
  const value = (100 * part) / whole;
  if (value < 0.1) return "< 0.1 %";
  if (value > 99.9) return "> 99.9 %";
  return `${value.toFixed(1)} %`;
}

/** "2026-11-22 10:15:00 UTC"; text that is no time stays as it is. */
export function instant(time: string): string {
  const milliseconds = Date.parse(time);
  if (Number.isNaN(milliseconds)) return time;
  return `${new Date(milliseconds).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** Axes or attributes of a case: "H 56, W 56, strides 1 1". */
export function bindings(values: Readonly<Record<string, number | boolean | string | readonly number[]>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(" ") : String(value)}`)
    .join(", ");
}
