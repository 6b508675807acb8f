// A vote: who may decide, what was said, and what it comes to.
import { z } from "zod";

const when = z.iso.datetime();

/** An account as GitHub numbers it; the login is what it was called when it was last seen. */
export const actorSchema = z.strictObject({ id: z.number().int(), login: z.string() });
export type Actor = z.infer<typeof actorSchema>;

/** One who may vote, as frozen when the vote opened. */
export const electorSchema = z.strictObject({
  id: z.number().int(),
  login: z.string(),
  organisation: z.string(),
  /** Why the ballot is shown and not counted; null for who decides. */
  recused: z.string().nullable(),
  /**
   * Whether an objection counts all the same: true for who decides anyway, and for who is recused by nothing but names in the commits, which
   * the submitter writes. Else a submitter could silence anybody by naming them.
   */
  objects: z.boolean().default(false),
});
export type Elector = z.infer<typeof electorSchema>;

export const CHOICES = ["for", "against", "abstain"] as const;
export type Choice = (typeof CHOICES)[number];

/** One `/vote` comment, as the ledger holds it. */
export const ballotSchema = z.strictObject({
  /** GitHub's number of the comment. */
  comment: z.number().int(),
  voter: actorSchema,
  /** `spoiled`: the comment says two things, or none of those that can be said. */
  choice: z.enum([...CHOICES, "spoiled"]),
  /** After the choice, on the same line or below; escaped wherever it is shown. */
  reason: z.string().nullable(),
  created: when,
  /** Of the last edit; equals `created` where there was none. */
  updated: when,
});
export type Ballot = z.infer<typeof ballotSchema>;

/** Why a ballot does not count. */
export const UNCOUNTED = [
  "no elector",
  "recused",
  "late",
  "edited after the deadline",
  "replaced by a later ballot",
  "spoiled",
  "an objection needs a reason",
] as const;

/** A ballot and what became of it. */
export const countedSchema = z.strictObject({
  ballot: ballotSchema,
  organisation: z.string().nullable(),
  /** null where it counts. */
  uncounted: z.enum(UNCOUNTED).nullable(),
});
export type Counted = z.infer<typeof countedSchema>;

const OUTCOMES = ["passed", "failed", "no quorum"] as const;

/** One condition of the rule and whether it is met. */
export const reasonSchema = z.strictObject({
  rule: z.enum(["quorum", "approval", "organisations", "leave one out"]),
  met: z.boolean(),
  /** In words: what was found, what it takes. */
  text: z.string(),
});
export type Reason = z.infer<typeof reasonSchema>;

/** What the ballots come to. */
export const tallySchema = z.strictObject({
  outcome: z.enum(OUTCOMES),
  reasons: z.array(reasonSchema),
  /** Every ballot of the vote, in order of time. */
  ballots: z.array(countedSchema),
  /** Binding ballots. */
  cast: z.strictObject({ for: z.number(), against: z.number(), abstain: z.number() }),
  /** By organisation with a binding ballot for or against, by name. */
  organisations: z.array(
    z.strictObject({
      organisation: z.string(),
      for: z.number(),
      against: z.number(),
      /** Its share of the weight after the cap, as text: `1/3`. */
      share: z.string(),
      /** Approval when this organisation is left out, as text; null where nothing is left. */
      without: z.string().nullable(),
    }),
  ),
  /** Weight for, of the weight for and against, as text; null where nothing was cast. */
  approval: z.string().nullable(),
});
export type Tally = z.infer<typeof tallySchema>;
