// Many open votes: one run of the reconciler, in GitHub's time and within its limits. A thousand of them, in two minutes more:
// OPENXPU_VOTES=1000 npm test -- vote/scale
import { describe, expect, it } from "vitest";
import { githubPort } from "../io/github.ts";
import { reconcile } from "./cycle.ts";
import { story, verdict } from "./testing/story.ts";

const VOTES = Number(process.env["OPENXPU_VOTES"] ?? 100);

describe(`${VOTES} open votes`, () => {
  it("are reconciled in a minute of GitHub's time when nothing happened, and a ballot costs a few calls more", async () => {
    const now = await story();
    const evidence = (pull: number, head: string) => ({
      state: "found" as const,
      evidence: {
        digest: String(pull).padStart(64, "0"),
        head,
        verdicts: [verdict({ submission: `demo_${pull}` })],
        runs: [],
      },
      run: pull,
      attempt: 1,
    });
    for (let index = 1; index < VOTES; index += 1)
      now.twin.openPull({ author: now.author, title: `Kernel ${index}`, files: {} });
    const connect = (paced: boolean) => {
      const clock = {
        clock: now.twin.clock,
        ...(paced ? {} : { pace: { writeMs: 0, notificationMs: 0, retryMs: 0 } }),
      };
      const github = githubPort({
        token: now.twin.token,
        repository: now.twin.repository,
        baseUrl: now.twin.url,
        answers,
        ...clock,
      });
      const look = async ({
        number,
        head,
        author,
      }: {
        number: number;
        head: { sha: string };
        author: { id: number; login: string };
      }) => ({
        scope: { kind: "submission" as const, vendor: "cambricon", submission: `demo_${number}` },
        interests: { vendor: "cambricon", owners: [], claimedOwners: [], author, committers: [], coauthors: [] },
        found: evidence(number, head.sha),
      });
      return reconcile({ github, rules: now.rules, look, writer: "run 1", say: () => undefined });
    };
    const answers = new Map();
    expect((await connect(false)).problems).toEqual([]);
    expect(now.votes()).toHaveLength(VOTES);
    // Opening them took more calls than an hour has: the next hour begins.
    now.twin.clock.advance(3_600_000);
    now.twin.latencyMs = 150;
    now.twin.revive();
    const quiet = now.twin.clock.now();
    expect(await connect(true)).toEqual({ done: [], problems: [] });
    expect((now.twin.clock.now() - quiet) / 1000).toBeLessThan(60);
    // A listing has a hundred rows a page: pulls, issues and comments, and a few calls whatever their number.
    expect(now.twin.calls.length).toBeLessThan(20 + (4 * VOTES) / 100);
    now.vote(0, "/vote +1");
    now.twin.revive();
    const busy = now.twin.clock.now();
    await connect(true);
    expect((now.twin.clock.now() - busy) / 1000).toBeLessThan(60);
    expect(now.twin.violations).toEqual([]);
    await now.stop();
  }, 600_000);
});
