// What a race finds about the candidate, as the judge says it: a kernel that is wrong only while it is timed is wrong.
import type { Kernel } from "../domain/kernel.ts";
import { POISONS } from "../stages/execute/run.ts";
import type { RaceFailure, RaceResult } from "../stages/measure/race.ts";
import { OTHER } from "../stages/measure/rounds.ts";
import { type Fault, faultOf, type Field, judgedCall } from "./field.ts";

/** What ended a race, in words. */
export function failureText(failure: RaceFailure): string {
  if ("nothing" in failure) return failure.nothing;
  if ("failed" in failure) return failure.failed.failure.message;
  if ("canaries" in failure) return "a timed call wrote outside its outputs";
  const { output, byte } = failure.mismatch;
  return `two processes wrote different bytes to '${output}' for one timed input, first at byte ${byte}`;
}

/** What the end of a race says of the candidate; undefined where the other kernel, or nobody, is to blame. */
export function faultInRace(
  failure: RaceFailure,
  field: Field,
  kernel: Kernel,
  against: "itself" | "a baseline",
): Fault | undefined {
  if ("nothing" in failure || (failure.child === OTHER && against === "a baseline")) return undefined;
  const { probe } = field;
  if ("failed" in failure) {
    const ended = { failure: failure.failed.failure, regime: { probe }, placement: "right" } as const;
    return faultOf(field, kernel, { calls: [], failure: ended });
  }
  if ("canaries" in failure) {
    const canaries = failure.canaries.map(({ index, side, byte }) => ({ index, side, byte }));
    const regime = { probe, truths: {} };
    const call = { regime, placement: "right", poison: POISONS[0], outputs: {}, canaries } as const;
    return faultOf(field, kernel, { calls: [call], failure: null });
  }
  const { inputs, outputs } = failure.mismatch;
  const first = judgedCall(field, inputs, outputs[0], { process: 0 });
  // One poison for both calls: an element that neither wrote holds the same in both and is no mismatch. Named apart, so that no value looks like it.
  const second = { ...first, outputs: outputs[1], process: 1, poison: POISONS[1] };
  return faultOf(field, kernel, { calls: [first, second], failure: null });
}

/** What the kept calls of a race say of the candidate: the very calls that its samples are made of, on rows drawn now. */
export function faultInKept({ kept }: RaceResult, field: Field, kernel: Kernel): Fault | undefined {
  for (const { inputs, outputs } of kept) {
    const call = judgedCall(field, inputs, outputs);
    const fault = faultOf(field, kernel, { calls: [call], failure: null });
    if (fault !== undefined) return fault;
  }
  return undefined;
}
