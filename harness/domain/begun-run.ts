// What a run is made of, written before its first case: another process goes on with it, and refuses where something has changed.
import { z } from "zod";

const digest = z.string().regex(/^[0-9a-f]{64}$/, "sha256 in hex");

/** The schema of `<run>.run.json`. */
export const begunRunSchema = z.strictObject({
  schema: z.literal("openxpu.begun-run/v1"),
  run: z.string(),
  /** Absolute folders with the paths that people see, as they were given. */
  submissions: z.array(z.strictObject({ folder: z.string(), path: z.string() })),
  /** As they were typed. */
  options: z.strictObject({
    suite: z.string(),
    device: z.string().exactOptional(),
    executor: z.array(z.string()).exactOptional(),
    case: z.string().exactOptional(),
    seed: z.string().exactOptional(),
    measure: z.boolean(),
    json: z.string().exactOptional(),
    belowFull: z.boolean().exactOptional(),
  }),
  seed: z.strictObject({ value: z.string(), origin: z.enum(["random", "given", "ci"]) }),
  suite: z.strictObject({ suite: z.string(), digest }),
  /** `content`: sha256 over the harness where it has changes that are not committed; null where the commit says it all. */
  harness: z.strictObject({ version: z.string(), commit: z.string().nullable(), content: digest.nullable() }),
  /** Valid submissions in their order. */
  sources: z.array(z.strictObject({ submission: z.string(), sourceDigest: digest, opDigest: digest })),
});
export type BegunRun = z.infer<typeof begunRunSchema>;
