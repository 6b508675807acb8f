// Two bundles of separate runners with one seed: what one of them made up, the other does not show.
import type { RunRecord } from "../../domain/run-record.ts";
import { canonical } from "./pack.ts";
import type { ParsedBundle } from "./parse.ts";
import { quoted } from "./plain.ts";
import { idOf, nameOf, told } from "./telling.ts";

/** One case of one submission on one device. */
function keyOf(record: RunRecord): string {
  const { backend, chip, emulated } = record.device;
  return JSON.stringify([idOf(record), record.case.name, backend, chip, emulated]);
}

/** Where equal bytes are promised: the same machine model and the same compiler with the same flags. */
function placeOf({ device, compiler, executor }: RunRecord): string {
  return canonical([device.model, compiler, executor]);
}

/** What follows from the bytes of the outputs, and the bytes themselves. */
function numbersOf({ errors, gates }: RunRecord): string {
  return canonical([errors, gates]);
}

function differences(one: RunRecord, other: RunRecord): string[] {
  const found: string[] = [];
  if (one.status !== other.status) found.push(`it is ${one.status} in one and ${other.status} in the other`);
  if (one.case.inputs !== other.case.inputs) found.push("its inputs differ");
  const promised = one.submission.deterministic && other.submission.deterministic && placeOf(one) === placeOf(other);
  if (promised && one.status === other.status && numbersOf(one) !== numbersOf(other))
    found.push(
      "its outputs or their errors differ, though it declares itself deterministic and machine and compiler are the same",
    );
  return found.map((words) => `${nameOf(one)}: ${words}`);
}

/**
 * Compares the bundles of two jobs of one run; the seed makes them judge the same cases on the same inputs.
 * @returns every difference; any of them refuses both
 */
export function disagreements(one: ParsedBundle, other: ParsedBundle): string[] {
  const found: string[] = [];
  if (one.bundle.job === other.bundle.job) found.push(`both are of job ${quoted(one.bundle.job)}`);
  for (const field of ["repository", "head", "harness", "workflowRun", "attempt", "seed"] as const)
    if (one.bundle[field] !== other.bundle[field]) found.push(`bundle.json: '${field}' differs`);
  const second = new Map(other.records.map((record) => [keyOf(record), record]));
  for (const record of one.records) {
    const twin = second.get(keyOf(record));
    if (twin === undefined) found.push(`${nameOf(record)}: only one of them has it on this device`);
    else found.push(...differences(record, twin));
    second.delete(keyOf(record));
  }
  for (const record of second.values()) found.push(`${nameOf(record)}: only one of them has it on this device`);
  return told(found);
}
