// What a vote rests on: bundles of run records, checked and recomputed by the job that trusts nobody.
import { z } from "zod";
import { ISOLATION } from "./kernel.ts";
import { speedupSchema } from "./measurement.ts";
import { statusSchema } from "./verdict.ts";

const digest = z.string().regex(/^[0-9a-f]{64}$/, "sha256 in hex");
const commit = z.string().regex(/^[0-9a-f]{40}$/, "a commit of 40 hex digits");

/** `bundle.json`, beside the records in an artifact: what a job says of itself. All of it is compared with what GitHub says. */
export const bundleSchema = z.strictObject({
  schema: z.literal("openxpu.bundle/v1"),
  /** GitHub's number of the repository. */
  repository: z.number().int(),
  /** Head of the pull request that was judged. */
  head: commit,
  /** Commit of the harness that judged: of the base branch. */
  harness: commit,
  workflowRun: z.number().int(),
  attempt: z.number().int().min(1),
  /** Which of several jobs with the same seed: they must agree. */
  job: z.string().regex(/^[a-z0-9-]{1,40}$/),
  seed: z.string().regex(/^[0-9a-f]{32}$/),
  /** Every file of the bundle but this one, by name, sorted. */
  files: z.array(z.strictObject({ name: z.string(), bytes: z.number().int().nonnegative(), digest })),
});
export type Bundle = z.infer<typeof bundleSchema>;

/** One submission on one device, as the records show it after recomputing. */
export const verdictSchema = z.strictObject({
  vendor: z.string(),
  submission: z.string(),
  version: z.string(),
  /** sha256 of the submission's sources. */
  sourceDigest: digest,
  op: z.string(),
  opDigest: digest,
  numerics: z.string(),
  device: z.strictObject({
    backend: z.string(),
    chip: z.string(),
    model: z.string(),
    emulated: z.boolean(),
    /** Weakest of its records. */
    isolation: z.enum(ISOLATION),
    environment: digest,
  }),
  status: statusSchema,
  conforms: z.boolean(),
  cases: z.strictObject({ passed: z.number().int(), counted: z.number().int(), hidden: z.number().int() }),
  /** Cases that did not pass, by name. */
  failing: z.array(z.strictObject({ name: z.string(), status: statusSchema, finding: z.string() })),
  /** Per executor: cases in which it passed, of those in which it was present. */
  witnesses: z.array(z.strictObject({ executor: z.string(), passed: z.number().int(), present: z.number().int() })),
  /** Largest error / allowed error over all outputs; null where only equality was accepted. */
  headroom: z.number().nullable(),
  /** Of physical devices only. */
  speedups: z.array(z.strictObject({ case: z.string(), speedup: speedupSchema })),
  /** Reasons why no vote may rest on it; empty where one may. */
  unvotable: z.array(z.string()),
});
export type EvidenceVerdict = z.infer<typeof verdictSchema>;

/** The evidence of one head commit. */
export const evidenceSchema = z.strictObject({
  /** sha256 over the digests of its bundles, sorted. */
  digest,
  head: commit,
  verdicts: z.array(verdictSchema).min(1),
  /** Where it can be looked at: workflow runs. */
  runs: z.array(z.strictObject({ run: z.number().int(), attempt: z.number().int(), url: z.string() })),
});
export type Evidence = z.infer<typeof evidenceSchema>;
