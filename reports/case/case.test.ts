// Rules: what the sections of a case page say, and do not say.
import { describe, expect, it } from "vitest";
import type { RunRecord } from "../../harness/domain/run-record.ts";
import { fixtureRecords } from "../fixture.ts";
import { documentText, type Html } from "../html.ts";
import { errorTables, gateTable, witnessTable } from "./errors.ts";
import { circumstancesOf, printed, repetition } from "./provenance.ts";
import { speed } from "./timing.ts";
import { findings, whereabouts } from "./verdict.ts";

const records = fixtureRecords();

function first(which: (record: RunRecord) => boolean): RunRecord {
  const record = records.find(which);
  if (record === undefined) throw new Error("no fixture");
  return record;
}

const failing = first((record) => record.status === "INCORRECT_NUMERICAL");
const measured = first((record) => record.speedup !== null);
const passing = first((record) => record.status === "PASSED" && record.device.emulated);

/** A section as people read it. */
function words(section: Html): string {
  return documentText(section)
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ");
}

describe("is it right", () => {
  it("shows every finding with first and worst element and the pattern", () => {
    const text = words(findings(failing));
    for (const part of ["o[0, 96, 0, 0]", "o[0, 112, 7, 63]", "1,312", "not finite", "Pattern: rows 96..112 of 113"]) {
      expect(text).toContain(part);
    }
    expect(text).toContain("0 of 3 references that ran agree.");
  });
  it("says so where a case is not counted", () => {
    expect(words(findings({ ...passing, case: { ...passing.case, counted: false } }))).toContain("Not counted");
    expect(words(findings(passing))).not.toContain("Not counted");
  });
});

describe("where in the tensor", () => {
  it("tells the same place once, however often it was found", () => {
    const again = failing.findings.map((finding) => ({ ...finding, placement: "left" as const }));
    const twice = { ...failing, findings: [...failing.findings, ...again] };
    expect(words(whereabouts(twice))).toBe(words(whereabouts(failing)));
  });
  it("claims no place where no element was wrong, and none compared where none was", () => {
    expect(words(whereabouts(passing))).toContain("Nowhere");
    expect(words(whereabouts({ ...passing, errors: [] }))).toContain("No output was compared");
  });
});

describe("how far, by which gates, beside which references", () => {
  it("has a histogram per output with a column per kernel that gave it", () => {
    const text = documentText(errorTables(failing));
    expect(text.match(/class="plain"/g)).toHaveLength(1 + failing.errors.length);
    expect(text.match(/<th scope="col">(submission|torch|triton|onnxruntime)<\/th>/g)).toHaveLength(8);
  });
  it("reads a gate of equality as exact or not, never as a share", () => {
    const gate = { gate: "requantized", probe: "ties", output: "y", limit: 0 };
    const text = words(
      gateTable({
        ...failing,
        gates: [
          { ...gate, statistic: 0 },
          { ...gate, statistic: 255 },
        ],
      }),
    );
    expect(text).toMatch(/ 0 0 exact .* 255 0 not equal /);
    expect(text).not.toContain("\u221e");
  });
  it("gives the reason of every absence", () => {
    const absent = first((record) => record.witnesses.some((one) => one.absent !== null));
    const text = words(witnessTable(absent));
    expect(text).toContain("declared cost of 14 s is above the suite's 2 s".replace("'", "&#39;"));
    expect(text).toContain("fully masked rows give NaN instead of 0");
  });
});

describe("how fast", () => {
  it("shows the race, its control, its overhead and every baseline of a measured case", () => {
    const text = words(speed(measured));
    for (const part of [
      "over onnxruntime u8s8 NHWC: faster than it",
      "A/A control",
      "fit",
      "never subtracted",
      "torch",
    ]) {
      expect(text).toContain(part);
    }
  });
  it("gives the reason where there is no speedup, and shows no race in emulation", () => {
    const noisy = first((record) => record.measurement !== null && record.speedup === null);
    expect(words(speed(noisy))).toMatch(/No speedup: the A\/A control read .* too noisy/);
    const forged = { ...measured, device: { ...measured.device, emulated: true } };
    expect(words(speed(forged))).toContain("No speedup: the device is emulated");
    expect(documentText(speed(forged))).not.toContain("<svg");
  });
});

describe("on what, how to repeat, what was printed", () => {
  it("names the compiler once, also where its version does", () => {
    const compiler = { compiler: "g++", version: "g++ (Debian) 12.2.0", flags: [] };
    expect(words(circumstancesOf({ ...passing, compiler }))).toContain("Compiler g++ (Debian) 12.2.0");
    expect(words(circumstancesOf(passing))).toContain("Compiler g++ 12.2.0");
  });
  it("says why no vote may rest on a record", () => {
    expect(words(circumstancesOf(failing))).toContain("no: the seed was given");
    expect(words(circumstancesOf(passing))).toContain("Evidence for a vote yes");
  });
  it("gives the command as the record has it", () => {
    expect(documentText(repetition(failing))).toContain(`<code>${failing.repeat}</code>`);
  });
  it("keeps a log closed, but the compiler's words open", () => {
    const log = "line 1\nline 2\n";
    expect(documentText(printed({ ...passing, log }))).toContain("<details><summary>2 lines</summary>");
    expect(documentText(printed({ ...passing, log, status: "COMPILE_ERROR" }))).toContain("<details open>");
    expect(words(printed(passing))).toContain("Nothing was printed");
  });
});
