// The kernels that the judge itself is judged by: near misses it must reject and legal variants it must accept (`kernels/<op>/mutants.yaml`).
import { z } from "zod";
import { supportsSchema } from "./submission.ts";

const kernelSchema = z.strictObject({
  /** Exported by `mutants.cc`. */
  entry: z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, "a C identifier"),
  /** The numerics class it claims. */
  numerics: z.string(),
  deterministic: z.boolean().default(true),
  /** It declares to take strides and byte offsets. */
  strided: z.boolean().default(false),
  supports: supportsSchema,
});

/** The schema of `mutants.yaml`. */
export const mutantsSchema = z.strictObject({
  edition: z.literal(1),
  mutants: z
    .array(
      kernelSchema.extend({
        /** Row in the list of near misses of the README "How the judge is judged"; absent for a fault of the op's own. */
        number: z.number().int().min(1).optional(),
        fault: z.string(),
        /** The lane its author expects to reject it. */
        lane: z.enum(["A", "B", "C", "memory"]),
      }),
    )
    .min(1),
  legal: z.array(
    kernelSchema.extend({
      /** Row in the list of legal variants. */
      number: z
        .string()
        .regex(/^L\d+$/, "L1, L2, ...")
        .optional(),
      variant: z.string(),
    }),
  ),
});
export type Mutants = z.infer<typeof mutantsSchema>;

/** One kernel of the score, mutant or legal variant. */
export interface ScoredKernel {
  readonly entry: string;
  /** What the judge must do with it. */
  readonly expected: "reject" | "accept";
  /** Row of the list, as text; empty for an op's own. */
  readonly number: string;
  /** Its fault, or what it does differently. */
  readonly what: string;
  readonly lane: "A" | "B" | "C" | "memory" | null;
  readonly numerics: string;
  readonly deterministic: boolean;
  readonly strided: boolean;
  readonly supports: Mutants["mutants"][number]["supports"];
}

/** All kernels of a file, mutants first. */
export function scoredKernels({ mutants, legal }: Mutants): ScoredKernel[] {
  return [
    ...mutants.map(({ number, fault, ...rest }) => ({
      ...rest,
      expected: "reject" as const,
      number: number === undefined ? "" : String(number),
      what: fault,
    })),
    ...legal.map(({ number, variant, ...rest }) => ({
      ...rest,
      expected: "accept" as const,
      number: number ?? "",
      what: variant,
      lane: null,
    })),
  ];
}
