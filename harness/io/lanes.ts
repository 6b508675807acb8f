// The lanes port: a broker with its zygotes, which opens kernels and races two of them.
import { failureOf, helloSchema, openSchema, reportSchema, timeSchema } from "../domain/broker.ts";
import { dtypeBytes } from "../domain/dtype.ts";
import type { Isolation, Json, Kernel, Placement } from "../domain/kernel.ts";
import type { TensorSpec } from "../domain/op.ts";
import type { Tensors } from "../domain/oracle.ts";
import type { Child, Lane, Lanes, Opened, Raced, Signature, Turn } from "../domain/ports.ts";
import { HarnessError } from "../domain/problem.ts";
import { arrange, type Arrangement } from "./arrangement.ts";
import { BrokerChild, places, type Region, stage } from "./broker-child.ts";
import { BrokerProcess } from "./broker-process.ts";

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

/** Alignment of tensors in staging. */
const STAGING_ALIGN = 64;
/** Smallest staging memory: growing it costs a round trip. */
const STAGING_BYTES = 2 ** 20;
/** Seconds a kernel may take to load: dlopen or a Python import. */
const LOAD_SECONDS = 30;
/** Seconds a Python zygote may take to import everything on a cold, busy machine. */
const ZYGOTE_SECONDS = 180;

/** An argument of a kernel and where its elements lie. */
interface Argument {
  readonly index: number;
  readonly spec: TensorSpec;
  readonly arrangement: Arrangement;
}

function argumentsOf(signature: Signature, placement: Placement): Argument[] {
  return [...signature.inputs, ...signature.outputs].map((spec, index) => ({
    index,
    spec,
    arrangement: arrange(spec, index, placement),
  }));
}

function tensorOf(kernel: Kernel, inputs: number, { index, spec, arrangement }: Argument): object {
  return {
    name: spec.name,
    role: index < inputs ? "input" : "output",
    dtype: spec.dtype,
    shape: spec.shape,
    strides: arrangement.strides,
    bytes: arrangement.bytes,
    offset: arrangement.offset,
    align: Math.max(kernel.align, dtypeBytes(spec.dtype)),
    absent: spec.absent,
  };
}

function attributesOf(signature: Signature): object[] {
  return signature.attributes.map(({ name, kind, value }) => ({
    name,
    kind,
    tuple: Array.isArray(value),
    values: (Array.isArray(value) ? value : [value]).map(Number),
  }));
}

/** What a race reads, and where in staging it lies. */
interface Prepared {
  readonly key: readonly unknown[];
  readonly start: number;
  readonly end: number;
  readonly staged: readonly object[];
  readonly wanted: readonly object[];
}

class BrokerLane implements Lane {
  readonly isolation: Isolation;
  readonly why: readonly string[];
  private readonly broker: BrokerProcess;
  private readonly paths: BrokerPaths;
  private readonly started = new Map<string, Promise<void>>();
  private readonly reports = new Map<string, Promise<{ readonly [key: string]: Json }>>();
  private readonly children = new Set<BrokerChild>();
  /** Children that are being opened: their memory is taken already. */
  private opening = 0;
  /** Bytes of staging in use; all of it is free again when no child is open. */
  private used = 0;
  private prepared: Prepared | undefined;

  constructor(broker: BrokerProcess, isolation: Isolation, why: readonly string[], paths: BrokerPaths) {
    this.broker = broker;
    this.isolation = isolation;
    this.why = why;
    this.paths = paths;
  }

  /** Starts a zygote. The broker does not wait for it: native kernels run while Python imports. */
  private async start(zygote: "native" | "python"): Promise<void> {
    const { argv, environment, folder } = this.paths.zygotes[zygote];
    await this.broker.request("zygote", { name: zygote, argv, env: environment, cwd: folder, wait: false });
  }

  warm(zygote: "native" | "python"): void {
    const started = this.started.get(zygote) ?? this.start(zygote);
    this.started.set(zygote, started);
    // Whoever needs it learns of a failure from `report`.
    started.catch(() => undefined);
  }

  report(zygote: "native" | "python"): Promise<{ readonly [key: string]: Json }> {
    const known = this.reports.get(zygote);
    if (known !== undefined) return known;
    this.warm(zygote);
    const started = Promise.resolve(this.started.get(zygote))
      .then(() => this.broker.request("report", { name: zygote, deadlineMs: ZYGOTE_SECONDS * 1000 }))
      .then((reply) => reportSchema.parse(reply).report)
      .catch((error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        throw new HarnessError(
          "ZYGOTE_FAILED",
          `the ${zygote} zygote did not start: ${message}`,
          "npx openxpu doctor",
          error,
        );
      });
    this.reports.set(zygote, started);
    return started;
  }

  private async take(wanted: readonly Argument[]): Promise<Region[]> {
    const regions = wanted
      .filter(({ spec }) => !spec.absent)
      .map((argument) => {
        const offset = this.used;
        this.used += Math.ceil(argument.arrangement.bytes / STAGING_ALIGN) * STAGING_ALIGN;
        return { ...argument, offset };
      });
    await this.broker.reserve(Math.max(this.used, STAGING_BYTES));
    return regions;
  }

  /** Takes regions like others and fills them. */
  private async copy(like: readonly Region[], tensors: Tensors): Promise<{ index: number; offset: number }[]> {
    const regions = await this.take(like);
    stage(this.broker, regions, tensors);
    return places(regions);
  }

  async open(kernel: Kernel, signature: Signature, placement: Placement): Promise<Opened> {
    await this.report(kernel.zygote);
    if (this.children.size === 0 && this.opening === 0) {
      this.used = 0;
      this.prepared = undefined;
    }
    this.opening += 1;
    try {
      return await this.enter(kernel, signature, placement);
    } finally {
      this.opening -= 1;
    }
  }

  private async enter(kernel: Kernel, signature: Signature, placement: Placement): Promise<Opened> {
    const count = signature.inputs.length;
    const all = argumentsOf(signature, placement);
    const inputs = await this.take(all.slice(0, count));
    const outputs = await this.take(all.slice(count));
    const shared = this.paths.zygotes[kernel.zygote].binds.map((path) => ({ from: path, to: path }));
    const reply = await this.broker.request("open", {
      zygote: kernel.zygote,
      program: kernel.program,
      sandbox: {
        binds: [...shared, ...kernel.binds],
        env: kernel.environment,
        memoryBytes: kernel.memoryBytes,
        threads: kernel.threads,
        level: "full",
      },
      tensors: all.map((argument) => tensorOf(kernel, count, argument)),
      attributes: attributesOf(signature),
      placement: placement === "left" ? "left" : "right",
      deadlineMs: LOAD_SECONDS * 1000,
    });
    const opened = openSchema.parse(reply);
    if (opened.state === "failed") return { state: "failed", isolation: opened.isolation, failure: failureOf(opened) };
    const child = new BrokerChild(this.broker, opened.child, inputs, outputs, (gone) => this.children.delete(gone));
    this.children.add(child);
    return { state: "ready", isolation: opened.isolation, child };
  }

  /** Stages what a race reads; the same children on the same sets find it staged already. */
  private async prepare(
    first: BrokerChild,
    second: BrokerChild,
    sets: readonly Tensors[],
    expected: readonly [readonly Tensors[], readonly Tensors[]],
  ): Promise<Prepared> {
    const key = [first, second, sets, ...expected];
    const { prepared } = this;
    if (prepared !== undefined && key.every((part, index) => part === prepared.key[index])) return prepared;
    // Nothing was staged since: its memory can be taken again.
    if (prepared !== undefined && this.used === prepared.end) this.used = prepared.start;
    const start = this.used;
    const staged: object[] = [];
    for (const set of sets) staged.push({ inputs: await this.copy(first.inputs, set) });
    const wanted: object[] = [];
    for (const [child, outputs] of [[first, expected[0]] as const, [second, expected[1]] as const]) {
      for (const [set, tensors] of outputs.entries())
        wanted.push({ child: child.id, set, outputs: await this.copy(child.outputs, tensors) });
    }
    this.prepared = { key, start, end: this.used, staged, wanted };
    return this.prepared;
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
    const { staged, wanted } = await this.prepare(first, second, sets, expected);
    const reply = await this.broker.request("time", {
      schedule: turns.map(({ child, set }) => [child === 0 ? first.id : second.id, set]),
      sets: staged,
      expected: wanted,
      poison: "a5",
      deadlineMs: LOAD_SECONDS * 1000,
      budgetMs: Math.ceil(budgetSeconds * 1000),
    });
    const timed = timeSchema.parse(reply);
    if (timed.state === "failed") {
      (turns[timed.entry]?.child === 1 ? second : first).end();
      return { state: "failed", turn: timed.entry, failure: failureOf(timed) };
    }
    const outputs = [...first.outputs, ...second.outputs];
    const nameOf = (index: number): string =>
      outputs.find((region) => region.index === index)?.spec.name ?? String(index);
    const mismatches = timed.mismatches.map(({ entry, index, byte }) => ({ turn: entry, output: nameOf(index), byte }));
    return { state: "done", ns: timed.ns, mismatches };
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
      const { isolation, why } = helloSchema.parse(await broker.request("hello"));
      return new BrokerLane(broker, isolation, why, paths);
    },
  };
}
