// Submissions in a temporary vendor tree: for tests that need real folders.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder like `vendors/` with one vendor. */
export interface VendorTree {
  readonly root: string;
  /** Adds a submission from texts by file name; gives its folder. */
  add(name: string, texts: Readonly<Record<string, string>>): string;
  remove(): void;
}

const VENDOR_YAML = `edition: 1
vendor: acme
names: {en: Acme, zh: 阿克梅}
chips: [{name: x86-64, backend: cpu, runner: []}]
`;

const PROVENANCE_YAML = `edition: 1
origin: own
authors: [openxpu maintainers]
`;

/** A submission.yaml of a native kernel. */
export function submissionYaml(name: string, op: string, numerics: string, more = ""): string {
  return `edition: 1
submission: ${name}
version: 1.0.0
op: ${op}
license: Apache-2.0
device: {backend: cpu, chips: [x86-64]}
source: {dialect: c-abi, files: [kernel.cc]}
entry: ${name}
numerics: {class: ${numerics}}
${more}`;
}

/** Makes an empty tree of vendor `acme`. */
export function vendorTree(): VendorTree {
  const root = mkdtempSync(join(tmpdir(), "openxpu-tree-"));
  mkdirSync(join(root, "acme"));
  writeFileSync(join(root, "acme", "vendor.yaml"), VENDOR_YAML);
  return {
    root,
    add: (name, texts) => {
      const folder = join(root, "acme", name);
      mkdirSync(folder, { recursive: true });
      const whole = { "PROVENANCE.yaml": PROVENANCE_YAML, LICENSE: "Apache-2.0\n", ...texts };
      for (const [file, text] of Object.entries(whole)) writeFileSync(join(folder, file), text);
      return folder;
    },
    remove: () => {
      rmSync(root, { recursive: true, force: true });
    },
  };
}
