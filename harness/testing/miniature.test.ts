// The touch-count rule: a new op, vendor, submission, executor, device or suite is one folder or file, and nothing else changes.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { diskFiles } from "../io/files.ts";
import { type Catalogue, loadCatalogue } from "../stages/validate/catalogue.ts";
import { validateSubmission } from "../stages/validate/submission.ts";
import { MINIATURE, OP_YAML, SUBMISSION, SUBMISSION_YAML, VENDOR_YAML } from "./miniature.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "openxpu-miniature-"));
  add("", MINIATURE);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Writes texts below one folder. */
function add(folder: string, texts: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(texts)) {
    const path = join(root, folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

async function catalogue(): Promise<Catalogue> {
  const checked = await loadCatalogue(root, diskFiles);
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.value;
}

async function names(): Promise<Record<keyof Catalogue, string[]>> {
  const { ops, executors, backends, suites } = await catalogue();
  return {
    ops: [...ops.keys()],
    executors: [...executors.keys()],
    backends: [...backends.keys()],
    suites: [...suites.keys()],
  };
}

async function isValid(submission: string): Promise<boolean> {
  const checked = await validateSubmission(join(root, submission), submission, await catalogue(), diskFiles);
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.ok;
}

const REST = Object.fromEntries(
  ["PROVENANCE.yaml", "LICENSE", "kernel.cc"].map((name) => [name, MINIATURE[`${SUBMISSION}/${name}`] ?? ""]),
);

describe("one folder is enough", () => {
  it("for an op: it is known, and its submission valid", async () => {
    add("kernels/new_op", { "op.yaml": OP_YAML.replace("window_sum", "new_op") });
    expect((await names()).ops).toEqual(["new_op", "window_sum"]);
    add(SUBMISSION, { "submission.yaml": SUBMISSION_YAML.replace("window_sum", "new_op") });
    expect(await isValid(SUBMISSION)).toBe(true);
  });

  it("for a vendor with its first submission", async () => {
    const folder = "vendors/other";
    add(folder, { "vendor.yaml": VENDOR_YAML.replace("vendor: acme", "vendor: other") });
    add(`${folder}/sums`, { ...REST, "submission.yaml": SUBMISSION_YAML });
    expect(await isValid(`${folder}/sums`)).toBe(true);
  });

  it("for another submission of a vendor", async () => {
    const folder = "vendors/acme/more_sums";
    add(folder, { ...REST, "submission.yaml": SUBMISSION_YAML.replace("submission: sums", "submission: more_sums") });
    expect([await isValid(folder), await isValid(SUBMISSION)]).toEqual([true, true]);
  });

  it("for an executor", async () => {
    const folder = "harness/executors/other";
    const text = (MINIATURE["harness/executors/echo/executor.yaml"] ?? "").replace("executor: echo", "executor: other");
    add(folder, { "executor.yaml": text });
    expect((await names()).executors).toEqual(["echo", "native", "other"]);
  });

  it("for a device: a vendor with a chip on it may submit at once", async () => {
    const folder = "harness/devices/other";
    const text = (MINIATURE["harness/devices/toy/device.yaml"] ?? "").replace("backend: toy", "backend: other");
    add(folder, { "device.yaml": text });
    expect((await names()).backends).toEqual(["cpu", "other", "toy"]);
    add("vendors/acme", { "vendor.yaml": VENDOR_YAML.replace("backend: toy", "backend: other") });
    add(SUBMISSION, { "submission.yaml": SUBMISSION_YAML.replace("backend: toy", "backend: other") });
    expect(await isValid(SUBMISSION)).toBe(true);
  });

  it("and one file for a suite", async () => {
    const text = (MINIATURE["suites/default.yaml"] ?? "").replace("suite: default", "suite: quick");
    add("suites", { "quick.yaml": text });
    expect((await names()).suites).toEqual(["default", "quick"]);
  });
});

describe("a folder that is taken away", () => {
  it("is no longer known, and nothing else misses it", async () => {
    rmSync(join(root, "harness/executors/echo"), { recursive: true });
    expect(await names()).toMatchObject({ executors: ["native"], ops: ["window_sum"], backends: ["cpu", "toy"] });
    expect(await isValid(SUBMISSION)).toBe(true);
  });
});
