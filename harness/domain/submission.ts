// What a vendor submits: the manifests `vendor.yaml`, `submission.yaml` and `PROVENANCE.yaml`.
import { z } from "zod";
import { attributeValue } from "./op.ts";

/** Source languages of kernels. */
export const DIALECTS = ["c-abi", "cuda", "bang-c", "ascend-c", "triton", "onnx"] as const;

const folderName = z.string().regex(/^[a-z0-9][a-z0-9_-]*$/, "lower-case letters, digits, '_' and '-'");
const bytes = z
  .string()
  .regex(/^\d+(\.\d+)?(MiB|GiB)$/, "a number with MiB or GiB")
  .transform((text) => Number.parseFloat(text) * (text.endsWith("GiB") ? 2 ** 30 : 2 ** 20));
const seconds = z
  .string()
  .regex(/^\d+(\.\d+)?s$/, "a number of seconds, for example 60s")
  .transform((text) => Number.parseFloat(text));
const range = z.strictObject({ min: z.number().int().optional(), max: z.number().int().optional() });

/** The schema of `vendor.yaml`. */
export const vendorSchema = z.strictObject({
  edition: z.literal(1),
  vendor: folderName,
  names: z.strictObject({ en: z.string(), zh: z.string() }),
  homepage: z.string().optional(),
  chips: z
    .array(z.strictObject({ name: z.string(), backend: z.string(), runner: z.array(z.string()).default([]) }))
    .min(1),
  contacts: z.array(z.string()).default([]),
  /** Numeric GitHub ids that own submissions and are recused from votes on them. */
  owners: z.array(z.number().int()).default([]),
});
export type Vendor = z.infer<typeof vendorSchema>;

/** What a kernel takes: everything where nothing is said. */
export const supportsSchema = z
  .strictObject({
    axes: z.record(z.string(), range).default({}),
    constraints: z.array(z.string()).default([]),
    attributes: z.record(z.string(), z.array(attributeValue).min(1)).default({}),
    /** By dtype variable of the op; validation names the dtypes it has. */
    dtypes: z.record(z.string(), z.array(z.string()).min(1)).default({}),
  })
  .prefault({});

/** The schema of `submission.yaml`. */
export const submissionSchema = z.strictObject({
  edition: z.literal(1),
  submission: folderName,
  version: z.string().regex(/^\d+\.\d+\.\d+$/, "MAJOR.MINOR.PATCH"),
  op: z.string(),
  license: z.string(),
  device: z.strictObject({ backend: z.string(), chips: z.array(z.string()).min(1) }),
  source: z.strictObject({ dialect: z.string(), files: z.array(z.string()).min(1) }),
  entry: z.string(),
  /** Outside it a kernel may decline. */
  supports: supportsSchema,
  numerics: z.strictObject({ class: z.string(), deterministic: z.boolean().default(true) }),
  requires: z
    .strictObject({
      align: z.number().int().min(1).max(4096).default(256),
      /** `strided`: the kernel follows strides and byte offsets, and is judged on padded rows and offsets of 1 and 3 elements too. */
      layout: z.enum(["dense", "strided"]).default("dense"),
    })
    .prefault({}),
  /** The only variables the kernel sees beyond the device's own. */
  environment: z
    .strictObject({ set: z.record(z.string(), z.string()).default({}), pass: z.array(z.string()).default([]) })
    .prefault({}),
  claims: z
    .array(
      z.strictObject({
        metric: z.literal("speedup"),
        value: z.number().positive(),
        baseline: z.string(),
        chip: z.string(),
        case: z.string(),
      }),
    )
    .default([]),
  resources: z
    .strictObject({
      threads: z.number().int().min(1).max(64).default(1),
      memory: bytes.default(2 ** 30),
      timeout: seconds.default(60),
    })
    .prefault({}),
});
export type SubmissionManifest = z.infer<typeof submissionSchema>;

/** The schema of `PROVENANCE.yaml`: where the code comes from. */
export const provenanceSchema = z.strictObject({
  edition: z.literal(1),
  /** `own`, or where it was taken from. */
  origin: z.union([z.literal("own"), z.strictObject({ url: z.string(), commit: z.string() })]),
  authors: z.array(z.string()).min(1),
  copied: z.array(z.strictObject({ path: z.string(), license: z.string(), url: z.string().optional() })).default([]),
  tools: z.array(z.string()).default([]),
});
export type Provenance = z.infer<typeof provenanceSchema>;

/** A submission that passed validation. */
export interface Submission {
  /** Absolute folder. */
  readonly folder: string;
  /** As the user wrote it or relative to the working directory: for people. */
  readonly path: string;
  readonly vendor: Vendor;
  readonly manifest: SubmissionManifest;
  readonly provenance: Provenance;
  /** sha256 over the names and contents of all files of the folder. */
  readonly digest: string;
}

/** `<vendor>/<submission>`. */
export function submissionId(submission: Submission): string {
  return `${submission.vendor.vendor}/${submission.manifest.submission}`;
}
