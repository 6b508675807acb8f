// The committed manifest: what every case of the pinned onnx package is, bit for bit, without the cases themselves.
import type { Problem } from "../domain/problem.ts";
import { digestsOf, type ExportedCase } from "./archive.ts";

/** The line of a case. */
export interface Entry {
  /** sha256 of model, inputs and expected outputs. */
  readonly whole: string;
  /** sha256 of model and inputs, only where the expected outputs depend on the processor that computes them. */
  readonly asked: string | null;
}

/** The manifest: the package it is of, how it was made, and its cases. */
export interface Manifest {
  /** Requirement that it is of, for example `onnx==1.23.2`. */
  readonly package: string;
  readonly entries: ReadonlyMap<string, Entry>;
}

const LINE = /^([0-9a-f]{64}) (?:([0-9a-f]{64}) )?(\w+)$/;

/** Reads the manifest. @throws RangeError for a line that is none */
export function readManifest(text: string): Manifest {
  const entries = new Map<string, Entry>();
  const name = /^# (onnx==[\d.]*\d)/.exec(text)?.[1];
  if (name === undefined) throw new RangeError("the manifest does not say which onnx it is of");
  for (const line of text.split("\n").filter((one) => one !== "" && !one.startsWith("#"))) {
    const [, whole, asked, test] = LINE.exec(line) ?? [];
    if (whole === undefined || test === undefined) throw new RangeError(`'${line}' is no line of the manifest`);
    entries.set(test, { whole, asked: asked ?? null });
  }
  return { package: name, entries };
}

/** The text of a manifest of `cases`. `dependent`: names of cases whose expected outputs depend on the processor. */
export function manifestText(
  cases: readonly ExportedCase[],
  dependent: ReadonlySet<string>,
  name: string,
  made: string,
): string {
  const lines = cases.map((one) => {
    const { asked, whole } = digestsOf(one);
    return `${whole} ${dependent.has(one.name) ? `${asked} ` : ""}${one.name}`;
  });
  const head = [
    `# ${name}: ${cases.length} node tests, exported by export.py with ${made}`,
    "# sha256 of model, inputs and expected outputs; then, for the cases whose expected outputs depend on the processor where its",
    `# arithmetic is not fixed (${dependent.size}), sha256 of model and inputs; then the case.`,
  ];
  return `${[...head, ...lines].join("\n")}\n`;
}

/** What verifying an export gave. */
export interface Verified {
  /** Cases that are not those of the manifest, those that are missing and those that it does not know. */
  readonly problems: readonly Problem[];
  /** Names of the cases that may be judged. */
  readonly good: ReadonlySet<string>;
  /** Those of them whose expected outputs this machine computed differently. */
  readonly own: ReadonlySet<string>;
}

const FIX =
  "remove .openxpu/venv so that set-up installs the pinned packages again; if onnx was updated on purpose, refresh the manifest as harness/onnx-node/README.md says";

/** Compares every case with the manifest. */
export function verify(cases: readonly ExportedCase[], manifest: Manifest, file: string): Verified {
  const problems: Problem[] = [];
  const good = new Set<string>();
  const own = new Set<string>();
  const problem = (name: string, message: string): void => {
    problems.push({
      code: "CASE_ALTERED",
      place: { file, line: 1, column: 1 },
      message: `${name}: ${message}`,
      fix: FIX,
    });
  };
  for (const one of cases) {
    const entry = manifest.entries.get(one.name);
    const { asked, whole } = digestsOf(one);
    if (entry === undefined) problem(one.name, `${manifest.package} has no such case`);
    else if (entry.whole === whole) good.add(one.name);
    else if (entry.asked === asked) {
      good.add(one.name);
      own.add(one.name);
    } else problem(one.name, entry.asked === null ? "it is not what the manifest says" : "its model or inputs changed");
  }
  const there = new Set(cases.map(({ name }) => name));
  for (const name of manifest.entries.keys()) if (!there.has(name)) problem(name, "the export does not have it");
  return { problems, good, own };
}
