// Who may vote and by which rule: the manifests `.github/governance/policy.yaml` and `voters.yaml`, read at the base commit.
import { z } from "zod";
import { ISOLATION } from "./kernel.ts";

/** A share written as a fraction, so that no rounding decides a vote: `2/3`. */
const fraction = z
  .string("a fraction such as 2/3")
  .regex(/^[1-9]\d{0,3}\/[1-9]\d{0,3}$/, "a fraction such as 2/3")
  .transform((text) => text.split("/").map(Number) as [number, number])
  .refine(([part, whole]) => part <= whole, "at most the whole");
export type Fraction = readonly [part: number, whole: number];

/** `7d` or `36h`, in milliseconds. */
const duration = z
  .string("days or hours, such as 7d or 36h")
  .regex(/^[1-9]\d{0,3}[dh]$/, "days or hours, such as 7d or 36h")
  .transform((text) => Number.parseInt(text, 10) * (text.endsWith("d") ? 86_400_000 : 3_600_000));

/** A moment of the calendar, UTC. */
const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, "a date such as 2026-01-31");

/** The schema of `policy.yaml`. Durations are milliseconds once decoded. */
export const policySchema = z.strictObject({
  edition: z.literal(1),
  /** How long ballots count. */
  window: duration,
  /** By how much a vote without quorum is prolonged, once. */
  extension: duration,
  /** A vote that passed is merged this long after its deadline at the earliest: time to object to the tally. */
  wait: duration,
  /** Binding ballots for and against that it takes; abstentions are no part of it. */
  quorum: z.number().int().min(1),
  /** Share of the weight for, of the weight for and against, that it takes. */
  approval: fraction,
  /** Organisations in favour that it takes. */
  organisations: z.number().int().min(1),
  /** Largest share of the weight that one organisation can have. */
  cap: fraction,
  /** The same source opens no second vote for so long after a lost one, unless `organisations` ask for it. */
  cooldown: duration,
  /** Weakest isolation that evidence of each kind may come from. */
  isolation: z.strictObject({ emulated: z.enum(ISOLATION), device: z.enum(ISOLATION) }),
});

const milliseconds = z.number().int().positive();
const pair = z.tuple([z.number().int().positive(), z.number().int().positive()]);

/** A decoded policy, as a vote's ledger entry freezes it. */
export const frozenPolicySchema = z.strictObject({
  ...policySchema.shape,
  window: milliseconds,
  extension: milliseconds,
  wait: milliseconds,
  approval: pair,
  cap: pair,
  cooldown: milliseconds,
});
export type Policy = z.infer<typeof frozenPolicySchema>;

/** Somebody who may vote. */
export const voterSchema = z.strictObject({
  /** GitHub's number of the account: logins change hands. */
  id: z.number().int().positive(),
  /** As it was when the line was reviewed; shown, never compared. */
  login: z.string().regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})$/, "a GitHub login"),
  /** The vendor's folder name where it is one, so that its voters are recused from its own votes. */
  organisation: z.string().regex(/^[a-z0-9][a-z0-9_-]*$/, "lower-case letters, digits, '_' and '-'"),
  /** First day that ballots count. */
  since: day,
  /** First day that they no longer do. */
  until: day.optional(),
});
export type Voter = z.infer<typeof voterSchema>;

/** The schema of `voters.yaml`. */
export const votersSchema = z.strictObject({ edition: z.literal(1), voters: z.array(voterSchema) });

/** A waiver of one failed gate: a reviewed file `.github/governance/waivers/<name>.yaml` at the base commit, its commit signed. */
export const waiverSchema = z.strictObject({
  edition: z.literal(1),
  vendor: z.string(),
  submission: z.string(),
  /** sha256 of the sources it holds for: other sources need another waiver. */
  sourceDigest: z.string().regex(/^[0-9a-f]{64}$/, "sha256 in hex"),
  /** Names of cases whose failure is accepted. */
  cases: z.array(z.string()).min(1),
  reason: z.string().min(20),
  /** Who answers for it, by numeric id. */
  by: z.number().int().positive(),
  /** First day on which it no longer holds. */
  until: day,
});
export type Waiver = z.infer<typeof waiverSchema>;
