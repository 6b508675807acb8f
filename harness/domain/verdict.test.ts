// Statuses roll up and become exit codes by the contract's order.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ExitCode, exitCodeOf, rollUp, STATUSES, type Status, worstExit } from "./verdict.ts";

/** The contract's order, written here once more: a submission's status is the first of these that a counted case has. */
const ORDER: readonly Status[] = [
  "INVALID_MANIFEST",
  "COMPILE_ERROR",
  "INTEGRITY_VIOLATION",
  "RUNTIME_ERROR",
  "TIMEOUT",
  "INCORRECT_SHAPE",
  "INCORRECT_DTYPE",
  "INCORRECT_NUMERICAL",
  "NONDETERMINISTIC",
  "UNSUPPORTED",
  "INFRA_ERROR",
  "REFERENCE_DISAGREEMENT",
  "SKIPPED_NO_DEVICE",
  "PASSED",
];

const statuses = fc.array(fc.constantFrom(...STATUSES), { minLength: 1 });

describe("the status of a submission", () => {
  it("knows every status", () => {
    expect([...ORDER].sort()).toEqual([...STATUSES].sort());
  });

  it("is the first of the contract's order among its cases", () => {
    fc.assert(
      fc.property(statuses, (cases) => {
        const first = ORDER.find((status) => cases.includes(status));
        expect(rollUp(cases)).toBe(first);
      }),
    );
  });

  it("does not depend on the order of its cases, and one more case never makes it better", () => {
    const rank = (status: Status | undefined): number => ORDER.indexOf(status ?? "PASSED");
    fc.assert(
      fc.property(statuses, fc.constantFrom(...STATUSES), (cases, more) => {
        expect(rollUp([...cases].reverse())).toBe(rollUp(cases));
        expect(rank(rollUp([...cases, more]))).toBeLessThanOrEqual(rank(rollUp(cases)));
      }),
    );
  });

  it("is PASSED only when every case passed, and nothing without a case", () => {
    fc.assert(
      fc.property(statuses, (cases) => {
        expect(rollUp(cases) === "PASSED").toBe(cases.every((status) => status === "PASSED"));
      }),
    );
    expect(rollUp([])).toBeUndefined();
  });
});

describe("exit codes", () => {
  it("are 0 for a pass, 2 for bad input, 3 for infrastructure, 1 for every fault of a kernel", () => {
    const codes = Object.fromEntries(ORDER.map((status) => [status, exitCodeOf(status)]));
    expect(codes).toEqual({
      INVALID_MANIFEST: 2,
      COMPILE_ERROR: 1,
      INTEGRITY_VIOLATION: 1,
      RUNTIME_ERROR: 1,
      TIMEOUT: 1,
      INCORRECT_SHAPE: 1,
      INCORRECT_DTYPE: 1,
      INCORRECT_NUMERICAL: 1,
      NONDETERMINISTIC: 1,
      UNSUPPORTED: 1,
      INFRA_ERROR: 3,
      REFERENCE_DISAGREEMENT: 3,
      SKIPPED_NO_DEVICE: 3,
      PASSED: 0,
    });
  });

  it("over several submissions 3 beats 2 beats 1 beats 0", () => {
    const code = fc.constantFrom<ExitCode>(0, 1, 2, 3);
    fc.assert(
      fc.property(fc.array(code), fc.array(code), (a, b) => {
        expect(worstExit([...a, ...b])).toBe(Math.max(worstExit(a), worstExit(b)));
        expect(worstExit(a)).toBe(Math.max(0, ...a));
      }),
    );
  });
});
