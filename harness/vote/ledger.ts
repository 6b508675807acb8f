// The ledger as text: one entry a line, each with the digest of the line before. Reading verifies all of it; nothing is decided on a broken chain.
import { createHash } from "node:crypto";
import { type Entry, entrySchema, type Event } from "../domain/ledger.ts";
import { HarnessError } from "../domain/problem.ts";

/** Where the ledger lies. */
export const LEDGER_BRANCH = "governance-ledger";
export const LEDGER_PATH = "ledger.jsonl";

/** The digest before the first line. */
const NOTHING = "0".repeat(64);

const digestOfLine = (line: string): string => createHash("sha256").update(line).digest("hex");

const linesOf = (text: string): string[] => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));

/** One thing wrong with a ledger. */
export interface Break {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

/** A ledger that was looked at whole. */
export interface Verified {
  readonly lines: readonly string[];
  /** Up to the first break. */
  readonly entries: readonly Entry[];
  /** In order of lines. */
  readonly breaks: readonly Break[];
}

/** Everything wrong with a ledger. That the last line was changed shows nowhere but in the branch's history. */
export function verify(text: string): Verified {
  const lines = linesOf(text);
  const entries: Entry[] = [];
  const breaks: Break[] = [];
  let previous = NOTHING;
  for (const [index, line] of lines.entries()) {
    const torn = index === lines.length - 1 && !text.endsWith("\n");
    const wrong = (message: string): unknown => breaks.push({ line: index + 1, message });
    if (torn) wrong("it has no end: it is torn");
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      value = undefined;
    }
    const read = entrySchema.safeParse(value);
    if (read.success) {
      const entry = read.data;
      if (entry.seq !== index) wrong(`its seq is ${entry.seq} where ${index} belongs`);
      if (entry.previous !== previous)
        wrong("the digest of the line before is another one: a line was changed, lost or added");
      if (breaks.length === 0) entries.push(entry);
    } else {
      const [issue] = read.error.issues;
      wrong(`it is no entry: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`.trimEnd());
    }
    previous = digestOfLine(line);
  }
  return { lines, entries, breaks };
}

/** The entries of a ledger. @throws HarnessError LEDGER_BROKEN */
export function readLedger(text: string): readonly Entry[] {
  const { entries, breaks } = verify(text);
  const [first] = breaks;
  if (first === undefined) return entries;
  throw new HarnessError(
    "LEDGER_BROKEN",
    `line ${first.line} of ${LEDGER_PATH} on branch ${LEDGER_BRANCH}: ${first.message}`,
    "nothing is decided until a maintainer has restored the branch from its history; npx openxpu vote audit shows every break",
  );
}

/** What is to be added. */
export interface Addition {
  readonly key: string;
  readonly event: Event;
}

/** The ledger with more entries. `text` must be whole. */
export function appended(text: string, additions: readonly Addition[], at: string, writer: string): string {
  const lines = linesOf(text);
  for (const { key, event } of additions) {
    const last = lines.at(-1);
    const entry: Entry = {
      schema: "openxpu.ledger/v1",
      seq: lines.length,
      previous: last === undefined ? NOTHING : digestOfLine(last),
      key,
      at,
      writer,
      event,
    };
    lines.push(JSON.stringify(entrySchema.parse(entry)));
  }
  return lines.map((line) => `${line}\n`).join("");
}
