// A lane that plays a script: which kernels open, what each call writes, how long turns take; `events` is what was asked of it.
import type { Failure, Isolation, Kernel, Placement } from "../domain/kernel.ts";
import type { Tensors } from "../domain/oracle.ts";
import type { Called, Child, Lane, Mismatch, Raced, RaceOrder, Signature, Turn } from "../domain/ports.ts";
import { bytesOf, fromBytes } from "../domain/tensor.ts";
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
  /** The call is of another case, which the process is to have met. */
  readonly companion: boolean;
}

/** The script. A kernel opens unless `refuses` says why not. */
export interface Script {
  readonly call: (asked: Asked) => Called;
  readonly refuses?: (kernel: Kernel, placement: Placement) => Failure | undefined;
  /** ns of a turn of a kernel, or a failure. */
  readonly time?: (kernel: Kernel, turn: Turn, position: number) => number;
  /** What a kernel writes in a timed call that is looked at; as `call` where it is not given. */
  readonly timed?: (asked: Asked) => Called;
  /** A turn at which two processes of one kernel write different bytes, what happens to canaries, and a failure. */
  readonly spoils?: (kernels: readonly Kernel[], turns: readonly Turn[]) => Spoiled | undefined;
  /** ns of each turn that no clock sees. */
  readonly exposedNs?: number;
  readonly isolation?: Isolation;
}

/** What goes wrong in a race. */
export interface Spoiled {
  readonly mismatch?: { readonly turn: number; readonly output: string; readonly byte: number };
  readonly canaries?: (Raced & { readonly state: "done" })["canaries"];
  readonly failed?: { readonly turn: number; readonly failure: Failure };
}

/** A lane with what happened on it: `open native right`, `call a5`, `close`, ... */
export interface ScriptedLane extends Lane {
  readonly events: string[];
}

/** A finished call that wrote `outputs` in `ns`. */
export function done(outputs: Tensors, ns = 1000): Called {
  return { state: "done", ns, outputs, canaries: [] };
}

/** How a child was opened. */
interface Opening {
  readonly kernel: Kernel;
  readonly signature: Signature;
  readonly placement: Placement;
}

/** The fastest turn of those that the order wants kept. */
function keptTurn({ keep, turns }: RaceOrder, ns: readonly number[]): number | undefined {
  if (keep === null) return undefined;
  const range = turns.flatMap(({ child }, turn) =>
    child === keep.child && turn >= keep.from && turn < keep.to ? [turn] : [],
  );
  return range.toSorted((a, b) => (ns[a] ?? 0) - (ns[b] ?? 0))[0];
}

/** Couples of turns in which both children of a verified pair had the same input. */
function verifiedCalls({ verify, turns }: RaceOrder): number {
  const inputs = (child: number): Set<string> =>
    new Set(turns.filter((turn) => turn.child === child).map(({ set, variant }) => `${set}/${variant}`));
  return verify.reduce((sum, [a, b]) => sum + [...inputs(a)].filter((one) => inputs(b).has(one)).length, 0);
}

/** Outputs of which the second has one bit of each first byte turned. */
function evidence({ inputs, outputs }: { inputs: Tensors; outputs: Tensors }): Pick<Mismatch, "inputs" | "outputs"> {
  const other = Object.entries(outputs).map(([name, tensor]) => {
    const bytes = Uint8Array.from(bytesOf(tensor));
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    return [name, fromBytes(tensor.dtype, tensor.shape, bytes)] as const;
  });
  return { inputs, outputs: [outputs, Object.fromEntries(other)] };
}

/** A lane that plays `script`. */
export function scriptedLane(script: Script): ScriptedLane {
  const events: string[] = [];
  const children = new Map<Child, Opening>();
  const isolation = script.isolation ?? "full";
  const child = ({ kernel, signature, placement }: Opening, others: readonly Signature[]): Child => {
    let before = 0;
    const one: Child = {
      call: async (inputs, poison, _seconds, at = 0) => {
        events.push(at === 0 ? `call ${poison}` : `call ${poison} of signature ${at}`);
        const served = others[at - 1] ?? signature;
        const called = script.call({ kernel, signature: served, placement, inputs, poison, before, companion: at > 0 });
        before += 1;
        return called;
      },
      close: async () => {
        events.push("close");
        return { log: `${kernel.name} ${placement} said something\n` };
      },
    };
    children.set(one, { kernel, signature, placement });
    return one;
  };
  const opened = (one: Child): Opening => {
    const found = children.get(one);
    if (found === undefined) throw new Error("a child of another lane");
    return found;
  };
  return {
    events,
    isolation,
    why: [],
    warm: () => undefined,
    report: async (zygote) => ({ packages: { torch: "2.13", native: "1", echo: "7" }, zygote }),
    open: async (kernel, signature, placement, others = []) => {
      events.push(`open ${kernel.name} ${placement}${others.length === 0 ? "" : `, ${others.length} others`}`);
      const failure = script.refuses?.(kernel, placement);
      if (failure !== undefined) return { state: "failed", isolation, failure };
      return { state: "ready", isolation, child: child({ kernel, signature, placement }, others) };
    },
    race: async (order): Promise<Raced> => {
      const playing = order.children.map((one) => opened(one));
      const racers = playing.map(({ kernel }) => kernel);
      events.push(`race ${racers.map(({ name }) => name).join(" ")}`);
      const spoiled = script.spoils?.(racers, order.turns);
      if (spoiled?.failed !== undefined) return { state: "failed", ...spoiled.failed };
      const ns = order.turns.map((turn, position) => {
        const kernel = racers[turn.child];
        return (kernel === undefined ? undefined : script.time?.(kernel, turn, position)) ?? 1000;
      });
      const written = (turn: number): { inputs: Tensors; outputs: Tensors } => {
        const inputs = order.sets[order.turns[turn]?.set ?? 0] ?? {};
        const one = playing[order.turns[turn]?.child ?? 0];
        if (one === undefined) throw new Error("a turn of no child");
        const { kernel, signature, placement } = one;
        const called = (script.timed ?? script.call)({
          kernel,
          signature,
          placement,
          inputs,
          poison: "a5",
          before: 99,
          companion: false,
        });
        return { inputs, outputs: called.state === "done" ? called.outputs : {} };
      };
      const fastest = keptTurn(order, ns);
      const mismatch = spoiled?.mismatch;
      return {
        state: "done",
        ns,
        exposedNs: ns.map(() => script.exposedNs ?? 0),
        mismatch: mismatch === undefined ? null : { ...mismatch, ...evidence(written(mismatch.turn)) },
        canaries: spoiled?.canaries ?? [],
        verified: verifiedCalls(order),
        kept: fastest === undefined ? null : { turn: fastest, ...written(fastest) },
      };
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
