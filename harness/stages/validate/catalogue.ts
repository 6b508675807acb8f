// Takes the folders of a checkout, gives everything the harness knows: ops, executors, backends, suites. Found by listing.
import { type Backend, backendSchema } from "../../domain/device.ts";
import { type Executor, executorSchema } from "../../domain/executor.ts";
import { type Op, opSchema } from "../../domain/op.ts";
import type { Files } from "../../domain/ports.ts";
import type { Checked, Problem } from "../../domain/problem.ts";
import { type Suite, suiteSchema } from "../../domain/suite.ts";
import { type Decoded, decode, type Manifest, type Schema } from "../../manifest.ts";
import { opProblems } from "./op.ts";

/** A manifest of the checkout with the folder it lies in and the digest of its text. */
export interface Entry<Value> {
  readonly value: Value;
  readonly folder: string;
  readonly text: string;
}

/** Everything known, by name. */
export interface Catalogue {
  readonly ops: ReadonlyMap<string, Entry<Op>>;
  readonly executors: ReadonlyMap<string, Entry<Executor>>;
  readonly backends: ReadonlyMap<string, Entry<Backend>>;
  readonly suites: ReadonlyMap<string, Entry<Suite>>;
}

interface Kind<Given extends Schema> {
  /** Folder that is listed, relative to the checkout. */
  readonly folder: string;
  /** File inside each listed folder, or undefined when the listed files are the manifests. */
  readonly file: string | undefined;
  readonly schema: Given;
  readonly name: (value: Decoded<Given>) => string;
  readonly check: (manifest: Manifest<Decoded<Given>>) => readonly Problem[];
}

async function load<Given extends Schema>(
  root: string,
  kind: Kind<Given>,
  files: Files,
  problems: Problem[],
): Promise<Map<string, Entry<Decoded<Given>>>> {
  const found = new Map<string, Entry<Decoded<Given>>>();
  for (const name of await files.list(`${root}/${kind.folder}`)) {
    const folder = kind.file === undefined ? kind.folder : `${kind.folder}/${name}`;
    const path = kind.file === undefined ? `${folder}/${name}` : `${folder}/${kind.file}`;
    if (!path.endsWith(".yaml") || (await files.kind(`${root}/${path}`)) !== "file") continue;
    const text = await files.text(`${root}/${path}`);
    const decoded = decode(text, path, kind.schema);
    if (!decoded.ok) {
      problems.push(...decoded.problems);
      continue;
    }
    const manifest = decoded.value;
    const key = kind.name(manifest.value);
    const expected = kind.file === undefined ? name.replace(/\.yaml$/, "") : name;
    if (key !== expected) {
      const fix = `call both '${key}' or both '${expected}'`;
      problems.push(manifest.problem("VALUE_INVALID", [], `'${key}' lies in a place named '${expected}'`, fix));
    }
    problems.push(...kind.check(manifest));
    found.set(key, { value: manifest.value, folder: `${root}/${folder}`, text });
  }
  return found;
}

const none = (): readonly Problem[] => [];

/** Loads the catalogue of a checkout; every problem of every manifest at once. */
export async function loadCatalogue(root: string, files: Files): Promise<Checked<Catalogue>> {
  const problems: Problem[] = [];
  const catalogue: Catalogue = {
    ops: await load(
      root,
      { folder: "kernels", file: "op.yaml", schema: opSchema, name: (op) => op.op, check: opProblems },
      files,
      problems,
    ),
    executors: await load(
      root,
      {
        folder: "harness/executors",
        file: "executor.yaml",
        schema: executorSchema,
        name: (value) => value.executor,
        check: none,
      },
      files,
      problems,
    ),
    backends: await load(
      root,
      {
        folder: "harness/devices",
        file: "device.yaml",
        schema: backendSchema,
        name: (value) => value.backend,
        check: none,
      },
      files,
      problems,
    ),
    suites: await load(
      root,
      { folder: "suites", file: undefined, schema: suiteSchema, name: (suite) => suite.suite, check: none },
      files,
      problems,
    ),
  };
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: catalogue };
}
