// What can be wrong with governance itself: files of the default branch, the token, the repository's name.
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startTwin, type Twin } from "../../testing/github/twin.ts";
import { openxpuIn } from "../../testing/terminal.ts";

const POLICY = readFileSync(".github/governance/policy.yaml", "utf8");
const VOTERS = "edition: 1\nvoters: []\n";

let twin: Twin;
beforeEach(async () => {
  twin = await startTwin();
});
afterEach(() => twin.stop());

/** `vote reconcile` on the twin with these files of governance. */
function reconcile(
  files: Readonly<Record<string, string>>,
  variables: Readonly<Record<string, string>> = {},
): ReturnType<typeof openxpuIn> {
  const paths = Object.entries(files).map(([name, text]) => [`.github/governance/${name}`, text]);
  if (paths.length > 0) twin.commitFiles("main", Object.fromEntries(paths));
  const environment = { GITHUB_TOKEN: twin.token, GITHUB_REPOSITORY: twin.repository, GITHUB_API_URL: twin.url };
  return openxpuIn({ ...environment, ...variables }, "vote", "reconcile");
}

describe("governance", () => {
  it.each([
    ["no policy", {}, ["MANIFEST_MISSING", ".github/governance/policy.yaml:1:1"]],
    [
      "a policy that is no YAML",
      { "policy.yaml": "edition: [1", "voters.yaml": VOTERS },
      ["YAML_INVALID", "policy.yaml:"],
    ],
    [
      "an unknown key",
      { "policy.yaml": POLICY.replace("quorum:", "quorom:"), "voters.yaml": VOTERS },
      ["KEY_UNKNOWN", "quorum"],
    ],
    [
      "a share that is no fraction",
      { "policy.yaml": POLICY.replace(/approval: .*/, "approval: 0.66"), "voters.yaml": VOTERS },
      ["VALUE_INVALID", "a fraction such as 2/3"],
    ],
    [
      "a voter who is there twice",
      {
        "policy.yaml": POLICY,
        "voters.yaml":
          "edition: 1\nvoters:\n  - {id: 5, login: a, organisation: x, since: 2026-01-01}\n  - {id: 5, login: b, organisation: y, since: 2026-01-01}\n",
      },
      ["VALUE_INVALID", "voters.yaml:4"],
    ],
  ] as const)("with %s decides nothing and says where", async (_, files, said) => {
    const { exit, stderr } = await reconcile(files);
    expect(exit).toBe(2);
    for (const words of said) expect(stderr).toContain(words);
    expect(twin.world().branches["governance-ledger"]).toBeUndefined();
  });

  it("names the permission and the call that a token lacks", async () => {
    twin.openPull({ author: twin.user("alice-cambricon"), files: { "README.md": "changed" } });
    const token = twin.tokenFor({ metadata: "read", contents: "read", issues: "read", pull_requests: "read" });
    const { exit, stderr } = await reconcile({ "policy.yaml": POLICY, "voters.yaml": VOTERS }, { GITHUB_TOKEN: token });
    expect(exit).toBe(3);
    expect(stderr).toMatch(/GITHUB_PERMISSION.*pr-emulate.yml\/runs: the token lacks actions=read/);
    expect(stderr).not.toContain(token);
  });

  it("goes on under the repository's old name after it was renamed", async () => {
    const before = twin.repository;
    twin.openPull({ author: twin.user("alice-cambricon"), files: { "README.md": "changed" } });
    twin.rename("openxpu/silicon");
    const { exit, stderr } = await reconcile(
      { "policy.yaml": POLICY, "voters.yaml": VOTERS },
      { GITHUB_REPOSITORY: before },
    );
    expect(exit, stderr).toBe(0);
    const [checks] = Object.values(twin.world().checks);
    expect(checks?.["openxpu/vote"]).toMatchObject({ conclusion: "neutral", title: "Ordinary review: no vote" });
  });

  it("stops on a ledger that somebody touched, and writes nothing", async () => {
    twin.commitFiles("governance-ledger", { "ledger.jsonl": '{"schema":"openxpu.ledger/v1"}\n' });
    const before = twin.world();
    const { exit, stderr } = await reconcile({ "policy.yaml": POLICY, "voters.yaml": VOTERS });
    expect([exit, stderr]).toEqual([3, expect.stringContaining("LEDGER_BROKEN")]);
    expect(twin.world().issues).toEqual(before.issues);
  });

  it("makes the labels of the reviewed list, once", async () => {
    const environment = { GITHUB_TOKEN: twin.token, GITHUB_REPOSITORY: twin.repository, GITHUB_API_URL: twin.url };
    expect((await openxpuIn(environment, "vote", "labels", "--dry-run")).stdout).toContain("would set 12 labels");
    expect(twin.world().labels).toEqual({});
    for (let time = 0; time < 2; time += 1) expect((await openxpuIn(environment, "vote", "labels")).exit).toBe(0);
    expect(Object.keys(twin.world().labels)).toHaveLength(12);
    expect(twin.world().labels["emulated only"]?.description).toBeTruthy();
  }, 60_000);

  it("takes an empty list of voters: nobody can vote, so nothing passes", async () => {
    expect((await reconcile({ "policy.yaml": POLICY, "voters.yaml": VOTERS })).exit).toBe(0);
  });
});
