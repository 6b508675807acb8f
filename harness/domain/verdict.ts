// What the judge says of a case and of a submission, and the evidence it must carry.
import { z } from "zod";
import { PLACEMENTS } from "./kernel.ts";

/** Statuses of a case; the first seven mean what they mean in flashinfer-bench. */
export const STATUSES = [
  "PASSED",
  "INCORRECT_SHAPE",
  "INCORRECT_DTYPE",
  "INCORRECT_NUMERICAL",
  "RUNTIME_ERROR",
  "COMPILE_ERROR",
  "TIMEOUT",
  "UNSUPPORTED",
  "NONDETERMINISTIC",
  "INTEGRITY_VIOLATION",
  "INVALID_MANIFEST",
  "REFERENCE_DISAGREEMENT",
  "SKIPPED_NO_DEVICE",
  "INFRA_ERROR",
] as const;
export const statusSchema = z.enum(STATUSES);
export type Status = z.infer<typeof statusSchema>;

/** A submission's status is the first of these that a counted case has. */
const PRECEDENCE: readonly Status[] = [
  "INVALID_MANIFEST",
  "COMPILE_ERROR",
  "INTEGRITY_VIOLATION",
  "RUNTIME_ERROR",
  "TIMEOUT",
  "INCORRECT_SHAPE",
  "INCORRECT_DTYPE",
  "INCORRECT_NUMERICAL",
  "NONDETERMINISTIC",
  "UNSUPPORTED",
  "INFRA_ERROR",
  "REFERENCE_DISAGREEMENT",
  "SKIPPED_NO_DEVICE",
  "PASSED",
];

/** Broken or missing infrastructure, which is never a vendor's fault. */
export const INFRASTRUCTURE: readonly Status[] = ["INFRA_ERROR", "REFERENCE_DISAGREEMENT", "SKIPPED_NO_DEVICE"];

/** The status of a submission from the statuses of its counted cases; without any case there is nothing to say. */
export function rollUp(statuses: readonly Status[]): Status | undefined {
  return PRECEDENCE.find((status) => statuses.includes(status));
}

/** Exit codes: 0 conforms, 1 does not conform, 2 bad input, 3 infrastructure. */
export type ExitCode = 0 | 1 | 2 | 3;

/** The exit code that a submission's status asks for. */
export function exitCodeOf(status: Status): ExitCode {
  if (status === "PASSED") return 0;
  if (status === "INVALID_MANIFEST") return 2;
  return INFRASTRUCTURE.includes(status) ? 3 : 1;
}

/** Over several submissions 3 beats 2 beats 1. */
export function worstExit(codes: readonly ExitCode[]): ExitCode {
  return codes.reduce<ExitCode>((worst, code) => (code > worst ? code : worst), 0);
}

const elementSchema = z.strictObject({
  /** One number an axis. */
  index: z.array(z.number()),
  /** Numbers as text where JSON has none: NaN, Infinity, -Infinity. */
  got: z.union([z.number(), z.string()]),
  want: z.union([z.number(), z.string()]),
  /** |got - want| in ULP of the output at `want`; null where not finite. */
  ulp: z.number().nullable(),
  /** Largest accepted |got - want|; null where only equality is accepted. */
  allowed: z.number().nullable(),
});
export type Element = z.infer<typeof elementSchema>;

/** Something a gate found wrong. */
export const findingSchema = z.strictObject({
  lane: z.enum(["A", "B", "C", "memory", "execution"]),
  /** Which rule: exact, requantized, G1, special, poison, canary, fault, ... */
  gate: z.string(),
  probe: z.string().nullable(),
  placement: z.enum(PLACEMENTS).nullable(),
  output: z.string().nullable(),
  /** In words a kernel author can act on. */
  message: z.string(),
  mismatches: z.number().int().nonnegative(),
  total: z.number().int().nonnegative(),
  first: elementSchema.nullable(),
  worst: elementSchema.nullable(),
  /** Where in the tensor, in words; null when no pattern was seen. */
  pattern: z.string().nullable(),
});
export type Finding = z.infer<typeof findingSchema>;

/** Statuses that are not a pass. */
export type Failed = Exclude<Status, "PASSED">;

/** The verdict on one case: a pass has nothing to show, everything else carries its evidence. */
export type Verdict =
  | { readonly status: "PASSED"; readonly findings: readonly [] }
  | { readonly status: Failed; readonly findings: readonly [Finding, ...Finding[]] };
