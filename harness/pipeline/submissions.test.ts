// What will be run: submissions that are valid, each once, on their device, with the cases that suite and flags select.
import { describe, expect, it } from "vitest";
import type { Suite } from "../domain/suite.ts";
import { type Changes, MINIATURE, ROOT, SUBMISSION, SUBMISSION_YAML } from "../testing/miniature.ts";
import type { Script } from "../testing/lane.ts";
import { negateEdited } from "../testing/negate.ts";
import { fakeWorld } from "../testing/world.ts";
import type { CheckRequest } from "./request.ts";
import { planSubmissions } from "./submissions.ts";

const SELF = { folder: `${ROOT}/${SUBMISSION}`, path: SUBMISSION };
/** Planning runs nothing. */
const NEVER: Script = { call: () => ({ state: "failed", failure: { kind: "raised", message: "planned only" } }) };

async function plan(
  rest: Partial<CheckRequest> = {},
  changes: Changes = {},
  suite: (value: Suite) => Suite = (value) => value,
) {
  const world = fakeWorld(NEVER, changes);
  const request = await world.request(rest);
  const entry = { ...request.suite, value: suite(request.suite.value) };
  const planned = await planSubmissions({ ...request, suite: entry }, world.ports);
  expect(world.lanes).toEqual([]);
  return planned;
}

const names = async (...args: Parameters<typeof plan>): Promise<string[]> =>
  (await plan(...args)).planned.flatMap((one) => one.cases.map(({ bound }) => bound.name));

/** The submission on the host instead of an emulated chip. */
const ON_HOST = negateEdited("submission", "backend: toy, chips: [T1]", "backend: cpu, chips: [host]");

describe("cases", () => {
  it("are the published ones and as many hidden ones as the op says", async () => {
    expect(await names({}, ON_HOST)).toEqual(["eight_float16", "eight_float32", "timed", "hidden_0", "hidden_1"]);
  });

  it("that are timed are left out in emulation, unless the suite wants them", async () => {
    expect(await names()).not.toContain("timed");
    expect(await names({}, {}, (suite) => ({ ...suite, cases: { ...suite.cases, benchEmulated: true } }))).toContain(
      "timed",
    );
  });

  it("are those that the suite and --case select, by glob", async () => {
    expect(await names({ cases: "eight_*" })).toEqual(["eight_float16", "eight_float32"]);
    expect(await names({ cases: "{eight_float32,hidden_1}" })).toEqual(["eight_float32", "hidden_1"]);
    expect(
      await names({}, {}, (suite) => ({ ...suite, cases: { ...suite.cases, include: ["eight_float16"] } })),
    ).toEqual(["eight_float16", "hidden_0", "hidden_1"]);
  });

  it("hidden ones are as many as the suite says, the same for a seed, others for another submission", async () => {
    expect(await names({ cases: "hidden_*" }, {}, (suite) => ({ ...suite, hidden: 5 }))).toHaveLength(5);
    const drawn = async (seed: string): Promise<string> => {
      const { planned } = await plan(
        { seed: { value: seed.repeat(32), origin: "given" }, cases: "hidden_*" },
        {},
        (suite) => ({ ...suite, hidden: 8 }),
      );
      return JSON.stringify(planned[0]?.cases.map(({ bound }) => [bound.axes, bound.dtypes]));
    };
    expect(await drawn("1")).toBe(await drawn("1"));
    expect(await drawn("1")).not.toBe(await drawn("2"));
  });

  it("outside supports are kept with the reason, to be recorded and not run", async () => {
    const half = negateEdited("submission", "supports: {}", "supports: {dtypes: {T: [float16]}}");
    const { planned } = await plan({ cases: "eight_*" }, half);
    expect(planned[0]?.cases.map(({ bound, unsupported }) => [bound.name, unsupported])).toEqual([
      ["eight_float16", null],
      ["eight_float32", "T = float32 is not supported"],
    ]);
  });
});

describe("a device", () => {
  it("is emulated where there is a chip to imitate, and real where it is the host", async () => {
    expect((await plan()).planned[0]?.device).toEqual({
      backend: "toy",
      chip: "T1",
      model: "a processor",
      emulated: true,
    });
    expect((await plan({}, ON_HOST)).planned[0]?.device).toMatchObject({
      backend: "cpu",
      chip: "host",
      emulated: false,
    });
  });
});

describe("a submission that cannot be run", () => {
  it("is a result with its problems, and the others go on", async () => {
    const other = "vendors/acme/other";
    const files: Changes = Object.fromEntries(
      ["PROVENANCE.yaml", "LICENSE", "kernel.cc"].map((name) => [
        `${other}/${name}`,
        MINIATURE[`${SUBMISSION}/${name}`] ?? "",
      ]),
    );
    const yaml = SUBMISSION_YAML.replace("submission: sums", "submission: other").replace("window_sum", "negat");
    const both = [{ folder: `${ROOT}/${other}`, path: other }, SELF];
    const { planned, invalid } = await plan({ submissions: both }, { ...files, [`${other}/submission.yaml`]: yaml });
    expect(planned.map((one) => one.submission.path)).toEqual([SUBMISSION]);
    expect(invalid).toMatchObject([
      {
        submission: "acme/other",
        vendor: "acme",
        path: other,
        status: "INVALID_MANIFEST",
        conforms: false,
        problems: [{ code: "OP_UNKNOWN" }],
      },
    ]);
  });

  it("for being there twice is told where it was first", async () => {
    const { planned, invalid } = await plan({ submissions: [SELF, { ...SELF, path: "./again" }] });
    expect(planned).toHaveLength(1);
    expect(invalid[0]?.problems).toEqual([
      {
        code: "SUBMISSION_DUPLICATE",
        place: { file: "./again/submission.yaml", line: 1, column: 1 },
        message: `'acme/sums' is also in ${SUBMISSION}`,
        fix: "name it once, or give one of them another name",
      },
    ]);
  });

  it("for want of cases is told which there are", async () => {
    const { planned, invalid } = await plan({ cases: "nothing*" });
    expect(planned).toEqual([]);
    expect(invalid[0]).toMatchObject({
      status: "INVALID_MANIFEST",
      problems: [
        {
          code: "CASES_EMPTY",
          message: "no case is left for acme/sums (--case 'nothing*', suite 'default')",
          fix: "choose from: eight_float16, eight_float32, timed",
        },
      ],
    });
  });

  it("for want of an executor of its dialect says so", async () => {
    const { invalid } = await plan({}, negateEdited("submission", "c-abi", "bang-c"));
    expect(invalid[0]?.problems).toMatchObject([
      { code: "DIALECT_UNKNOWN", message: "no executor runs dialect 'bang-c' yet" },
    ]);
  });

  it("at a path that is nothing has that path for a name", async () => {
    const { invalid } = await plan({ submissions: [{ folder: "/else/where", path: "where" }] });
    expect(invalid[0]).toMatchObject({
      submission: "else/where",
      vendor: "else",
      path: "where",
      problems: [{ code: "MANIFEST_MISSING", place: { file: "where" } }],
    });
  });
});
