// The lanes port: a broker with its zygotes, which opens kernels and races two of them.
import { failureOf, helloSchema, openSchema, reportSchema } from "../domain/broker.ts";
import type { Isolation, Json, Kernel, Placement } from "../domain/kernel.ts";
import type { Tensors } from "../domain/oracle.ts";
import type { Lane, Lanes, Opened, Raced, RaceOrder, Signature } from "../domain/ports.ts";
import { HarnessError } from "../domain/problem.ts";
import { BrokerChild, type Places, places, type Region, stage } from "./broker-child.ts";
import { BrokerProcess } from "./broker-process.ts";
import { argumentsOf, attributesOf, tensorOf } from "./lane-arguments.ts";
import { type RaceField, timeTurns } from "./lane-race.ts";

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

/** A signature as a child gets it. */
interface Described extends Places {
  readonly tensors: readonly object[];
  readonly attributes: readonly object[];
}

type Hello = ReturnType<typeof helloSchema.parse>;

class BrokerLane implements Lane {
  readonly isolation: Isolation;
  readonly why: readonly string[];
  readonly acts: Hello["acts"];
  private readonly broker: BrokerProcess;
  private readonly paths: BrokerPaths;
  private readonly started = new Map<string, Promise<void>>();
  private readonly reports = new Map<string, Promise<{ readonly [key: string]: Json }>>();
  private readonly children = new Set<BrokerChild>();
  /** Children that are being opened: their memory is taken already. */
  private opening = 0;
  /** Bytes of staging in use; all of it is free again when no child is open. */
  private used = 0;
  private field: RaceField | undefined;

  constructor(broker: BrokerProcess, hello: Hello, paths: BrokerPaths) {
    this.broker = broker;
    this.isolation = hello.isolation;
    this.why = hello.why;
    this.acts = hello.acts;
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

  private async take(wanted: readonly Omit<Region, "offset">[]): Promise<Region[]> {
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

  async open(
    kernel: Kernel,
    signature: Signature,
    placement: Placement,
    others: readonly Signature[] = [],
  ): Promise<Opened> {
    await this.report(kernel.zygote);
    if (this.children.size === 0 && this.opening === 0) {
      this.used = 0;
      this.field = undefined;
    }
    this.opening += 1;
    try {
      return await this.enter(kernel, placement, signature, others);
    } finally {
      this.opening -= 1;
    }
  }

  /** Takes staging for the arguments of a signature. */
  private async describe(
    kernel: Kernel,
    placement: Placement,
    signature: Signature,
    before: number,
  ): Promise<Described> {
    const all = argumentsOf(signature, placement, before);
    return {
      before,
      inputs: await this.take(all.filter(({ role }) => role === "input")),
      outputs: await this.take(all.filter(({ role }) => role === "output")),
      tensors: all.map((argument) => tensorOf(kernel, argument)),
      attributes: attributesOf(signature),
    };
  }

  private async enter(
    kernel: Kernel,
    placement: Placement,
    signature: Signature,
    others: readonly Signature[],
  ): Promise<Opened> {
    const first = await this.describe(kernel, placement, signature, 0);
    const more: Described[] = [];
    for (const other of others) {
      const last = more.at(-1) ?? first;
      more.push(await this.describe(kernel, placement, other, last.before + last.tensors.length));
    }
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
      tensors: first.tensors,
      attributes: first.attributes,
      ...(more.length === 0 ? {} : { others: more.map(({ tensors, attributes }) => ({ tensors, attributes })) }),
      placement: placement === "left" ? "left" : "right",
      deadlineMs: LOAD_SECONDS * 1000,
    });
    const opened = openSchema.parse(reply);
    if (opened.state === "failed") return { state: "failed", isolation: opened.isolation, failure: failureOf(opened) };
    const child = new BrokerChild(this.broker, opened.child, [first, ...more], (gone) => this.children.delete(gone));
    this.children.add(child);
    return { state: "ready", isolation: opened.isolation, child };
  }

  /** Stages what a race reads; the same sets for the same first child are found staged already. */
  private async stageField(first: BrokerChild, sets: readonly Tensors[]): Promise<RaceField> {
    const { field } = this;
    if (field !== undefined && field.first === first && field.sets === sets) return field;
    // Nothing was staged since: its memory can be taken again.
    if (field !== undefined && this.used === field.end) this.used = field.start;
    const start = this.used;
    const staged: object[] = [];
    for (const set of sets) {
      const regions = await this.take(first.inputs);
      stage(this.broker, regions, set);
      staged.push({ inputs: places(regions) });
    }
    const kept = await this.take(first.outputs);
    this.field = { first, sets, start, end: this.used, staged, kept };
    return this.field;
  }

  async race(order: RaceOrder): Promise<Raced> {
    const children = order.children.filter((child): child is BrokerChild => child instanceof BrokerChild);
    const [first] = children;
    if (first === undefined || children.length < order.children.length)
      throw new HarnessError("BROKER_REFUSED", "a race takes children of this lane", "report this bug");
    return timeTurns(this.broker, children, await this.stageField(first, order.sets), order, LOAD_SECONDS);
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
      return new BrokerLane(broker, helloSchema.parse(await broker.request("hello")), paths);
    },
  };
}
