// Times and what may be said of them. Unit everywhere: nanoseconds of CLOCK_MONOTONIC, stamped by the broker.
import { z } from "zod";
import type { PhysicalDevice } from "./device.ts";
import { median, orderInterval } from "./statistics.ts";

/**
 * The one policy of timing: for every race, and for the harness's own test of it. Suites set budgets within it. `level` is that of each
 * look's interval; with four looks and the rule that stops, such intervals hold the truth in 95 of 100 races (`stages/measure/README.md`).
 */
export const TIMING = {
  /** Armed calls of a kernel in a round, each on another input: their minimum is a sample. */
  calls: 10,
  /** Pairs after which the data is looked at; a race that its budget ends is looked at once more instead of the looks that are left. */
  looks: [30, 60, 120, 300],
  /** Most seconds of one race; a suite's own count once there are enough pairs for the first look. */
  seconds: 60,
  level: 0.955,
  /** Widest half of an interval, as a share of the ratio, that a speedup may have: on the host's processor, and on a device. */
  halfWidth: { host: 0.03, device: 0.01 },
  /** Overheads of two executors may differ by this share of the shorter time. */
  overhead: 0.01,
} as const;

/** The widest half of an interval that a speedup on a device may have. */
export function halfWidthLimit({ backend }: Pick<PhysicalDevice, "backend">): number {
  return backend === "cpu" ? TIMING.halfWidth.host : TIMING.halfWidth.device;
}

/** What the pairs of a race come to: the median of their log ratios with its interval. Above 1 the candidate is faster. */
export function ratioOf(pairs: readonly (readonly [number, number])[]): { ratio: number; interval: [number, number] } {
  const logarithms = pairs.map(([candidate, baseline]) => Math.log(baseline / candidate));
  const [low, high] = orderInterval(logarithms, TIMING.level);
  return { ratio: Math.exp(median(logarithms)), interval: [Math.exp(low), Math.exp(high)] };
}

/** Half of an interval as a share of its ratio. */
export function halfWidth({ ratio, interval: [low, high] }: Pick<Race, "ratio" | "interval">): number {
  return (high - low) / 2 / ratio;
}

const interval = z.tuple([z.number(), z.number()]);

/** Times of one kernel on one case. */
export const timingSchema = z.strictObject({
  unit: z.literal("ns"),
  /** Calls behind the numbers. */
  samples: z.number().int().positive(),
  /** Median over all calls. */
  median: z.number().positive(),
  /** 95 % bootstrap interval of the median. */
  interval,
  /** Smallest of all calls. */
  min: z.number().positive(),
});
export type Timing = z.infer<typeof timingSchema>;

/** A race of two kernels in randomly interleaved rounds; a pair holds the best of ten calls of each, on ten different inputs. */
export const raceSchema = z.strictObject({
  baseline: z.string(),
  /** [candidate, baseline] in ns, one entry a round. */
  pairs: z.array(z.tuple([z.number(), z.number()])),
  /** Median of the logarithms of baseline / candidate over the rounds, as a ratio: above 1 the candidate is faster. */
  ratio: z.number().positive(),
  /** 95 % interval of that median from order statistics, with the rule that stops taken into account. */
  interval,
  /** `precise`: the half-width that a speedup may have was reached; `budget`: it was not, and nothing is claimed. */
  stopReason: z.enum(["precise", "budget"]),
  /** Outputs of timed calls that a second process wrote byte for byte; absent where the kernel is declared nondeterministic. */
  verified: z.number().int().nonnegative().exactOptional(),
  /** Outputs of timed calls, each the fastest of its round, that were judged on rows of the oracle. */
  judged: z.number().int().nonnegative().exactOptional(),
});
export type Race = z.infer<typeof raceSchema>;

/** Candidate against itself in two children, in the same run: what this machine's noise looks like. */
export const controlSchema = z.strictObject({
  ratio: z.number().positive(),
  interval,
  /** The interval is not wholly beyond 2 % and nowhere beyond 5 % of 1; otherwise the machine is unfit and nothing is claimed. */
  fit: z.boolean(),
});
export type Control = z.infer<typeof controlSchema>;

/** Widest deviation from 1 that the A/A control may read. */
const CONTROL_LIMIT = 0.05;

/** Identical code that reads further than this from 1, with its whole interval, is an alarm. */
const CONTROL_ALARM = 0.02;

/** Fit when the interval of the A/A control is not wholly beyond 2 % of 1, and is nowhere more than 5 % from it. */
export function fitControl([low, high]: Control["interval"]): boolean {
  const alarm = low > 1 + CONTROL_ALARM || high < 1 - CONTROL_ALARM;
  return !alarm && low >= 1 - CONTROL_LIMIT && high <= 1 + CONTROL_LIMIT;
}

/** The measured part of a record. */
export const measurementSchema = z.strictObject({
  timing: timingSchema,
  race: raceSchema,
  control: controlSchema,
  /** Time of an empty kernel of the candidate's executor through the same doorbell, sampled as in a race, never subtracted. */
  overheadNs: z.number().nonnegative(),
  /** Every baseline that was tried, with the time that chose the fastest, and that of an empty kernel of its executor. */
  baselines: z.array(
    z.strictObject({
      name: z.string(),
      min: z.number().positive(),
      overheadNs: z.number().nonnegative().exactOptional(),
    }),
  ),
  /** What a candidate that took over the doorbell could have hidden from the clock in a call: no speedup rests on it. */
  exposureNs: z.number().nonnegative().exactOptional(),
  /** Least time that the device's bandwidth and peak allow, and its share of the fastest call: above 1 the race is void. */
  roofline: z.strictObject({ floorNs: z.number().positive(), ratio: z.number().positive() }).exactOptional(),
  /** Baselines that did not race, and why: above all those that are wrong on the timing inputs by the rules of all. */
  excluded: z.array(z.strictObject({ name: z.string(), why: z.string() })).exactOptional(),
});
export type Measurement = z.infer<typeof measurementSchema>;

/** A speedup that may be shown. */
export const speedupSchema = z.strictObject({
  value: z.number().positive(),
  /** That of the race; its lower end is what is left when the candidate's time grows by `exposureNs`. */
  interval,
  baseline: z.string(),
  /** `faster` or `slower` where the interval is clear of 1 by 2 %, else `same`. */
  reading: z.enum(["faster", "slower", "same"]),
});
export type Speedup = z.infer<typeof speedupSchema>;

/** Share around 1 that is called the same: the spread of identical code here is below it (A/A: 1.8 % at most of 30 runs, min of 10). */
const SAME = 0.02;

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** Why nothing may be said of a race, or undefined where something may. */
function objection({ race, control, overheadNs, baselines, roofline }: Measurement): string | undefined {
  if (!control.fit) {
    const [low, high] = control.interval;
    return `the A/A control read ${low.toFixed(3)}..${high.toFixed(3)}: this machine was too noisy`;
  }
  if (roofline !== undefined && roofline.ratio > 1)
    return `a call took less than the ${roofline.floorNs.toFixed(0)} ns that this device needs at least: the race is void`;
  const other = baselines.find(({ name }) => name === race.baseline)?.overheadNs ?? overheadNs;
  const shorter = Math.min(...[0, 1].map((child) => median(race.pairs.map((pair) => pair[child] ?? Number.NaN))));
  if (Math.abs(other - overheadNs) > TIMING.overhead * shorter)
    return `an empty call costs ${overheadNs.toFixed(0)} ns here and ${other.toFixed(0)} ns in the baseline's executor: more than ${percent(TIMING.overhead)} of the shorter time apart`;
  if (race.stopReason === "budget")
    return `inconclusive: ${race.pairs.length} pairs gave ±${percent(halfWidth(race))}, too wide or too few`;
  return undefined;
}

/** The speedup a race shows; it takes a physical device by type, so an emulated time can never become one. */
export function speedupOf(
  _device: PhysicalDevice,
  measurement: Measurement,
): Speedup | { readonly inconclusive: string } {
  const { race, exposureNs = 0 } = measurement;
  const inconclusive = objection(measurement);
  if (inconclusive !== undefined) return { inconclusive };
  const candidate = median(race.pairs.map(([own]) => own));
  const [low, high] = [(race.interval[0] * candidate) / (candidate + exposureNs), race.interval[1]];
  const reading = low > 1 + SAME ? "faster" : high < 1 - SAME ? "slower" : "same";
  return { value: race.ratio, interval: [low, high], baseline: race.baseline, reading };
}

/** Geometric mean of positive numbers; undefined for none. */
export function geomean(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
