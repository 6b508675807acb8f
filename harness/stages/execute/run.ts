// Takes a kernel, the regimes of a case and its company, gives what every call wrote, or how the kernel failed. One child for each process that it is to be seen in.
import type { BrokenCanary, Failure, Isolation, Kernel, Placement } from "../../domain/kernel.ts";
import type { BoundCase, Op } from "../../domain/op.ts";
import type { Tensors } from "../../domain/oracle.ts";
import type { Child, Lane, Signature } from "../../domain/ports.ts";
import type { Regime } from "./regimes.ts";

/**
 * What outputs are filled with before a call, in hex. The first is a small number in every dtype; the second is NaN in every floating
 * dtype (signalling in float32 and bfloat16) and -95, -1 in int8. Neither is all zeros: fresh memory must not look right.
 */
export const POISONS = ["a5", "a1ff"] as const;

/** Another case that a process meets before the one that is judged. Its outputs are not looked at. */
export interface Companion {
  readonly bound: BoundCase;
  readonly signature: Signature;
  readonly inputs: Tensors;
}

/** One call that came back. */
export interface Call {
  readonly regime: Regime;
  readonly placement: Placement;
  /** Counts the children of this execution: calls of one share a process. */
  readonly process: number;
  /** Whom the process had met before. */
  readonly company: readonly BoundCase[];
  readonly poison: (typeof POISONS)[number];
  readonly ns: number;
  readonly outputs: Tensors;
  readonly canaries: readonly BrokenCanary[];
}

/** Everything a kernel did on a case. */
export interface Execution {
  readonly calls: readonly Call[];
  /** What it wrote outside its outputs on companions of the case. */
  readonly strays: readonly { readonly companion: BoundCase; readonly canaries: readonly BrokenCanary[] }[];
  /** The failure that ended it, and the call it ended. */
  readonly failure: {
    readonly failure: Failure;
    readonly regime: Regime | null;
    readonly placement: Placement;
    /** The companion that it failed on. */
    readonly companion: BoundCase | null;
  } | null;
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
  /** Calls of the case's company come first. */
  readonly met: boolean;
  readonly steps: readonly Step[];
}

/**
 * The children of a kernel and their calls. A first one runs every regime, then that of the race and the last again with the other poison (the repeat follows
 * other inputs under the same addresses, so a cached answer shows). A fresh one meets the case's company, then repeats the first regime with
 * the other poison: what depends on the process, or was kept from another shape, shows. Then the other placements, on the first regime.
 */
function processes(regimes: readonly Regime[], thoroughness: Thoroughness, strided: boolean): Process[] {
  const [poison, other] = POISONS;
  const all = regimes.map((regime): Step => ({ regime, poison }));
  if (thoroughness === "once") return [{ placement: "right", met: false, steps: all }];
  const first = all.slice(0, 1);
  // Sums of the first and the last may be exact in any order; those of the race are not.
  const raced = all.slice(0, -1).filter(({ regime }) => regime.probe.race === true);
  const again = (step: Step): Step => ({ ...step, poison: other });
  return [
    { placement: "right", met: false, steps: [...all, ...raced.map(again), ...all.slice(-1).map(again)] },
    { placement: "right", met: true, steps: first.map(again) },
    { placement: "left", met: false, steps: first },
    ...(strided ? [{ placement: "strided", met: false, steps: first } as const] : []),
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
  ...asked: readonly [Lane, Kernel, Signature, readonly Regime[], Thoroughness, (readonly Companion[])?]
): Promise<Execution> {
  for (let tries = 1; ; tries += 1) {
    const execution = await attempt(...asked);
    if (tries === TRIES || execution.failure?.failure.signal !== "SIGKILL") return execution;
  }
}

type Failed = NonNullable<Execution["failure"]>;

/** Calls the companions. Their outputs are not looked at: only whether the kernel fails, and what it writes elsewhere. */
async function meet(
  child: Child,
  kernel: Kernel,
  company: readonly Companion[],
): Promise<{ readonly failed: Failed | null; readonly strays: Execution["strays"] }> {
  const strays: Execution["strays"][number][] = [];
  for (const [index, { bound: companion, inputs }] of company.entries()) {
    const called = await child.call(inputs, POISONS[1], kernel.timeoutSeconds, index + 1);
    if (called.state === "failed")
      return { failed: { failure: called.failure, regime: null, placement: "right", companion }, strays };
    if (called.canaries.length > 0) strays.push({ companion, canaries: called.canaries });
  }
  return { failed: null, strays };
}

async function attempt(
  lane: Lane,
  kernel: Kernel,
  signature: Signature,
  regimes: readonly Regime[],
  thoroughness: Thoroughness,
  companions: readonly Companion[] = [],
): Promise<Execution> {
  const calls: Call[] = [];
  const strays: Execution["strays"][number][] = [];
  let isolation = lane.isolation;
  let log = "";
  const ended = (failed: Failed): Execution => ({
    calls,
    strays,
    failure: failed,
    isolation,
    log: log + (failed.failure.log ?? ""),
  });
  for (const [process, { placement, met, steps }] of processes(regimes, thoroughness, kernel.strided).entries()) {
    const company = met ? companions : [];
    const others = company.map((one) => one.signature);
    const opened = await lane.open(kernel, signature, placement, others);
    isolation = opened.isolation;
    if (opened.state === "failed") return ended({ failure: opened.failure, regime: null, placement, companion: null });
    const meeting = await meet(opened.child, kernel, company);
    strays.push(...meeting.strays);
    if (meeting.failed !== null) return ended(meeting.failed);
    for (const { regime, poison } of steps) {
      const called = await opened.child.call(regime.inputs, poison, kernel.timeoutSeconds);
      if (called.state === "failed") return ended({ failure: called.failure, regime, placement, companion: null });
      const { ns, outputs, canaries } = called;
      calls.push({
        regime,
        placement,
        process,
        company: company.map(({ bound }) => bound),
        poison,
        ns,
        outputs,
        canaries,
      });
    }
    log += (await opened.child.close()).log;
  }
  return { calls, strays, failure: null, isolation, log };
}
