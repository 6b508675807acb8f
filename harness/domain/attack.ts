// The manifest `attacks.yaml`: what each attack tries, what it must end in, and from which level of isolation on it is stopped.
import { z } from "zod";
import { ISOLATION } from "./kernel.ts";
import { statusSchema } from "./verdict.ts";

const attackSchema = z
  .strictObject({
    /** The submission's name, and the kernel's entry unless `entry` says another. */
    name: z.string().regex(/^[a-z][a-z0-9_]*$/, "lower-case letters, digits and '_'"),
    /** Rows of the catalogue of known cheats (README); empty for what the catalogue does not have. */
    rows: z.array(z.number().int().min(1).max(44)),
    /** A file below `sources/`. */
    source: z.string().optional(),
    /** A model of `models.ts`. */
    model: z.string().optional(),
    /** A folder of `folders.ts`: what is wrong is the folder, not a kernel. */
    folder: z.string().optional(),
    dialect: z.enum(["c-abi", "triton", "onnx"]).default("c-abi"),
    entry: z.string().optional(),
    /** Which run it takes part in: `load` asks one case only, `race` is measured, `single` has one neighbour, for what could end a run. */
    run: z.enum(["judge", "load", "race", "single"]).default("judge"),
    op: z.string().default("silu_and_mul"),
    /** What it tries, in a line. */
    does: z.string(),
    /** Statuses it may end in at level `full`. PASSED means: it did its work, and its attempt changed nothing. */
    expected: z.array(statusSchema).min(1),
    /** The weakest level that stops it. Below, it is not run: it could harm the machine, or would prove nothing. */
    stops: z.enum(ISOLATION).default("none"),
    /** More lines of its submission.yaml. */
    manifest: z.string().default(""),
    /** Its source holds several: the layout defines its name. */
    defined: z.boolean().default(false),
  })
  .refine((one) => [one.source, one.model, one.folder].filter((given) => given !== undefined).length === 1, {
    message: "exactly one of source, model and folder",
  });

/** One attack. */
export type Attack = z.infer<typeof attackSchema>;

const controlSchema = z.strictObject({
  name: z.string(),
  source: z.string().optional(),
  model: z.string().optional(),
  dialect: z.enum(["c-abi", "bang-c", "triton", "onnx"]),
  entry: z.string(),
  op: z.string().default("silu_and_mul"),
  race: z.boolean().default(false),
});

/** An honest kernel: it must pass, whoever is judged beside it. */
export type Control = z.infer<typeof controlSchema>;

/** The schema of `attacks.yaml`. */
export const attacksSchema = z.strictObject({
  edition: z.literal(1),
  /** Rows of the catalogue that no kernel can try here, and why. */
  infeasible: z.array(z.strictObject({ row: z.number().int(), why: z.string() })),
  controls: z.array(controlSchema).min(1),
  attacks: z.array(attackSchema).min(1),
});
export type Attacks = z.infer<typeof attacksSchema>;
