// What a run is asked to do, and what it gives back for each submission.
import type { RunRecord } from "../domain/run-record.ts";
import type { Problem } from "../domain/problem.ts";
import type { Seed } from "../domain/random.ts";
import type { Status } from "../domain/verdict.ts";
import type { Toolchain } from "../stages/build/compile.ts";
import type { Catalogue, Entry } from "../stages/validate/catalogue.ts";
import type { Suite } from "../domain/suite.ts";

/** What decides a submission's verdicts besides the options of the run. */
export interface Source {
  /** `<vendor>/<submission>`. */
  readonly submission: string;
  readonly sourceDigest: string;
  readonly opDigest: string;
}

/** Where finished records go as they come, and what an earlier process of the same run finished. */
export interface Journal {
  /**
   * Before the first case. Writes down what the run is made of, or compares it with what was written down.
   * @throws InputError RUN_CHANGED where it is something else
   */
  begin(sources: readonly Source[]): Promise<void>;
  /** The record of a case that an earlier process finished. */
  finished(submission: string, caseName: string): RunRecord | undefined;
  /** Keeps records for good. @throws HarnessError DISK */
  keep(records: readonly RunRecord[]): Promise<void>;
}

/** One run over submissions. */
export interface CheckRequest {
  /** Absolute folders with the paths that people see. */
  readonly submissions: readonly { readonly folder: string; readonly path: string }[];
  readonly catalogue: Catalogue;
  readonly toolchain: Toolchain;
  readonly suite: Entry<Suite>;
  /** Run id: time and six random hex digits. */
  readonly run: string;
  readonly seed: { readonly value: Seed; readonly origin: "random" | "given" | "ci" };
  /** Globs over case names, `*` for all. */
  readonly cases: string;
  /** Witnesses that may run; empty for all. */
  readonly executors: readonly string[];
  /** A backend whose real chip is asked for; null for emulation, or the host for `cpu`. */
  readonly device: string | null;
  readonly measure: boolean;
  /** Flags that narrowed the run, for the record. */
  readonly selection: readonly string[];
  /** A device may be driven with less than full isolation; its records are then not votable. */
  readonly belowFull?: boolean;
  /** Absent where nothing is written: then nothing is remembered. */
  readonly journal?: Journal;
}

/** What a run says of one submission. */
export interface SubmissionResult {
  /** `<vendor>/<submission>`, or the path where the manifest could not be read. */
  readonly submission: string;
  readonly vendor: string;
  readonly path: string;
  readonly status: Status;
  readonly conforms: boolean;
  readonly records: readonly RunRecord[];
  readonly problems: readonly Problem[];
  /** What the compiler said, when it refused the source. */
  readonly log?: string;
}
