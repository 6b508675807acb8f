// Takes a kernel and the regimes of a case, gives what every call wrote, or how the kernel failed. One child for each process that it is to be seen in.
import type { BrokenCanary, Failure, Isolation, Kernel, Placement } from "../../domain/kernel.ts";
import type { BoundCase, Op } from "../../domain/op.ts";
import type { Tensors } from "../../domain/oracle.ts";
import type { Lane, Signature } from "../../domain/ports.ts";
import type { Regime } from "./regimes.ts";

/**
 * What outputs are filled with before a call, in hex. The first is a small number in every dtype; the second is NaN in every floating
 * dtype (signalling in float32 and bfloat16) and -95, -1 in int8. Neither is all zeros: fresh memory must not look right.
 */
export const POISONS = ["a5", "a1ff"] as const;

/** One call that came back. */
export interface Call {
  readonly regime: Regime;
  readonly placement: Placement;
  /** Counts the children of this execution: calls of one share a process. */
  readonly process: number;
  readonly poison: (typeof POISONS)[number];
  readonly ns: number;
  readonly outputs: Tensors;
  readonly canaries: readonly BrokenCanary[];
}

/** Everything a kernel did on a case. */
export interface Execution {
  readonly calls: readonly Call[];
  /** The failure that ended it, and the call it ended. */
  readonly failure: { readonly failure: Failure; readonly regime: Regime | null; readonly placement: Placement } | null;
  readonly isolation: Isolation;
  readonly log: string;
}

interface Step {
  readonly regime: Regime;
  readonly poison: (typeof POISONS)[number];
}

/** How thoroughly a kernel is run: a witness once a regime, a candidate in both placements and with both poisons. */
export type Thoroughness = "once" | "full";

/** The calls of one child. */
interface Process {
  readonly placement: Placement;
  readonly steps: readonly Step[];
}

/**
 * The children of a kernel and their calls. A first one runs every regime, then the last again with the other poison (the repeat follows
 * other inputs under the same addresses, so a cached answer shows). A fresh one repeats the first regime with the other poison: what
 * depends on the process shows. Then the other placements, on the first regime, whose truth allows the least.
 */
function processes(regimes: readonly Regime[], thoroughness: Thoroughness, strided: boolean): Process[] {
  const [poison, other] = POISONS;
  const all = regimes.map((regime): Step => ({ regime, poison }));
  if (thoroughness === "once") return [{ placement: "right", steps: all }];
  const first = all.slice(0, 1);
  const again = (step: Step): Step => ({ ...step, poison: other });
  return [
    { placement: "right", steps: [...all, ...all.slice(-1).map(again)] },
    { placement: "right", steps: first.map(again) },
    { placement: "left", steps: first },
    ...(strided ? [{ placement: "strided", steps: first } as const] : []),
  ];
}

/** The arguments of a case for the broker. */
export function signatureOf(op: Op, bound: BoundCase): Signature {
  return {
    inputs: bound.inputs,
    outputs: bound.outputs,
    attributes: Object.entries(op.attributes).map(([name, spec]) => ({
      name,
      kind: spec.type.startsWith("float64") ? "float" : spec.type.startsWith("bool") ? "bool" : "int",
      value: bound.attributes[name] ?? 0,
    })),
  };
}

/** Executions after which a kernel that is killed each time is to blame. */
const TRIES = 3;

/**
 * Runs a kernel on every regime of a case. A child that was killed outright is tried again: inside its own process namespace a
 * kernel cannot send itself SIGKILL, so the machine did (somebody, or want of memory). Killed every time, it is the kernel's.
 */
export async function execute(
  ...asked: readonly [Lane, Kernel, Signature, readonly Regime[], Thoroughness]
): Promise<Execution> {
  for (let tries = 1; ; tries += 1) {
    const execution = await attempt(...asked);
    if (tries === TRIES || execution.failure?.failure.signal !== "SIGKILL") return execution;
  }
}

async function attempt(
  lane: Lane,
  kernel: Kernel,
  signature: Signature,
  regimes: readonly Regime[],
  thoroughness: Thoroughness,
): Promise<Execution> {
  const calls: Call[] = [];
  let isolation = lane.isolation;
  let log = "";
  for (const [process, { placement, steps }] of processes(regimes, thoroughness, kernel.strided).entries()) {
    const opened = await lane.open(kernel, signature, placement);
    isolation = opened.isolation;
    if (opened.state === "failed") {
      const { failure } = opened;
      return { calls, failure: { failure, regime: null, placement }, isolation, log: log + (failure.log ?? "") };
    }
    for (const { regime, poison } of steps) {
      const called = await opened.child.call(regime.inputs, poison, kernel.timeoutSeconds);
      if (called.state === "failed") {
        const { failure } = called;
        return { calls, failure: { failure, regime, placement }, isolation, log: log + (failure.log ?? "") };
      }
      const { ns, outputs, canaries } = called;
      calls.push({ regime, placement, process, poison, ns, outputs, canaries });
    }
    log += (await opened.child.close()).log;
  }
  return { calls, failure: null, isolation, log };
}
