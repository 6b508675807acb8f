// What counts as a success of an attack, and what as harm to a neighbour.
import { describe, expect, it } from "vitest";
import { type Attack, attacksSchema } from "../domain/attack.ts";
import type { Run, RunRecord } from "../domain/run-record.ts";
import { measurementBetween, recordWith, speedupBetween } from "../testing/records.ts";
import { attackRow, controlRow, disturbed, readingOf } from "./rows.ts";
import { tableFaults } from "./table.ts";

const CONTROL = { name: "honest", source: "honest.cc", dialect: "c-abi", entry: "honest" };

function tableWith(changes: object): ReturnType<typeof attacksSchema.parse> {
  const given = { name: "thief", rows: [1], source: "a.cc", does: "takes", expected: ["INCORRECT_NUMERICAL"] };
  return attacksSchema.parse({
    edition: 1,
    infeasible: [],
    controls: [CONTROL],
    attacks: [{ ...given, ...changes }],
  });
}

function attack(changes: object = {}): Attack {
  const [only] = tableWith(changes).attacks;
  if (only === undefined) throw new Error("a table of one has none");
  return only;
}

const runOf = (name: string, record: RunRecord): Run => ({
  schema: "openxpu.run/v1",
  run: record.run,
  conforms: false,
  submissions: [
    { submission: `acme/${name}`, vendor: "acme", path: name, status: record.status, records: [record], problems: [] },
  ],
});

const wrong = await recordWith({ status: "INCORRECT_NUMERICAL" });
const right = await recordWith();

describe("an attack", () => {
  it("has not succeeded where it ended as the table says", () => {
    expect(attackRow(attack(), runOf("thief", wrong), "full", null)).toMatchObject({
      got: "INCORRECT_NUMERICAL",
      ok: true,
      decided: true,
    });
  });

  it("has succeeded where it passed and the table does not say so", () => {
    expect(attackRow(attack(), runOf("thief", right), "full", null)).toMatchObject({ got: "PASSED", ok: false });
  });

  it("has succeeded where its log shows loot, whatever its status", async () => {
    const record = await recordWith({ status: "INCORRECT_NUMERICAL", log: "LOOT a key\n" });
    expect(attackRow(attack(), runOf("thief", record), "full", null)).toMatchObject({
      because: "LOOT a key",
      ok: false,
    });
  });

  it("has succeeded where the run says nothing of it", () => {
    expect(attackRow(attack(), runOf("other", wrong), "full", null)).toMatchObject({ got: "ABSENT", ok: false });
    expect(attackRow(attack(), null, "full", null)).toMatchObject({ got: "ABSENT", ok: false });
  });

  it("is not tried where the level would not stop it", () => {
    const row = attackRow(attack({ stops: "userns" }), null, "rlimit", null);
    expect(row).toMatchObject({ got: "NOT_RUN", ok: true });
    expect(row.because).toMatch(/only userns stops it/);
  });

  it("has succeeded where it is faster and its honest version is not", async () => {
    const fast = await recordWith({ speedup: speedupBetween(2, 3), measurement: measurementBetween(2, 3) });
    const record: RunRecord = { ...fast, case: { ...fast.case, tags: ["bench"] } };
    const racer = attack({ expected: ["PASSED"], run: "race" });
    expect(attackRow(racer, runOf("thief", record), "full", null)).toMatchObject({ reading: "faster", ok: false });
    expect(attackRow(racer, runOf("thief", record), "full", "faster")).toMatchObject({ ok: true, decided: true });
    const undecided = { ...record, speedup: null, speedupAbsent: "the A/A control was unfit" };
    expect(attackRow(racer, runOf("thief", undecided), "full", null)).toMatchObject({ ok: true, decided: false });
    expect(readingOf(runOf("thief", record), "thief")).toBe("faster");
  });
});

describe("a neighbour", () => {
  it("is disturbed by another status, other findings or other outputs", async () => {
    const alone = runOf("honest_1", right);
    expect(disturbed(alone, runOf("honest_1", { ...right, time: "later", log: "other" }), ["honest_1"])).toEqual([]);
    expect(disturbed(alone, runOf("honest_1", wrong), ["honest_1"])).toEqual(["honest_1"]);
    expect(disturbed(alone, null, ["honest_1"])).toEqual(["honest_1"]);
    const gated = await recordWith({ gates: [] });
    expect(disturbed(alone, runOf("honest_1", gated), ["honest_1"])).toEqual(["honest_1"]);
  });

  it("has passed where all its copies passed in all runs", () => {
    const [control] = tableWith({}).controls;
    if (control === undefined) throw new Error("no control");
    const count = (...runs: (Run | null)[]): readonly number[] => {
      const { runs: all, passed } = controlRow(control, ["honest_1"], runs);
      return [all, passed];
    };
    expect(count(runOf("honest_1", right), runOf("honest_1", right))).toEqual([2, 2]);
    expect(count(runOf("honest_1", right), runOf("honest_1", wrong))).toEqual([2, 1]);
    expect(count(runOf("honest_1", right), null)).toEqual([2, 1]);
  });
});

describe("the table", () => {
  it("tells rows without an attack, and names twice", () => {
    const faults = tableFaults(tableWith({ rows: [1, 2], name: "honest" }));
    expect(faults).toContain("row 3 has neither an attack nor a reason");
    expect(faults).toContain("'honest' is there twice");
    expect(faults.some((fault) => fault.startsWith("row 2 "))).toBe(false);
  });

  it("takes exactly one of source, model and folder", () => {
    expect(() => attack({ model: "honest" })).toThrow(/exactly one/);
  });
});
