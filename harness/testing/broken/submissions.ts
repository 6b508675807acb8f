// A small run that touches everything a kill can hit: a right kernel, a wrong one, one that crashes and one that raises.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { submissionYaml, type VendorTree } from "../vendor-tree.ts";

const STARTER = fileURLToPath(new URL("../../../kernels/silu_and_mul/starter.cc", import.meta.url));

/** Names with what is put in the place of the starter's one line of arithmetic. */
const LINES: Readonly<Record<string, string>> = {
  right: "gate / (1 + std::exp(-gate)) * up",
  wrong: "gate / (1 + std::exp(-gate)) + up",
  crash: "*reinterpret_cast<volatile float*>(8)",
  raises: 'rows > 3 ? throw std::runtime_error("more than three rows") : gate / (1 + std::exp(-gate)) * up',
};

/** Adds the submissions to a tree; gives their folders. */
export function addSubmissions(tree: VendorTree): string[] {
  const starter = readFileSync(STARTER, "utf8");
  return Object.entries(LINES).map(([name, line]) => {
    const source = starter
      .replace(LINES["right"] ?? "", () => line)
      .replace("#include <cmath>", "#include <cmath>\n#include <stdexcept>")
      .replaceAll("starter", name);
    return tree.add(name, { "submission.yaml": submissionYaml(name, "silu_and_mul", "fp32"), "kernel.cc": source });
  });
}
