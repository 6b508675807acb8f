// What to run when: `suites/<name>.yaml` holds selectors and budgets, never semantics.
import { z } from "zod";

/** The schema of a suite. */
export const suiteSchema = z.strictObject({
  edition: z.literal(1),
  suite: z.string(),
  title: z.string(),
  /** Globs over `<vendor>/<submission>`. */
  submissions: z.array(z.string()).default(["*/*"]),
  cases: z
    .strictObject({
      /** Globs over case names. */
      include: z.array(z.string()).default(["*"]),
      /** Whether cases tagged `bench` are judged on emulated devices too. */
      benchEmulated: z.boolean().default(false),
    })
    .prefault({}),
  /** Hidden cases a submission; absent: what the op says. */
  hidden: z.number().int().min(1).optional(),
  /** A witness whose declared cost of a case is above this many seconds is absent from it. */
  witnessSeconds: z.number().positive().default(2),
  /** The suite is official tests of the pinned onnx package instead of submissions: `submissions`, `cases` and `measure` are then without meaning. */
  onnxNode: z
    .strictObject({
      /** Globs over case names, such as `test_conv_*`. */
      cases: z.array(z.string()).default(["*"]),
      /** Executors beside ONNX Runtime that run the cases which an op of ours covers. */
      executors: z.array(z.string()).default([]),
      /** Graph optimisations of ONNX Runtime: `none` runs the nodes as they are written, `all` is its own default. */
      optimization: z.enum(["none", "all"]).default("none"),
      /** Cases of one call at most. */
      batch: z.number().int().min(1).max(1000).default(80),
      /** For one call. */
      seconds: z.number().positive().default(60),
    })
    .optional(),
  measure: z
    .strictObject({
      /** Timed cases a submission. */
      cases: z.number().int().min(0).default(2),
      /** Wall time of one race with its A/A control. */
      seconds: z.number().positive().default(5),
      /** Half-width of the 95 % interval, as a share, at which a race stops. */
      halfWidth: z.number().positive().default(0.01),
      /** Fewest pairs of a race. */
      pairs: z.number().int().min(10).default(30),
    })
    .prefault({}),
});
export type Suite = z.infer<typeof suiteSchema>;
