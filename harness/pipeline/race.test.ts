// Races in memory: only a kernel that passed everything, on a real device, against the fastest baseline that works.
import { describe, expect, it } from "vitest";
import type { Failure, Kernel } from "../domain/kernel.ts";
import type { RunRecord } from "../domain/run-record.ts";
import type { Script, Spoiled } from "../testing/lane.ts";
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
    time: (kernel) =>
      kernel.name === CANDIDATE
        ? candidate
        : kernel.name === "echo fast"
          ? baseline
          : kernel.name === "null"
            ? 400
            : 9000,
  });

  it("is run against the fastest baseline and gives a speedup with its interval", async () => {
    const found = recordOfCase(await runOne(timed(1000, 1500), HOST), "timed");
    expect(found?.speedup).toEqual({ value: 1.5, interval: [1.5, 1.5], baseline: "echo fast", reading: "faster" });
    expect(found?.measurement).toMatchObject({ control: { ratio: 1, fit: true }, overheadNs: 400 });
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

  it("proves nothing without a baseline that works", async () => {
    const script: Script = {
      ...timed(1000, 1500),
      refuses: (kernel) =>
        kernel.name.startsWith("echo ") ? { kind: "load", message: "no such baseline" } : undefined,
    };
    const found = recordOfCase(await runOne(script, HOST), "timed");
    expect(found?.speedupAbsent).toContain("echo eager did not load: no such baseline");
  });

  it("says what an empty kernel costs, what no clock saw, and how outputs were checked", async () => {
    const found = recordOfCase(await runOne({ ...timed(1000, 1500), exposedNs: 250 }, HOST), "timed");
    expect(found?.measurement).toMatchObject({ overheadNs: 400, exposureNs: 250, race: { verified: 300, judged: 10 } });
    // 1,000 ns seen and 250 unseen: no more than 1.2 of the 1.5 can be claimed.
    expect(found?.speedup).toMatchObject({ interval: [expect.closeTo(1.2, 9), expect.closeTo(1.5, 9)] });
  });

  it("is void where a call was quicker than the device can be", async () => {
    const cpu = "harness/devices/cpu/device.yaml";
    const slow = "roofline: {source: a test, bytes: 1.0e+6, operations: {bits64: 1, bits32: 1, bits16: 1, bits8: 1}}\n";
    const changes = { ...HOST, [cpu]: `${MINIATURE[cpu] ?? ""}${slow}` };
    const found = recordOfCase(await runOne(timed(1000, 1500), changes), "timed");
    expect(found).toMatchObject({ status: "PASSED", speedup: null });
    expect(found?.measurement?.roofline?.ratio).toBeGreaterThan(1);
    expect(found?.speedupAbsent).toContain("the race is void");
  });
});

describe("what a race finds wrong with the candidate", () => {
  const both = (kernels: readonly Kernel[]): boolean => kernels.filter(({ name }) => name === CANDIDATE).length === 2;
  const spoiled = async (
    spoil: Spoiled,
    when: (kernels: readonly Kernel[]) => boolean = both,
  ): Promise<RunRecord | undefined> =>
    recordOfCase(
      await runOne({ call: right, spoils: (kernels) => (when(kernels) ? spoil : undefined) }, HOST),
      "timed",
    );

  it("is the case's verdict: another process that writes other bytes", async () => {
    const found = await spoiled({ mismatch: { turn: 3, output: "y", byte: 8 } });
    expect(found).toMatchObject({ status: "INCORRECT_NUMERICAL", measurement: null, speedup: null });
    expect(found?.findings.map(({ gate }) => gate)).toContain("repeat");
    expect(found?.speedupAbsent).toContain("the A/A control failed: two processes wrote different bytes to 'y'");
  });

  it("is the case's verdict: a write outside an output", async () => {
    const found = await spoiled({ canaries: [{ turn: 0, index: 1, side: "after", byte: 64 }] });
    expect(found).toMatchObject({ status: "INTEGRITY_VIOLATION", integrity: { canariesIntact: false } });
    expect(found?.findings[0]).toMatchObject({
      gate: "canary",
      message: "it wrote outside 'y': 1 element past its end",
    });
  });

  it("is the case's verdict: a crash, a hang, a system call that is denied", async () => {
    const denied: Failure = { kind: "denied", message: "", syscall: "socket", category: "network" };
    const failures = [{ kind: "signal", message: "", signal: "SIGABRT" }, { kind: "timeout", message: "" }, denied];
    const found = await Promise.all(
      failures.map((failure) => spoiled({ failed: { turn: 0, failure: failure as Failure } })),
    );
    expect(found.map((one) => one?.status)).toEqual(["RUNTIME_ERROR", "TIMEOUT", "INTEGRITY_VIOLATION"]);
    expect(found[2]?.integrity.deniedSyscalls).toEqual(["socket"]);
  });

  it("is the case's verdict: fast calls that are wrong in every process alike, which no twin tells", async () => {
    const script: Script = { ...candidateOnly(right), timed: wrong };
    const found = recordOfCase(await runOne(script, HOST), "timed");
    expect(found).toMatchObject({ status: "INCORRECT_NUMERICAL", speedup: null });
    expect(found?.speedupAbsent).toMatch(/^a timed call was wrong: /);
  });

  it("is not the candidate's where the baseline is to blame", async () => {
    const failed = { turn: 0, failure: { kind: "timeout", message: "too slow" } } as const;
    const found = recordOfCase(
      await runOne(
        {
          call: right,
          spoils: ([, other], turns) =>
            other?.name === "echo fast" && turns.every(({ child }) => child === 1) ? { failed } : undefined,
        },
        HOST,
      ),
      "timed",
    );
    expect(found).toMatchObject({ status: "PASSED", speedup: { baseline: "echo eager" } });
    expect(found?.measurement?.excluded).toEqual([{ name: "echo fast", why: "echo fast: too slow" }]);
  });

  it("is looked for in more outputs, and in no bytes, where the kernel is declared nondeterministic", async () => {
    const changes = {
      ...HOST,
      ...negateEdited("submission", "numerics: {class: exact}", "numerics: {class: exact, deterministic: false}"),
    };
    const path = Object.keys(changes).find((name) => name.endsWith("submission.yaml")) ?? "";
    const host = (changes[path] as string).replace("backend: toy, chips: [T1]", "backend: cpu, chips: [host]");
    const found = recordOfCase(await runOne({ call: right }, { ...changes, [path]: host }), "timed");
    expect(found?.status).toBe("PASSED");
    expect(found?.measurement?.race).toMatchObject({ judged: 10 });
    expect(found?.measurement?.race.verified).toBeUndefined();
  });

  it("checks what is written to timing inputs: a kernel that is right only on judged ones gets no time", async () => {
    let judged = 0;
    const script = candidateOnly((asked) => {
      if (!asked.companion) judged += 1;
      // Each of the five judged cases takes 5 calls, a hidden one 7 with its race's regime again and the twin; what comes after them is the race.
      return judged > 3 * 5 + 2 * 7 ? wrong(asked) : right(asked);
    });
    const found = recordOfCase(await runOne(script, HOST), "timed");
    expect(found?.status).toBe("INCORRECT_NUMERICAL");
    expect(found?.speedupAbsent).toMatch(/candidate is wrong on timing inputs \(INCORRECT_NUMERICAL\)/);
  });
});
