// The run record: one JSON line for each (submission, case, device), append-only, stable key order.
import { z } from "zod";
import { DTYPES } from "./dtype.ts";
import { ISOLATION, PLACEMENTS } from "./kernel.ts";
import { measurementSchema, speedupSchema, timingSchema } from "./measurement.ts";
import { attributeValue, numericsSchema } from "./op.ts";
import { findingSchema, statusSchema } from "./verdict.ts";

const digest = z.string().regex(/^[0-9a-f]{64}$/, "sha256 in hex");
/** JSON has no NaN or infinities: those are written as text. */
const real = z.union([z.number(), z.enum(["NaN", "Infinity", "-Infinity"])]);

/** How far an output is from the truth, over all regimes of the case. */
export const errorSummarySchema = z.strictObject({
  output: z.string(),
  elements: z.number().int().nonnegative(),
  mismatches: z.number().int().nonnegative(),
  maxAbs: real,
  maxRel: real,
  /** In ULP of the output's dtype at the true value. */
  maxUlp: real,
  /** Counts of elements with error in [0, 0.5], (0.5, 1], (1, 2], (2, 4], ... ULP, doubling; the last bin is open. */
  ulpHistogram: z.array(z.number().int().nonnegative()),
  /** Root of the mean of (error / sigma)^2, sigma from the error model; null for integers. */
  rmsOverSigma: real.nullable(),
  /** Mean of error / sigma; null for integers. */
  bias: real.nullable(),
  /** Largest error / allowed error; above 1 is a mismatch; null where only equality was accepted. */
  headroom: real.nullable(),
  /** sha256 of the output's bytes over all regimes, in order. */
  digest,
});
export type ErrorSummary = z.infer<typeof errorSummarySchema>;

/** The largest statistic a gate saw and its limit. */
export const gateSchema = z.strictObject({
  gate: z.string(),
  probe: z.string(),
  output: z.string(),
  statistic: real,
  limit: z.number(),
});
export type GateResult = z.infer<typeof gateSchema>;

/** A reference executor on this case. */
export const witnessSchema = z.strictObject({
  executor: z.string(),
  version: z.string(),
  numerics: z.string(),
  /** null when it was absent. */
  status: statusSchema.nullable(),
  /** Why it did not run. */
  absent: z.string().nullable(),
  errors: z.array(errorSummarySchema),
  findings: z.array(findingSchema),
  timing: timingSchema.nullable(),
});
export type WitnessRecord = z.infer<typeof witnessSchema>;

/** The schema of one line. */
export const recordSchema = z.strictObject({
  schema: z.literal("openxpu.record/v1"),
  /** Time and six random hex digits. */
  run: z.string(),
  time: z.string(),
  submission: z.strictObject({
    vendor: z.string(),
    submission: z.string(),
    version: z.string(),
    path: z.string(),
    license: z.string(),
    commit: z.string().nullable(),
    sourceDigest: digest,
    artifactDigest: digest.nullable(),
    numerics: numericsSchema,
    deterministic: z.boolean(),
  }),
  op: z.strictObject({ op: z.string(), edition: z.number().int(), digest }),
  suite: z.strictObject({ suite: z.string(), digest }).nullable(),
  case: z.strictObject({
    name: z.string(),
    axes: z.record(z.string(), z.number()),
    attributes: z.record(z.string(), attributeValue),
    dtypes: z.record(z.string(), z.enum(DTYPES)),
    absent: z.array(z.string()),
    hidden: z.boolean(),
    tags: z.array(z.enum(["bench", "required"])),
    /** Multiply-adds. */
    work: z.number(),
    /** 32 hex digits that every input of the case was drawn from. */
    seed: z.string(),
    /** sha256 over the inputs of all regimes. */
    inputs: digest,
    /** Whether it counts towards conformance: false outside `supports`. */
    counted: z.boolean(),
    /** Of a large case: how many rows of the outputs were judged, drawn after the outputs were frozen. Absent where all were. */
    judgedRows: z.strictObject({ rows: z.number().int(), of: z.number().int() }).optional(),
  }),
  device: z.strictObject({
    backend: z.string(),
    chip: z.string(),
    model: z.string(),
    emulated: z.boolean(),
    driver: z.string().nullable(),
    isolation: z.enum(ISOLATION),
    /** sha256 over the variables and versions the kernel could see. */
    environment: digest,
  }),
  executor: z.strictObject({ executor: z.string(), version: z.string() }),
  compiler: z.strictObject({ compiler: z.string(), version: z.string(), flags: z.array(z.string()) }).nullable(),
  status: statusSchema,
  findings: z.array(findingSchema),
  errors: z.array(errorSummarySchema),
  gates: z.array(gateSchema),
  witnesses: z.array(witnessSchema),
  /** Time of the candidate in judged calls: recorded in emulation too, where it is never a speedup. */
  timing: timingSchema.nullable(),
  measurement: measurementSchema.nullable(),
  speedup: speedupSchema.nullable(),
  /** Why there is no speedup; null when there is one. */
  speedupAbsent: z.string().nullable(),
  claims: z.array(
    z.strictObject({
      value: z.number(),
      baseline: z.string(),
      chip: z.string(),
      verdict: z.enum(["confirmed", "refuted", "unverified"]),
    }),
  ),
  integrity: z.strictObject({
    poisonsEqual: z.boolean().nullable(),
    canariesIntact: z.boolean(),
    inputsSealed: z.boolean(),
    placements: z.array(z.enum(PLACEMENTS)),
    deniedSyscalls: z.array(z.string()),
  }),
  log: z.string(),
  harness: z.strictObject({ version: z.string(), commit: z.string().nullable() }),
  seed: z.strictObject({ value: z.string(), origin: z.enum(["random", "given", "ci"]) }),
  /** Flags that narrowed the run. */
  selection: z.array(z.string()),
  /** `true`, or every reason why no vote may rest on this record. */
  votable: z.union([z.literal(true), z.array(z.string()).min(1)]),
  /** The one command that repeats the case. */
  repeat: z.string(),
});
export type RunRecord = z.infer<typeof recordSchema>;

/** What `check --json` prints. */
export const runSchema = z.strictObject({
  schema: z.literal("openxpu.run/v1"),
  run: z.string(),
  conforms: z.boolean(),
  submissions: z.array(
    z.strictObject({
      submission: z.string(),
      vendor: z.string(),
      path: z.string(),
      status: statusSchema,
      records: z.array(recordSchema),
      problems: z.array(
        z.strictObject({
          code: z.string(),
          file: z.string(),
          line: z.number(),
          column: z.number(),
          message: z.string(),
          fix: z.string(),
        }),
      ),
    }),
  ),
});
export type Run = z.infer<typeof runSchema>;
