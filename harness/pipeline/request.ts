// What a run is asked to do, and what it gives back for each submission.
import type { RunRecord } from "../domain/run-record.ts";
import type { Problem } from "../domain/problem.ts";
import type { Seed } from "../domain/random.ts";
import type { Status } from "../domain/verdict.ts";
import type { Toolchain } from "../stages/build/compile.ts";
import type { Catalogue, Entry } from "../stages/validate/catalogue.ts";
import type { Suite } from "../domain/suite.ts";

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
