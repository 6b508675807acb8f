// Evidence on a terminal: one line a submission and device, reasons below, and nothing that a stranger wrote takes hold of it.
import { describe, expect, it } from "vitest";
import type { EvidenceVerdict } from "../../domain/evidence.ts";
import { evidenceTable, refusalText } from "./evidence.ts";

const VERDICT: EvidenceVerdict = {
  vendor: "acme",
  submission: "sums",
  version: "1.0.0",
  sourceDigest: "0".repeat(64),
  op: "negate",
  opDigest: "0".repeat(64),
  numerics: "exact",
  device: {
    backend: "cpu",
    chip: "host",
    model: "a processor",
    emulated: false,
    isolation: "full",
    environment: "0".repeat(64),
  },
  status: "PASSED",
  conforms: true,
  cases: { passed: 5, counted: 5, hidden: 2 },
  failing: [],
  witnesses: [],
  headroom: null,
  speedups: [
    { case: "timed", speedup: { value: 1.5, interval: [1.482, 1.519], baseline: "torch", reading: "faster" } },
  ],
  unvotable: [],
};

describe("a table of evidence", () => {
  it("shows what was judged, how well it was walled in, and what it came to", () => {
    const failing: Partial<EvidenceVerdict> = { status: "TIMEOUT", conforms: false, speedups: [], headroom: 2571.5 };
    const emulated = { ...VERDICT.device, chip: "T1", emulated: true, isolation: "rlimit" } as const;
    const unvotable = ["isolation 'rlimit' is below the 'userns' that the policy asks for"];
    expect(
      evidenceTable([VERDICT, { ...VERDICT, ...failing }, { ...VERDICT, device: emulated, headroom: 0.98, unvotable }]),
    ).toBe(
      [
        "  submission   device        isolation   status    cases   headroom used   speedup, 95 % interval",
        "✔ acme/sums    host          full        PASSED    5/5     exact           timed 1.50x [1.48, 1.52] over torch",
        "✘ acme/sums    host          full        TIMEOUT   5/5     2.6e+3          none",
        "✘ acme/sums    T1 emulated   rlimit      PASSED    5/5     0.98            emulated: none",
        "✘ acme/sums: no vote may rest on it: isolation 'rlimit' is below the 'userns' that the policy asks for",
      ].join("\n"),
    );
  });

  it("shows hostile words as words", () => {
    const text = evidenceTable([{ ...VERDICT, unvotable: ["a\n::set-output name=x::y\u001b[2J\u202e"] }]);
    expect(text.split("\n")).toHaveLength(3);
    expect(text).not.toMatch(/\u001b|\u202e|^::/m);
  });
});

it("a refusal is one line a problem", () => {
  expect(refusalText(["one\n::error::two", "three"])).toBe("✘ one ⏎ ::error::two\n✘ three");
});
