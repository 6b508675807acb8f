// A lane that plays a script: which kernels open, what each call writes, how long turns take; `events` is what was asked of it.
import type { Failure, Isolation, Kernel, Placement } from "../domain/kernel.ts";
import type { Tensors } from "../domain/oracle.ts";
import type { Called, Child, Lane, Raced, Signature, Turn } from "../domain/ports.ts";
import { FP32 } from "./judged.ts";

/** What is known of a call when it is played. */
export interface Asked {
  readonly kernel: Kernel;
  readonly signature: Signature;
  readonly placement: Placement;
  readonly inputs: Tensors;
  readonly poison: string;
  /** Calls of this child before. */
  readonly before: number;
}

/** The script. A kernel opens unless `refuses` says why not. */
export interface Script {
  readonly call: (asked: Asked) => Called;
  readonly refuses?: (kernel: Kernel, placement: Placement) => Failure | undefined;
  /** ns of a turn of a kernel, or a failure. */
  readonly time?: (kernel: Kernel, turn: Turn, position: number) => number;
  readonly mismatches?: (
    kernels: readonly [Kernel, Kernel],
  ) => readonly { readonly turn: number; readonly output: string; readonly byte: number }[];
  readonly isolation?: Isolation;
}

/** A lane with what happened on it: `open native right`, `call a5`, `close`, ... */
export interface ScriptedLane extends Lane {
  readonly events: string[];
}

/** A finished call that wrote `outputs` in `ns`. */
export function done(outputs: Tensors, ns = 1000): Called {
  return { state: "done", ns, outputs, canaries: [] };
}

/** A lane that plays `script`. */
export function scriptedLane(script: Script): ScriptedLane {
  const events: string[] = [];
  const kernels = new Map<Child, Kernel>();
  const isolation = script.isolation ?? "full";
  const child = (kernel: Kernel, signature: Signature, placement: Placement): Child => {
    let before = 0;
    const one: Child = {
      call: async (inputs, poison) => {
        events.push(`call ${poison}`);
        const called = script.call({ kernel, signature, placement, inputs, poison, before });
        before += 1;
        return called;
      },
      close: async () => {
        events.push("close");
        return { log: `${kernel.name} ${placement} said something\n` };
      },
    };
    kernels.set(one, kernel);
    return one;
  };
  const kernelOf = (one: Child): Kernel => {
    const kernel = kernels.get(one);
    if (kernel === undefined) throw new Error("a child of another lane");
    return kernel;
  };
  return {
    events,
    isolation,
    why: [],
    warm: () => undefined,
    report: async (zygote) => ({ packages: { torch: "2.13", native: "1", echo: "7" }, zygote }),
    open: async (kernel, signature, placement) => {
      events.push(`open ${kernel.name} ${placement}`);
      const failure = script.refuses?.(kernel, placement);
      if (failure !== undefined) return { state: "failed", isolation, failure };
      return { state: "ready", isolation, child: child(kernel, signature, placement) };
    },
    race: async ([a, b], _sets, _expected, turns): Promise<Raced> => {
      const pair = [kernelOf(a), kernelOf(b)] as const;
      events.push(`race ${pair[0].name} ${pair[1].name}`);
      const ns = turns.map((turn, position) => script.time?.(pair[turn.child], turn, position) ?? 1000);
      return { state: "done", ns, mismatches: script.mismatches?.(pair) ?? [] };
    },
    close: async () => {
      events.push("end");
    },
  };
}

/** A native kernel of a name. */
export function kernelNamed(name: string, rest: Partial<Kernel> = {}): Kernel {
  return {
    name,
    executor: "native",
    zygote: "native",
    program: {},
    binds: [],
    environment: {},
    align: 256,
    threads: 1,
    memoryBytes: 2 ** 28,
    timeoutSeconds: 5,
    numerics: FP32,
    deterministic: true,
    strided: false,
    ...rest,
  };
}
