// A miniature checkout of a few lines a manifest: one op, two backends, two executors, one suite, one vendor with one submission.
import type { Op } from "../domain/op.ts";
import type { Problem } from "../domain/problem.ts";
import type { Submission } from "../domain/submission.ts";
import { type Catalogue, loadCatalogue } from "../stages/validate/catalogue.ts";
import { validateSubmission } from "../stages/validate/submission.ts";
import { type Content, type MemoryFiles, memoryFiles } from "./memory.ts";

/** Where the miniature lies in memory. */
export const ROOT = "/tree";

/** The folder of its one submission, below the root. */
export const SUBMISSION = "vendors/acme/sums";

export const OP_YAML = `edition: 1
op: window_sum
title: Sums of windows
dtypes: {T: [float16, float32]}
axes: {N: {min: 1, max: 64}, W: {min: 1, max: 8}}
derived: {M: "(N + pads[0] + pads[1] - W) // stride + 1"}
constraints: ["M >= 1"]
attributes:
  pads: {type: "int64[2]", default: [0, 0]}
  stride: {type: int64, default: 1}
inputs:
  x: {dtype: T, shape: [N]}
  bias: {dtype: float32, shape: [], optional: true, parameter: true}
outputs:
  y: {dtype: T, shape: [M]}
numerics:
  - {class: fp32, accumulate: float32}
  - {class: fp32_cast, accumulate: float32, casts: {p: T}}
work: "M * W"
references: {echo: {numerics: fp32}}
draw: {pads: [[0, 0], [1, 1]], stride: [1, 2]}
cases:
  - {name: small, axes: {N: 8, W: 3}, tags: [required]}
  - {name: padded, axes: {N: 16, W: 5}, attributes: {pads: [2, 2], stride: 2}, dtypes: {T: float32}}
  - {name: large, axes: {N: 64, W: 8}, dtypes: {T: float32}, absent: [bias], tags: [bench]}
hidden: {count: 3, work: 200}
`;

export const SUBMISSION_YAML = `edition: 1
submission: sums
version: 1.0.0
op: window_sum
license: Apache-2.0
device: {backend: toy, chips: [T1]}
source: {dialect: c-abi, files: [kernel.cc]}
entry: sums
supports: {}
numerics: {class: fp32}
`;

export const VENDOR_YAML = `edition: 1
vendor: acme
names: {en: Acme, zh: 阿克梅}
chips: [{name: T1, backend: toy}, {name: host, backend: cpu}]
`;

/** Every file of the miniature, by path below its root. */
export const MINIATURE: Readonly<Record<string, string>> = {
  "kernels/window_sum/op.yaml": OP_YAML,
  "harness/devices/cpu/device.yaml":
    "edition: 1\nbackend: cpu\ntitle: Host\ndialects: [c-abi]\nphysical: {host: true}\n",
  "harness/devices/toy/device.yaml":
    "edition: 1\nbackend: toy\ntitle: Toy\ndialects: [c-abi, bang-c]\nemulation: {chips: {T1: {defines: [TOY=1]}}}\nphysical: {}\n",
  "harness/executors/native/executor.yaml":
    "edition: 1\nexecutor: native\ntitle: Native\nzygote: native\nversion: native\ndialects: [c-abi]\ncost: {call: 0, work: 0}\n",
  "harness/executors/echo/executor.yaml":
    "edition: 1\nexecutor: echo\ntitle: Echo\nzygote: python\nversion: echo\nreference: torch.py\ncost: {call: 0, work: 0}\n",
  "suites/default.yaml": "edition: 1\nsuite: default\ntitle: Everything\n",
  "vendors/acme/vendor.yaml": VENDOR_YAML,
  [`${SUBMISSION}/submission.yaml`]: SUBMISSION_YAML,
  [`${SUBMISSION}/PROVENANCE.yaml`]: "edition: 1\norigin: own\nauthors: [someone]\n",
  [`${SUBMISSION}/LICENSE`]: "the text\n",
  [`${SUBMISSION}/kernel.cc`]: "int sums;\n",
};

/** Files of the miniature that are replaced, by path below its root; null removes one. */
export type Changes = Readonly<Record<string, Content | null>>;

/** The miniature in memory. */
export function miniature(changes: Changes = {}): MemoryFiles {
  const files = memoryFiles();
  for (const [path, content] of Object.entries({ ...MINIATURE, ...changes })) {
    if (content !== null) files.contents.set(`${ROOT}/${path}`, content);
  }
  return files;
}

/** The catalogue of a miniature. @throws when its manifests are wrong */
export async function catalogueOf(files: MemoryFiles): Promise<Catalogue> {
  const checked = await loadCatalogue(ROOT, files);
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.value;
}

/** The change that replaces one text of the submission's manifest. */
export function edited(from: string, to: string): Changes {
  if (!SUBMISSION_YAML.includes(from)) throw new Error(`'${from}' is not in the manifest`);
  return { [`${SUBMISSION}/submission.yaml`]: SUBMISSION_YAML.replace(from, () => to) };
}

/** What validation says of the submission after changes. */
export async function submissionProblems(changes: Changes): Promise<readonly Problem[]> {
  const files = miniature(changes);
  const checked = await validateSubmission(`${ROOT}/${SUBMISSION}`, SUBMISSION, await catalogueOf(files), files);
  return checked.ok ? [] : checked.problems;
}

/** The submission of the miniature as validation gives it. @throws when the miniature is wrong */
export async function validSubmission(changes: Changes = {}): Promise<Submission> {
  const files = miniature(changes);
  const checked = await validateSubmission(`${ROOT}/${SUBMISSION}`, SUBMISSION, await catalogueOf(files), files);
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.value;
}

/** The op of the miniature, perhaps edited. @throws when it is wrong */
export async function miniatureOp(from = "", to = ""): Promise<Op> {
  const { ops } = await catalogueOf(miniature({ "kernels/window_sum/op.yaml": OP_YAML.replace(from, () => to) }));
  const op = ops.get("window_sum")?.value;
  if (op === undefined) throw new Error("the miniature has no op");
  return op;
}
