// CONTRIBUTING, performed: an op is added as one folder, a submission from its starter, and both are judged at once.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { main } from "../cli.ts";
import { runSchema } from "../domain/run-record.ts";
import { CHECKOUT } from "../io/main.ts";

const ENVIRONMENT = { PATH: process.env["PATH"], CI: "true" };
const SHARED = ["harness", "suites", "LICENSE", "reports", "package.json", "node_modules"];

describe("adding an op", () => {
  const tree = mkdtempSync(join(tmpdir(), "openxpu-new-op-"));

  beforeAll(() => {
    for (const name of SHARED) symlinkSync(join(CHECKOUT, name), join(tree, name));
    mkdirSync(join(tree, "kernels"));
    const folder = join(tree, "kernels/scale_shift");
    cpSync(join(import.meta.dirname, "new-op"), folder, { recursive: true });
    // Its imports are right only where an op lies, so it is kept as text here.
    renameSync(join(folder, "oracle.ts.txt"), join(folder, "oracle.ts"));
  });

  afterAll(() => {
    rmSync(tree, { recursive: true, force: true });
  });

  it("takes one folder: its starter is scaffolded, judged beside PyTorch and conforms", async () => {
    const vendors = join(tree, "vendors");
    expect(
      await main(["new", "submission", "acme/first", "--op", "scale_shift", "--out", vendors], ENVIRONMENT, tree),
    ).toBe(0);
    const json = join(tree, "run.json");
    const argv = ["check", join(vendors, "acme/first"), "--no-measure", "--json", json, "--out", join(tree, "dist")];
    expect(await main(argv, ENVIRONMENT, tree)).toBe(0);
    const run = runSchema.parse(JSON.parse(readFileSync(json, "utf8")));
    const [submission] = run.submissions;
    expect(run.conforms).toBe(true);
    expect(submission?.records.map((record) => record.case.name)).toEqual([
      "thirteen_float32",
      "thirteen_float16",
      "hidden_0",
      "hidden_1",
    ]);
    const words = submission?.records.flatMap((record) =>
      record.witnesses.map((witness) => [witness.executor, witness.status ?? witness.absent]),
    );
    expect(words).toContainEqual(["torch", "PASSED"]);
    expect(words).toContainEqual(["triton", "scale_shift has no Triton (interpreter) reference"]);
    expect(existsSync(join(tree, "dist/site/index.html"))).toBe(true);
  }, 120_000);
});
