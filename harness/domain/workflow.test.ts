// The names in the code are those of the files: a workflow that is renamed would leave votes waiting for ever.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Pull, WorkflowRun } from "./github.ts";
import { DEVICE, deviceTitle, EMULATE, fileName, isDeviceRun } from "./workflow.ts";

const read = (path: string): string => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), "utf8");
const HEAD = "a".repeat(40);
const PULL = { number: 7, head: { sha: HEAD, repository: 5 }, base: { sha: "b".repeat(40), branch: "main" } } as Pull;
const RUN: WorkflowRun = {
  id: 1,
  attempt: 1,
  path: DEVICE,
  event: "workflow_dispatch",
  title: deviceTitle(7, HEAD),
  branch: "main",
  head: PULL.base.sha,
  headRepository: 1,
  status: "completed",
  conclusion: "success",
  url: "",
};

describe("the workflows of evidence", () => {
  it.each([EMULATE, DEVICE])("%s is there, called what its file is called", (path) => {
    expect(read(path)).toContain(`\nname: ${fileName(path).replace(".yml", "")}\n`);
  });

  it("have a title for each device run that names pull request and commit, and nothing else of the run decides it", () => {
    const [, runName = ""] = /^run-name: (.*)$/m.exec(read(DEVICE)) ?? [];
    const titled = runName.replace("${{ inputs.pull }}", "7").replace("${{ inputs.commit }}", HEAD);
    expect(titled).toBe(deviceTitle(7, HEAD));
  });
});

describe("a device run", () => {
  it("is of a head when it says so and ended, whatever came of it", () => {
    expect(isDeviceRun(RUN, PULL)).toBe(true);
    expect(isDeviceRun({ ...RUN, conclusion: "failure" }, PULL)).toBe(true);
  });

  it.each([
    ["another pull request", { title: deviceTitle(8, HEAD) }],
    ["another head", { title: deviceTitle(7, "c".repeat(40)) }],
    ["more than the head", { title: `${deviceTitle(7, HEAD)} ` }],
    ["another branch", { branch: "change-7" }],
    ["no branch", { branch: null }],
    ["another event", { event: "pull_request" }],
    ["another workflow", { path: EMULATE }],
    ["a run that goes on", { status: "in_progress" }],
  ] as const)("is none by %s", (_, change) => {
    expect(isDeviceRun({ ...RUN, ...change }, PULL)).toBe(false);
  });
});
