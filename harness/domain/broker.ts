// What the broker replies, as broker/README.md says: decoded before anything believes it.
import { z } from "zod";
import { type Failure, ISOLATION } from "./kernel.ts";

const isolation = z.enum(ISOLATION);

/** Any reply; each request decodes the rest of its own. */
export const replySchema = z.looseObject({
  id: z.number(),
  ok: z.boolean(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
});
export type Reply = z.infer<typeof replySchema>;

/** To `hello`: the best isolation of this machine, what is missing for the next level, and what a process could do inside when it tried. */
export const helloSchema = z.looseObject({
  isolation,
  why: z.array(z.string()),
  acts: z.array(z.object({ act: z.string(), denied: z.boolean() })).default([]),
});

/** To `staging`: where its memory can be opened. */
export const stagingSchema = z.looseObject({ path: z.string() });

/** To `report`: what a zygote says of itself, versions above all. */
export const reportSchema = z.looseObject({ report: z.record(z.string(), z.json()) });

/** To `close`: the end of what the kernel printed. */
export const closeSchema = z.looseObject({ log: z.string().default("") });

const failureSchema = z.object({
  kind: z.enum(["declined", "raised", "load", "fault", "signal", "exit", "denied", "timeout", "control", "restless"]),
  message: z.string(),
  errorKind: z.string().exactOptional(),
  signal: z.string().exactOptional(),
  address: z.string().exactOptional(),
  tensor: z
    .object({ index: z.number(), region: z.enum(["guard_before", "guard_after", "sealed"]), byte: z.number() })
    .exactOptional(),
  advisory: z.boolean().exactOptional(),
  status: z.number().exactOptional(),
  syscall: z.string().exactOptional(),
  category: z.string().exactOptional(),
  deadlineMs: z.number().exactOptional(),
});

const failed = z.looseObject({ state: z.literal("failed"), failure: failureSchema, log: z.string().default("") });

/** A failure with the end of what the kernel printed before it. */
export function failureOf(reply: z.infer<typeof failed>): Failure {
  return { ...reply.failure, log: reply.log };
}

/** To `open`. */
export const openSchema = z.discriminatedUnion("state", [
  z.looseObject({ state: z.literal("ready"), child: z.number(), isolation }),
  failed.extend({ isolation }),
]);

const canary = z.object({ index: z.number(), side: z.enum(["before", "after"]), byte: z.number() });

/** To `call`. */
export const callSchema = z.discriminatedUnion("state", [
  z.looseObject({ state: z.literal("done"), ns: z.number(), canaries: z.array(canary) }),
  failed,
]);

const timed = {
  ns: z.array(z.number()),
  exposedNs: z.array(z.number()),
  mismatches: z.array(z.object({ entry: z.number(), index: z.number(), byte: z.number() })),
  canaries: z.array(canary.extend({ entry: z.number() })),
  verified: z.number(),
  kept: z.number().exactOptional(),
};

/** To `time`: `budget` is an early end, one time for each entry that ran. */
export const timeSchema = z.discriminatedUnion("state", [
  z.looseObject({ state: z.literal("done"), ...timed }),
  z.looseObject({ state: z.literal("budget"), ...timed }),
  failed.extend({ entry: z.number().default(0) }),
]);
