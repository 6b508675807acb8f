// Every attack ends as the table says and harms nobody, through the real broker and the real compiler; attacks on the clock are measured
// by `npx openxpu judge attacks`.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { attacksSchema } from "../domain/attack.ts";
import { world } from "../io/main.ts";
import { decode } from "../manifest.ts";
import { prepare, remove } from "./layout.ts";
import { type Outcome, runAttacks } from "./run.ts";
import { tableFaults } from "./table.ts";

const decoded = decode(readFileSync(join(import.meta.dirname, "attacks.yaml"), "utf8"), "attacks.yaml", attacksSchema);
if (!decoded.ok) throw new Error(JSON.stringify(decoded.problems));
const table = decoded.value.value;
const judged = table.attacks.filter(({ run }) => run !== "race");

describe("the table of attacks", () => {
  it("has an attack for every row of the catalogue, or a reason why not", () => {
    expect(tableFaults(table)).toEqual([]);
  });

  it("has every attack that the README names", () => {
    const text = readFileSync(join(import.meta.dirname, "README.md"), "utf8");
    const catalogue = text
      .slice(text.indexOf("## The catalogue"))
      .split("\n")
      .filter((line) => /^\| \d/.test(line));
    const named = catalogue.flatMap((line) => [...(line.split("|")[3] ?? "").matchAll(/`([a-z0-9_]+)`/g)]);
    const known = table.attacks.map(({ name }) => name);
    expect(catalogue).toHaveLength(44);
    expect(named.map(([, name = ""]) => name).filter((name) => !known.includes(name))).toEqual([]);
  });

  it("has at least 40 attacks, and expects as few statuses as it can", () => {
    expect(table.attacks.length).toBeGreaterThanOrEqual(40);
    expect(table.attacks.filter(({ expected, run }) => expected.length > 2 && run !== "race")).toEqual([]);
  });
});

describe("attacks at the level of this machine", () => {
  let outcome: Outcome;

  beforeAll(async () => {
    const { ports } = await world({ PATH: process.env["PATH"] }, { report: () => undefined });
    const place = await prepare(import.meta.dirname, ports.host.checkout, ports);
    const plan = { attacks: judged, controls: table.controls, copies: 2, seed: "0".repeat(32), race: false };
    try {
      outcome = await runAttacks({ ...plan, note: () => undefined }, place, ports);
    } finally {
      await remove(place, ports);
    }
  }, 900_000);

  it.each(judged.map(({ name }) => name))("%s does not succeed", (name) => {
    const row = outcome.attacks.find(({ attack }) => attack === name);
    expect([row?.ok, row?.got, row?.because]).toEqual([true, row?.got, row?.because]);
  });

  it("leaves every honest control its verdict", () => {
    for (const { passed, runs, because } of outcome.controls) expect([passed, because]).toEqual([runs, ""]);
  });

  it("leaves no trace", () => {
    expect(outcome.effects.filter(({ ok }) => !ok)).toEqual([]);
  });
});
