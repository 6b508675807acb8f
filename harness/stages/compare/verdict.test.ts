// From everything a kernel did on a case to one status: what outranks what, what was never written, what may differ.
import { describe, expect, it } from "vitest";
import type { Failure } from "../../domain/kernel.ts";
import type { Truths } from "../../domain/oracle.ts";
import { fill, fromBytes, type Tensor } from "../../domain/tensor.ts";
import { boundOf, callOf, FP32, probeOf, realTruth } from "../../testing/judged.ts";
import { castRoundoff, type JudgedCall, type JudgedExecution, type Judgement, judge } from "./verdict.ts";

const SHAPE = [2, 4];
const WANT = [1, 2, 3, 4, 5, 6, 7, 8];
const bound = boundOf("float32", SHAPE);
const truths: Truths = { y: realTruth(WANT) };
const right = fill("float32", SHAPE, (index) => WANT[index] ?? 0);
const wrong = fill("float32", SHAPE, (index) => (index === 3 ? 40 : (WANT[index] ?? 0)));
const canary = { index: 1, side: "after", byte: 32 } as const;

/** A call that wrote one tensor. */
function call(y: Tensor, rest: Partial<JudgedCall> = {}): JudgedCall {
  return callOf({ y }, truths, rest);
}

function judged(calls: readonly JudgedCall[], failure: Failure | null = null, deterministic = true): Judgement {
  const ended = failure === null ? null : { failure, regime: { probe: probeOf("B") }, placement: "left" as const };
  const execution: JudgedExecution = { calls, failure: ended };
  return judge(execution, bound, FP32, deterministic);
}

/** The tensor after a kernel that wrote only the elements of `written` over a poison. */
function over(poison: string, written: (index: number) => boolean): Tensor {
  const pattern = Buffer.from(poison, "hex");
  const bytes = new Uint8Array(32).map((_, index) => pattern[index % pattern.length] ?? 0);
  const poisoned = fromBytes("float32", SHAPE, bytes);
  right.elements.forEach((value, index) => {
    if (written(index)) poisoned.elements[index] = Number(value);
  });
  return poisoned;
}

describe("the status of a case", () => {
  it("is PASSED without any finding when everything is right", () => {
    expect(judged([call(right), call(right, { poison: "a1ff" })])).toMatchObject({
      status: "PASSED",
      findings: [],
      poisonsEqual: true,
    });
  });

  it("is that of the numbers when only they are wrong", () => {
    const { status, findings } = judged([call(wrong)]);
    expect(status).toBe("INCORRECT_NUMERICAL");
    expect(findings[0]).toMatchObject({ gate: "G1", output: "y", first: { index: [0, 3], got: 40, want: 4 } });
  });

  it("integrity outranks a crash, and the first finding says why", () => {
    const failure: Failure = { kind: "raised", message: "later", errorKind: "RuntimeError" };
    const { status, findings } = judged([call(wrong, { canaries: [canary] })], failure);
    expect(status).toBe("INTEGRITY_VIOLATION");
    expect(findings.map((finding) => finding.gate)).toEqual(["canary", "raised", "G1"]);
  });

  it("integrity outranks numbers, even when the broken canary comes later than the wrong number", () => {
    const calls = [call(wrong), call(right, { placement: "left", canaries: [canary] })];
    expect(judged(calls).status).toBe("INTEGRITY_VIOLATION");
    const fault: Failure = { kind: "fault", message: "", tensor: { index: 0, region: "sealed", byte: 0 } };
    expect(judged([call(wrong)], fault).status).toBe("INTEGRITY_VIOLATION");
  });

  it("a crash outranks numbers", () => {
    expect(judged([call(wrong)], { kind: "signal", message: "", signal: "SIGFPE" }).status).toBe("RUNTIME_ERROR");
    expect(judged([call(wrong)], { kind: "timeout", message: "", deadlineMs: 1000 }).status).toBe("TIMEOUT");
  });

  it("a kernel that fails before its first call has only that to show", () => {
    const failure = { failure: { kind: "load", message: "no symbol" }, regime: null, placement: "right" } as const;
    const { status, findings, errors, gates, poisonsEqual } = judge({ calls: [], failure }, bound, FP32, true);
    expect([status, findings.length, errors.length, gates.length, poisonsEqual]).toEqual([
      "RUNTIME_ERROR",
      1,
      0,
      0,
      null,
    ]);
    expect(findings[0]).toMatchObject({
      probe: null,
      placement: "right",
      message: "it could not be loaded: no symbol",
    });
  });

  it("an output of another size is a wrong shape, not a wrong number", () => {
    expect(judged([call(fill("float32", [2, 3], () => 0))]).status).toBe("INCORRECT_SHAPE");
  });

  it("an output without a truth in this regime is not judged", () => {
    expect(judge({ calls: [callOf({ y: wrong }, {})], failure: null }, bound, FP32, true).status).toBe("PASSED");
  });
});

describe("two runs on the same input", () => {
  const twins = (first: Tensor, second: Tensor): readonly JudgedCall[] => [
    call(first),
    call(second, { poison: "a1ff" }),
  ];
  const nudged = fill("float32", SHAPE, (index) => (WANT[index] ?? 0) + (index === 2 ? 2 ** -22 : 0));
  const tolerant: Truths = { y: realTruth(WANT, { s: new Float64Array(8).fill(1e3) }) };
  const tolerated = (second: Tensor, deterministic: boolean): Judgement => {
    const calls = [callOf({ y: right }, tolerant), callOf({ y: second }, tolerant, { poison: "a1ff" })];
    return judged(calls, null, deterministic);
  };

  it("with different bytes are nondeterministic, though every number is accepted", () => {
    const { status, findings, poisonsEqual } = tolerated(nudged, true);
    expect([status, poisonsEqual]).toEqual(["NONDETERMINISTIC", false]);
    expect(findings[0]).toMatchObject({
      gate: "repeat",
      message: "two runs on the same input wrote different bytes to 'y'",
    });
  });

  it("name the cases that the second one's process had met before", () => {
    const company = [{ name: "square_64" }, { name: "hidden_2 with K = 65" }];
    const after = "(in a process that had met other cases before: square_64; hidden_2 with K = 65)";
    const first = callOf({ y: right }, tolerant, { process: 0 });
    const second = callOf({ y: nudged }, tolerant, { process: 1, company, poison: "a1ff" });
    const repeated = judge({ calls: [first, second], failure: null }, bound, FP32, true);
    expect(repeated.findings[0]?.message).toBe(
      `two runs on the same input, in two processes, wrote different bytes to 'y' ${after}`,
    );
    const wrong = fill("float32", SHAPE, () => 9);
    const numeric = judged([call(right), call(wrong, { process: 1, company, poison: "a1ff" })]);
    expect(numeric.findings[0]?.message.endsWith(after)).toBe(true);
  });

  it("may differ when the submission declares it", () => {
    expect(tolerated(nudged, false)).toMatchObject({ status: "PASSED", findings: [], poisonsEqual: false });
  });

  it("with the same bytes are the same, whatever was declared", () => {
    const copy = fill("float32", SHAPE, (index) => WANT[index] ?? 0);
    expect(tolerated(copy, false).poisonsEqual).toBe(true);
    expect(tolerated(copy, true)).toMatchObject({ status: "PASSED", poisonsEqual: true });
  });

  it("that leave the poison where it was have not written it: wrong, however it was declared", () => {
    const unwritten = (index: number): boolean => index < 6;
    const calls = twins(over("a5", unwritten), over("a1ff", unwritten));
    for (const deterministic of [true, false]) {
      const { status, findings } = judged(calls, null, deterministic);
      expect(status).toBe("INCORRECT_NUMERICAL");
      expect(findings.find((finding) => finding.gate === "poison")).toMatchObject({
        message:
          "2 of 8 elements of 'y' were never written (y: axis 0 at 1 of 2, the tail; axis 1 at 2..3 of 4, the tail)",
        mismatches: 2,
        total: 8,
      });
    }
  });

  it("that never wrote are found even where the truth accepts the poison", () => {
    const anything: Truths = { y: realTruth(WANT, { judged: new Uint8Array(8) }) };
    const none = (): boolean => false;
    const calls = [
      callOf({ y: over("a5", none) }, anything),
      callOf({ y: over("a1ff", none) }, anything, { poison: "a1ff" }),
    ];
    expect(judged(calls).status).toBe("INCORRECT_NUMERICAL");
    expect(judged(calls).findings[0]?.message).toBe("8 of 8 elements of 'y' were never written (y: every element)");
  });

  it("are paired by probe and placement: other inputs may give other outputs", () => {
    const other = { regime: { probe: probeOf("B", "other"), truths: { y: realTruth(WANT.map((value) => -value)) } } };
    const negative = fill("float32", SHAPE, (index) => -(WANT[index] ?? 0));
    expect(judged([call(right), call(negative, other), call(right, { placement: "left" })])).toMatchObject({
      status: "PASSED",
      poisonsEqual: null,
    });
  });
});

describe("a judgement", () => {
  it("says a fault once however often it shows, and each gate's largest statistic once a probe and output", () => {
    const calls = Array.from({ length: 20 }, (_, index) =>
      call(index === 7 ? fill("float32", SHAPE, () => 1e9) : wrong),
    );
    const { findings, gates, errors } = judged(calls);
    expect(findings.map((finding) => finding.gate)).toEqual(["G1", "repeat"]);
    expect(gates).toHaveLength(1);
    expect(Number(gates[0]?.statistic)).toBeGreaterThan(1e14);
    expect(errors).toMatchObject([{ output: "y", elements: 16 }]);
  });

  it("takes the roundoff of a cast from the class, through the case's dtype variable", () => {
    const half = { ...bound, dtypes: { T: "bfloat16" as const } };
    expect(castRoundoff(FP32, half)).toBe(0);
    expect(castRoundoff({ ...FP32, casts: { p: "T" } }, half)).toBe(2 ** -8);
    expect(castRoundoff({ ...FP32, casts: { p: "float16", r: "float32" } }, half)).toBe(2 ** -11);
  });
});

describe("a companion of the case", () => {
  const companion = { ...boundOf("float32", [3]), name: "hidden_2 with N = 3" };

  it("that the kernel fails on is named, with its own extents", () => {
    const failure = {
      kind: "fault",
      message: "",
      signal: "SIGSEGV",
      tensor: { index: 1, region: "guard_after", byte: 12 },
    } as const;
    const failed = { failure, regime: null, placement: "right", companion } as const;
    const { status, findings } = judge({ calls: [call(right)], failure: failed }, bound, FP32, true);
    expect(status).toBe("INTEGRITY_VIOLATION");
    expect(findings[0]?.message).toBe(
      "on another case in the same process (hidden_2 with N = 3), it touched memory outside 'y': 1 element past its end",
    );
  });

  it("beside whose outputs the kernel wrote is an integrity violation of the case", () => {
    const strays = [{ companion, canaries: [{ index: 1, side: "after", byte: 12 } as const] }];
    const { status, findings } = judge({ calls: [call(right)], strays, failure: null }, bound, FP32, true);
    expect(status).toBe("INTEGRITY_VIOLATION");
    expect(findings[0]?.message).toBe(
      "on another case in the same process (hidden_2 with N = 3), it wrote outside 'y': 1 element past its end",
    );
  });
});
