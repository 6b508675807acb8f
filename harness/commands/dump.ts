// The tensors of a case on disk: every regime's inputs as .npy, and a C++ main for a debugger where the kernel is native.
import type { RunRecord } from "../domain/run-record.ts";
import type { Ports } from "../domain/ports.ts";
import { regimesOf } from "../stages/execute/regimes.ts";
import { meaningOf } from "../pipeline/meaning.ts";
import { planSubmissions } from "../pipeline/submissions.ts";
import type { CheckRequest } from "../pipeline/request.ts";
import type { Context } from "./context.ts";
import { debugMain } from "./text/debug-main.ts";
import { npy } from "./text/npy.ts";

/** Writes `<folder>/<probe>/<input>.npy` and, for c-abi kernels, `<folder>/<probe>/main.cc`. */
export async function dumpCase(
  folder: string,
  record: RunRecord,
  { request, ports }: { readonly request: CheckRequest; readonly ports: Ports },
  context: Context,
): Promise<void> {
  const { planned } = await planSubmissions(request, ports);
  const [plan] = planned;
  const one = plan?.cases.find(({ bound }) => bound.name === record.case.name);
  if (plan === undefined || one === undefined) return;
  const oracle = await ports.ops.oracle(one.bound.op);
  const meaning = await meaningOf(plan.op, ports);
  const { entry, source } = plan.submission.manifest;
  const sources = source.files
    .filter((name) => /\.(cc|cpp|c)$/.test(name))
    .map((name) => `${plan.submission.folder}/${name}`);
  for (const { probe, inputs } of await regimesOf(one.bound, oracle, record.case.seed, meaning, ports.cache)) {
    for (const [name, tensor] of Object.entries(inputs))
      await ports.files.write(`${folder}/${probe.name}/${name}.npy`, npy(tensor));
    if (source.dialect === "c-abi") {
      await ports.files.write(`${folder}/${probe.name}/main.cc`, debugMain(plan.op.value, one.bound, entry, sources));
    }
  }
  context.terminal.out(`tensors in ${folder}/<probe>/`);
}
