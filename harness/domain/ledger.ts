// The ledger: every decision of governance, append-only and hash-chained. A vote's state is what its entries say, nothing else.
import { z } from "zod";
import { evidenceSchema } from "./evidence.ts";
import { frozenPolicySchema, waiverSchema } from "./governance.ts";
import { statusSchema } from "./verdict.ts";
import { actorSchema, ballotSchema, electorSchema, tallySchema } from "./vote.ts";

const digest = z.string().regex(/^[0-9a-f]{64}$/, "sha256 in hex");
const when = z.iso.datetime();

/** What happened. */
export const eventSchema = z.discriminatedUnion("type", [
  /** A vote begins: everything that decides it is frozen here. */
  z.strictObject({
    type: z.literal("opened"),
    pull: z.number().int(),
    head: z.string(),
    title: z.string(),
    author: actorSchema,
    evidence: evidenceSchema,
    policy: z.strictObject({ digest, policy: frozenPolicySchema }),
    electorate: z.strictObject({ digest, electors: z.array(electorSchema) }),
    waivers: z.array(waiverSchema),
    deadline: when,
    /** Key of the vote that this one follows. */
    supersedes: z.string().nullable(),
  }),
  /** The issue was made; the lowest number where there are several. */
  z.strictObject({ type: z.literal("issue"), issue: z.number().int() }),
  /** Ballots as they stand, whenever they changed: what a person later deletes or edits is still here. */
  z.strictObject({ type: z.literal("ballots"), ballots: z.array(ballotSchema) }),
  z.strictObject({ type: z.literal("extended"), deadline: when, tally: tallySchema }),
  z.strictObject({ type: z.literal("closed"), tally: tallySchema }),
  /** Something the vote rested on has changed. It is never counted; its ballots so far stay visible. */
  z.strictObject({ type: z.literal("superseded"), reason: z.string(), tally: tallySchema }),
  z.strictObject({ type: z.literal("cancelled"), by: actorSchema, reason: z.string(), tally: tallySchema }),
  /** Somebody asked for another run of the evidence. */
  z.strictObject({
    type: z.literal("recheck"),
    by: actorSchema,
    comment: z.number().int(),
    /** The workflow run to repeat, and its attempt when it was asked for: a later attempt is the answer. */
    run: z.number().int(),
    attempt: z.number().int(),
  }),
  /** Somebody asked for a vote on a source that lost one before. */
  z.strictObject({ type: z.literal("revote"), by: actorSchema, organisation: z.string(), comment: z.number().int() }),
  z.strictObject({ type: z.literal("merged"), commit: z.string() }),
  /** Evidence as it came, whatever it says: every attempt on a pull request stays known, so that nobody draws until a draw suits. */
  z.strictObject({
    type: z.literal("judged"),
    pull: z.number().int(),
    head: z.string(),
    run: z.number().int(),
    attempt: z.number().int(),
    evidence: digest,
    verdicts: z.array(
      z.strictObject({
        submission: z.string(),
        sourceDigest: digest,
        opDigest: digest,
        chip: z.string(),
        status: statusSchema,
        conforms: z.boolean(),
        failing: z.array(z.string()),
      }),
    ),
  }),
  /** Evidence that was refused, and why: a poisoned bundle changes nothing and is reported. */
  z.strictObject({
    type: z.literal("refused"),
    pull: z.number().int(),
    head: z.string(),
    run: z.number().int(),
    problems: z.array(z.string()),
  }),
]);
export type Event = z.infer<typeof eventSchema>;
export type EventOf<Type extends Event["type"]> = Extract<Event, { type: Type }>;

/** One line of the ledger. */
export const entrySchema = z.strictObject({
  schema: z.literal("openxpu.ledger/v1"),
  /** From 0, without gaps. */
  seq: z.number().int().nonnegative(),
  /** sha256 of the line before, without its line break; 64 zeros for the first. */
  previous: digest,
  /** sha256(repository, pull request, head commit, evidence digest, policy digest); of the pull request alone where there is no vote yet. */
  key: digest,
  at: when,
  /** The reconciler's run: for a few minutes what the entry asks for is its to do, then anyone's. */
  writer: z.string(),
  event: eventSchema,
});
export type Entry = z.infer<typeof entrySchema>;
