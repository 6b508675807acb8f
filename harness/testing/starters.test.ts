// Every op as a newcomer meets it: its starter is scaffolded and conforms, padded rows and offsets included, and its witnesses pass or say why they are absent.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { main } from "../cli.ts";
import { type Run, runSchema } from "../domain/run-record.ts";

const CHECKOUT = join(import.meta.dirname, "..", "..");
const OPS = readdirSync(join(CHECKOUT, "kernels"));
const root = mkdtempSync(join(tmpdir(), "openxpu-starters-"));
const ENVIRONMENT = { PATH: process.env["PATH"], CI: "true" };

describe("starters", () => {
  let run: Run;

  beforeAll(async () => {
    for (const op of OPS) await main(["new", "submission", `acme/${op}`, "--op", op, "--out", root], ENVIRONMENT);
    const folders = OPS.map((op) => join(root, "acme", op));
    const json = join(root, "run.json");
    await main(["check", ...folders, "--suite", "smoke", "--json", json, "--out", join(root, "out")], ENVIRONMENT);
    run = runSchema.parse(JSON.parse(readFileSync(json, "utf8")));
  }, 900_000);

  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it.each(OPS)("%s conforms", (op) => {
    const found = run.submissions.find(({ submission }) => submission === `acme/${op}`);
    const failing = found?.records.filter(({ status }) => status !== "PASSED") ?? [];
    const told = failing.map((record) => `${record.case.name}: ${record.status} ${record.findings[0]?.message ?? ""}`);
    expect([found?.status, ...told, ...(found?.problems ?? [])]).toEqual(["PASSED"]);
  });

  it.each(OPS)("%s has witnesses that pass, or say why they are absent", (op) => {
    const records = run.submissions.find(({ submission }) => submission === `acme/${op}`)?.records ?? [];
    const wrong = records.flatMap((record) =>
      record.witnesses
        .filter(({ status, absent }) => status !== "PASSED" && (absent ?? "").length < 8)
        .map(
          ({ executor, status, findings }) =>
            `${record.case.name}: ${executor} ${status ?? "absent"} ${findings[0]?.message ?? ""}`,
        ),
    );
    expect(wrong).toEqual([]);
    for (const executor of ["torch", "triton", "onnxruntime"])
      expect(
        records.some((record) => record.witnesses.some((one) => one.executor === executor && one.status === "PASSED")),
      ).toBe(true);
  });
});
