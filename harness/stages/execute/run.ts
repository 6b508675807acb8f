// Takes a kernel and the regimes of a case, gives what every call wrote, or how the kernel failed. One child a placement.
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

/**
 * The calls of a placement. Right-aligned: every regime, then the first and last again with the other poison (the repeat follows other
 * inputs under the same addresses, so a cached answer shows). Left-aligned: the first, whose truth allows the least.
 */
function steps(regimes: readonly Regime[], placement: Placement, thoroughness: Thoroughness): Step[] {
  const [first, second] = POISONS;
  const ends = regimes.filter((_, index) => index === 0 || index === regimes.length - 1);
  if (placement === "left") return regimes.slice(0, 1).map((regime) => ({ regime, poison: first }));
  const all = regimes.map((regime): Step => ({ regime, poison: first }));
  return thoroughness === "once" ? all : [...all, ...ends.map((regime): Step => ({ regime, poison: second }))];
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

/** Runs a kernel on every regime of a case. */
export async function execute(
  lane: Lane,
  kernel: Kernel,
  signature: Signature,
  regimes: readonly Regime[],
  thoroughness: Thoroughness,
): Promise<Execution> {
  const calls: Call[] = [];
  let isolation = lane.isolation;
  let log = "";
  const placements: readonly Placement[] = thoroughness === "once" ? ["right"] : ["right", "left"];
  for (const placement of placements) {
    const opened = await lane.open(kernel, signature, placement);
    isolation = opened.isolation;
    if (opened.state === "failed") {
      const { failure } = opened;
      return { calls, failure: { failure, regime: null, placement }, isolation, log: log + (failure.log ?? "") };
    }
    for (const { regime, poison } of steps(regimes, placement, thoroughness)) {
      const called = await opened.child.call(regime.inputs, poison, kernel.timeoutSeconds);
      if (called.state === "failed") {
        const { failure } = called;
        return { calls, failure: { failure, regime, placement }, isolation, log: log + (failure.log ?? "") };
      }
      calls.push({ regime, placement, poison, ns: called.ns, outputs: called.outputs, canaries: called.canaries });
    }
    log += (await opened.child.close()).log;
  }
  return { calls, failure: null, isolation, log };
}
