// Times against themselves: ratio and interval are computed again from the pairs, and what may be said of them follows.
import {
  fitControl,
  halfWidth,
  halfWidthLimit,
  type Measurement,
  ratioOf,
  type Speedup,
  speedupOf,
  TIMING,
} from "../../domain/measurement.ts";
import type { RunRecord } from "../../domain/run-record.ts";
import { canonical } from "./pack.ts";

/** Two computations of one number. */
const ROUNDING = 1e-9;

/** What the pairs of a race come to, whatever the record says. */
export interface Recomputed {
  readonly problems: readonly string[];
  /** From our own numbers; null where nothing may be said. */
  readonly speedup: Speedup | null;
}

const near = (one: number, other: number): boolean => Math.abs(one - other) <= ROUNDING * other;

/** What a race says of its pairs, against what they say. */
function raceProblems({ race, baselines }: Measurement, { device, submission }: RunRecord): string[] {
  const { ratio, interval } = ratioOf(race.pairs);
  const found: string[] = [];
  if (!near(race.ratio, ratio)) found.push(`'measurement.race.ratio' is ${race.ratio}, its pairs say ${ratio}`);
  if (!near(race.interval[0], interval[0]) || !near(race.interval[1], interval[1]))
    found.push("'measurement.race.interval' does not follow from its pairs");
  const enough = race.pairs.length >= TIMING.looks[0] && halfWidth({ ratio, interval }) <= halfWidthLimit(device);
  if (race.stopReason !== (enough ? "precise" : "budget"))
    found.push(`'measurement.race.stopReason' is ${race.stopReason}, its pairs say ${enough ? "precise" : "budget"}`);
  // Of the last couple the twin may be missing.
  const verified = TIMING.calls * race.pairs.length - 1;
  if (submission.deterministic && !((race.verified ?? 0) >= verified))
    found.push(`'measurement.race.verified' is below ${verified}: calls were timed whose outputs nobody looked at`);
  if (!baselines.some(({ name }) => name === race.baseline))
    found.push("'measurement.race.baseline' is none that was tried");
  return found;
}

function controlProblems({ control }: Measurement): string[] {
  const [low, high] = control.interval;
  if (!(low <= control.ratio && control.ratio <= high))
    return ["'measurement.control.interval' does not hold its ratio"];
  return control.fit === fitControl(control.interval)
    ? []
    : ["'measurement.control.fit' does not follow from its interval"];
}

/** Claims whose verdict the stated speedup does not bear out. */
function claimProblems({ claims, speedup, device }: RunRecord): string[] {
  return claims.flatMap(({ value, baseline, chip, verdict }, index) => {
    const named = speedup !== null && !device.emulated && device.chip === chip && speedup.baseline.startsWith(baseline);
    const [low, high] = speedup?.interval ?? [0, 0];
    const right = !named ? "unverified" : low >= value ? "confirmed" : high < value ? "refuted" : "unverified";
    return right === verdict ? [] : [`'claims.${index}.verdict' is ${verdict}, its numbers say ${right}`];
  });
}

/** The speedup that a measurement allows, as a record states it. */
function statedOf(record: RunRecord, measurement: Measurement): Speedup | null {
  const { backend, chip, model } = record.device;
  const stated = speedupOf({ backend, chip, model, emulated: false }, measurement);
  return "inconclusive" in stated ? null : stated;
}

/** Computes the race of a record again. */
export function recomputeRace(record: RunRecord): Recomputed {
  const { measurement, speedup, device, status } = record;
  const claims = claimProblems(record);
  if (measurement === null)
    return { problems: speedup === null ? claims : [...claims, "'speedup' has no measurement"], speedup: null };
  if (device.emulated) return { problems: [...claims, "'measurement' is of an emulated device"], speedup: null };
  if (status !== "PASSED")
    return { problems: [...claims, `'measurement' is of a case that is ${status}`], speedup: null };
  const { race } = measurement;
  if (race.pairs.length === 0) return { problems: [...claims, "'measurement.race.pairs' is empty"], speedup: null };
  if (!race.pairs.flat().every((ns) => ns > 0))
    return { problems: [...claims, "'measurement.race.pairs' has times that are not above 0"], speedup: null };
  const problems = [...claims, ...controlProblems(measurement), ...raceProblems(measurement, record)];
  if (canonical(speedup) !== canonical(statedOf(record, measurement)))
    problems.push("'speedup' does not follow from 'measurement'");
  return { problems, speedup: statedOf(record, { ...measurement, race: { ...race, ...ratioOf(race.pairs) } }) };
}
