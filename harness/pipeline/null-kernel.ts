// The time of an empty kernel of each executor through the same doorbell: shown beside every measurement, never subtracted.
import type { Kernel } from "../domain/kernel.ts";
import type { Random } from "../domain/random.ts";
import type { Lane, Ports, Signature } from "../domain/ports.ts";
import { HarnessError } from "../domain/problem.ts";
import { median } from "../domain/statistics.ts";
import { fill } from "../domain/tensor.ts";
import type { Tensors } from "../domain/oracle.ts";
import { ModelBuilder } from "../onnx/model.ts";
import { compile, type Toolchain } from "../stages/build/compile.ts";
import { alone, type RunTurns } from "../stages/measure/race.ts";
import { freshVariants } from "../stages/measure/rounds.ts";
import { NO_SETS } from "./field.ts";
import { modelPath } from "./witnesses.ts";

/** Samples behind a median, each the best of ten calls. */
const SAMPLES = 30;

/** Seconds for all of them: an empty call takes microseconds. */
const SECONDS = 5;

const EMPTY: Omit<Kernel, "name" | "executor" | "zygote" | "program" | "binds"> = {
  environment: {},
  align: 256,
  threads: 1,
  memoryBytes: 2 ** 32,
  timeoutSeconds: 5,
  numerics: { class: "none", accumulate: "float32", casts: {}, rounding: "half_even", algorithm: "direct", ftz: false },
  deterministic: true,
  strided: false,
};

/** A native kernel of the harness itself: one entry of a compiled library. */
export function ownKernel(path: string, entry: string): Kernel {
  return {
    ...EMPTY,
    name: entry,
    executor: "native",
    zygote: "native",
    program: { artifact: "/kernel/kernel.so", entry },
    binds: [{ from: path, to: "/kernel/kernel.so" }],
  };
}

/** The empty native kernel, compiled. @throws HarnessError when it does not compile */
export async function nullKernel(toolchain: Toolchain, ports: Ports): Promise<Kernel> {
  const folder = `${ports.host.checkout}/harness/executors/native/null`;
  const compiled = await compile({ folder, files: ["null.cc"] }, toolchain, ports);
  if (!compiled.ok)
    throw new HarnessError(
      "SETUP_INCOMPLETE",
      `the empty kernel does not compile: ${compiled.message}`,
      "npx openxpu doctor",
    );
  return ownKernel(compiled.path, "null");
}

/** An empty kernel with its arguments and what it is called on. */
interface EmptyKernel {
  readonly kernel: Kernel;
  readonly signature: Signature;
  readonly sets: readonly Tensors[];
}

const NO_ARGUMENTS = { signature: { inputs: [], outputs: [], attributes: [] }, sets: NO_SETS };

/** ONNX Runtime's: a model has a node, so it copies one number. */
async function emptyModel(ports: Ports): Promise<EmptyKernel> {
  const builder = new ModelBuilder(17);
  builder.node("Identity", [builder.input("x", "float32", [])], builder.output("y", "float32", []));
  const path = await modelPath(builder.build(), ports);
  const scalar = { dtype: "float32", shape: [], absent: false, parameter: false } as const;
  return {
    kernel: {
      ...EMPTY,
      name: "null of ONNX Runtime",
      executor: "onnxruntime",
      zygote: "python",
      program: { worker: "onnxruntime", models: { run: "/kernel/null.onnx" } },
      binds: [{ from: path, to: "/kernel/null.onnx" }],
    },
    signature: { inputs: [{ name: "x", ...scalar }], outputs: [{ name: "y", ...scalar }], attributes: [] },
    sets: NO_SETS.map(() => ({ x: fill("float32", [], () => 1) })),
  };
}

/** The empty kernel of an executor; undefined for one that cannot race. */
async function emptyOf(executor: string, toolchain: Toolchain, ports: Ports): Promise<EmptyKernel | undefined> {
  if (executor === "native") return { kernel: await nullKernel(toolchain, ports), ...NO_ARGUMENTS };
  if (executor === "onnxruntime") return emptyModel(ports);
  if (executor !== "torch") return undefined;
  const kernel: Kernel = {
    ...EMPTY,
    name: "null of PyTorch",
    executor,
    zygote: "python",
    program: { worker: "torch", file: "/kernel/null.py", baseline: "null" },
    binds: [{ from: `${ports.host.checkout}/harness/executors/torch/null`, to: "/kernel" }],
  };
  return { kernel, ...NO_ARGUMENTS };
}

/** Times of empty calls in ns. */
export interface Overheads {
  /** Of the candidate's executor. */
  readonly candidate: number;
  /** By executor; one without an empty kernel is not there. */
  readonly of: ReadonlyMap<string, number>;
}

/** @throws HarnessError when an empty kernel fails: then no time of this machine means anything */
async function overheadOf({ kernel, signature, sets }: EmptyKernel, lane: Lane, random: Random): Promise<number> {
  const opened = await lane.open(kernel, signature, "right");
  if (opened.state === "ready") {
    const { child } = opened;
    // Nobody else runs: the order's first child only says how arguments lie.
    const run: RunTurns = (order) => lane.race({ ...order, children: [child, child], sets, mix: "0" });
    const samples = await alone(run, SAMPLES, SECONDS, freshVariants(), random);
    if ("length" in samples) {
      await child.close();
      return median(samples);
    }
  }
  throw new HarnessError("BROKER_REFUSED", `the empty kernel '${kernel.name}' failed`, "run again; npx openxpu doctor");
}

/** Empty calls of the executors in a race, sampled as its times are: medians of the best of ten. */
export async function overheadsOf(
  candidate: Pick<Kernel, "executor">,
  tried: readonly { readonly kernel: Pick<Kernel, "executor"> }[],
  toolchain: Toolchain,
  { lane, random }: { readonly lane: Lane; readonly random: Random },
  ports: Ports,
): Promise<Overheads> {
  const of = new Map<string, number>();
  const executors = new Set([candidate, ...tried.map(({ kernel }) => kernel)].map(({ executor }) => executor));
  for (const executor of executors) {
    const empty = await emptyOf(executor, toolchain, ports);
    if (empty !== undefined) of.set(executor, await overheadOf(empty, lane, random));
  }
  return { candidate: of.get(candidate.executor) ?? 0, of };
}
