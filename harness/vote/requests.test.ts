// What people may ask for beside voting: another run, another vote, an explanation; and what lifts a failed gate.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EvidenceVerdict } from "../domain/evidence.ts";
import type { Waiver } from "../domain/governance.ts";
import { DAY, type Story, story, verdict } from "./testing/story.ts";

let now: Story;
beforeEach(async () => {
  now = await story();
});
afterEach(async () => {
  expect(now.twin.violations).toEqual([]);
  await now.stop();
});

const FAILED = {
  conforms: false,
  status: "INCORRECT_NUMERICAL",
  failing: [{ name: "tail", status: "INCORRECT_NUMERICAL", finding: "rows 96..99 of 100 unwritten" }],
} as const;
const failing = (change: Parameters<typeof verdict>[0] = {}): ReturnType<typeof verdict> =>
  verdict({ ...FAILED, failing: [...FAILED.failing], ...change });
const head = (): string => now.twin.world().issues[String(now.pull)]?.pull?.head ?? "";
const check = () => now.twin.world().checks[head()]?.["openxpu/vote"];

/** A finished run on the twin with the evidence that belongs to it. */
function ran(...verdicts: readonly EvidenceVerdict[]): number {
  const run = now.twin.completeRun({ path: ".github/workflows/pr-emulate.yml", head: head() });
  now.evidence(...verdicts);
  const found = now.found.get(head());
  if (found?.state === "found")
    now.found.set(head(), {
      ...found,
      run,
      evidence: { ...found.evidence, runs: [{ run, attempt: 1, url: "https://github.com" }] },
    });
  return run;
}
const attempts = (run: number): unknown => now.twin.world().runs[String(run)]?.attempt;

describe("/recheck", () => {
  it("by the author runs the evidence again while there is no vote, once a comment", async () => {
    const run = ran(failing());
    await now.run();
    now.twin.comment(now.pull, now.author, "/recheck");
    await now.run();
    await now.run();
    expect(attempts(run)).toBe(2);
  });

  it("by a stranger does nothing", async () => {
    const run = ran(failing());
    now.twin.comment(now.pull, now.twin.user("stranger", 3333), "/recheck");
    await now.run();
    expect(attempts(run)).toBe(1);
  });

  it("is the electors' alone while a vote is open: every run draws new hidden cases, and the draw is not the author's", async () => {
    const run = ran(verdict());
    await now.run();
    now.twin.comment(now.pull, now.author, "/recheck");
    now.vote(6, "/recheck");
    await now.run();
    expect(attempts(run)).toBe(1);
    now.vote(0, "/recheck");
    await now.run();
    expect(attempts(run)).toBe(2);
  });
});

describe("sources that failed once", () => {
  it("get no vote by another draw: the same sources failed", async () => {
    ran(failing());
    await now.run();
    ran(verdict());
    await now.run();
    expect(now.votes()).toEqual([]);
    expect(check()?.summary).toContain("the same sources were INCORRECT_NUMERICAL in run");
  });

  it("get one when they were changed", async () => {
    ran(failing());
    await now.run();
    now.twin.push(now.pull, { "vendors/cambricon/mlu_demo/kernel.mlu": "corrected" });
    ran(verdict({ sourceDigest: "d".repeat(64) }));
    await now.run();
    expect(now.votes()).toHaveLength(1);
  });
});

describe("sources that lost a vote", () => {
  /** A vote against which everybody spoke, and new evidence of the same sources after it. */
  async function lost(): Promise<void> {
    ran(verdict());
    await now.run();
    for (const voter of [0, 1, 2, 3, 4]) now.vote(voter, "/vote -1 the licence is unclear");
    await now.run();
    now.twin.clock.advance(7 * DAY + 60_000);
    await now.run();
    ran(verdict());
    await now.run();
  }

  it("wait for the cooldown", async () => {
    await lost();
    expect([now.votes().length, check()?.conclusion]).toEqual([1, "failure"]);
    now.twin.clock.advance(14 * DAY);
    await now.run();
    expect(now.votes()).toHaveLength(2);
  });

  it("are voted on earlier when two organisations ask for it, not when one does twice", async () => {
    await lost();
    for (const voter of [0, 1]) now.twin.comment(now.pull, now.voters[voter] ?? now.author, "/revote");
    await now.run();
    expect(now.votes()).toHaveLength(1);
    now.twin.comment(now.pull, now.voters[2] ?? now.author, "/revote");
    await now.run();
    expect(now.votes()).toHaveLength(2);
  });

  it("cannot dodge the count by a push: a losing tally bars the same sources all the same", async () => {
    ran(verdict());
    await now.run();
    for (const voter of [0, 1, 2]) now.vote(voter, "/vote -1 wrong rounding");
    await now.run();
    now.twin.push(now.pull, { "vendors/cambricon/mlu_demo/README.md": "a word" });
    ran(verdict());
    await now.run();
    expect(now.votes()).toHaveLength(1);
    expect(check()?.summary).toContain("the same sources lost vote");
  });
});

describe("a waiver", () => {
  const waiver: Waiver = {
    edition: 1,
    vendor: "cambricon",
    submission: "mlu_demo",
    sourceDigest: "a".repeat(64),
    cases: ["tail"],
    reason: "the chip's rounding of the last tile is documented",
    by: 101,
    until: "2026-02-01",
  };

  it("lifts the numeric failures that it names, and is shown", async () => {
    now.rules = { ...now.rules, waivers: [waiver] };
    ran(failing());
    await now.run();
    expect(now.votes()).toHaveLength(1);
    expect(now.twin.world().issues[String(now.issue())]?.body).toContain(
      "**Waived** cambricon/mlu_demo: tail; until 2026-02-01.",
    );
  });

  it.each([
    ["other sources", { sourceDigest: "f".repeat(64) }, {}],
    ["another case", { cases: ["head"] }, {}],
    ["an expired day", { until: "2026-01-05" }, {}],
    ["what is no number", {}, { status: "TIMEOUT", failing: [{ name: "tail", status: "TIMEOUT", finding: "60 s" }] }],
  ] as const)("for %s lifts nothing", async (_, change, evidence) => {
    now.rules = {
      ...now.rules,
      waivers: [{ ...waiver, ...change, cases: [...(("cases" in change && change.cases) || waiver.cases)] }],
    };
    ran(failing("failing" in evidence ? { ...evidence, failing: [...evidence.failing] } : {}));
    await now.run();
    expect(now.votes()).toEqual([]);
  });

  it("that expires during the vote ends it", async () => {
    now.rules = { ...now.rules, waivers: [{ ...waiver, until: "2026-01-08" }] };
    ran(failing());
    await now.run();
    now.twin.clock.advance(4 * DAY);
    await now.run();
    expect(now.votes()[0]?.ending).toMatchObject({ type: "superseded", reason: "the waiver for mlu_demo expired" });
  });
});

describe("/explain", () => {
  it("answers once, from the records, in the language that was asked for", async () => {
    ran(failing());
    now.twin.comment(now.pull, now.author, "/explain");
    now.twin.comment(now.pull, now.author, "/explain zh");
    await now.run();
    await now.run();
    const comments = now.twin.world().issues[String(now.pull)]?.comments ?? [];
    const answers = comments.filter(({ author }) => author === "github-actions[bot]").map(({ body }) => body);
    expect(answers).toHaveLength(2);
    expect(answers[0]).toContain("rows 96..99 of 100 unwritten");
    expect(answers[1]).toContain("不符合");
  });

  it("stops answering somebody who only wants to be answered", async () => {
    ran(verdict());
    for (let index = 0; index < 30; index += 1) now.twin.comment(now.pull, now.author, "/explain");
    await now.run();
    const comments = now.twin.world().issues[String(now.pull)]?.comments ?? [];
    expect(comments.filter(({ author }) => author === "github-actions[bot]")).toHaveLength(10);
  });
});
