// The record of an official ONNX node test: one JSON line for each case, append-only, stable key order.
import { z } from "zod";
import { ISOLATION } from "./kernel.ts";

/**
 * `passed`: every rule accepts. `wrong`: an output is there and a rule rejects it. `unsupported`: the executor says that it lacks the
 * operator, dtype, version or option. `refused`: our reader did not let the model through. `error`: the executor has what the case needs
 * and failed, or ended.
 */
export const NODE_RESULTS = ["passed", "wrong", "unsupported", "refused", "error"] as const;
export const nodeResultSchema = z.enum(NODE_RESULTS);
export type NodeResult = z.infer<typeof nodeResultSchema>;

const ruleSchema = z.strictObject({
  /** `onnx`: the runner's own tolerance. `equal`, `moved`: one right answer. `G1 <class>`: our error model against our oracle. */
  rule: z.string(),
  /** What it judges, and why it may. */
  applies: z.string(),
  accepted: z.boolean(),
  /** The first rejection in words; null for an acceptance. */
  message: z.string().nullable(),
});
/** What one rule said. */
export type RuleWord = z.infer<typeof ruleSchema>;

const errorSchema = z.strictObject({
  output: z.string(),
  /** ONNX's name of the element type. */
  type: z.string(),
  elements: z.number().int().nonnegative(),
  /** Elements that are not the same number; NaN is the same as NaN. */
  different: z.number().int().nonnegative(),
  /** Largest |got - want| where both are finite. */
  maxAbs: z.number(),
  /** The same in spacings of the dtype at the expected value; null for types whose spacing the harness does not know. */
  maxUlp: z.number().nullable(),
  /** The same as a share of the largest finite expected magnitude: small where a sum cancels. */
  ofLargest: z.number(),
});
/** How far a floating output is from the expected one. */
export type NodeErrors = z.infer<typeof errorSchema>;

const otherSchema = z.strictObject({
  executor: z.string(),
  version: z.string(),
  /** null when it was absent. */
  result: nodeResultSchema.nullable(),
  /** Why it is no pass, or why it was absent; null for a pass. */
  reason: z.string().nullable(),
  rules: z.array(ruleSchema),
});
/** Another executor on a case that one of our ops covers. */
export type OtherExecutor = z.infer<typeof otherSchema>;

/** The schema of one line. */
export const nodeRecordSchema = z.strictObject({
  schema: z.literal("openxpu.onnx-node/v1"),
  /** Time and six random hex digits. */
  run: z.string(),
  time: z.string(),
  /** The package that built the case, for example `onnx==1.23.2`. */
  package: z.string(),
  case: z.string(),
  /** `domain/operator`; the default domain is ai.onnx. An expanded twin has its parent's. */
  operator: z.string(),
  executor: z.strictObject({
    executor: z.string(),
    version: z.string(),
    isolation: z.enum(ISOLATION),
    /** Graph optimisations of the session: none runs the nodes as they are written. */
    optimization: z.enum(["none", "all"]),
  }),
  /** `manifest`: bit for bit those of the committed manifest. `machine`: this machine's numpy computed others of a case that depends on it. */
  expected: z.enum(["manifest", "machine"]),
  result: nodeResultSchema,
  /** Equal for results of one kind; null for a pass. */
  group: z.string().nullable(),
  reason: z.string().nullable(),
  /** The rules that judged; none for a case without outputs. */
  rules: z.array(ruleSchema),
  errors: z.array(errorSchema),
  /** The op of ours that covers the case, or why none does. */
  cover: z.strictObject({ op: z.string().nullable(), reason: z.string().nullable() }),
  others: z.array(otherSchema),
  /** One run by the worker's own clock: not a measurement. */
  ns: z.number().nullable(),
  harness: z.strictObject({ version: z.string(), commit: z.string().nullable() }),
});
export type NodeRecord = z.infer<typeof nodeRecordSchema>;

/** What `suite run onnx-node --json` prints. */
export const nodeRunSchema = z.strictObject({
  schema: z.literal("openxpu.onnx-nodes/v1"),
  run: z.string(),
  package: z.string(),
  /** Results of the first executor. */
  totals: z.record(nodeResultSchema, z.number().int().nonnegative()),
  /** Cases that are wrong, refused or in error and not known to be. */
  news: z.array(z.string()),
  /** Of reading, loading, running and judging by the rules that need no oracle. */
  seconds: z.number(),
  records: z.array(nodeRecordSchema),
});
export type NodeRun = z.infer<typeof nodeRunSchema>;
