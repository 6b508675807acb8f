// Races in memory: only a kernel that passed everything, on a real device, against the fastest baseline that works.
import { describe, expect, it } from "vitest";
import type { Script } from "../testing/lane.ts";
import { type Changes, MINIATURE } from "../testing/miniature.ts";
import { negateEdited } from "../testing/negate.ts";
import { CANDIDATE, candidateOnly, recordOfCase, right, runOne, wrong } from "../testing/world.ts";

const ECHO = "harness/executors/echo/executor.yaml";

/** The submission on the host, and the witness as a baseline. */
const HOST: Changes = {
  ...negateEdited("submission", "backend: toy, chips: [T1]", "backend: cpu, chips: [host]"),
  [ECHO]: `${MINIATURE[ECHO] ?? ""}baseline: true\n`,
};

describe("a race on a real device", () => {
  const timed = (candidate: number, baseline: number): Script => ({
    call: right,
    time: (kernel) => (kernel.name === CANDIDATE ? candidate : kernel.name === "echo fast" ? baseline : 9000),
  });

  it("is run against the fastest baseline and gives a speedup with its interval", async () => {
    const found = recordOfCase(await runOne(timed(1000, 1500), HOST), "timed");
    expect(found?.speedup).toEqual({ value: 1.5, interval: [1.5, 1.5], baseline: "echo fast", reading: "faster" });
    expect(found?.measurement).toMatchObject({ control: { ratio: 1, fit: true }, overheadNs: 1000 });
    expect(found?.measurement?.baselines).toEqual([
      { name: "echo eager", min: 9000 },
      { name: "echo fast", min: 1500 },
    ]);
  });

  it("is not run for a kernel that failed anywhere", async () => {
    const script = {
      ...timed(1000, 1500),
      call: candidateOnly((asked) => (asked.inputs["x"]?.dtype === "float16" ? wrong(asked) : right(asked))).call,
    };
    const found = recordOfCase(await runOne(script, HOST), "timed");
    expect(found).toMatchObject({
      status: "PASSED",
      measurement: null,
      speedup: null,
      speedupAbsent: "not measured in this run",
    });
  });

  it("proves nothing when timed outputs differ from judged ones", async () => {
    const script: Script = {
      ...timed(1000, 1500),
      mismatches: ([, other]) => (other.name === CANDIDATE ? [{ turn: 3, output: "y", byte: 8 }] : []),
    };
    const found = recordOfCase(await runOne(script, HOST), "timed");
    expect(found?.speedupAbsent).toBe("the A/A control failed: output 'y' differs from the judged one at byte 8");
  });

  it("proves nothing without a baseline that works", async () => {
    const script: Script = {
      ...timed(1000, 1500),
      refuses: (kernel) =>
        kernel.name.startsWith("echo ") ? { kind: "load", message: "no such baseline" } : undefined,
    };
    const found = recordOfCase(await runOne(script, HOST), "timed");
    expect(found?.speedupAbsent).toContain("echo eager did not load: no such baseline");
  });

  it("checks what is written to timing inputs: a kernel that is right only on judged ones gets no time", async () => {
    let judged = 0;
    const script = candidateOnly((asked) => {
      judged += 1;
      // Each of the five judged cases takes 5 calls; what comes after them is the race.
      return judged > 5 * 5 ? wrong(asked) : right(asked);
    });
    const found = recordOfCase(await runOne(script, HOST), "timed");
    expect(found?.speedupAbsent).toMatch(/candidate is wrong on timing inputs \(INCORRECT_NUMERICAL\)/);
  });
});
