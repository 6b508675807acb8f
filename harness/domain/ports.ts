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
  write(path: string, content: string | Uint8Array): Promise<void>;
  append(path: string, content: string): Promise<void>;
}

/** A finished process. */
export interface Finished {
  /** null when it was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Programs of the harness: compilers and probes, never a kernel. */
export interface Processes {
  /** Runs to the end; a program that is not there gives code 127. */
  run(
    command: readonly [string, ...string[]],
    options: {
      readonly cwd: string;
      readonly environment: Readonly<Record<string, string>>;
      readonly timeoutSeconds: number;
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
  /** Fills the inputs, poisons the outputs, calls. A failed call closes the child. */
  call(inputs: Tensors, poison: string, timeoutSeconds: number): Promise<Called>;
  /** Ends it and gives what it printed. */
  close(): Promise<{ readonly log: string }>;
}

/** What opening a kernel gave. */
export type Opened =
  | { readonly state: "ready"; readonly isolation: Isolation; readonly child: Child }
  | { readonly state: "failed"; readonly isolation: Isolation; readonly failure: Failure };

/** One entry of a race: which child, which set of inputs. */
export interface Turn {
  readonly child: 0 | 1;
  readonly set: number;
}

/** What a race gave: one time a turn, and turns whose outputs differ from the first call on the same set. */
export type Raced =
  | {
      readonly state: "done";
      readonly ns: readonly number[];
      readonly mismatches: readonly { readonly turn: number; readonly output: string; readonly byte: number }[];
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
  /** Starts a zygote that will be needed: its imports take seconds, in which the lane can do other work. */
  warm(zygote: "native" | "python"): void;
  /** What a zygote reported of itself: versions of its packages. */
  report(zygote: "native" | "python"): Promise<{ readonly [key: string]: Json }>;
  open(kernel: Kernel, signature: Signature, placement: Placement): Promise<Opened>;
  /** Times turns of two open children on sets of inputs whose expected outputs are known. */
  race(
    children: readonly [Child, Child],
    sets: readonly Tensors[],
    expected: readonly [readonly Tensors[], readonly Tensors[]],
    turns: readonly Turn[],
    budgetSeconds: number,
  ): Promise<Raced>;
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
