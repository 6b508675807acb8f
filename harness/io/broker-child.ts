// A kernel behind the broker: its tensors lie in the broker's staging memory, its calls are requests.
import { callSchema, closeSchema, failureOf } from "../domain/broker.ts";
import type { BrokenCanary, Failure } from "../domain/kernel.ts";
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

/** Where the arguments of one signature lie. */
export interface Places {
  /** Arguments of the signatures before it: the broker counts all. */
  readonly before: number;
  readonly inputs: readonly Region[];
  readonly outputs: readonly Region[];
}

/** A failure whose tensor is counted within its signature. */
function counted(failure: Failure, before: number): Failure {
  const { tensor } = failure;
  return tensor === undefined ? failure : { ...failure, tensor: { ...tensor, index: tensor.index - before } };
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
  /** Of each signature, the case's first. */
  readonly signatures: readonly [Places, ...Places[]];
  private readonly broker: BrokerProcess;
  private readonly gone: (child: BrokerChild) => void;
  private open = true;

  constructor(
    broker: BrokerProcess,
    id: number,
    signatures: readonly [Places, ...Places[]],
    gone: (child: BrokerChild) => void,
  ) {
    this.broker = broker;
    this.id = id;
    this.signatures = signatures;
    this.gone = gone;
  }

  /** Of the case. */
  get inputs(): readonly Region[] {
    return this.signatures[0].inputs;
  }

  get outputs(): readonly Region[] {
    return this.signatures[0].outputs;
  }

  /** Marks it closed; the broker has closed a failed child already. */
  end(): void {
    this.open = false;
    this.gone(this);
  }

  async call(inputs: Tensors, poison: string, timeoutSeconds: number, signature = 0): Promise<Called> {
    const at = this.signatures[signature] ?? this.signatures[0];
    stage(this.broker, at.inputs, inputs);
    const reply = await this.broker.request("call", {
      child: this.id,
      signature,
      inputs: places(at.inputs),
      outputs: places(at.outputs),
      poison,
      deadlineMs: Math.ceil(timeoutSeconds * 1000),
    });
    const called = callSchema.parse(reply);
    if (called.state === "failed") {
      this.end();
      return { state: "failed", failure: counted(failureOf(called), at.before) };
    }
    const canaries: BrokenCanary[] = called.canaries.map((one) => ({ ...one, index: one.index - at.before }));
    const outputs: Record<string, Tensor> = {};
    for (const { index, offset, spec, arrangement } of at.outputs) {
      const placed = this.broker.read(offset, arrangement.bytes);
      outputs[spec.name] = fromBytes(spec.dtype, spec.shape, gather(placed, spec, arrangement));
      const byte = brokenPadding(placed, spec, arrangement, poison);
      if (byte >= 0) canaries.push({ index: index - at.before, side: "between", byte });
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
