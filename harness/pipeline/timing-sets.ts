// The inputs of timed calls: drawn from the run's seed, and made while the lanes wait for Python to start.
import type { BoundCase } from "../domain/op.ts";
import type { Oracle, Probe, Tensors } from "../domain/oracle.ts";
import type { Ports } from "../domain/ports.ts";
import { type Random, seededRandom } from "../domain/random.ts";
import { bytesOf } from "../domain/tensor.ts";
import { digestText } from "../stages/execute/regimes.ts";
import { TIMING } from "../domain/measurement.ts";
import type { Runnable } from "./build.ts";
import type { CheckRequest } from "./request.ts";
import { turn } from "./turn.ts";

/** What a case is timed on. */
export interface TimedCase {
  readonly oracle: Oracle;
  readonly probe: Probe;
  /** Ten sets of inputs of one regime; parameters (weights) are those of the first, as in inference. */
  readonly sets: readonly Tensors[];
  /** For everything that is drawn while the case is measured. */
  readonly random: Random;
}

/** Up to so many bytes are made ahead; what does not fit is made when its race comes. */
const AHEAD_BYTES = 2 ** 28;

/** The bench cases of a submission that a suite has time for. */
export function benchCases(runnable: Runnable, request: CheckRequest): BoundCase[] {
  const bench = runnable.planned.cases.filter(
    ({ bound, unsupported }) => unsupported === null && bound.tags.includes("bench"),
  );
  return bench.slice(0, request.suite.value.measure.cases).map(({ bound }) => bound);
}

/** The timed cases of a run. */
export class TimingSets {
  private readonly made = new Map<BoundCase, Promise<TimedCase | null>>();
  private readonly request: CheckRequest;
  private readonly ports: Ports;

  constructor(request: CheckRequest, ports: Ports) {
    this.request = request;
    this.ports = ports;
  }

  private async make({ kernel }: Runnable, bound: BoundCase): Promise<TimedCase | null> {
    const oracle = await this.ports.ops.oracle(bound.op);
    const probe = oracle.probes(bound).find((one) => one.race === true);
    if (probe === undefined) return null;
    const seed = digestText("openxpu timing v1", this.request.seed.value, kernel.name, bound.name);
    const constant = bound.inputs.filter((spec) => spec.parameter && !spec.absent).map((spec) => spec.name);
    const sets: Tensors[] = [];
    for (let index = 0; index < TIMING.calls; index += 1) {
      await turn();
      const random = seededRandom(digestText(seed, "timing", String(index)).slice(0, 32));
      const set = oracle.inputs(bound, probe, random);
      const kept = Object.entries(sets[0] ?? {}).filter(([name]) => constant.includes(name));
      sets.push({ ...set, ...Object.fromEntries(kept) });
    }
    return { oracle, probe, sets, random: seededRandom(seed.slice(0, 32)) };
  }

  /** What a case is timed on, once: its inputs are then the caller's. null where the op has no regime to time. */
  async take(runnable: Runnable, bound: BoundCase): Promise<TimedCase | null> {
    const made = this.made.get(bound) ?? this.make(runnable, bound);
    this.made.delete(bound);
    return made;
  }

  /** Makes the sets of the first cases that will be raced if all goes well. Never rejects: `take` does. */
  async ahead(runnable: readonly Runnable[]): Promise<void> {
    let bytes = 0;
    for (const one of runnable) {
      if (!this.request.measure || one.planned.device.emulated) continue;
      for (const bound of benchCases(one, this.request)) {
        if (bytes > AHEAD_BYTES) return;
        const making = this.make(one, bound);
        this.made.set(bound, making);
        const made = await making.catch(() => null);
        for (const set of made?.sets ?? []) for (const tensor of Object.values(set)) bytes += bytesOf(tensor).length;
      }
    }
  }
}
