// Faults: what is wrong with an input (a value, reported all at once) and what broke in the harness (thrown).

/** Every code a person can meet. Each has a line in the README's table of problems. */
export const PROBLEM_CODES = [
  "MANIFEST_MISSING",
  "MANIFEST_UNREADABLE",
  "YAML_INVALID",
  "KEY_UNKNOWN",
  "KEY_MISSING",
  "VALUE_INVALID",
  "COMPILE_ERROR",
  "LIBRARY_REFUSED",
  "OP_UNKNOWN",
  "OP_INVALID",
  "OP_DTYPE_UNSUPPORTED",
  "BACKEND_UNKNOWN",
  "CHIP_UNKNOWN",
  "DIALECT_UNKNOWN",
  "NUMERICS_UNKNOWN",
  "AXES_UNSATISFIABLE",
  "REQUIRED_CASE_EXCLUDED",
  "SOURCE_MISSING",
  "SOURCE_OUTSIDE",
  "ENTRY_INVALID",
  "LICENSE_INVALID",
  "SUBMISSION_DUPLICATE",
  "SUBMISSION_MISPLACED",
  "EXPRESSION_INVALID",
  "CASES_EMPTY",
  "SUITE_UNKNOWN",
  "EXECUTOR_UNKNOWN",
  "SEED_INVALID",
  "RECORD_INVALID",
  "RUN_UNKNOWN",
  "RUN_CHANGED",
  "MODEL_UNREADABLE",
  "MODEL_TOO_LARGE",
  "MODEL_INVALID",
  "MODEL_EXTERNAL",
  "MODEL_LOSSY",
  "MODEL_SIGNATURE",
  "CASE_ALTERED",
  "USAGE",
] as const;
export type ProblemCode = (typeof PROBLEM_CODES)[number];

/** Where in a text. Lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One thing wrong with an input: code, place, what was found and expected, and how to fix it. */
export interface Problem {
  readonly code: ProblemCode;
  readonly place: Place;
  readonly message: string;
  readonly fix: string;
  /** The line of the text, where there is one. */
  readonly excerpt?: string;
}

/** A value, or everything that is wrong with the input it should have come from. */
export type Checked<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Why the harness itself could not do its work. */
export type HarnessErrorCode =
  | "BROKER_LOST"
  | "BROKER_REFUSED"
  | "ZYGOTE_FAILED"
  | "WITNESS_FAILED"
  | "COMPILER_MISSING"
  | "SETUP_INCOMPLETE"
  | "ISOLATION_WEAK"
  | "DISK"
  | "ORACLE_FAILED"
  | "GITHUB_PERMISSION"
  | "GITHUB_LIMIT"
  | "GITHUB_FAILED"
  | "LEDGER_BROKEN";

/** Broken infrastructure or a bug of the harness: exit code 3, never a vendor's fault. */
export class HarnessError extends Error {
  readonly code: HarnessErrorCode;
  readonly fix: string;
  constructor(code: HarnessErrorCode, message: string, fix: string, cause?: unknown) {
    super(message, { cause });
    this.name = "HarnessError";
    this.code = code;
    this.fix = fix;
  }
}

/** Bad input found where only throwing can report it (deep in a command); exit code 2. */
export class InputError extends Error {
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(problems.map((problem) => problem.message).join("; "));
    this.name = "InputError";
    this.problems = problems;
  }
}
