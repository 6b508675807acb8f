// Merge groups get the check of the heads behind them. On the twin, with votes and merges: merge-group.test.ts.
import { describe, expect, it } from "vitest";
import type { CheckRun, Pull, WorkflowRun } from "../domain/github.ts";
import { HarnessError } from "../domain/problem.ts";
import { EMULATE } from "../domain/workflow.ts";
import { type Queue, queued } from "./queue.ts";

const GROUP = "9".repeat(40);

function check(commit: string, conclusion: CheckRun["conclusion"], id = 1): CheckRun {
  return { id, name: "openxpu/vote", commit, externalId: "k", conclusion, title: `it is ${conclusion}`, summary: "" };
}

/** A queue of one group with these pull requests, whose heads have these checks. */
function queue(pulls: readonly number[], checks: readonly CheckRun[]): Queue {
  const head = (number: number): string => String(number).repeat(40).slice(0, 40);
  return {
    recent: async () => [run, run],
    tip: async () => GROUP,
    checks: async (commit) => checks.filter((one) => one.commit === commit),
    groupPulls: async () => pulls,
    pull: async (number) => ({ number, head: { sha: head(number), repository: 1 } }) as Pull,
  };
}

const run: WorkflowRun = {
  id: 1,
  attempt: 1,
  path: EMULATE,
  event: "merge_group",
  title: "A group",
  branch: "gh-readonly-queue/main/pr-1",
  head: GROUP,
  headRepository: 1,
  status: "completed",
  conclusion: "success",
  url: "",
};
const never = (problem: string): void => expect.unreachable(problem);
const first = "1".repeat(40);
const second = "2".repeat(40);

describe("a merge group", () => {
  it.each([
    [
      "whose heads were all voted in or need no vote",
      [1, 2],
      [check(first, "success"), check(second, "neutral")],
      "success",
    ],
    ["with a head that lost", [1, 2], [check(first, "success"), check(second, "failure")], "failure"],
    ["with a head that is still voted on", [1], [check(first, null)], "failure"],
    [
      "with a head that was superseded after it passed",
      [1],
      [check(first, "success", 1), check(first, "cancelled", 2)],
      "failure",
    ],
    ["with a head that nobody decided about", [1], [], "failure"],
    ["without a pull request", [], [], "failure"],
  ] as const)("%s", async (_, pulls, checks, conclusion) => {
    const actions = await queued(queue(pulls, checks), never);
    expect(actions).toEqual([{ kind: "create check", check: expect.objectContaining({ commit: GROUP, conclusion }) }]);
  });

  it("that has the check of its heads is left alone", async () => {
    const port = queue([1], [check(first, "success")]);
    const [made] = await queued(port, never);
    if (made?.kind !== "create check") throw new Error("no check was made");
    const there: CheckRun = { ...made.check, id: 9 };
    expect(await queued(queue([1], [check(first, "success"), there]), never)).toEqual([]);
    expect(await queued(queue([1], [check(first, "cancelled"), there]), never)).toMatchObject([
      { kind: "update check", id: 9, check: { conclusion: "failure" } },
    ]);
  });

  it("whose branch is gone, or is another group's by now, waits for nothing", async () => {
    const port = queue([1], [check(first, "success")]);
    expect(await queued({ ...port, tip: async () => null }, never)).toEqual([]);
    expect(await queued({ ...port, tip: async () => first }, never)).toEqual([]);
  });

  it("that cannot be traced is told of, and gets no check", async () => {
    const told: string[] = [];
    const groupPulls = async (): Promise<never> => {
      throw new HarnessError("GITHUB_FAILED", "it belongs to no pull request", "add it again");
    };
    expect(await queued({ ...queue([1], []), groupPulls }, (problem) => told.push(problem))).toEqual([]);
    expect(told).toEqual(["it belongs to no pull request"]);
  });
});
