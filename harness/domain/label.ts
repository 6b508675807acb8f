// The labels of the repository: the reviewed list `.github/labels.yaml`, from which they are made and corrected.
import { z } from "zod";

/** The schema of `labels.yaml`. */
export const labelsSchema = z.strictObject({
  edition: z.literal(1),
  labels: z.array(
    z.strictObject({
      /** GitHub's limit is 50 characters; names that differ in case only are one label there. */
      name: z.string().min(1).max(50),
      /** Six hex digits. */
      color: z.string().regex(/^[0-9a-f]{6}$/, "six hex digits, lower case"),
      /** GitHub's limit is 100 characters. */
      description: z.string().min(1).max(100),
    }),
  ),
});
