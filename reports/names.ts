// File names of pages: stable, so that a link to a report keeps its meaning from run to run.
import { createHash } from "node:crypto";
import type { RunRecord } from "../harness/domain/run-record.ts";

/** Longest readable part; file systems end at 255 bytes. */
const LONGEST = 140;

/**
 * A file name from parts: lower case, parts joined by dots, which no part can hold. Where a part loses something on the
 * way, digits of a digest over the originals keep two different pages apart.
 */
function fileName(prefix: string, parts: readonly string[]): string {
  const plain = parts.map((part) => part.toLowerCase().replaceAll(/[^a-z0-9_-]+/g, "-"));
  const readable = plain.join(".");
  const lossless =
    readable.length <= LONGEST && parts.every((part, i) => part.toLowerCase() === plain[i] && part !== "");
  if (lossless) return `${prefix}-${readable}.html`;
  const digest = createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 10);
  return `${prefix}-${readable.slice(0, LONGEST)}.${digest}.html`;
}

function rowParts(record: Pick<RunRecord, "submission" | "device">): string[] {
  const { submission, device } = record;
  return [
    submission.vendor,
    submission.submission,
    device.backend,
    device.chip,
    ...(device.emulated ? ["emulated"] : []),
  ];
}

/** The page of a submission on a device. */
export function submissionFile(record: Pick<RunRecord, "submission" | "device">): string {
  return fileName("submission", rowParts(record));
}

/** The page of a submission that gave no record. */
export function rejectedFile(vendor: string, submission: string): string {
  return fileName("rejected", [vendor, submission]);
}

/** The page of one case. */
export function caseFile(record: Pick<RunRecord, "submission" | "device" | "case">): string {
  return fileName("case", [...rowParts(record), record.case.name]);
}

/** Names made unique in their order: a name seen before gets `~2`, `~3`, ... before its ending. */
export function uniqueNames(names: readonly string[]): string[] {
  const seen = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let n = 2; seen.has(unique); n += 1) unique = name.replace(/\.html$/, `~${n}.html`);
    seen.add(unique);
    return unique;
  });
}
