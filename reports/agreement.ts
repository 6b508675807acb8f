// One cell of the matrix: a submission beside one reference executor, over the counted cases.
import type { RunRecord, WitnessRecord } from "../harness/domain/run-record.ts";
import type { Status } from "../harness/domain/verdict.ts";
import { type Headroom, worstHeadroom } from "./headroom.ts";

/**
 * Both are judged by the oracle, never by each other. `agrees`: both passed. `disagrees`: the witness passed and the
 * submission's numbers did not. `unanswered`: the witness passed and the submission gave no numbers.
 * `witnessFails`: the witness did not pass. `absent`: the witness did not run.
 */
export const AGREEMENTS = ["agrees", "disagrees", "unanswered", "witnessFails", "absent"] as const;
export type Agreement = (typeof AGREEMENTS)[number];

export interface Cell {
  readonly executor: string;
  /** The word of the cell: the gravest agreement of any case. */
  readonly verdict: Agreement;
  /** Cases by agreement. */
  readonly counts: Readonly<Record<Agreement, number>>;
  /** The witness's own worst headroom: how near the reference itself is to failing. */
  readonly headroom: Headroom;
  /** Why it was absent, each reason once. */
  readonly reasons: readonly string[];
}

/** Statuses of a submission whose numbers were right. */
const RIGHT: readonly Status[] = ["PASSED", "REFERENCE_DISAGREEMENT"];
/** Statuses of a submission that gave numbers, and they were wrong. */
const WRONG: readonly Status[] = ["INCORRECT_SHAPE", "INCORRECT_DTYPE", "INCORRECT_NUMERICAL", "NONDETERMINISTIC"];

/** A case seen from one witness. */
export function agreementOf(status: Status, witness: WitnessRecord | undefined): Agreement {
  if (witness === undefined || witness.status === null) return "absent";
  if (witness.status !== "PASSED") return "witnessFails";
  if (RIGHT.includes(status)) return "agrees";
  return WRONG.includes(status) ? "disagrees" : "unanswered";
}

/** Gravest first; `absent` only where no case says more. */
const GRAVITY: readonly Agreement[] = ["disagrees", "unanswered", "witnessFails", "agrees", "absent"];

/** The cell of one executor over the counted records of a row. */
export function cellOf(executor: string, counted: readonly RunRecord[]): Cell {
  const counts: Record<Agreement, number> = { agrees: 0, disagrees: 0, unanswered: 0, witnessFails: 0, absent: 0 };
  const reasons = new Set<string>();
  const errors: WitnessRecord["errors"] = [];
  for (const record of counted) {
    const witness = record.witnesses.find((one) => one.executor === executor);
    counts[agreementOf(record.status, witness)] += 1;
    if (witness !== undefined && witness.absent !== null) reasons.add(witness.absent);
    errors.push(...(witness?.errors ?? []));
  }
  const verdict = GRAVITY.find((agreement) => counts[agreement] > 0) ?? "absent";
  return { executor, verdict, counts, headroom: worstHeadroom(errors), reasons: [...reasons] };
}
