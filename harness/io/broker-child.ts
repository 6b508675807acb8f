// A kernel behind the broker: its tensors lie in the broker's staging memory, its calls are requests.
import { callSchema, closeSchema, failureOf } from "../domain/broker.ts";
import type { BrokenCanary } from "../domain/kernel.ts";
import type { TensorSpec } from "../domain/op.ts";
import type { Tensors } from "../domain/oracle.ts";
import type { Called, Child } from "../domain/ports.ts";
import { HarnessError } from "../domain/problem.ts";
import { bytesOf, fromBytes, type Tensor } from "../domain/tensor.ts";
import { type Arrangement, brokenPadding, gather, scatter } from "./arrangement.ts";
import type { BrokerProcess } from "./broker-process.ts";

/** Where an argument lies in staging. `index` counts the kernel's tensor arguments. */
export interface Region {
  readonly index: number;
  readonly offset: number;
  readonly spec: TensorSpec;
  readonly arrangement: Arrangement;
}

/** Regions as the broker names them. */
export function places(regions: readonly Region[]): { index: number; offset: number }[] {
  return regions.map(({ index, offset }) => ({ index, offset }));
}

/** Writes tensors into their regions. */
export function stage(broker: BrokerProcess, regions: readonly Region[], tensors: Tensors): void {
  for (const { offset, spec, arrangement } of regions) {
    const tensor = tensors[spec.name];
    if (tensor === undefined)
      throw new HarnessError("ORACLE_FAILED", `no '${spec.name}' was made`, "correct the op's inputs");
    broker.write(offset, scatter(bytesOf(tensor), spec, arrangement));
  }
}

/** Reads tensors out of their regions. */
export function collect(broker: BrokerProcess, regions: readonly Region[]): Tensors {
  const tensors: Record<string, Tensor> = {};
  for (const { offset, spec, arrangement } of regions) {
    const placed = broker.read(offset, arrangement.bytes);
    tensors[spec.name] = fromBytes(spec.dtype, spec.shape, gather(placed, spec, arrangement));
  }
  return tensors;
}

/** An open child. `gone` is told once, when it is closed or has failed. */
export class BrokerChild implements Child {
  readonly id: number;
  readonly inputs: readonly Region[];
  readonly outputs: readonly Region[];
  private readonly broker: BrokerProcess;
  private readonly gone: (child: BrokerChild) => void;
  private open = true;

  constructor(
    broker: BrokerProcess,
    id: number,
    inputs: readonly Region[],
    outputs: readonly Region[],
    gone: (child: BrokerChild) => void,
  ) {
    this.broker = broker;
    this.id = id;
    this.inputs = inputs;
    this.outputs = outputs;
    this.gone = gone;
  }

  /** Marks it closed; the broker has closed a failed child already. */
  end(): void {
    this.open = false;
    this.gone(this);
  }

  async call(inputs: Tensors, poison: string, timeoutSeconds: number): Promise<Called> {
    stage(this.broker, this.inputs, inputs);
    const reply = await this.broker.request("call", {
      child: this.id,
      inputs: places(this.inputs),
      outputs: places(this.outputs),
      poison,
      deadlineMs: Math.ceil(timeoutSeconds * 1000),
    });
    const called = callSchema.parse(reply);
    if (called.state === "failed") {
      this.end();
      return { state: "failed", failure: failureOf(called) };
    }
    const canaries: BrokenCanary[] = [...called.canaries];
    const outputs: Record<string, Tensor> = {};
    for (const { index, offset, spec, arrangement } of this.outputs) {
      const placed = this.broker.read(offset, arrangement.bytes);
      outputs[spec.name] = fromBytes(spec.dtype, spec.shape, gather(placed, spec, arrangement));
      const byte = brokenPadding(placed, spec, arrangement, poison);
      if (byte >= 0) canaries.push({ index, side: "between", byte });
    }
    return { state: "done", ns: called.ns, outputs, canaries };
  }

  async close(): Promise<{ readonly log: string }> {
    if (!this.open) return { log: "" };
    this.end();
    const { log } = closeSchema.parse(await this.broker.request("close", { child: this.id }));
    return { log };
  }
}
