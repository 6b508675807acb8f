// The way of a real submission on the command line: judged twice, packed, uploaded, looked into, and a vote on it opened on the twin of GitHub.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTwin, type Twin } from "../../testing/github/twin.ts";
import { openxpuIn } from "../../testing/terminal.ts";
import { zip } from "../../testing/zip.ts";

const SUBMISSION = "vendors/cambricon/mlu_conv2d_nhwc_int8";
const out = mkdtempSync(join(tmpdir(), "openxpu-vote-"));
const read = (path: string): string => readFileSync(path, "utf8");
const VOTERS = `edition: 1
voters:
  - { id: 501, login: ann, organisation: acme, since: 2025-01-01 }
  - { id: 502, login: ben, organisation: beta, since: 2025-01-01 }
  - { id: 503, login: cem, organisation: cambricon, since: 2025-01-01 }
`;

let twin: Twin;
let pull: number;
let environment: Record<string, string>;

const vote = (...argv: readonly string[]): ReturnType<typeof openxpuIn> => openxpuIn(environment, "vote", ...argv);
const head = (): string => twin.world().issues[String(pull)]?.pull?.head ?? "";

/** A job of the workflow: judges, packs, uploads. `harness` stands for the commit of a clean checkout of the base. */
async function job(run: number, name: string, harness: string, spoil: (lines: string) => string): Promise<void> {
  const ci = {
    GITHUB_REPOSITORY_ID: String(twin.state.repository.id),
    GITHUB_RUN_ID: String(run),
    GITHUB_RUN_ATTEMPT: "1",
    OPENXPU_HEAD: head(),
  };
  const folder = join(out, `${run}-${name}`);
  const checked = await openxpuIn(ci, "check", SUBMISSION, "--out", folder);
  expect(checked.exit, checked.stderr).toBe(0);
  const records = join(folder, "records", readdirSync(join(folder, "records"))[0] ?? "");
  const commit = /"commit":(null|"[0-9a-f]{40}")/g;
  // Where this checkout has changes the record says so; on a runner it has none.
  const clean = read(records)
    .replaceAll(commit, `"commit":"${harness}"`)
    .replaceAll('"votable":["the harness does not run from a clean commit"]', '"votable":true');
  writeFileSync(records, spoil(clean));
  const packed = await openxpuIn(
    ci,
    "evidence",
    "pack",
    records,
    "--out",
    join(folder, "bundle"),
    "--head",
    head(),
    "--job",
    name,
  );
  expect(packed.exit, packed.stderr).toBe(0);
  const files = ["bundle.json", "records.jsonl"].map((file) => ({
    name: file,
    content: read(join(folder, "bundle", file)),
  }));
  twin.uploadArtifact(run, `evidence-${name}`, zip(files));
}

/** A run of pr-emulate on the head with two jobs. */
async function judged(spoil: (lines: string) => string = (lines) => lines): Promise<void> {
  const main = twin.state.refs.get("refs/heads/main") ?? "";
  const run = twin.completeRun({ path: ".github/workflows/pr-emulate.yml", head: head() });
  for (const name of ["emulate-a", "emulate-b"]) await job(run, name, main, spoil);
}

beforeAll(async () => {
  twin = await startTwin({
    files: {
      ".github/governance/policy.yaml": read(".github/governance/policy.yaml"),
      ".github/governance/voters.yaml": VOTERS,
      "vendors/cambricon/vendor.yaml": read("vendors/cambricon/vendor.yaml"),
    },
  });
  const author = twin.user("alice-cambricon", 900);
  const files = Object.fromEntries(
    readdirSync(SUBMISSION).map((name) => [`${SUBMISSION}/${name}`, read(`${SUBMISSION}/${name}`)]),
  );
  pull = twin.openPull({ author, title: "Convolution for the MLU370", files });
  environment = {
    GITHUB_TOKEN: twin.token,
    GITHUB_REPOSITORY: twin.repository,
    GITHUB_API_URL: twin.url,
    GITHUB_RUN_ID: "77",
  };
});
afterAll(async () => {
  await twin.stop();
  rmSync(out, { recursive: true });
});

describe("openxpu vote, in order", () => {
  it("waits for evidence and says so", async () => {
    const { exit, stdout } = await vote("explain", "--pull", String(pull));
    expect([exit, stdout]).toEqual([0, expect.stringContaining("pr-emulate.yml has not finished on this head")]);
  });

  it("refuses forged evidence by name, reports it, and opens nothing", async () => {
    await judged((lines) => lines.replace('"mismatches":0', '"mismatches":3'));
    await vote("reconcile");
    expect(twin.world().checks[head()]?.["openxpu/vote"]).toMatchObject({
      conclusion: "action_required",
      title: expect.stringContaining("was refused"),
    });
    expect(Object.values(twin.world().issues)).toHaveLength(1);
  });

  it("says what it would do, and does nothing, with --dry-run", async () => {
    await judged();
    const before = twin.world();
    const { exit, stderr } = await vote("open", "--pull", String(pull), "--dry-run");
    expect([exit, stderr]).toEqual([0, expect.stringContaining("would: ledger: opened")]);
    expect(twin.world()).toEqual(before);
  });

  it("opens a vote on honest evidence, with the table that people decide by", async () => {
    const { exit, stderr } = await vote("open", "--pull", String(pull));
    expect(exit, stderr).toBe(0);
    const issue = Object.values(twin.world().issues).find(({ title }) => title.startsWith("Vote: "));
    expect(issue?.title).toBe(`Vote: cambricon/mlu_conv2d_nhwc_int8 1.0.0 (#${pull} at ${head().slice(0, 7)})`);
    expect(issue?.body).toContain("✔ PASSED");
    expect(issue?.body).toContain("of the submitting vendor cambricon");
  });

  it("rests on evidence that anybody can repeat: repro takes the bundle", async () => {
    const run = readdirSync(out).find((name) => name.endsWith("emulate-a")) ?? "";
    const bundle = join(out, run, "bundle");
    const [line = ""] = read(join(bundle, "records.jsonl")).split("\n");
    const { repeat } = JSON.parse(line) as { repeat: string };
    const { exit, stdout } = await openxpuIn({}, "repro", repeat.replace("npx openxpu repro ", ""), "--bundle", bundle);
    expect([exit, stdout]).toEqual([0, expect.stringContaining("reproduced bit for bit")]);
  });

  it("tells the tally and audits the ledger", async () => {
    const told = await vote("tally", "--json", "-");
    expect(JSON.parse(told.stdout)).toMatchObject({
      schema: "openxpu.tally/v1",
      votes: [{ standing: "open", tally: { outcome: "no quorum" } }],
    });
    expect(await vote("audit")).toMatchObject({ exit: 0, stdout: expect.stringContaining("✔ the chain is whole: ") });
  });

  it("finds a ledger that somebody touched", async () => {
    const ledger = twin.world().branches["governance-ledger"]?.files["ledger.jsonl"] ?? "";
    const touched = join(out, "touched.jsonl");
    writeFileSync(touched, ledger.replace('"pull":1', '"pull":2'));
    const { exit, stdout } = await vote("audit", "--ledger", touched);
    expect([exit, stdout]).toEqual([1, expect.stringContaining("a line was changed, lost or added")]);
    expect(twin.violations).toEqual([]);
  });

  it.each([
    [{ GITHUB_TOKEN: "" }, ["reconcile"], "GITHUB_TOKEN"],
    [{ GITHUB_REPOSITORY: "x" }, ["reconcile"], "GITHUB_REPOSITORY"],
    [{}, ["open", "--pull", "x"], "no number of a pull request"],
    [{}, ["simulate", "package.json"], "package.json"],
  ])("exits 2 for what is typed wrong: %j %j", async (wrong, argv, said) => {
    const { exit, stderr } = await openxpuIn({ ...environment, ...wrong }, "vote", ...argv);
    expect([exit, stderr]).toEqual([2, expect.stringContaining(said)]);
  });
});
