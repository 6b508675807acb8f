// A pull request that brings a shipped submission, on the twin of GitHub: its jobs judge for real, pack and upload, and `vote` runs on the command line.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { startTwin, type Twin } from "../../../testing/github/twin.ts";
import { openxpuIn, type Spoken } from "../../../testing/terminal.ts";
import { zip } from "../../../testing/zip.ts";

const read = (path: string): string => readFileSync(path, "utf8");

/** Three who may vote; one of them speaks for a vendor. */
const VOTERS = `edition: 1
voters:
  - { id: 501, login: ann, organisation: acme, since: 2025-01-01 }
  - { id: 502, login: ben, organisation: beta, since: 2025-01-01 }
  - { id: 503, login: cem, organisation: cambricon, since: 2025-01-01 }
`;

/** What a test holds. */
export interface Brought {
  readonly twin: Twin;
  readonly pull: number;
  /** Variables of the reconciler's job. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where jobs leave their files. */
  readonly folder: string;
  head(): string;
  /** Tip of the base branch. */
  base(): string;
  /** `openxpu vote` on the twin. */
  vote(...argv: readonly string[]): Promise<Spoken>;
  /** What a job of a run finds: the lines of its records, as a clean checkout of the base would write them. */
  judge(run: number, job: string, ...flags: readonly string[]): Promise<string>;
  /** The job's last steps: packs the records as `evidence-<job>` and uploads them. */
  upload(run: number, job: string, records: string): Promise<void>;
  stop(): Promise<void>;
}

/** Opens the pull request of `vendors/<vendor>/<submission>` on a fresh twin. */
export async function brought(submission: string): Promise<Brought> {
  const folder = mkdtempSync(join(tmpdir(), "openxpu-vote-"));
  const [vendors = "", vendor = ""] = submission.split("/");
  const manifest = `${vendors}/${vendor}/vendor.yaml`;
  const twin = await startTwin({
    files: {
      ".github/governance/policy.yaml": read(".github/governance/policy.yaml"),
      ".github/governance/voters.yaml": VOTERS,
      [manifest]: read(manifest),
    },
  });
  const files = Object.fromEntries(
    readdirSync(submission).map((name) => [`${submission}/${name}`, read(`${submission}/${name}`)]),
  );
  const pull = twin.openPull({ author: twin.user("alice", 900), title: "A kernel", files });
  const head = (): string => twin.world().issues[String(pull)]?.pull?.head ?? "";
  const base = (): string => twin.state.refs.get("refs/heads/main") ?? "";
  const environment = {
    GITHUB_TOKEN: twin.token,
    GITHUB_REPOSITORY: twin.repository,
    GITHUB_API_URL: twin.url,
    GITHUB_RUN_ID: "77",
  };
  const inRun = (run: number): Record<string, string> => ({
    GITHUB_REPOSITORY_ID: String(twin.state.repository.id),
    GITHUB_RUN_ID: String(run),
    GITHUB_RUN_ATTEMPT: "1",
    OPENXPU_HEAD: head(),
  });
  return {
    twin,
    pull,
    environment,
    folder,
    head,
    base,
    vote: (...argv) => openxpuIn(environment, "vote", ...argv),
    judge: async (run, job, ...flags) => {
      const out = join(folder, `${run}-${job}`);
      const checked = await openxpuIn(inRun(run), "check", submission, ...flags, "--out", out);
      expect(checked.exit, checked.stderr).toBe(0);
      const lines = read(join(out, "records", readdirSync(join(out, "records"))[0] ?? ""));
      // Where this checkout has changes the record says so; on a runner it has none.
      return lines
        .replaceAll(/"commit":(null|"[0-9a-f]{40}")/g, `"commit":"${base()}"`)
        .replaceAll('"votable":["the harness does not run from a clean commit"]', '"votable":true');
    },
    upload: async (run, job, lines) => {
      const records = join(folder, `${run}-${job}.jsonl`);
      const out = join(folder, `${run}-${job}`, "bundle");
      writeFileSync(records, lines);
      const argv = ["evidence", "pack", records, "--out", out, "--head", head(), "--job", job];
      const packed = await openxpuIn(inRun(run), ...argv);
      expect(packed.exit, packed.stderr).toBe(0);
      const contents = ["bundle.json", "records.jsonl"].map((name) => ({ name, content: read(join(out, name)) }));
      twin.uploadArtifact(run, `evidence-${job}`, zip(contents));
    },
    stop: async () => {
      await twin.stop();
      rmSync(folder, { recursive: true });
    },
  };
}
