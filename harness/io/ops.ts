// The ops port: loads the trusted code of `kernels/<op>/` of the judge's own checkout.
import { pathToFileURL } from "node:url";
import type { OnnxReference, Oracle } from "../domain/oracle.ts";
import type { Ops } from "../domain/ports.ts";
import { HarnessError } from "../domain/problem.ts";

async function load(path: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (error) {
    throw new HarnessError("ORACLE_FAILED", `${path} could not be loaded`, "correct the file", error);
  }
}

function has(value: unknown, ...names: readonly string[]): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    names.every((name) => typeof (value as Record<string, unknown>)[name] === "function")
  );
}

/** The ops of a checkout. */
export function checkoutOps(root: string): Ops {
  return {
    oracle: async (op) => {
      const path = `${root}/kernels/${op}/oracle.ts`;
      const { oracle } = await load(path);
      if (has(oracle, "probes", "inputs", "truth")) return oracle as Oracle;
      throw new HarnessError("ORACLE_FAILED", `${path} exports no 'oracle'`, "export a constant of type Oracle");
    },
    onnx: async (op) => {
      const path = `${root}/kernels/${op}/reference/onnx.ts`;
      const { reference } = await load(path);
      if (has(reference, "witness", "baselines")) return reference as OnnxReference;
      throw new HarnessError(
        "ORACLE_FAILED",
        `${path} exports no 'reference'`,
        "export a constant of type OnnxReference",
      );
    },
  };
}
