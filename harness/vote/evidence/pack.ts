// What a job says of itself: its bundle, the bundle's digest, and the seed that everybody can compute.
import { createHash } from "node:crypto";
import type { Bundle } from "../../domain/evidence.ts";

/** The bundle's own file, and that of its records. */
export const BUNDLE_FILE = "bundle.json";
export const RECORDS_FILE = "records.jsonl";

/** What a bundle is made of. */
export interface Packing extends Omit<Bundle, "schema" | "files"> {
  /** Contents by name, without `bundle.json`. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** sha256 in hex. */
export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** The bundle of files. */
export function packBundle({ files, ...said }: Packing): Bundle {
  const names = [...files.keys()].sort();
  return {
    schema: "openxpu.bundle/v1",
    repository: said.repository,
    head: said.head,
    harness: said.harness,
    workflowRun: said.workflowRun,
    attempt: said.attempt,
    job: said.job,
    seed: said.seed,
    files: names.map((name) => {
      const content = files.get(name) ?? new Uint8Array();
      return { name, bytes: content.length, digest: sha256(content) };
    }),
  };
}

/** A bundle as text: what `bundle.json` holds. */
export function bundleText(bundle: Bundle): string {
  return `${JSON.stringify(bundle, null, 1)}\n`;
}

/** JSON with sorted keys and no spaces. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  const sorted = entries.sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${sorted.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(",")}}`;
}

/** sha256 of the bundle's canonical JSON: names every file by its digest, so it stands for all of them. */
export function bundleDigest(bundle: Bundle): string {
  return sha256(canonical(bundle));
}

/**
 * The seed of a run in CI: the first 128 bits, as 32 hex digits, of sha256 over `<repository id>\n<head>\n<workflow run id>\n<attempt>` in ASCII
 * without a final line break. All jobs of a run share it, and nobody chooses it.
 */
export function ciSeed(run: Pick<Bundle, "repository" | "head" | "workflowRun" | "attempt">): string {
  return sha256([run.repository, run.head, run.workflowRun, run.attempt].join("\n")).slice(0, 32);
}
