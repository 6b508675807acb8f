// A vote from pull request to merge on the twin of GitHub: what people do is scripted, what the reconciler does is real.
import type { EvidenceVerdict } from "../../domain/evidence.ts";
import type { Pull } from "../../domain/github.ts";
import type { Voter } from "../../domain/governance.ts";
import { githubPort } from "../../io/github.ts";
import type { Account } from "../../testing/github/state.ts";
import { startTwin, type Twin } from "../../testing/github/twin.ts";
import { type Reconciled, reconcile } from "../cycle.ts";
import { votesOf } from "../state.ts";
import { readLedger } from "../ledger.ts";
import type { Rules } from "../rules-in-force.ts";
import { POLICY } from "../rules/testing/elections.ts";
import type { Depth, Found } from "../subject.ts";

const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** A verdict that conforms, in emulation. */
export function verdict(change: Partial<EvidenceVerdict> = {}): EvidenceVerdict {
  return {
    vendor: "cambricon",
    submission: "mlu_demo",
    version: "1.0.0",
    sourceDigest: "a".repeat(64),
    op: "matmul",
    opDigest: "b".repeat(64),
    numerics: "fp32",
    device: {
      backend: "mlu",
      chip: "MLU370",
      model: "emulated",
      emulated: true,
      isolation: "userns",
      environment: "c".repeat(64),
    },
    status: "PASSED",
    conforms: true,
    cases: { passed: 12, counted: 12, hidden: 4 },
    failing: [],
    witnesses: [{ executor: "torch", passed: 12, present: 12 }],
    headroom: 0.41,
    speedups: [],
    unvotable: [],
    ...change,
  };
}

const ORGANISATIONS = ["acme", "acme", "beta", "beta", "gamma", "gamma", "cambricon"] as const;

export interface Story {
  readonly twin: Twin;
  /** Two of acme, beta and gamma each, and one of the submitting vendor. */
  readonly voters: readonly Account[];
  readonly author: Account;
  readonly pull: number;
  rules: Rules;
  /** What the evidence of each head is. */
  readonly found: Map<string, Found>;
  /** Pull requests that touch no vendor's path. */
  readonly ordinary: Set<number>;
  /** Gives the pull request's head evidence with these verdicts. */
  evidence(...verdicts: readonly EvidenceVerdict[]): void;
  /** One run of the reconciler. */
  run(writer?: string, asked?: readonly number[], dryRun?: boolean): Promise<Reconciled>;
  /** A comment under the newest vote issue. */
  vote(voter: number, text: string): number;
  /** Number of the newest vote issue. */
  issue(): number;
  votes(): ReturnType<typeof votesOf>;
  ledger(): string;
  stop(): Promise<void>;
}

/** Opens a pull request by a vendor on a fresh twin. */
export async function story(): Promise<Story> {
  const twin = await startTwin();
  const voters = ORGANISATIONS.map((name, index) => twin.user(`voter-${index}-${name}`, 101 + index));
  const author = twin.user("alice-cambricon", 900);
  const pull = twin.openPull({
    author,
    title: "A kernel",
    files: { "vendors/cambricon/mlu_demo/submission.yaml": "x" },
  });
  const found = new Map<string, Found>();
  const ordinary = new Set<number>();
  const members: Voter[] = voters.map(({ id, login }, index) => ({
    id,
    login,
    organisation: ORGANISATIONS[index] ?? "acme",
    since: "2025-01-01",
  }));
  let runs = 0;
  const headOf = (): string => twin.world().issues[String(pull)]?.pull?.head ?? "";
  const ledger = (): string => twin.world().branches["governance-ledger"]?.files["ledger.jsonl"] ?? "";
  const self: Story = {
    twin,
    voters,
    author,
    pull,
    found,
    ordinary,
    rules: {
      repository: twin.state.repository.id,
      policy: POLICY,
      voters: members,
      waivers: [],
      ops: new Map([["matmul", "b".repeat(64)]]),
    },
    evidence: (...verdicts) => {
      runs += 1;
      const run = 7000 + runs;
      const digest = String(run).padStart(64, "0");
      const url = `https://github.com/openxpu/kernels/actions/runs/${run}`;
      const evidence = { digest, head: headOf(), verdicts: [...verdicts], runs: [{ run, attempt: 1, url }] };
      found.set(headOf(), { state: "found", evidence, run, attempt: 1 });
    },
    run: (writer = "run 1", asked = [], dryRun = false) => {
      const github = githubPort({
        token: twin.token,
        repository: twin.repository,
        baseUrl: twin.url,
        clock: twin.clock,
        pace: { writeMs: 0, notificationMs: 0, retryMs: 0 },
      });
      const look = async ({ number, head, author: { id, login } }: Pull): Promise<Depth> => ({
        scope: ordinary.has(number)
          ? { kind: "ordinary" }
          : { kind: "submission", vendor: "cambricon", submission: "mlu_demo" },
        interests: {
          vendor: "cambricon",
          owners: [],
          claimedOwners: [],
          author: { id, login },
          committers: [],
          coauthors: [],
        },
        found: found.get(head.sha) ?? { state: "missing", why: "pr-emulate has not finished" },
      });
      return reconcile({ github, rules: self.rules, look, writer, say: () => undefined }, asked, dryRun);
    },
    vote: (voter, text) => {
      const account = voters[voter];
      if (account === undefined) throw new RangeError(`there is no voter ${voter}`);
      return twin.comment(self.issue(), account, text);
    },
    issue: () => {
      const numbers = Object.entries(twin.world().issues).flatMap(([number, { title }]) =>
        title.startsWith("Vote: ") ? [Number(number)] : [],
      );
      return Math.max(...numbers);
    },
    votes: () => votesOf(readLedger(ledger())),
    ledger,
    stop: () => twin.stop(),
  };
  return self;
}
