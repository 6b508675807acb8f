// Times and what may be said of them. Unit everywhere: nanoseconds of CLOCK_MONOTONIC, stamped by the broker.
import { z } from "zod";
import type { PhysicalDevice } from "./device.ts";

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
  /** Median of baseline / candidate over the rounds: above 1 the candidate is faster. */
  ratio: z.number().positive(),
  /** 95 % bootstrap interval of that median. */
  interval,
  /** `precise`: the half-width asked for was reached; `budget`: the time was over. */
  stopReason: z.enum(["precise", "budget"]),
});
export type Race = z.infer<typeof raceSchema>;

/** Candidate against itself in two children, in the same run: what this machine's noise looks like. */
export const controlSchema = z.strictObject({
  ratio: z.number().positive(),
  interval,
  /** The interval holds 1 and is at most 5 % wide on either side; otherwise the machine is unfit and nothing is claimed. */
  fit: z.boolean(),
});
export type Control = z.infer<typeof controlSchema>;

/** Widest deviation from 1 that the A/A control may read. */
const CONTROL_LIMIT = 0.05;

/** Fit when the interval of the A/A control holds 1, or lies within 1 % of it, and is nowhere more than 5 % from 1. */
export function fitControl([low, high]: Control["interval"]): boolean {
  const near = low <= 1.01 && high >= 0.99;
  return near && low >= 1 - CONTROL_LIMIT && high <= 1 + CONTROL_LIMIT;
}

/** The measured part of a record. */
export const measurementSchema = z.strictObject({
  timing: timingSchema,
  race: raceSchema,
  control: controlSchema,
  /** Median time of an empty kernel through the same doorbell, never subtracted. */
  overheadNs: z.number().nonnegative(),
  /** Every baseline that was tried, with the time that chose the fastest. */
  baselines: z.array(z.strictObject({ name: z.string(), min: z.number().positive() })),
  /** Baselines that did not race, and why: above all those that are wrong on the timing inputs by the rules of all. */
  excluded: z.array(z.strictObject({ name: z.string(), why: z.string() })).exactOptional(),
});
export type Measurement = z.infer<typeof measurementSchema>;

/** A speedup that may be shown. */
export const speedupSchema = z.strictObject({
  value: z.number().positive(),
  interval,
  baseline: z.string(),
  /** `faster` or `slower` where the interval is clear of 1 by 2 %, else `same`. */
  reading: z.enum(["faster", "slower", "same"]),
});
export type Speedup = z.infer<typeof speedupSchema>;

/** Share around 1 that is called the same: the spread of identical code here is below it (A/A: 1.8 % at most of 30 runs, min of 10). */
const SAME = 0.02;

/** The speedup a race shows; it takes a physical device by type, so an emulated time can never become one. */
export function speedupOf(
  _device: PhysicalDevice,
  measurement: Measurement,
): Speedup | { readonly inconclusive: string } {
  const { race, control } = measurement;
  if (!control.fit) {
    const [low, high] = control.interval;
    return { inconclusive: `the A/A control read ${low.toFixed(3)}..${high.toFixed(3)}: this machine was too noisy` };
  }
  const [low, high] = race.interval;
  const reading = low > 1 + SAME ? "faster" : high < 1 - SAME ? "slower" : "same";
  return { value: race.ratio, interval: race.interval, baseline: race.baseline, reading };
}

/** Geometric mean of positive numbers; undefined for none. */
export function geomean(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
