// What each kind of failure means: its status and the words that a kernel author gets.
import { describe, expect, it } from "vitest";
import type { BrokenCanary, Failure } from "../../domain/kernel.ts";
import { boundOf } from "../../testing/judged.ts";
import { canaryFinding, failureFinding, readFailure } from "./failure.ts";

const bound = boundOf("float32", [4, 8]);
const specs = [...bound.inputs, ...bound.outputs];

/** Failure, then status, gate and message. */
const TABLE: readonly (readonly [Failure, string, string, string])[] = [
  [{ kind: "declined", message: "odd N" }, "UNSUPPORTED", "declined", "it declined a case inside 'supports': odd N"],
  [{ kind: "raised", message: "no", errorKind: "ValueError" }, "RUNTIME_ERROR", "raised", "it raised ValueError: no"],
  [{ kind: "raised", message: "no" }, "RUNTIME_ERROR", "raised", "it raised an error: no"],
  [{ kind: "load", message: "no symbol f" }, "RUNTIME_ERROR", "load", "it could not be loaded: no symbol f"],
  [
    { kind: "load", message: "line 3", errorKind: "SyntaxError" },
    "COMPILE_ERROR",
    "load",
    "it could not be loaded: line 3",
  ],
  [{ kind: "signal", message: "", signal: "SIGABRT" }, "RUNTIME_ERROR", "signal", "it was killed by SIGABRT: "],
  [{ kind: "exit", message: "", status: 0 }, "RUNTIME_ERROR", "exit", "it left the process with status 0"],
  [
    { kind: "denied", message: "", syscall: "socket", category: "network" },
    "INTEGRITY_VIOLATION",
    "denied",
    "it asked for network access: system call socket",
  ],
  [
    { kind: "control", message: "MXCSR 0x5f80" },
    "INTEGRITY_VIOLATION",
    "control",
    "it left the processor in another state (rounding or flushing): MXCSR 0x5f80",
  ],
  [{ kind: "restless", message: "a thread ran" }, "INTEGRITY_VIOLATION", "restless", "a thread ran"],
  [{ kind: "timeout", message: "", deadlineMs: 1500 }, "TIMEOUT", "deadline", "it gave no answer within 1.5 s"],
  [
    { kind: "fault", message: "", signal: "SIGSEGV", address: "0x10" },
    "RUNTIME_ERROR",
    "fault",
    "SIGSEGV at address 0x10, outside every tensor",
  ],
  [
    { kind: "fault", message: "", address: "0x10", advisory: true },
    "RUNTIME_ERROR",
    "fault",
    "a fault at address 0x10, outside every tensor (the address is advisory: no tracer on this machine)",
  ],
];

/** Region and byte of a fault in a tensor of 4 x 8 float32, and where that is. */
const PLACES: readonly (readonly [
  index: number,
  region: "guard_before" | "guard_after" | "sealed",
  byte: number,
  words: string,
])[] = [
  [1, "guard_after", 128, "it touched memory outside 'y': 1 element past its end"],
  [1, "guard_after", 139, "it touched memory outside 'y': 3 elements past its end"],
  [1, "guard_before", -1, "it touched memory outside 'y': 1 element before its start"],
  [1, "guard_before", -8, "it touched memory outside 'y': 2 elements before its start"],
  [0, "guard_after", 128, "it touched memory outside 'x': 1 element past its end"],
  [0, "sealed", 127, "it wrote to input 'x' (element 31), which is read-only"],
];

describe("a failure", () => {
  it.each(TABLE)("%o is said in words", (failure, status, gate, message) => {
    expect(readFailure(failure, specs)).toEqual({ status, gate, message });
  });

  it.each(PLACES)(
    "of argument %i in %s at byte %i breaks integrity and names the element",
    (index, region, byte, words) => {
      const failure: Failure = { kind: "fault", message: "", signal: "SIGSEGV", tensor: { index, region, byte } };
      expect(readFailure(failure, specs)).toEqual({ status: "INTEGRITY_VIOLATION", gate: "fault", message: words });
    },
  );

  it("belongs to memory when it is about what is not the kernel's own, else to execution", () => {
    const lane = (failure: Failure): string => failureFinding(failure, specs, "random", "left").finding.lane;
    expect(lane({ kind: "fault", message: "" })).toBe("memory");
    expect(lane({ kind: "denied", message: "" })).toBe("memory");
    expect(lane({ kind: "timeout", message: "" })).toBe("execution");
    expect(lane({ kind: "declined", message: "" })).toBe("execution");
  });
});

describe("a failure before the first call", () => {
  const message = (failure: Failure): string => failureFinding(failure, specs, null, "right").finding.message;

  it("is told as one of the loading", () => {
    expect(message({ kind: "exit", message: "", status: 0 })).toBe(
      "while it loaded, it left the process with status 0",
    );
    expect(message({ kind: "timeout", message: "", deadlineMs: 30_000 })).toMatch(
      /^while it loaded, it gave no answer/,
    );
    expect(message({ kind: "load", message: "no symbol f" })).toBe("it could not be loaded: no symbol f");
  });
});

describe("a broken canary", () => {
  const message = (canary: BrokenCanary): string => canaryFinding(canary, specs, "random", "right").message;

  it("names the tensor and how far outside it the kernel wrote", () => {
    expect(message({ index: 1, side: "before", byte: -4 })).toBe("it wrote outside 'y': 1 element before its start");
    expect(message({ index: 1, side: "after", byte: 132 })).toBe("it wrote outside 'y': 2 elements past its end");
  });

  it("of an argument that nobody knows is still told", () => {
    expect(message({ index: 9, side: "after", byte: 0 })).toBe("it wrote outside 'argument 9': after");
  });
});
