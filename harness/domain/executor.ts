// What runs a kernel: an executor (`harness/executors/<name>/executor.yaml`) and the programs its worker understands.
import { z } from "zod";
import { DTYPES } from "./dtype.ts";
import { DIALECTS } from "./submission.ts";

/** The schema of `executor.yaml`. */
export const executorSchema = z.strictObject({
  edition: z.literal(1),
  executor: z.string(),
  title: z.string(),
  /** The warm process it forks from: `native` (C) or `python`. */
  zygote: z.enum(["native", "python"]),
  /** The name of its version in the zygote's report. */
  version: z.string(),
  /** Dialects of submissions it runs. */
  dialects: z.array(z.enum(DIALECTS)).default([]),
  /** How it finds its witness in `kernels/<op>/reference/`; absent: it is no witness. */
  reference: z.enum(["torch.py", "triton.py", "onnx.ts"]).optional(),
  /** Named baselines it offers for the race come from its reference. */
  baseline: z.boolean().default(false),
  /** It pays for every program of a grid: as a witness it is spared hidden cases beyond the op's hidden extents. */
  interpreter: z.boolean().default(false),
  /** Seconds for one call: `call` + `work` * multiply-adds; by op and then by dtype where they differ. Measured, see the README beside it. */
  cost: z.strictObject({
    call: z.number().nonnegative(),
    work: z.number().nonnegative(),
    ops: z
      .record(z.string(), z.partialRecord(z.union([z.enum(DTYPES), z.literal("any")]), z.number().nonnegative()))
      .default({}),
  }),
});
export type Executor = z.infer<typeof executorSchema>;

/** Seconds that one call of a case is declared to cost. */
export function declaredSeconds(executor: Executor, op: string, dtype: string, work: number): number {
  const byOp = executor.cost.ops[op];
  const perWork =
    (byOp === undefined ? undefined : (byOp[dtype as keyof typeof byOp] ?? byOp.any)) ?? executor.cost.work;
  return executor.cost.call + perWork * work;
}
