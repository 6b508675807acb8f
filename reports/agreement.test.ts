// Rules: submission and reference are both judged by the oracle; a cell says whose fault a disagreement is.
import { describe, expect, it } from "vitest";
import { agreementOf, cellOf } from "./agreement.ts";
import { absentWitness, witness } from "./fixture/parts.ts";
import { fixtureRecords } from "./fixture.ts";

const passed = witness("torch", "direct", [], 1000);
const failed = { ...passed, status: "INCORRECT_NUMERICAL" as const };
const absent = absentWitness("torch", "direct", "too costly");

describe("agreement", () => {
  it("needs both to have passed", () => {
    expect(agreementOf("PASSED", passed)).toBe("agrees");
    expect(agreementOf("INCORRECT_NUMERICAL", passed)).toBe("disagrees");
    expect(agreementOf("NONDETERMINISTIC", passed)).toBe("disagrees");
  });
  it("does not call a crash or a refusal a disagreement about numbers", () => {
    expect(agreementOf("RUNTIME_ERROR", passed)).toBe("unanswered");
    expect(agreementOf("UNSUPPORTED", passed)).toBe("unanswered");
    expect(agreementOf("INFRA_ERROR", passed)).toBe("unanswered");
  });
  it("blames a reference that did not pass, whatever the submission did", () => {
    expect(agreementOf("REFERENCE_DISAGREEMENT", failed)).toBe("witnessFails");
    expect(agreementOf("INCORRECT_NUMERICAL", failed)).toBe("witnessFails");
  });
  it("is absent where the reference did not run or was not asked", () => {
    expect(agreementOf("PASSED", absent)).toBe("absent");
    expect(agreementOf("INCORRECT_NUMERICAL", undefined)).toBe("absent");
  });
});

describe("cell", () => {
  const [record] = fixtureRecords();
  if (record === undefined) throw new Error("no fixture");
  const cases = [
    { ...record, witnesses: [passed] },
    { ...record, witnesses: [absent] },
    { ...record, witnesses: [absent] },
  ];
  it("counts the cases and gives each reason of an absence once", () => {
    const cell = cellOf("torch", cases);
    expect(cell.counts).toEqual({ agrees: 1, disagrees: 0, unanswered: 0, witnessFails: 0, absent: 2 });
    expect(cell.reasons).toEqual(["too costly"]);
    expect(cell.verdict).toBe("agrees");
  });
  it("is named after its gravest case", () => {
    const wrong = { ...record, status: "INCORRECT_NUMERICAL" as const, witnesses: [passed] };
    expect(cellOf("torch", [...cases, { ...record, witnesses: [failed] }]).verdict).toBe("witnessFails");
    expect(cellOf("torch", [...cases, { ...record, witnesses: [failed] }, wrong]).verdict).toBe("disagrees");
  });
  it("is absent for an executor that no case names", () => {
    expect(cellOf("other", cases)).toMatchObject({ verdict: "absent", headroom: { kind: "none" }, reasons: [] });
  });
});
