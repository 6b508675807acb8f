// The digest of a submission's sources from the contents that GitHub gives for the head commit.
import { createHash } from "node:crypto";
import { sourceOrder, sourceParts } from "../../domain/source.ts";

/** sha256 over paths and contents of every file below a submission's folder, as validation computes it on a checkout. */
export function sourceDigest(files: ReadonlyMap<string, Uint8Array>): string {
  const hash = createHash("sha256");
  for (const path of sourceOrder([...files.keys()]))
    for (const part of sourceParts(path, files.get(path) ?? new Uint8Array())) hash.update(part);
  return hash.digest("hex");
}
