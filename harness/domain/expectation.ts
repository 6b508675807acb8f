// What evidence must say, as a document: `evidence check --expect`. It comes from GitHub's API and the base commit, never from a bundle.
import { z } from "zod";
import { ISOLATION } from "./kernel.ts";
import { numericsSchema } from "./op.ts";
import { recordSchema } from "./run-record.ts";

const digest = z.string().regex(/^[0-9a-f]{64}$/, "sha256 in hex");
const commit = z.string().regex(/^[0-9a-f]{40}$/, "a commit of 40 hex digits");

const caseSchema = recordSchema.shape.case
  .omit({ seed: true, inputs: true })
  /** Names of the outputs that it has. */
  .extend({ outputs: z.array(z.string()).min(1) });
/** A case that the harness would have run, as its record must show it. */
export type ExpectedCase = z.infer<typeof caseSchema>;

const submissionSchema = z.strictObject({
  /** Over its files at the head commit. */
  sourceDigest: digest,
  version: z.string(),
  license: z.string(),
  op: z.string(),
  numerics: numericsSchema,
  deterministic: z.boolean(),
  /** It takes strides and offsets, so it is judged on them too. */
  strided: z.boolean(),
  device: z.strictObject({ backend: z.string(), chip: z.string(), emulated: z.boolean() }),
  /** Every case, published and hidden: one that is missing hides something. */
  cases: z.array(caseSchema).min(1),
});
/** A submission at the head commit under the base's catalogue. */
export type ExpectedSubmission = z.infer<typeof submissionSchema>;

/** The schema of the document. */
export const expectationSchema = z.strictObject({
  /** GitHub's number of the repository. */
  repository: z.number().int(),
  head: commit,
  /** Commits of the harness that may have judged: the base branch's. */
  harness: z.array(commit).min(1),
  workflowRun: z.number().int(),
  attempt: z.number().int().min(1),
  /** The workflow run as the API describes it; `url` is for people. */
  run: z.strictObject({ path: z.string(), event: z.string(), head: commit, url: z.string() }),
  /** Of the policy. */
  isolation: z.strictObject({ emulated: z.enum(ISOLATION), device: z.enum(ISOLATION) }),
  /** By `vendor/submission`: all that the pull request touches. */
  submissions: z.record(z.string(), submissionSchema),
  /** Executors with references, of which each has its word in every record. */
  executors: z.array(z.string()).min(1),
  /** Digests of the base: ops by name, suites by name. */
  ops: z.record(z.string(), digest),
  suites: z.record(z.string(), digest),
});
export type Expectation = z.infer<typeof expectationSchema>;
