// How problems name what they are about, and how many of them are told.
import type { RunRecord } from "../../domain/run-record.ts";
import { quoted } from "./plain.ts";

/** Problems that are told of one bundle; a hostile one could make millions. */
const TOLD = 200;

/** The first problems, and how many more there are. */
export function told(problems: readonly string[]): string[] {
  if (problems.length <= TOLD) return [...problems];
  return [...problems.slice(0, TOLD), `and ${problems.length - TOLD} more`];
}

/** `vendor/submission`. */
export function idOf({ submission }: RunRecord): string {
  return `${submission.vendor}/${submission.submission}`;
}

/** A record in words: which submission, which case. */
export function nameOf(record: RunRecord): string {
  return `${quoted(idOf(record))} ${quoted(record.case.name)}`;
}
