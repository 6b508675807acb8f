// A recorded election: what `vote simulate` reads, to try a policy on ballots that were cast or made up.
import { z } from "zod";
import { ballotSchema, electorSchema } from "./vote.ts";

/** The schema of a recorded election, in YAML or JSON; electors and ballots may be copied from the ledger as they are. */
export const electionSchema = z.strictObject({
  edition: z.literal(1),
  deadline: z.iso.datetime(),
  electors: z.array(z.strictObject({ ...electorSchema.shape, recused: electorSchema.shape.recused.default(null) })),
  ballots: z.array(
    z.strictObject({
      ...ballotSchema.shape,
      reason: ballotSchema.shape.reason.default(null),
      /** When absent, the comment was never edited. */
      updated: ballotSchema.shape.updated.optional(),
    }),
  ),
});
