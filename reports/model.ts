// The report model: run records -> rows of the matrix with their verdicts, and what stands above it. No markup.
import type { Run, RunRecord } from "../harness/domain/run-record.ts";
import { rollUp, type Status } from "../harness/domain/verdict.ts";
import { type Cell, cellOf } from "./agreement.ts";
import { type Headroom, worstHeadroom } from "./headroom.ts";
import { caseFile, rejectedFile, submissionFile, uniqueNames } from "./names.ts";
import { type SpeedupSeries, speedupSeries } from "./series.ts";

/** What a status means for conformance. `incomplete`: nothing failed, yet a published or a hidden case is missing. */
export const OUTCOMES = ["conforms", "fails", "unsupported", "infrastructure", "incomplete"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** A submission as `check --json` reports it: the only trace of one whose manifest is wrong, which has no record. */
export type Submitted = Run["submissions"][number];

/** A record and the file of its page. */
export interface CasePage {
  readonly record: RunRecord;
  readonly file: string;
}

/** A submission on a device: one line of the matrix, from one run. */
export interface Row {
  readonly vendor: string;
  readonly submission: string;
  readonly op: string;
  /** Any record of the row, for what is the same in all: submission, op, device, run. */
  readonly sample: RunRecord;
  readonly status: Status;
  readonly outcome: Outcome;
  /** What must be known beside the outcome; null when it says everything. */
  readonly because: string | null;
  /** In the order of the records. */
  readonly cases: readonly CasePage[];
  readonly passed: number;
  readonly counted: number;
  readonly headroom: Headroom;
  readonly cells: readonly Cell[];
  readonly speedups: SpeedupSeries;
  readonly file: string;
}

/** A line of the matrix for a submission that never ran. */
export interface Rejected {
  /** Without the vendor, as in `Row`. */
  readonly submission: string;
  readonly submitted: Submitted;
  readonly outcome: Outcome;
  readonly file: string;
}

export interface Report {
  /** By vendor, submission and device. */
  readonly rows: readonly Row[];
  readonly rejected: readonly Rejected[];
  /** Witness executors, in the order of the columns. */
  readonly executors: readonly string[];
  readonly counts: Readonly<Record<Outcome, number>>;
  readonly total: number;
  /** Whether each line is another submission; else a submission has a line per device. */
  readonly oneDevice: boolean;
  /** Records of older runs that a newer run of the same submission and device replaces. */
  readonly replaced: number;
}

const INFRASTRUCTURE: readonly Status[] = ["INFRA_ERROR", "REFERENCE_DISAGREEMENT", "SKIPPED_NO_DEVICE"];

/** The outcome that a status alone asks for. */
export function outcomeOf(status: Status): Outcome {
  if (status === "PASSED") return "conforms";
  if (status === "UNSUPPORTED") return "unsupported";
  return INFRASTRUCTURE.includes(status) ? "infrastructure" : "fails";
}

/**
 * Conformance as far as records show it: every counted case passed, at least one of them published and one hidden. A run
 * that was narrowed to some cases is held to those, and says so.
 */
function judged(counted: readonly RunRecord[]): Pick<Row, "status" | "outcome" | "because"> {
  const status = rollUp(counted.map((record) => record.status));
  if (status === undefined) return { status: "UNSUPPORTED", outcome: "unsupported", because: "no case was counted" };
  if (status !== "PASSED") return { status, outcome: outcomeOf(status), because: null };
  const narrowed = counted.some((record) => record.selection.some((flag) => flag.startsWith("--case")));
  if (narrowed) return { status, outcome: "conforms", because: "on the selected cases only" };
  const missing = [
    ...(counted.some((record) => !record.case.hidden) ? [] : ["no published case was judged"]),
    ...(counted.some((record) => record.case.hidden) ? [] : ["no hidden case was judged"]),
  ];
  if (missing.length > 0) return { status, outcome: "incomplete", because: missing.join("; ") };
  return { status, outcome: "conforms", because: null };
}

function keyOf({ submission, device }: RunRecord): string {
  return JSON.stringify([submission.vendor, submission.submission, device.backend, device.chip, device.emulated]);
}

/** Code unit order: the same on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Time decides which run is newer; run ids begin with it, too, and settle what is equal. */
function newestRun(records: readonly RunRecord[]): string | undefined {
  return [...records].sort((a, b) => compareText(a.time, b.time) || compareText(a.run, b.run)).at(-1)?.run;
}

/** Well-known witnesses first, in the order people name them, then the rest by name. */
const USUAL: readonly string[] = ["torch", "triton", "onnxruntime"];

/** A run names its submissions `<vendor>/<submission>`. */
function withoutPrefix(text: string, prefix: string): string {
  return text.startsWith(prefix) ? text.slice(prefix.length) : text;
}

function executorsOf(records: readonly RunRecord[]): string[] {
  const names = new Set(records.flatMap((record) => record.witnesses.map((witness) => witness.executor)));
  return [
    ...USUAL.filter((name) => names.has(name)),
    ...[...names].filter((name) => !USUAL.includes(name)).sort(compareText),
  ];
}

function rowOf(pages: readonly CasePage[], sample: RunRecord, executors: readonly string[]): Row {
  const counted = pages.map((page) => page.record).filter((record) => record.case.counted);
  return {
    vendor: sample.submission.vendor,
    submission: sample.submission.submission,
    op: sample.op.op,
    sample,
    ...judged(counted),
    cases: pages,
    passed: counted.filter((record) => record.status === "PASSED").length,
    counted: counted.length,
    headroom: worstHeadroom(counted.flatMap((record) => record.errors)),
    cells: executors.map((executor) => cellOf(executor, counted)),
    speedups: speedupSeries(counted),
    file: submissionFile(sample),
  };
}

/** Of each submission and device the newest run stands, whole: a verdict is never pieced together from two. */
export function report(records: readonly RunRecord[], submissions: readonly Submitted[] = []): Report {
  const groups = new Map<string, RunRecord[]>();
  for (const record of records) groups.set(keyOf(record), [...(groups.get(keyOf(record)) ?? []), record]);
  const kept = [...groups.values()].map((group) => {
    const newest = newestRun(group);
    return group.filter((record) => record.run === newest);
  });
  const executors = executorsOf(kept.flat());
  const files = uniqueNames(kept.flat().map(caseFile)).values();
  const rows = kept
    .flatMap((group) => {
      const sample = group[0];
      const pages = group.map((record) => ({ record, file: files.next().value ?? "" }));
      return sample === undefined ? [] : [rowOf(pages, sample, executors)];
    })
    .sort(
      (a, b) =>
        compareText(a.vendor, b.vendor) || compareText(a.submission, b.submission) || compareText(a.file, b.file),
    );
  const rowFiles = uniqueNames(rows.map((row) => row.file));
  const named = rows.map((row, i) => ({ ...row, file: rowFiles[i] ?? row.file }));
  const without = submissions.filter((submitted) => submitted.records.length === 0);
  const names = without.map(({ vendor, submission }) => withoutPrefix(submission, `${vendor}/`));
  const rejectedFiles = uniqueNames(without.map(({ vendor }, i) => rejectedFile(vendor, names[i] ?? "")));
  const rejected = without.map((submitted, i) => ({
    submission: names[i] ?? "",
    submitted,
    // Without a record there is nothing that could show conformance.
    outcome: submitted.status === "PASSED" ? ("incomplete" as const) : outcomeOf(submitted.status),
    file: rejectedFiles[i] ?? "",
  }));
  const counts = { conforms: 0, fails: 0, unsupported: 0, infrastructure: 0, incomplete: 0 };
  for (const row of named) counts[row.outcome] += 1;
  for (const one of rejected) counts[one.outcome] += 1;
  const distinct = new Set(named.map((row) => JSON.stringify([row.vendor, row.submission])));
  return {
    rows: named,
    rejected,
    executors,
    counts,
    total: named.length + rejected.length,
    oneDevice: distinct.size === named.length,
    replaced: records.length - kept.flat().length,
  };
}
