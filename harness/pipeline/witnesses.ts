// The panel of witnesses: every reference executor judged on a case by the same rules as a candidate, once a run.
import { createHash } from "node:crypto";
import { declaredSeconds, type Executor } from "../domain/executor.ts";
import type { Json, Kernel } from "../domain/kernel.ts";
import { type BoundCase, numericsClass, type Op } from "../domain/op.ts";
import type { Lane, Ports } from "../domain/ports.ts";
import type { WitnessRecord } from "../domain/run-record.ts";
import { seededRandom } from "../domain/random.ts";
import { judge } from "../stages/compare/verdict.ts";
import type { Regime } from "../stages/execute/regimes.ts";
import { execute, signatureOf } from "../stages/execute/run.ts";
import { timingOf } from "../stages/measure/race.ts";
import type { Entry } from "../stages/validate/catalogue.ts";
import type { CheckRequest } from "./request.ts";

/** Seconds a witness may take for one call before the run gives up on it: declared costs are estimates. */
const WITNESS_TIMEOUT = 60;

/** The dtype that decides a case's cost and coverage: the one variable, or the first output's. */
function costDtype(bound: BoundCase): string {
  return Object.values(bound.dtypes)[0] ?? bound.outputs[0]?.dtype ?? "any";
}

/** Writes an ONNX model where a worker can read it; content-addressed. */
export async function modelPath(model: Uint8Array, ports: Ports): Promise<string> {
  const key = createHash("sha256").update("onnx model").update(model).digest("hex");
  if ((await ports.cache.get(key)) === undefined) await ports.cache.put(key, model);
  return ports.cache.path(key);
}

/** A reference as a kernel, or why there is none. */
export async function referenceKernel(
  executor: Executor,
  op: Entry<Op>,
  bound: BoundCase,
  ports: Ports,
): Promise<Kernel | { readonly absent: string }> {
  const declared = op.value.references[executor.executor];
  if (declared === undefined || executor.reference === undefined)
    return { absent: `${op.value.op} has no ${executor.title} reference` };
  const numerics = numericsClass(op.value, declared.numerics);
  if (numerics === undefined) return { absent: `${op.value.op} has no class '${declared.numerics}'` };
  const excluded = declared.absent.find((one) => one.dtype === costDtype(bound));
  if (excluded !== undefined) return { absent: excluded.reason };
  let program: { readonly [key: string]: Json } = {
    worker: executor.executor,
    file: `/kernel/${executor.reference}`,
    entry: "reference",
  };
  let binds = [{ from: `${op.folder}/reference`, to: "/kernel" }];
  if (executor.reference === "onnx.ts") {
    const model = (await ports.ops.onnx(op.value.op)).witness(bound);
    if (!(model instanceof Uint8Array)) return model;
    program = { worker: executor.executor, models: { run: "/kernel/witness.onnx" } };
    binds = [{ from: await modelPath(model, ports), to: "/kernel/witness.onnx" }];
  }
  return {
    name: executor.executor,
    executor: executor.executor,
    zygote: executor.zygote,
    program,
    binds,
    environment: {},
    align: 256,
    threads: 1,
    memoryBytes: 4 * 2 ** 30,
    timeoutSeconds: WITNESS_TIMEOUT,
    numerics,
    deterministic: true,
    strided: false,
  };
}

/** A version out of a zygote's report. */
export function versionOf(report: { readonly [key: string]: Json }, executor: Executor): string {
  const { packages } = report as { readonly packages?: Json };
  const versions = typeof packages === "object" && packages !== null && !Array.isArray(packages) ? packages : report;
  const version = (versions as { readonly [key: string]: Json })[executor.version];
  return typeof version === "string" ? version : "unknown";
}

/** Whether a witness may run. */
function isSelected({ executor }: Executor, { executors }: CheckRequest): boolean {
  return executors.length === 0 || executors.includes(executor);
}

/** Zygotes that witnesses will ask for. */
export function zygotesOf(request: CheckRequest): Executor["zygote"][] {
  const references = [...request.catalogue.executors.values()].map(({ value }) => value);
  const asked = references.filter((one) => one.reference !== undefined && isSelected(one, request));
  return [...new Set(asked.map(({ zygote }) => zygote))];
}

/** The axis of a hidden case that lies beyond the op's hidden extents. */
function farAxis(op: Op, { axes }: BoundCase): string | undefined {
  const [far] = Object.entries(op.hidden.axes).filter(([axis, usual]) => (axes[axis] ?? 0) > usual);
  return far === undefined ? undefined : `${far[0]} = ${axes[far[0]] ?? 0} is beyond ${far[1]}`;
}

/** Judges references on cases and remembers the word: two submissions of one op share their published cases. */
export class WitnessPanel {
  private readonly known = new Map<string, Promise<WitnessRecord>>();
  private readonly request: CheckRequest;
  private readonly ports: Ports;

  constructor(request: CheckRequest, ports: Ports) {
    this.request = request;
    this.ports = ports;
  }

  /** The word of every witness on a case. All are opened at once: the lane runs one while another's outputs are judged. */
  judge(
    op: Entry<Op>,
    bound: BoundCase,
    regimes: readonly Regime[],
    inputs: string,
    lane: Lane,
  ): Promise<WitnessRecord[]> {
    const executors = [...this.request.catalogue.executors.values()].filter(
      ({ value }) => value.reference !== undefined,
    );
    return Promise.all(
      executors.map(({ value: executor }) => {
        const key = `${executor.executor}/${op.value.op}/${bound.name}/${inputs}`;
        const known = this.known.get(key) ?? this.one(executor, op, bound, regimes, lane);
        this.known.set(key, known);
        // A word that a broken lane prevented is asked for again.
        known.catch(() => this.known.delete(key));
        return known;
      }),
    );
  }

  private async one(
    executor: Executor,
    op: Entry<Op>,
    bound: BoundCase,
    regimes: readonly Regime[],
    lane: Lane,
  ): Promise<WitnessRecord> {
    // One that was not asked for is not started either.
    const selected = isSelected(executor, this.request);
    const version = selected ? versionOf(await lane.report(executor.zygote), executor) : "none";
    const numerics = op.value.references[executor.executor]?.numerics ?? "none";
    const base = { executor: executor.executor, version, numerics };
    const absent = (reason: string): WitnessRecord => ({
      ...base,
      status: null,
      absent: reason,
      errors: [],
      findings: [],
      timing: null,
    });
    if (!selected) return absent("not selected by --executor");
    const seconds = declaredSeconds(executor, op.value.op, costDtype(bound), bound.work) * regimes.length;
    const budget = this.request.suite.value.witnessSeconds;
    if (seconds > budget) {
      return absent(`its declared cost of this case, ${seconds.toFixed(1)} s, is above the suite's ${budget} s`);
    }
    const far = executor.interpreter && bound.hidden ? farAxis(op.value, bound) : undefined;
    if (far !== undefined) return absent(`its interpreter would take minutes: ${far}`);
    const kernel = await referenceKernel(executor, op, bound, this.ports);
    if ("absent" in kernel) return absent(kernel.absent);
    const execution = await execute(lane, kernel, signatureOf(op.value, bound), regimes, "once");
    const judgement = judge(execution, bound, kernel.numerics, true);
    const ns = execution.calls.map((call) => call.ns);
    return {
      ...base,
      status: judgement.status,
      absent: null,
      errors: [...judgement.errors],
      findings: [...judgement.findings],
      timing: ns.length === 0 ? null : timingOf(ns, seededRandom("0".repeat(32))),
    };
  }
}
