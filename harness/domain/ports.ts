// Effects as arguments: what the stages may ask of the world. `io/` implements each port once; `testing/` has fakes.
import type { BrokenCanary, Failure, Isolation, Json, Kernel, Placement } from "./kernel.ts";
import type { AttributeValue, TensorSpec } from "./op.ts";
import type { OnnxReference, Oracle, Tensors } from "./oracle.ts";

/** Files by absolute path. */
export interface Files {
  /** @throws with `code: "ENOENT"` when there is none */
  read(path: string): Promise<Uint8Array>;
  text(path: string): Promise<string>;
  /** Names in a folder, sorted; empty when there is none. */
  list(path: string): Promise<readonly string[]>;
  kind(path: string): Promise<"file" | "folder" | "link" | "other" | "none">;
  /** Bytes of a file, without reading it. @throws with `code: "ENOENT"` when there is none */
  size(path: string): Promise<number>;
  /**
   * Replaces a file in one step: a reader, or a kill at any moment, finds the old content or the new.
   * @param options durable: on the disk when the call returns, for what cannot be made again
   * @throws HarnessError DISK where there is no room
   */
  write(path: string, content: string | Uint8Array, options?: { readonly durable?: boolean }): Promise<void>;
  /**
   * Adds to the end of a file; on the disk when the call returns. What did not fit is taken back.
   * @throws HarnessError DISK where there is no room
   */
  append(path: string, content: string): Promise<void>;
}

/** A finished process. */
export interface Finished {
  /** null when it was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a program sees and may use that works on a stranger's files. */
export interface Confinement {
  /** Folders and files it can read, at their own places; nothing else is there. No network, no other processes. */
  readonly read: readonly string[];
  /** A folder that it can write to; its files arrive there when it succeeds. */
  readonly write: string;
  /** Address space of each of its processes. */
  readonly memoryBytes: number;
}

/** Programs of the harness: compilers and probes, never a kernel. */
export interface Processes {
  /**
   * Runs to the end; a program that is not there gives code 127.
   * @throws HarnessError when the system starts nothing, or it was to be confined and could not be
   */
  run(
    command: readonly [string, ...string[]],
    options: {
      readonly cwd: string;
      readonly environment: Readonly<Record<string, string>>;
      readonly timeoutSeconds: number;
      /** As far as this machine allows; `doctor` says how far that is. */
      readonly confine?: Confinement;
    },
  ): Promise<Finished>;
}

export interface Clock {
  now(): Date;
  /** Milliseconds that only go forward. */
  elapsed(): number;
}

/** Content-addressed cache: a key is a digest, a lost entry only costs time. */
export interface Cache {
  get(key: string): Promise<Uint8Array | undefined>;
  put(key: string, content: Uint8Array): Promise<void>;
  /** The path of an entry, which other programs may read. */
  path(key: string): string;
}

/** The trusted code of an op. */
export interface Ops {
  oracle(op: string): Promise<Oracle>;
  onnx(op: string): Promise<OnnxReference>;
}

/** What a call of a kernel gave. */
export type Called =
  | {
      readonly state: "done";
      /** Broker's clock, from the release of an armed child to its answer. */
      readonly ns: number;
      readonly outputs: Tensors;
      readonly canaries: readonly BrokenCanary[];
    }
  | { readonly state: "failed"; readonly failure: Failure };

/** A kernel loaded in its sandbox. */
export interface Child {
  /**
   * Fills the inputs, poisons the outputs, calls. A failed call closes the child.
   * @param signature which of the child's: 0 by default
   */
  call(inputs: Tensors, poison: string, timeoutSeconds: number, signature?: number): Promise<Called>;
  /** Ends it and gives what it printed. */
  close(): Promise<{ readonly log: string }>;
}

/** What opening a kernel gave. */
export type Opened =
  | { readonly state: "ready"; readonly isolation: Isolation; readonly child: Child }
  | { readonly state: "failed"; readonly isolation: Isolation; readonly failure: Failure };

/** One call of a race. */
export interface Turn {
  /** Position in the order's children. */
  readonly child: number;
  readonly set: number;
  /** 0 is the set as it is; any other number mixes it with the next one, as the seed of the mix decides: an input that never comes back. */
  readonly variant: number;
}

/** What is to be timed. */
export interface RaceOrder {
  readonly children: readonly Child[];
  readonly sets: readonly Tensors[];
  /** Seed of the mixes: 16 hex digits that nobody knew before. */
  readonly mix: string;
  readonly turns: readonly Turn[];
  /** Children of one kernel: on the same set and variant the second one to be called has to write what the first wrote. */
  readonly verify: readonly (readonly [number, number])[];
  /** The fastest call of a child among turns [from, to) is brought back. */
  readonly keep: { readonly child: number; readonly from: number; readonly to: number } | null;
  readonly budgetSeconds: number;
}

/** Two children of one kernel that wrote different bytes. */
export interface Mismatch {
  readonly turn: number;
  readonly output: string;
  readonly byte: number;
  /** What both wrote for which inputs. */
  readonly inputs: Tensors;
  readonly outputs: readonly [Tensors, Tensors];
}

/** A timed call that was brought back. */
export interface KeptCall {
  readonly turn: number;
  readonly inputs: Tensors;
  readonly outputs: Tensors;
}

/** What a race gave, one time a turn. */
export type Raced =
  | {
      readonly state: "done";
      readonly ns: readonly number[];
      /** ns of each turn in which a hostile child could compute without the clock. */
      readonly exposedNs: readonly number[];
      /** The first one; null where all wrote the same. */
      readonly mismatch: Mismatch | null;
      readonly canaries: readonly (BrokenCanary & { readonly turn: number })[];
      /** Calls whose outputs were held against a second process's. */
      readonly verified: number;
      readonly kept: KeptCall | null;
    }
  | { readonly state: "failed"; readonly turn: number; readonly failure: Failure };

/** The arguments of a case as a child maps them. */
export interface Signature {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** In op order with their declared types. */
  readonly attributes: readonly {
    readonly name: string;
    readonly kind: "int" | "bool" | "float";
    readonly value: AttributeValue;
  }[];
}

/** One broker with its zygotes: runs kernels one after the other. */
export interface Lane {
  readonly isolation: Isolation;
  /** What is missing for the next level of isolation. */
  readonly why: readonly string[];
  /** Forbidden acts, and whether each was denied when a process tried it in the sandbox of this level. */
  readonly acts?: readonly { readonly act: string; readonly denied: boolean }[];
  /** Starts a zygote that will be needed: its imports take seconds, in which the lane can do other work. */
  warm(zygote: "native" | "python"): void;
  /** What a zygote reported of itself: versions of its packages. */
  report(zygote: "native" | "python"): Promise<{ readonly [key: string]: Json }>;
  /** @param others further signatures that calls may have, numbered from 1 */
  open(kernel: Kernel, signature: Signature, placement: Placement, others?: readonly Signature[]): Promise<Opened>;
  /** Times calls of open children in the order asked for. */
  race(order: RaceOrder): Promise<Raced>;
  close(): Promise<void>;
}

/** Starts lanes. */
export interface Lanes {
  start(): Promise<Lane>;
}

/** What a run does, as it happens. */
export type ProgressEvent =
  | {
      readonly kind: "submission";
      readonly submission: string;
      readonly stage: "build" | "judge" | "measure";
      readonly done: number;
      readonly total: number;
    }
  | { readonly kind: "finished"; readonly submission: string; readonly status: string };

export interface Progress {
  report(event: ProgressEvent): void;
}

/** The machine and the checkout that judge. */
export interface Host {
  /** Processor model, as the system names it. */
  readonly model: string;
  readonly cores: number;
  /** Version of the harness and the commit it runs from; null outside a repository. */
  readonly version: string;
  readonly commit: string | null;
  /** Variables a submission may name in `environment.pass`. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Absolute path of the checkout. */
  readonly checkout: string;
}

/** Everything the pipeline may use. */
export interface Ports {
  readonly host: Host;
  readonly files: Files;
  readonly processes: Processes;
  readonly clock: Clock;
  readonly cache: Cache;
  readonly ops: Ops;
  readonly lanes: Lanes;
  readonly progress: Progress;
}
