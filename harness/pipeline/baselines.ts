// The fair baselines of an op: what a user would otherwise call for the same numbers, as kernels of the reference executors.
import type { Kernel } from "../domain/kernel.ts";
import { type BoundCase, numericsClass, type Op } from "../domain/op.ts";
import type { Tensors } from "../domain/oracle.ts";
import type { Ports } from "../domain/ports.ts";
import type { Entry } from "../stages/validate/catalogue.ts";
import type { CheckRequest } from "./request.ts";
import { modelPath, referenceKernel } from "./witnesses.ts";

/** A kernel and the name it races under. */
export interface NamedKernel {
  readonly name: string;
  readonly kernel: Kernel;
}

async function onnxBaselines(base: Kernel, bound: BoundCase, inputs: Tensors, ports: Ports): Promise<NamedKernel[]> {
  const models = (await ports.ops.onnx(bound.op)).baselines(bound, inputs);
  return Promise.all(
    models.map(async ({ name, prepare, run, collect }) => {
      const parts = Object.entries({ prepare, run, collect }).filter(
        (part): part is [string, Uint8Array] => part[1] !== undefined,
      );
      const binds = await Promise.all(
        parts.map(async ([part, model]) => ({ from: await modelPath(model, ports), to: `/kernel/${part}.onnx` })),
      );
      const program = {
        worker: base.executor,
        models: Object.fromEntries(parts.map(([part]) => [part, `/kernel/${part}.onnx`])),
      };
      return { name, kernel: { ...base, name, program, binds } };
    }),
  );
}

/** Whether a baseline computes in the candidate's class or a looser one: a race against a stricter one would not be fair to it. */
function comparable(op: Op, candidate: Kernel, baseline: Kernel): boolean {
  const order = op.numerics.map((numerics) => numerics.class);
  return order.indexOf(baseline.numerics.class) >= order.indexOf(candidate.numerics.class);
}

/** Every fair baseline that the op's references offer for a case. Names of the Python ones come from `baselines` of the op's manifest. */
export async function baselinesOf(
  op: Entry<Op>,
  candidate: Kernel,
  bound: BoundCase,
  inputs: Tensors,
  request: CheckRequest,
  ports: Ports,
): Promise<NamedKernel[]> {
  const found: NamedKernel[] = [];
  for (const { value: executor } of request.catalogue.executors.values()) {
    if (!executor.baseline) continue;
    const base = await referenceKernel(executor, op, bound, ports);
    if ("absent" in base) continue;
    if (executor.reference === "onnx.ts") {
      found.push(...(await onnxBaselines(base, bound, inputs, ports)));
      continue;
    }
    for (const { name, numerics } of op.value.references[executor.executor]?.baselines ?? []) {
      const own = (numerics === undefined ? undefined : numericsClass(op.value, numerics)) ?? base.numerics;
      found.push({ name, kernel: { ...base, name, numerics: own, program: { ...base.program, baseline: name } } });
    }
  }
  return found.filter(({ kernel }) => comparable(op.value, candidate, kernel));
}
