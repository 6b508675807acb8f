// The files of a bundle as values: sizes, digests, schema and lines, before anything is believed.
import type { ArchiveLimits } from "../../domain/archive.ts";
import { type Bundle, bundleSchema } from "../../domain/evidence.ts";
import { type RunRecord, recordSchema } from "../../domain/run-record.ts";
import { BUNDLE_FILE, RECORDS_FILE, sha256 } from "./pack.ts";
import { quoted } from "./plain.ts";

/** Bytes of all files, records, bytes of a line, characters of a text and of a log, entries of a list, lists in lists. */
const LIMITS = {
  bytes: 2 ** 26,
  records: 20_000,
  line: 2 ** 20,
  bundle: 2 ** 20,
  text: 4096,
  log: 8192,
  list: 10_000,
  depth: 8,
} as const;

/** What the archive of an artifact may hold. */
export const ARCHIVE: ArchiveLimits = { entries: 64, fileBytes: LIMITS.bytes, totalBytes: LIMITS.bytes };

/** What a schema says of a value that it refuses. */
interface SchemaError {
  readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
}

type Parsed<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problems: readonly string[] };

const refuse = (...problems: readonly string[]): { readonly ok: false; readonly problems: readonly string[] } => ({
  ok: false,
  problems,
});

/** JSON as the harness writes it; undefined for anything else. A second spelling of the same value could show others another one. */
function jsonOf(bytes: Uint8Array, indent?: number): unknown {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    return JSON.stringify(value, null, indent) === text.trimEnd() ? value : undefined;
  } catch {
    return undefined;
  }
}

function bundleOf(files: ReadonlyMap<string, Uint8Array>): Parsed<Bundle> {
  const bytes = files.get(BUNDLE_FILE);
  if (bytes === undefined) return refuse(`there is no ${BUNDLE_FILE}`);
  if (bytes.length > LIMITS.bundle) return refuse(`${BUNDLE_FILE} has more than ${LIMITS.bundle} bytes`);
  const value = jsonOf(bytes, 1);
  if (value === undefined) return refuse(`${BUNDLE_FILE} is not JSON as 'evidence pack' writes it`);
  const large = sizeProblems(value);
  if (large.length > 0) return refuse(...large.slice(0, 3).map((words) => `${BUNDLE_FILE}: ${words}`));
  const parsed = bundleSchema.safeParse(value);
  if (parsed.success) return { ok: true, value: parsed.data };
  return refuse(...schemaProblems(parsed.error, 10).map((words) => `${BUNDLE_FILE}: ${words}`));
}

function fileProblems(bundle: Bundle, files: ReadonlyMap<string, Uint8Array>): string[] {
  const problems: string[] = [];
  const listed = bundle.files.map(({ name }) => name);
  const total = [...files.values()].reduce((sum, { length }) => sum + length, 0);
  if (total > LIMITS.bytes) problems.push(`its files have ${total} bytes, ${LIMITS.bytes} are allowed`);
  if (!listed.includes(RECORDS_FILE)) problems.push(`${BUNDLE_FILE} lists no ${RECORDS_FILE}`);
  if (listed.some((name, index) => index > 0 && name <= (listed[index - 1] ?? "")))
    problems.push(`${BUNDLE_FILE} lists a file twice, or not in order`);
  for (const name of files.keys())
    if (name !== BUNDLE_FILE && !listed.includes(name)) problems.push(`${quoted(name)} is not listed`);
  for (const { name, bytes, digest } of bundle.files) {
    const content = files.get(name);
    if (content === undefined || name === BUNDLE_FILE) problems.push(`${quoted(name)} is listed and not there`);
    else if (content.length !== bytes)
      problems.push(`${quoted(name)} has ${content.length} bytes, ${bytes} are listed`);
    else if (sha256(content) !== digest) problems.push(`${quoted(name)} has another digest than listed`);
  }
  return problems;
}

/** Texts, lists, depths and numbers beyond what the harness writes, by field: looked at before a schema makes an objection of each element. */
function sizeProblems(value: unknown, field = "", depth = 0): string[] {
  if (typeof value === "string")
    return value.length > (field === "log" ? LIMITS.log : LIMITS.text)
      ? [`${quoted(field)} has ${value.length} characters`]
      : [];
  if (typeof value === "number") return Number.isFinite(value) ? [] : [`${quoted(field)} is not finite`];
  if (typeof value !== "object" || value === null) return [];
  const entries = Object.entries(value);
  if (entries.length > LIMITS.list) return [`${quoted(field)} has ${entries.length} entries`];
  if (depth > LIMITS.depth) return [`${quoted(field)} is nested deeper than ${LIMITS.depth}`];
  return entries.flatMap(([key, inner]) => sizeProblems(inner, field === "" ? key : `${field}.${key}`, depth + 1));
}

/** The first objections of a schema. */
function schemaProblems({ issues }: SchemaError, first: number): string[] {
  return issues.slice(0, first).map(({ path, message }) => `${quoted(path.map(String).join("."))}: ${quoted(message)}`);
}

function recordOf(line: Uint8Array): Parsed<RunRecord> {
  if (line.length > LIMITS.line) return refuse(`it has ${line.length} bytes, ${LIMITS.line} are allowed`);
  const value = jsonOf(line);
  if (value === undefined) return refuse("it is not JSON as the harness writes it");
  const large = sizeProblems(value);
  if (large.length > 0) return refuse(...large.slice(0, 3));
  const parsed = recordSchema.safeParse(value);
  return parsed.success ? { ok: true, value: parsed.data } : refuse(...schemaProblems(parsed.error, 3));
}

const BREAK = 10;

/** The lines of a file; the last must be whole too. */
function linesOf(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let start = 0; start < bytes.length && lines.length <= LIMITS.records; ) {
    const end = bytes.indexOf(BREAK, start);
    lines.push(bytes.subarray(start, end < 0 ? bytes.length : end));
    start = end < 0 ? bytes.length : end + 1;
  }
  return lines;
}

function recordsOf(bytes: Uint8Array): Parsed<RunRecord[]> {
  const lines = linesOf(bytes);
  if (lines.length > LIMITS.records) return refuse(`${RECORDS_FILE} has more than ${LIMITS.records} lines`);
  if (lines.length === 0) return refuse(`${RECORDS_FILE} holds no record`);
  const records: RunRecord[] = [];
  const problems: string[] = [];
  for (const [index, line] of lines.entries()) {
    const parsed = recordOf(line);
    if (parsed.ok) records.push(parsed.value);
    else problems.push(...parsed.problems.map((words) => `${RECORDS_FILE}:${index + 1}: ${words}`));
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: records };
}

/** A bundle whose files are what it says and whose records have the right form. */
export interface ParsedBundle {
  readonly bundle: Bundle;
  readonly records: readonly RunRecord[];
}

/** Reads the files of an artifact. */
export function parseBundle(files: ReadonlyMap<string, Uint8Array>): Parsed<ParsedBundle> {
  const bundle = bundleOf(files);
  if (!bundle.ok) return bundle;
  const problems = fileProblems(bundle.value, files);
  // Lines are read only of files that are what the bundle says, within the limits.
  if (problems.length > 0) return { ok: false, problems };
  const records = recordsOf(files.get(RECORDS_FILE) ?? new Uint8Array());
  return records.ok ? { ok: true, value: { bundle: bundle.value, records: records.value } } : records;
}
