// openxpu plan: what the jobs of a workflow are told, and what they are never told.
import { describe, expect, it } from "vitest";
import { InputError } from "../domain/problem.ts";
import { scriptedProcesses } from "../testing/memory.ts";
import { type Changes, ROOT, SUBMISSION, SUBMISSION_YAML, VENDOR_YAML } from "../testing/miniature.ts";
import { fakeWorld, right } from "../testing/world.ts";
import type { Context } from "./context.ts";
import { planCommand } from "./plan.ts";

const HEAD = "/head";
const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const LENT = VENDOR_YAML.replace("backend: toy}", "backend: toy, runner: [self-hosted, t1]}");
const TREE: Changes = {
  "vendors/acme/vendor.yaml": LENT,
  ".github/governance/runners.yaml": "edition: 1\nlabels: [self-hosted, t1]\n",
};

interface Given {
  readonly changes?: Changes;
  /** Files elsewhere, by absolute path. */
  readonly files?: Readonly<Record<string, string>>;
  /** What the head's folder is at. */
  readonly head?: string;
}

/** Runs `openxpu plan` over a miniature; gives what it printed, its step's outputs and its problems. */
async function plan(typed: readonly string[], { changes = {}, files = {}, head = COMMIT }: Given = {}) {
  const machine = fakeWorld({ call: right }, { ...TREE, ...changes });
  for (const [path, text] of Object.entries(files)) machine.files.contents.set(path, text);
  const processes = scriptedProcesses(() => ({ stdout: `${head}\n` }));
  const said: string[] = [];
  const context: Context = {
    terminal: { out: (text) => void said.push(text), note: () => undefined },
    environment: { GITHUB_OUTPUT: "/step" },
    folder: ROOT,
    checkout: ROOT,
    world: async () => ({
      ports: { ...machine.ports, processes },
      toolchain: { compiler: "", version: "", abi: "", machine: "x64", includes: [], scratch: "" },
    }),
    exit: () => undefined,
  };
  const problems: string[] = [];
  try {
    await planCommand(context).parseAsync(typed, { from: "user" });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    problems.push(
      ...error.problems.map(({ code, place, message }) => `${code} ${place.file}:${place.line} ${message}`),
    );
  }
  const step = machine.files.contents.get("/step") ?? "";
  return { said: said.join("\n"), step, problems: problems.join("\n") };
}

const list = (...paths: readonly string[]): Readonly<Record<string, string>> => ({
  "/list": paths.map((path) => `${path}\n`).join(""),
});

describe("plan --changed", () => {
  it("names the one submission, for people, programs and the next job", async () => {
    const files = list(`${SUBMISSION}/kernel.cc`, `${SUBMISSION}/new.h`);
    expect(await plan(["--changed", "/list"], { files })).toEqual({
      said: SUBMISSION,
      step: `submission=${SUBMISSION}\n`,
      problems: "",
    });
    const { said } = await plan(["--changed", "/list", "--json", "-"], { files });
    expect(JSON.parse(said)).toEqual({
      submissions: [{ vendor: "acme", submission: "sums", path: SUBMISSION, addsVendor: false }],
    });
  });

  it("takes a vendor.yaml that the base does not have, and no other", async () => {
    const both = list(`${SUBMISSION}/kernel.cc`, "vendors/acme/vendor.yaml");
    expect(await plan(["--changed", "/list"], { files: both })).toMatchObject({
      step: "",
      problems: expect.stringContaining("already there"),
    });
    const first = await plan(["--changed", "/list"], { files: both, changes: { "vendors/acme/vendor.yaml": null } });
    expect(first.said).toBe(SUBMISSION);
  });

  it.each([
    [["harness/cli.ts"], /outside vendors/],
    [[`${SUBMISSION}/a.cc`, "vendors/acme/other/a.cc"], /several/],
    [['"vendors/acme/sums/\\303\\274.cc"'], /outside vendors/],
    [[`${SUBMISSION}/a.cc\u0000`], /other characters/],
    [[], /no path is changed/],
  ])("refuses %j and tells the next job nothing", async (paths, why) => {
    expect(await plan(["--changed", "/list"], { files: list(...paths) })).toMatchObject({
      said: "",
      step: "",
      problems: expect.stringMatching(why),
    });
  });
});

describe("plan --devices", () => {
  const include = [
    {
      vendor: "acme",
      submission: "sums",
      chip: "T1",
      backend: "toy",
      environment: "device-t1",
      "runs-on": ["self-hosted", "t1"],
    },
  ];

  it("is GitHub's matrix over the base", async () => {
    const { said, step } = await plan(["--devices", "--json", "-"]);
    expect(JSON.parse(said)).toEqual({ include });
    expect(step).toBe(`matrix=${JSON.stringify({ include })}\ndevices=1\n`);
  });

  it("refuses a label that is not on the list, at its place", async () => {
    const changes = { ".github/governance/runners.yaml": "edition: 1\nlabels: [self-hosted]\n" };
    const { step, problems } = await plan(["--devices"], { changes });
    expect([step, problems]).toEqual([
      "",
      "VALUE_INVALID vendors/acme/vendor.yaml:4 runner label 't1' is not on the list",
    ]);
  });

  it("refuses without a list, and with one that does not decode", async () => {
    const none = await plan(["--devices"], { changes: { ".github/governance/runners.yaml": null } });
    expect(none.problems).toContain("MANIFEST_MISSING .github/governance/runners.yaml");
    const odd = await plan(["--devices"], {
      changes: { ".github/governance/runners.yaml": "edition: 1\nlabel: [a]\n" },
    });
    expect(odd.problems).toContain("KEY_UNKNOWN .github/governance/runners.yaml:2");
  });

  const typed = ["--devices", "--changed", "/list", "--head", HEAD, "--commit", COMMIT];
  const head = { ...list(`${SUBMISSION}/kernel.cc`), [`${HEAD}/${SUBMISSION}/submission.yaml`]: SUBMISSION_YAML };

  it("reads the chips of the head and the labels of the base", async () => {
    const evil = LENT.replace("runner: [self-hosted, t1]", "runner: [self-hosted, secrets]");
    const files = { ...head, [`${HEAD}/vendors/acme/vendor.yaml`]: evil };
    expect(JSON.parse((await plan([...typed, "--json", "-"], { files })).said)).toEqual({ include });
  });

  it("refuses a chip that the base does not know, and a vendor that it does not know", async () => {
    const chip = SUBMISSION_YAML.replace("[T1]", "[T1, T9]");
    const files = { ...head, [`${HEAD}/${SUBMISSION}/submission.yaml`]: chip };
    expect((await plan(typed, { files })).problems).toContain("CHIP_UNKNOWN vendors/acme/sums/submission.yaml:6");
    const unknown = await plan(typed, { files: head, changes: { "vendors/acme/vendor.yaml": null } });
    expect(unknown.problems).toContain("MANIFEST_MISSING vendors/acme/vendor.yaml");
  });

  it("refuses a submission whose chips nobody lends: a matrix of nothing is an error of GitHub's", async () => {
    const { step, problems } = await plan(typed, { files: head, changes: { "vendors/acme/vendor.yaml": VENDOR_YAML } });
    expect([step, problems]).toEqual(["", "CHIP_UNKNOWN vendors/acme/sums:1 no runner is named for its chips"]);
  });

  it("refuses a manifest that is a link or a book", async () => {
    const linked = await plan(typed, { files: list(`${SUBMISSION}/kernel.cc`) });
    expect(linked.problems).toContain("MANIFEST_MISSING vendors/acme/sums/submission.yaml");
    const long = { ...head, [`${HEAD}/${SUBMISSION}/submission.yaml`]: "#".repeat(70_000) };
    expect((await plan(typed, { files: long })).problems).toContain("70000 characters");
  });

  it("refuses when the head has moved since it was approved", async () => {
    const moved = await plan(typed, { files: head, head: "f".repeat(40) });
    expect(moved).toMatchObject({ step: "", problems: expect.stringMatching(/the head is f{40}, not 0123/) });
  });

  it.each(["HEAD", "0123456", COMMIT.toUpperCase(), `${COMMIT}\n`])("refuses %j as a commit", async (commit) => {
    const { problems } = await plan(["--devices", "--head", HEAD, "--commit", commit], { head: commit });
    expect(problems).toContain("is no commit");
  });
});

describe("plan --ops", () => {
  it("lists every op", async () => {
    expect(await plan(["--ops", "--json", "-"])).toMatchObject({
      said: '["negate","window_sum"]',
      step: 'ops=["negate","window_sum"]\n',
    });
  });
});

describe("a plan of nothing, or of two things", () => {
  it.each([[[]], [["--ops", "--devices"]], [["--head", HEAD]], [["--changed", "/none"]]])(
    "%j is a usage error",
    async (typed) => {
      expect(await plan(typed)).toMatchObject({ step: "", problems: expect.stringContaining("USAGE") });
    },
  );
});
