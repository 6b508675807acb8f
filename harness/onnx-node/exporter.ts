// The export of the pinned onnx package: made once, kept in the cache under what decides its content.
import { createHash } from "node:crypto";
import type { Ports } from "../domain/ports.ts";
import { HarnessError } from "../domain/problem.ts";
import { casesOf, type ExportedCase } from "./archive.ts";

/** Seconds that building the cases may take on a slow, busy machine; it takes 5 to 25. */
const TIMEOUT = 600;

/** Where the exporter and its manifest lie, below the checkout. */
const FOLDER = "harness/onnx-node";
/** The committed manifest. */
export const MANIFEST = `${FOLDER}/cases.sha256`;

/** Whether numpy computes expected outputs with the oldest instruction set, the same everywhere, or with the processor's own. */
export type Arithmetic = "baseline" | "native";

/** What decides the content of an export: the program, the packages, the arithmetic. */
async function keyOf({ files, host }: Pick<Ports, "files" | "host">, arithmetic: Arithmetic): Promise<string> {
  const hash = createHash("sha256").update(`openxpu onnx node export v1 ${arithmetic} ${process.arch}`);
  for (const path of [`${FOLDER}/export.py`, "harness/setup/requirements.txt"])
    hash.update(await files.read(`${host.checkout}/${path}`));
  // Python 3.10 has pins of its own.
  hash.update(await files.text(`${host.checkout}/.openxpu/venv/pyvenv.cfg`));
  return hash.digest("hex");
}

async function make(
  path: string,
  { processes, host }: Pick<Ports, "processes" | "host">,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const { code, stderr } = await processes.run(
    [`${host.checkout}/.openxpu/venv/bin/python`, "-s", "-E", `${host.checkout}/${FOLDER}/export.py`, path],
    { cwd: host.checkout, environment: { LC_ALL: "C.UTF-8", ...environment }, timeoutSeconds: TIMEOUT },
  );
  if (code === 0) return;
  const said = stderr.trim().split("\n").at(-1) ?? "";
  throw new HarnessError(
    "SETUP_INCOMPLETE",
    `the onnx package could not be exported: ${code === null ? "it took too long" : said}`,
    "npx openxpu doctor; the package is in harness/setup/requirements.txt",
  );
}

/**
 * The cases of the pinned package. `environment` reaches the exporter, for tests of what its arithmetic depends on; such exports are not
 * kept under the common key.
 */
export async function exportedCases(
  ports: Pick<Ports, "files" | "host" | "cache" | "processes">,
  arithmetic: Arithmetic = "baseline",
  environment: Readonly<Record<string, string>> = {},
): Promise<ExportedCase[]> {
  const variables = arithmetic === "native" ? { ...environment, OPENXPU_ARITHMETIC: "native" } : environment;
  const own = Object.keys(environment).length === 0 ? "" : JSON.stringify(environment);
  const key = createHash("sha256")
    .update(await keyOf(ports, arithmetic))
    .update(own)
    .digest("hex");
  const known = await ports.cache.get(key);
  if (known !== undefined) {
    try {
      return casesOf(known);
    } catch {
      // A damaged entry only costs time: it is made again.
    }
  }
  await make(ports.cache.path(key), ports, variables);
  const made = await ports.cache.get(key);
  if (made === undefined)
    throw new HarnessError("DISK", "the export is not where it was written", "check the space left");
  return casesOf(made);
}
