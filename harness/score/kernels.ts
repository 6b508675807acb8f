// Takes an op's folder, gives its mutants and legal variants as kernels: one library an op with many entries, cached by content.
import { type Mutants, mutantsSchema, type ScoredKernel, scoredKernels } from "../domain/mutant.ts";
import type { Kernel } from "../domain/kernel.ts";
import { numericsClass, type Op } from "../domain/op.ts";
import type { Ports } from "../domain/ports.ts";
import { type Checked, HarnessError, type Problem } from "../domain/problem.ts";
import { decode, type Manifest } from "../manifest.ts";
import { compile, type Toolchain } from "../stages/build/compile.ts";
import type { Entry } from "../stages/validate/catalogue.ts";

/** A scored kernel that can be opened. */
export interface Runnable {
  readonly scored: ScoredKernel;
  readonly kernel: Kernel;
}

/** Seconds one call of a mutant may take: a mutant is small. */
const TIMEOUT = 20;

function kernelOf(scored: ScoredKernel, op: Op, library: string): Kernel | undefined {
  const numerics = numericsClass(op, scored.numerics);
  if (numerics === undefined) return undefined;
  return {
    name: scored.entry,
    executor: "native",
    zygote: "native",
    program: { artifact: "/kernel/kernel.so", entry: scored.entry },
    binds: [{ from: library, to: "/kernel/kernel.so" }],
    environment: {},
    align: 256,
    threads: 1,
    memoryBytes: 2 ** 30,
    timeoutSeconds: TIMEOUT,
    numerics,
    deterministic: scored.deterministic,
    strided: scored.strided,
  };
}

function classProblems(manifest: Manifest<Mutants>, op: Op): Problem[] {
  const known = op.numerics.map((numerics) => numerics.class);
  return (["mutants", "legal"] as const).flatMap((list) =>
    manifest.value[list].flatMap(({ numerics }, index) =>
      known.includes(numerics)
        ? []
        : [
            manifest.problem(
              "NUMERICS_UNKNOWN",
              [list, index, "numerics"],
              `${op.op} has no class '${numerics}'`,
              `choose one of ${known.join(", ")}`,
            ),
          ],
    ),
  );
}

/** The kernels of an op; undefined where it has none. Problems of the file at once. @throws HarnessError when they do not compile */
export async function scoredOf(
  op: Entry<Op>,
  toolchain: Toolchain,
  ports: Ports,
): Promise<Checked<readonly Runnable[] | undefined>> {
  const path = `${op.folder}/mutants.yaml`;
  if ((await ports.files.kind(path)) !== "file") return { ok: true, value: undefined };
  const name = `kernels/${op.value.op}/mutants.yaml`;
  const decoded = decode(await ports.files.text(path), name, mutantsSchema);
  if (!decoded.ok) return decoded;
  const problems = classProblems(decoded.value, op.value);
  if (problems.length > 0) return { ok: false, problems };
  const compiled = await compile({ folder: op.folder, files: ["mutants.cc"], alone: true }, toolchain, ports);
  if (!compiled.ok) {
    const { file, line, column } = compiled.place;
    throw new HarnessError(
      "SETUP_INCOMPLETE",
      `kernels/${op.value.op}/${file}:${line}:${column}: ${compiled.message}`,
      "correct the mutants",
    );
  }
  const runnable = scoredKernels(decoded.value.value).flatMap((scored) => {
    const kernel = kernelOf(scored, op.value, compiled.path);
    return kernel === undefined ? [] : [{ scored, kernel }];
  });
  return { ok: true, value: runnable };
}
