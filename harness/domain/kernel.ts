// A kernel ready to run: candidate, witness and baseline are the same thing.
import type { NumericsClass } from "./op.ts";

/** JSON as the broker passes it to a worker. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Everything a child needs to run a kernel. */
export interface Kernel {
  /** Shown to people: `torch`, `<vendor>/<submission>`. */
  readonly name: string;
  readonly executor: string;
  readonly zygote: "native" | "python";
  /** What the worker loads; its meaning is the worker's. */
  readonly program: { readonly [key: string]: Json };
  /** Read-only folders or files visible in the sandbox. */
  readonly binds: readonly { readonly from: string; readonly to: string }[];
  readonly environment: Readonly<Record<string, string>>;
  /** Bytes: alignment of every tensor's first byte. */
  readonly align: number;
  readonly threads: number;
  readonly memoryBytes: number;
  /** For one call. */
  readonly timeoutSeconds: number;
  readonly numerics: NumericsClass;
  readonly deterministic: boolean;
  /** It declares to take byte offsets and padded rows: `requires.layout: strided`. */
  readonly strided: boolean;
}

/** What went wrong in a child; the kinds are those of the broker's protocol. */
export interface Failure {
  readonly kind:
    | "declined"
    | "raised"
    | "load"
    | "fault"
    | "signal"
    | "exit"
    | "denied"
    | "timeout"
    | "control"
    | "restless";
  readonly message: string;
  readonly errorKind?: string;
  readonly signal?: string;
  readonly address?: string;
  /** Where a fault hit, when it hit a tensor or its guards. */
  readonly tensor?: {
    readonly index: number;
    readonly region: "guard_before" | "guard_after" | "sealed";
    readonly byte: number;
  };
  readonly advisory?: boolean;
  readonly status?: number;
  readonly syscall?: string;
  readonly category?: string;
  readonly deadlineMs?: number;
  readonly log?: string;
}

/** A canary of an output that was overwritten: `byte` counts from its data pointer (negative before it); `between` is the padding of rows. */
export interface BrokenCanary {
  readonly index: number;
  readonly side: "before" | "after" | "between";
  readonly byte: number;
}

/**
 * How tensors lie in memory. `right`: dense, the end at a guard page. `left`: dense, the start at a guard page. `strided`: as right, but
 * elements start 1 or 3 elements after the data pointer and rows are padded, for kernels that declare to take strides and offsets.
 */
export const PLACEMENTS = ["right", "left", "strided"] as const;
export type Placement = (typeof PLACEMENTS)[number];

/** Isolation that was achieved, best first. */
export const ISOLATION = ["full", "userns", "rlimit", "none"] as const;
export type Isolation = (typeof ISOLATION)[number];

/** Whether one level holds back less than the other. */
export function weaker(one: Isolation, other: Isolation): boolean {
  return ISOLATION.indexOf(one) > ISOLATION.indexOf(other);
}
