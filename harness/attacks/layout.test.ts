// Attacks are laid out as submissions that validation can read; only what is meant to be wrong is wrong.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { attacksSchema } from "../domain/attack.ts";
import { diskFiles } from "../io/files.ts";
import { world } from "../io/main.ts";
import { readModel } from "../onnx/reader.ts";
import { FOLDERS } from "./folders.ts";
import { layAttack, layControl, type Place } from "./layout.ts";
import { MODELS } from "./models.ts";
import { between } from "./run.ts";

const scratch = mkdtempSync(join(tmpdir(), "openxpu-layout-"));
const place: Place = {
  attacks: import.meta.dirname,
  checkout: "/checkout",
  scratch,
  home: "/home/judge",
  chips: { cpu: "x86-64", cuda: "G1", mlu: "M1" },
};
const { ports } = await world({ PATH: process.env["PATH"] }, { report: () => undefined });

const { attacks, controls } = attacksSchema.parse({
  edition: 1,
  infeasible: [],
  controls: [{ name: "honest", source: "honest.cc", dialect: "c-abi", entry: "honest" }],
  attacks: [
    { name: "writes_home", rows: [], source: "process.cc", does: "writes", expected: ["PASSED"] },
    { name: "constructor_hangs", rows: [], source: "loading.cc", does: "hangs", expected: ["TIMEOUT"], defined: true },
    { name: "linked_source", rows: [], folder: "linked_source", does: "links", expected: ["INVALID_MANIFEST"] },
  ],
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const lay = async (index: number): Promise<string> => {
  const attack = attacks[index];
  if (attack === undefined) throw new Error(`no attack ${index}`);
  return layAttack(attack, place, ports);
};

describe("a laid out attack", () => {
  it("knows the paths that it is to try", async () => {
    const source = await diskFiles.text(`${await lay(0)}/kernel.cc`);
    expect(source).toContain('"/home/judge/token.txt"');
    expect(source).not.toContain("@HOME@");
  });

  it("is alone in a library whose load is the attack", async () => {
    const source = await diskFiles.text(`${await lay(1)}/kernel.cc`);
    expect(source.startsWith("#define CONSTRUCTOR_HANGS 1\n")).toBe(true);
  });

  it("holds links as links", async () => {
    expect(await diskFiles.kind(`${await lay(2)}/kernel.cc`)).toBe("link");
  });

  it("has the files that every submission has", async () => {
    const [control] = controls;
    if (control === undefined) throw new Error("no control");
    const folder = await layControl(control, "honest_7", place, ports);
    expect(await diskFiles.list(folder)).toEqual([
      "LICENSE",
      "PROVENANCE.yaml",
      "attack.h",
      "kernel.cc",
      "submission.yaml",
    ]);
    expect(await diskFiles.text(`${folder}/submission.yaml`)).toContain("submission: honest_7");
  });
});

describe("hostile models and folders", () => {
  it.each(Object.entries(MODELS))("model %s can be made", (_name, make) => {
    expect(make().length).toBeGreaterThan(0);
  });

  it("the honest model is one", () => {
    const read = readModel(MODELS["honest"]?.() ?? new Uint8Array(), { file: "kernel.onnx" });
    expect(read.ok ? [] : read.problems).toEqual([]);
  });

  it.each(Object.keys(FOLDERS))("folder %s has a manifest of some kind", (name) => {
    expect(Object.keys(FOLDERS[name]?.(name) ?? {})).toContain("submission.yaml");
  });
});

describe("controls", () => {
  it("stand first, last and between, and every attack is there once", () => {
    const order = between(["c1", "c2", "c3"], ["a1", "a2", "a3", "a4"]);
    expect(order).toEqual(["c1", "a1", "a2", "c2", "a3", "a4", "c3"]);
    expect(between(["c1"], ["a1", "a2"])).toEqual(["c1", "a1", "a2"]);
    expect([...between(["c1", "c2"], ["a1", "a2", "a3"])].sort()).toEqual(["a1", "a2", "a3", "c1", "c2"]);
  });
});
