// Times against themselves: ratio and interval are computed again from the pairs, and what may be said of them follows.
import { fitControl, type Measurement, type Speedup, speedupOf } from "../../domain/measurement.ts";
import { seededRandom } from "../../domain/random.ts";
import type { RunRecord } from "../../domain/run-record.ts";
import { median, medianInterval } from "../../domain/statistics.ts";
import { canonical } from "./pack.ts";

/** Two computations of one number. */
const ROUNDING = 1e-9;
/** The bootstrap is drawn again: its ends may move by this share of the interval's width, or of the ratio where it is narrow. */
const REDRAWN = 0.5;
const NARROW = 0.002;
const SEED = "0".repeat(32);

/** What the pairs of a race come to, whatever the record says. */
export interface Recomputed {
  readonly problems: readonly string[];
  /** From our own numbers; null where nothing may be said. */
  readonly speedup: Speedup | null;
}

function intervalProblems(stated: readonly [number, number], own: readonly [number, number], ratio: number): string[] {
  const slack = Math.max(REDRAWN * (own[1] - own[0]), NARROW * ratio);
  if (!(stated[0] <= ratio * (1 + ROUNDING) && stated[1] >= ratio * (1 - ROUNDING)))
    return ["'measurement.race.interval' does not hold its ratio"];
  const near = stated.every((end, index) => Math.abs(end - (own[index] ?? 0)) <= slack);
  return near ? [] : ["'measurement.race.interval' does not follow from its pairs"];
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
  const ratios = race.pairs.map(([candidate, baseline]) => baseline / candidate);
  const ratio = median(ratios);
  const interval = medianInterval(ratios, seededRandom(SEED));
  const problems = [...claims, ...controlProblems(measurement), ...intervalProblems(race.interval, interval, ratio)];
  if (Math.abs(race.ratio - ratio) > ROUNDING * ratio)
    problems.push(`'measurement.race.ratio' is ${race.ratio}, its pairs say ${ratio}`);
  if (!measurement.baselines.some(({ name }) => name === race.baseline))
    problems.push("'measurement.race.baseline' is none that was tried");
  if (canonical(speedup) !== canonical(statedOf(record, measurement)))
    problems.push("'speedup' does not follow from 'measurement'");
  return { problems, speedup: statedOf(record, { ...measurement, race: { ...race, ratio, interval } }) };
}
