// The digest of everything that decides an op's inputs and truths: when it changes, cached regimes are stale.
import { createHash } from "node:crypto";
import type { Op } from "../domain/op.ts";
import type { Ports } from "../domain/ports.ts";
import type { Entry } from "../stages/validate/catalogue.ts";

const known = new WeakMap<Entry<Op>, Promise<string>>();

/** Files of the domain that decide numbers drawn and rounded. */
const GENERATORS = ["random.ts", "tensor.ts", "dtype.ts", "op.ts"];

async function read(op: Entry<Op>, { files, host }: Pick<Ports, "files" | "host">): Promise<string> {
  const hash = createHash("sha256").update(op.text);
  for (const name of GENERATORS) hash.update(await files.read(`${host.checkout}/harness/domain/${name}`));
  for (const name of await files.list(op.folder)) {
    if (name.endsWith(".ts") && !name.endsWith(".test.ts"))
      hash.update(name).update(await files.read(`${op.folder}/${name}`));
  }
  return hash.digest("hex");
}

/** sha256 over the op's manifest, oracle and generators. */
export function meaningOf(op: Entry<Op>, ports: Pick<Ports, "files" | "host">): Promise<string> {
  const digest = known.get(op) ?? read(op, ports);
  known.set(op, digest);
  return digest;
}
