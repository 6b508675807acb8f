// What a kernel runs on: a backend (`harness/devices/<backend>/device.yaml`) and one device of it.
import { z } from "zod";
import { DIALECTS } from "./submission.ts";

/** What no device of a backend can do better, generously: a time below it is no time. All of one core, a second. */
export const rooflineSchema = z.strictObject({
  /** Where the numbers come from. */
  source: z.string(),
  /** Bytes read and written. */
  bytes: z.number().positive(),
  /** Multiply-adds, by the narrowest dtype that takes part. */
  operations: z.strictObject({
    bits64: z.number().positive(),
    bits32: z.number().positive(),
    bits16: z.number().positive(),
    bits8: z.number().positive(),
  }),
});
export type Roofline = z.infer<typeof rooflineSchema>;

/** The schema of `device.yaml`. */
export const backendSchema = z.strictObject({
  edition: z.literal(1),
  backend: z.string(),
  title: z.string(),
  dialects: z.array(z.enum(DIALECTS)).min(1),
  /** How public CI runs it without the chip; absent where the host is the device. */
  emulation: z
    .strictObject({
      /** Folder of headers, relative to the backend's. */
      include: z.string().optional(),
      /** Header included before every source. */
      prelude: z.string().optional(),
      /** `rewrite`: `kernel<<<...>>>(...)` becomes OPENXPU_LAUNCH. */
      launch: z.enum(["rewrite"]).optional(),
      /** Executor that interprets the dialect instead of a compiler. */
      interpreter: z.string().optional(),
      suffixes: z.array(z.string()).default([]),
      chips: z.record(z.string(), z.strictObject({ defines: z.array(z.string()).default([]) })),
    })
    .optional(),
  /** How the real one is found: commands whose success shows it; `host` means this processor. */
  physical: z.strictObject({
    probe: z.array(z.string()).default([]),
    host: z.boolean().default(false),
    compiler: z.string().optional(),
  }),
  /** Absent where nobody has written it down: then no time is too short. */
  roofline: rooflineSchema.optional(),
});
export type Backend = z.infer<typeof backendSchema>;

interface DeviceBase {
  readonly backend: string;
  readonly chip: string;
  /** The processor that does the work. */
  readonly model: string;
}

/** A chip imitated on the host: its times are recorded and are never a speedup. */
export interface EmulatedDevice extends DeviceBase {
  readonly emulated: true;
}

/** Real hardware: the only kind that a speedup can name. */
export interface PhysicalDevice extends DeviceBase {
  readonly emulated: false;
}

export type Device = EmulatedDevice | PhysicalDevice;
