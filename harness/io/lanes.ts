// The lanes port: kernels behind a broker, with tensors carried through its staging memory.
import { z } from "zod";
import type { Failure, Isolation, Json, Kernel, Placement } from "../domain/kernel.ts";
import { ISOLATION } from "../domain/kernel.ts";
import { dtypeBytes } from "../domain/dtype.ts";
import type { TensorSpec } from "../domain/op.ts";
import type { Tensors } from "../domain/oracle.ts";
import type { Called, Child, Lane, Lanes, Opened, Raced, Signature, Turn } from "../domain/ports.ts";
import { HarnessError } from "../domain/problem.ts";
import { bytesOf, contiguousStrides, elementCount, fromBytes } from "../domain/tensor.ts";
import { BrokerProcess, type Reply } from "./broker-process.ts";

/** How a zygote is started. */
export interface ZygoteCommand {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
  /** Read-only folders that every child of it needs: its interpreter and packages. */
  readonly binds: readonly string[];
}

/** Where the broker and its zygotes are. */
export interface BrokerPaths {
  readonly broker: string;
  readonly zygotes: Readonly<Record<"native" | "python", ZygoteCommand>>;
}

const isolation = z.enum(ISOLATION);
const failureSchema = z.looseObject({
  kind: z.enum(["declined", "raised", "load", "fault", "signal", "exit", "denied", "timeout"]),
  message: z.string(),
  errorKind: z.string().optional(),
  signal: z.string().optional(),
  address: z.string().optional(),
  tensor: z
    .object({ index: z.number(), region: z.enum(["guard_before", "guard_after", "sealed"]), byte: z.number() })
    .optional(),
  advisory: z.boolean().optional(),
  status: z.number().optional(),
  syscall: z.string().optional(),
  category: z.string().optional(),
  deadlineMs: z.number().optional(),
  log: z.string().optional(),
});
const openSchema = z.looseObject({ child: z.number().optional(), isolation, state: z.enum(["ready", "failed"]), failure: failureSchema.optional() });
const canarySchema = z.object({ index: z.number(), side: z.enum(["before", "after"]), byte: z.number() });
const callSchema = z.looseObject({
  state: z.enum(["done", "failed"]),
  ns: z.number().optional(),
  canaries: z.array(canarySchema).optional(),
  failure: failureSchema.optional(),
});
const timeSchema = z.looseObject({
  state: z.enum(["done", "budget", "failed"]),
  ns: z.array(z.number()),
  mismatches: z.array(z.object({ entry: z.number(), index: z.number(), byte: z.number() })).default([]),
  entry: z.number().optional(),
  failure: failureSchema.optional(),
});

/** Alignment of tensors in staging. */
const STAGING_ALIGN = 64;
/** Seconds a kernel may take to load: dlopen or a Python import. */
const LOAD_SECONDS = 30;
/** Seconds a Python zygote may take to import everything on a cold, busy machine. */
const ZYGOTE_SECONDS = 180;

function bytesOfSpec(spec: TensorSpec): number {
  return spec.absent ? 0 : elementCount(spec.shape) * dtypeBytes(spec.dtype);
}

function failureOf(reply: { readonly failure?: unknown }, log?: unknown): Failure {
  const parsed = failureSchema.parse(reply.failure);
  return { ...(parsed as Failure), ...(typeof log === "string" ? { log } : {}) };
}

interface Region {
  readonly index: number;
  readonly offset: number;
  readonly spec: TensorSpec;
}

class BrokerChild implements Child {
  readonly id: number;
  readonly inputs: readonly Region[];
  readonly outputs: readonly Region[];
  private readonly lane: BrokerLane;

  constructor(lane: BrokerLane, id: number, inputs: readonly Region[], outputs: readonly Region[]) {
    this.lane = lane;
    this.id = id;
    this.inputs = inputs;
    this.outputs = outputs;
  }

  async call(inputs: Tensors, poison: string, timeoutSeconds: number): Promise<Called> {
    this.lane.stage(this.inputs, inputs);
    const reply = await this.lane.broker.request("call", {
      child: this.id,
      inputs: places(this.inputs),
      outputs: places(this.outputs),
      poison,
      deadlineMs: Math.ceil(timeoutSeconds * 1000),
    });
    const called = callSchema.parse(reply);
    if (called.state === "failed") {
      this.lane.forget(this);
      return { state: "failed", failure: failureOf(called, reply["log"]) };
    }
    const outputs = Object.fromEntries(
      this.outputs.map(({ offset, spec }) => [
        spec.name,
        fromBytes(spec.dtype, spec.shape, this.lane.broker.read(offset, bytesOfSpec(spec))),
      ]),
    );
    return { state: "done", ns: called.ns ?? 0, outputs, canaries: called.canaries ?? [] };
  }

  async close(): Promise<{ readonly log: string }> {
    if (!this.lane.forget(this)) return { log: "" };
    const { log } = await this.lane.broker.request("close", { child: this.id });
    return { log: typeof log === "string" ? log : "" };
  }
}

function places(regions: readonly Region[]): { index: number; offset: number }[] {
  return regions.map(({ index, offset }) => ({ index, offset }));
}

class BrokerLane implements Lane {
  readonly broker: BrokerProcess;
  readonly isolation: Isolation;
  readonly why: readonly string[];
  private readonly paths: BrokerPaths;
  private readonly reports = new Map<string, Promise<{ readonly [key: string]: Json }>>();
  private readonly children = new Set<BrokerChild>();
  private used = 0;

  constructor(broker: BrokerProcess, level: Isolation, why: readonly string[], paths: BrokerPaths) {
    this.broker = broker;
    this.isolation = level;
    this.why = why;
    this.paths = paths;
  }

  report(zygote: "native" | "python"): Promise<{ readonly [key: string]: Json }> {
    const known = this.reports.get(zygote);
    if (known !== undefined) return known;
    const { argv, environment, folder } = this.paths.zygotes[zygote];
    const started = this.broker
      .request("zygote", { name: zygote, argv, env: environment, cwd: folder, deadlineMs: ZYGOTE_SECONDS * 1000 })
      .then((reply) => z.record(z.string(), z.json()).parse(reply["report"]))
      .catch((error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        throw new HarnessError("ZYGOTE_FAILED", `the ${zygote} zygote did not start: ${message}`, "npx openxpu doctor", error);
      });
    this.reports.set(zygote, started);
    return started;
  }

  /** Takes staging memory for tensors; all of it is given back when no child is open. */
  private async take(specs: readonly TensorSpec[], from: number): Promise<Region[]> {
    if (this.children.size === 0 && from === 0) this.used = 0;
    const regions: Region[] = [];
    specs.forEach((spec, position) => {
      if (spec.absent) return;
      regions.push({ index: from + position, offset: this.used, spec });
      this.used += Math.ceil(bytesOfSpec(spec) / STAGING_ALIGN) * STAGING_ALIGN;
    });
    await this.broker.reserve(Math.max(this.used, 2 ** 20));
    return regions;
  }

  stage(regions: readonly Region[], tensors: Tensors): void {
    for (const { offset, spec } of regions) {
      const tensor = tensors[spec.name];
      if (tensor === undefined) throw new HarnessError("ORACLE_FAILED", `no input '${spec.name}' was made`, "correct the op's inputs");
      this.broker.write(offset, bytesOf(tensor));
    }
  }

  /** Forgets a closed child; false when it was closed before. */
  forget(child: BrokerChild): boolean {
    return this.children.delete(child);
  }

  async open(kernel: Kernel, signature: Signature, placement: Placement): Promise<Opened> {
    await this.report(kernel.zygote);
    const inputs = await this.take(signature.inputs, 0);
    const outputs = await this.take(signature.outputs, signature.inputs.length);
    const reply: Reply = await this.broker.request("open", {
      zygote: kernel.zygote,
      program: kernel.program,
      sandbox: {
        binds: [...this.paths.zygotes[kernel.zygote].binds.map((path) => ({ from: path, to: path })), ...kernel.binds],
        env: kernel.environment,
        memoryBytes: kernel.memoryBytes,
        threads: kernel.threads,
        level: "full",
      },
      tensors: [...signature.inputs, ...signature.outputs].map((spec, index) => ({
        name: spec.name,
        role: index < signature.inputs.length ? "input" : "output",
        dtype: spec.dtype,
        shape: spec.shape,
        strides: contiguousStrides(spec.shape),
        bytes: bytesOfSpec(spec),
        align: Math.max(kernel.align, dtypeBytes(spec.dtype)),
        absent: spec.absent,
      })),
      attributes: signature.attributes.map(({ name, kind, value }) => ({
        name,
        kind,
        tuple: Array.isArray(value),
        values: (Array.isArray(value) ? value : [value]).map(Number),
      })),
      placement,
      deadlineMs: LOAD_SECONDS * 1000,
    });
    const opened = openSchema.parse(reply);
    if (opened.state === "failed" || opened.child === undefined) {
      return { state: "failed", isolation: opened.isolation, failure: failureOf(opened, reply["log"]) };
    }
    const child = new BrokerChild(this, opened.child, inputs, outputs);
    this.children.add(child);
    return { state: "ready", isolation: opened.isolation, child };
  }

  async race(
    children: readonly [Child, Child],
    sets: readonly Tensors[],
    expected: readonly [readonly Tensors[], readonly Tensors[]],
    turns: readonly Turn[],
    budgetSeconds: number,
  ): Promise<Raced> {
    const [first, second] = children;
    if (!(first instanceof BrokerChild && second instanceof BrokerChild)) {
      throw new HarnessError("BROKER_REFUSED", "a race takes two children of this lane", "report this bug");
    }
    const mark = this.used;
    const staged: { inputs: { index: number; offset: number }[] }[] = [];
    for (const set of sets) {
      const regions = await this.take(first.inputs.map((region) => region.spec), 1);
      const placed = regions.map((region, position) => ({ ...region, index: first.inputs[position]?.index ?? 0 }));
      this.stage(placed, set);
      staged.push({ inputs: places(placed) });
    }
    const wanted: { child: number; set: number; outputs: { index: number; offset: number }[] }[] = [];
    for (const [position, child] of [first, second].entries()) {
      for (const [set, outputs] of (expected[position] ?? []).entries()) {
        const regions = await this.take(child.outputs.map((region) => region.spec), 1);
        const placed = regions.map((region, at) => ({ ...region, index: child.outputs[at]?.index ?? 0 }));
        this.stage(placed, outputs);
        wanted.push({ child: child.id, set, outputs: places(placed) });
      }
    }
    const reply = await this.broker.request("time", {
      schedule: turns.map(({ child, set }) => [child === 0 ? first.id : second.id, set]),
      sets: staged,
      expected: wanted,
      poison: "a5",
      deadlineMs: LOAD_SECONDS * 1000,
      budgetMs: Math.ceil(budgetSeconds * 1000),
    });
    this.used = mark;
    const timed = timeSchema.parse(reply);
    if (timed.state === "failed") {
      return { state: "failed", turn: timed.entry ?? 0, failure: failureOf(timed, reply["log"]) };
    }
    const names = [...first.outputs, ...second.outputs];
    return {
      state: "done",
      ns: timed.ns,
      mismatches: timed.mismatches.map(({ entry, index, byte }) => ({
        turn: entry,
        output: names.find((region) => region.index === index)?.spec.name ?? String(index),
        byte,
      })),
    };
  }

  close(): Promise<void> {
    return this.broker.close();
  }
}

/** Lanes of this machine. */
export function brokerLanes(paths: BrokerPaths, environment: Readonly<Record<string, string>>): Lanes {
  return {
    start: async () => {
      const broker = new BrokerProcess(paths.broker, environment);
      const hello = z.looseObject({ isolation, why: z.array(z.string()) }).parse(await broker.request("hello"));
      return new BrokerLane(broker, hello.isolation, hello.why, paths);
    },
  };
}
