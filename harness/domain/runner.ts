// Which machines a job may ask for: the reviewed list `.github/governance/runners.yaml`. A vendor names labels, this list allows them.
import { z } from "zod";

/** The schema of `runners.yaml`. */
export const runnersSchema = z.strictObject({
  edition: z.literal(1),
  /** Labels of GitHub's and of self-hosted runners; `vendor.yaml` can name no other. */
  labels: z
    .array(z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, "lower-case letters, digits, '.', '_' and '-'"))
    .min(1),
});
export type Runners = z.infer<typeof runnersSchema>;
