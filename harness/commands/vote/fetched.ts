// The ledger as git fetched it into a checkout: for a job that may read the repository and holds no token for its API.
import type { Ports } from "../../domain/ports.ts";
import { HarnessError } from "../../domain/problem.ts";
import { LEDGER_BRANCH, LEDGER_PATH } from "../../vote/ledger.ts";

const REF = `refs/remotes/origin/${LEDGER_BRANCH}`;
const FIX = "fetch all branches of the repository: `fetch-depth: 0` of actions/checkout";

const failed = (message: string): HarnessError => new HarnessError("GITHUB_FAILED", message, FIX);

/**
 * Writes the ledger's file into a folder, beside the page that is made from it, and gives its text; empty while there has been no vote.
 * @throws HarnessError GITHUB_FAILED where the checkout cannot say: half a history has no other branches
 */
export async function fetchedLedger(
  checkout: string,
  folder: string,
  { processes, files }: Pick<Ports, "processes" | "files">,
): Promise<string> {
  const git = (...args: readonly string[]): ReturnType<Ports["processes"]["run"]> =>
    processes.run(["git", "-C", checkout, ...args], {
      cwd: checkout,
      environment: { LC_ALL: "C" },
      timeoutSeconds: 60,
    });
  const shallow = await git("rev-parse", "--is-shallow-repository");
  if (shallow.code !== 0 || shallow.stdout.trim() !== "false")
    throw failed(`the checkout has ${shallow.code === 0 ? "only part of the history" : "no history"}`);
  const tip = await git("rev-parse", "--verify", "--quiet", `${REF}^{commit}`);
  if (tip.code !== 0) return "";
  const listed = await git("ls-tree", REF, "--", LEDGER_PATH);
  // A link would lead to whatever else this machine has.
  if (!listed.stdout.startsWith("100644 blob ")) throw failed(`${LEDGER_BRANCH} has no file ${LEDGER_PATH}`);
  const path = `${folder}/${LEDGER_PATH}`;
  await files.write(path, "");
  const restored = await git(`--work-tree=${folder}`, "restore", `--source=${REF}`, "--worktree", "--", LEDGER_PATH);
  if (restored.code !== 0) throw failed(`git did not write ${LEDGER_PATH}: ${restored.stderr.trim()}`);
  return files.text(path);
}
