// The whole pipeline on a machine in memory: what each kind of kernel, witness and fault becomes.
import { describe, expect, it } from "vitest";
import { HarnessError } from "./domain/problem.ts";
import { type Asked, done } from "./testing/lane.ts";
import { type Changes, MINIATURE, ROOT, SUBMISSION, SUBMISSION_YAML } from "./testing/miniature.ts";
import { NEGATE, negated, negateEdited } from "./testing/negate.ts";
import { CANDIDATE, candidateOnly, fakeWorld, recordOfCase, right, runAll, runOne, wrong } from "./testing/world.ts";

const YAML = `${SUBMISSION}/submission.yaml`;
const ECHO = "harness/executors/echo/executor.yaml";

describe("a right kernel", () => {
  it("conforms, with a record for every case", async () => {
    const result = await runOne({ call: right });
    expect(result).toMatchObject({
      submission: CANDIDATE,
      vendor: "acme",
      path: SUBMISSION,
      status: "PASSED",
      conforms: true,
      problems: [],
    });
    expect(result.records.map(({ case: { name }, status }) => [name, status])).toEqual([
      ["eight_float16", "PASSED"],
      ["eight_float32", "PASSED"],
      ["hidden_0", "PASSED"],
      ["hidden_1", "PASSED"],
    ]);
  });

  it("in emulation is timed and has no speedup", async () => {
    const found = recordOfCase(await runOne({ call: right }), "eight_float32");
    expect(found).toMatchObject({
      timing: { median: 1000 },
      measurement: null,
      speedup: null,
      speedupAbsent: "emulated: a time in emulation is never a speedup",
    });
  });

  it("is told of while it runs", async () => {
    const world = fakeWorld({ call: right });
    await runAll(world);
    expect(world.events.at(0)).toMatchObject({ stage: "build" });
    expect(world.events.filter((event) => event.kind === "submission" && event.stage === "judge")).toHaveLength(4);
    expect(world.events.at(-1)).toEqual({ kind: "finished", submission: CANDIDATE, status: "PASSED" });
    expect(world.lanes.every((lane) => lane.events.at(-1) === "end")).toBe(true);
  });

  it("is judged again to the same record from the same seed", async () => {
    expect(await runOne({ call: right })).toEqual(await runOne({ call: right }));
  });
});

describe("witnesses", () => {
  it("are judged like candidates, and say why they are absent", async () => {
    const result = await runOne({ call: right });
    expect(recordOfCase(result, "eight_float32")?.witnesses).toMatchObject([
      { executor: "echo", version: "7", status: "PASSED", absent: null, timing: { samples: 2 } },
    ]);
  });

  it("without a dtype are absent from its cases, and nothing else vouches for them", async () => {
    const result = await runOne(
      { call: right },
      negateEdited("op", "absent: []", "absent: [{dtype: float16, reason: no half here}]"),
    );
    const half = recordOfCase(result, "eight_float16");
    expect(half?.witnesses).toMatchObject([{ status: null, absent: "no half here", timing: null }]);
    expect([half?.status, half?.findings[0]?.message]).toEqual([
      "REFERENCE_DISAGREEMENT",
      "no witness passed: echo: no half here",
    ]);
    expect(recordOfCase(result, "eight_float32")?.status).toBe("PASSED");
  });

  it("that are too slow for the suite are absent", async () => {
    const slow = (MINIATURE[ECHO] ?? "").replace("call: 0", "call: 3");
    const found = recordOfCase(await runOne({ call: right }, { [ECHO]: slow }), "eight_float32");
    expect(found?.witnesses[0]?.absent).toBe("its declared cost of this case, 6.0 s, is above the suite's 2 s");
  });

  it("that were not selected are absent", async () => {
    const result = await runOne({ call: right }, {}, { executors: ["native"] });
    expect(recordOfCase(result, "eight_float32")?.witnesses[0]?.absent).toBe("not selected by --executor");
  });

  it("none of which passes leave a passing candidate without proof", async () => {
    const result = await runOne({ call: (asked) => (asked.kernel.name === CANDIDATE ? right(asked) : wrong(asked)) });
    expect([result.status, result.conforms]).toEqual(["REFERENCE_DISAGREEMENT", false]);
    expect(recordOfCase(result, "eight_float32")?.findings[0]?.message).toBe(
      "no witness passed: echo: INCORRECT_NUMERICAL",
    );
  });

  it("that are wrong do not change what a wrong candidate is", async () => {
    expect(recordOfCase(await runOne({ call: wrong }), "eight_float32")?.status).toBe("INCORRECT_NUMERICAL");
  });

  it("are judged once for a case that two submissions share", async () => {
    const other = "vendors/acme/other";
    const copy: Changes = Object.fromEntries(
      ["PROVENANCE.yaml", "LICENSE", "kernel.cc"].map((name) => [
        `${other}/${name}`,
        MINIATURE[`${SUBMISSION}/${name}`] ?? "",
      ]),
    );
    const yaml = (NEGATE[YAML] ?? "").replace("submission: sums", "submission: other");
    const world = fakeWorld({ call: right }, { ...copy, [`${other}/submission.yaml`]: yaml });
    const submissions = [SUBMISSION, other].map((path) => ({ folder: `${ROOT}/${path}`, path }));
    const found = await runAll(world, { submissions, cases: "eight_float32" });
    expect(found.map((result) => result.status)).toEqual(["PASSED", "PASSED"]);
    expect(world.lanes.flatMap((lane) => lane.events).filter((event) => event.startsWith("open echo"))).toHaveLength(1);
  });
});

describe("a wrong kernel", () => {
  it("is judged on every case and does not conform", async () => {
    const result = await runOne(
      candidateOnly((asked) => (asked.inputs["x"]?.dtype === "float16" ? wrong(asked) : right(asked))),
    );
    expect([result.status, result.conforms]).toEqual(["INCORRECT_NUMERICAL", false]);
    expect(recordOfCase(result, "eight_float32")?.status).toBe("PASSED");
  });

  it("that crashes gives its failure and its log", async () => {
    const failure = { kind: "denied", message: "", syscall: "socket", category: "network", log: "connecting" } as const;
    const found = recordOfCase(await runOne(candidateOnly(() => ({ state: "failed", failure }))), "eight_float32");
    expect(found).toMatchObject({
      status: "INTEGRITY_VIOLATION",
      log: "connecting",
      integrity: { deniedSyscalls: ["socket"] },
    });
  });

  it("that does not compile is a result before anything runs, with the compiler's place", async () => {
    const world = fakeWorld({ call: right }, {}, `${ROOT}/${SUBMISSION}/kernel.cc:1:4: error: expected ';'\nmore\n`);
    const [result] = await runAll(world);
    expect(result).toMatchObject({ status: "COMPILE_ERROR", conforms: false, records: [] });
    expect(result?.problems).toMatchObject([
      {
        code: "COMPILE_ERROR",
        place: { file: `${SUBMISSION}/kernel.cc`, line: 1, column: 4 },
        message: "expected ';'",
        fix: expect.stringContaining("correct the source"),
      },
    ]);
    expect(result?.log).toContain("expected ';'\nmore\n");
    expect(world.lanes.flatMap((lane) => lane.events)).toEqual(["end"]);
  });

  it("that fails in a header of the toolchain shows the place of that header", async () => {
    const [result] = await runAll(
      fakeWorld({ call: right }, {}, "/usr/include/vector:63:26: error: forming pointer to reference\n"),
    );
    expect(result?.problems[0]?.place).toEqual({ file: "/usr/include/vector", line: 63, column: 26 });
  });
});

describe("bad input", () => {
  it("is a result and starts no lane", async () => {
    const world = fakeWorld({ call: right }, { [YAML]: SUBMISSION_YAML.replace("op:", "ops:") });
    expect(await runAll(world)).toMatchObject([{ status: "INVALID_MANIFEST", conforms: false }]);
    expect(world.lanes).toEqual([]);
  });
});

describe("a case outside supports", () => {
  it("is recorded as unsupported, not run and not counted", async () => {
    const half = negateEdited("submission", "supports: {}", "supports: {dtypes: {T: [float32]}}");
    const result = await runOne({ call: right }, half);
    expect(result.conforms).toBe(true);
    expect(recordOfCase(result, "eight_float16")).toMatchObject({
      status: "UNSUPPORTED",
      case: { counted: false },
      timing: null,
      speedupAbsent: "T = float16 is not supported",
    });
  });
});

describe("broken infrastructure", () => {
  it("a lane that is lost is replaced, and its case judged again", async () => {
    let lost = false;
    const world = fakeWorld({
      call: (asked) => {
        if (!lost) {
          lost = true;
          throw new HarnessError("BROKER_LOST", "gone", "run again");
        }
        return right(asked);
      },
    });
    expect((await runAll(world))[0]).toMatchObject({ status: "PASSED", conforms: true });
    expect(world.lanes).toHaveLength(2);
  });

  it("lanes that are lost again and again are given up: the case is an infrastructure error, the others are judged", async () => {
    const lost = ({ inputs, companion }: Asked): ReturnType<typeof right> => {
      if (!companion && inputs["x"]?.dtype === "float16") throw new HarnessError("BROKER_LOST", "gone", "run again");
      return done(negated(inputs));
    };
    const world = fakeWorld({ call: lost });
    const [result] = await runAll(world, { cases: "eight_*" });
    expect([result?.status, result?.conforms]).toEqual(["INFRA_ERROR", false]);
    expect(result?.records.map(({ status }) => status)).toEqual(["INFRA_ERROR", "PASSED"]);
    expect(result?.records[0]?.findings[0]?.message).toBe(
      "gone; the lane was lost 3 times in a row on this case of acme/sums: look whether the kernel ends what judges it (fix: run again)",
    );
    expect(world.lanes).toHaveLength(4);
  });

  it("a fault of the harness itself ends the run as it is", async () => {
    const broken = (): never => {
      throw new TypeError("a bug");
    };
    await expect(runAll(fakeWorld({ call: broken }))).rejects.toThrow(TypeError);
  });
});
