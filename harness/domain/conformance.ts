// Takes the records of one submission on one device, gives its status and whether it conforms. Pure.
import type { RunRecord } from "./run-record.ts";
import { rollUp, type Status } from "./verdict.ts";

/** Status and conformance of a submission. */
export interface Conformance {
  readonly status: Status;
  readonly conforms: boolean;
}

/**
 * Conforms when every counted case passed, among them one published, one hidden and every required case of its dtypes; a run that was
 * narrowed by flags is held to the cases it was asked for.
 */
export function conformanceOf(records: readonly RunRecord[], narrowed: boolean): Conformance {
  const counted = records.filter((record) => record.case.counted);
  const status = rollUp(counted.map((record) => record.status)) ?? "UNSUPPORTED";
  const whole = counted.some((record) => record.case.hidden) && counted.some((record) => !record.case.hidden);
  return { status, conforms: status === "PASSED" && (narrowed || whole) };
}
