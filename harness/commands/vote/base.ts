// The rules in force, read from the default branch through the API: never from a pull request, and from one commit.
import type { Waiver } from "../../domain/governance.ts";
import type { GitHub } from "../../domain/github.ts";
import type { Ports } from "../../domain/ports.ts";
import { HarnessError, InputError } from "../../domain/problem.ts";
import { meaningOf } from "../../pipeline/meaning.ts";
import type { Catalogue } from "../../stages/validate/catalogue.ts";
import { decodePolicy, decodeVoters, decodeWaiver } from "../../vote/rules/policy.ts";
import type { Rules } from "../../vote/rules-in-force.ts";

const FOLDER = ".github/governance";

/** The rules, and the commit they are of. */
export interface Base {
  readonly rules: Rules;
  readonly commit: string;
}

async function required(github: GitHub, path: string, commit: string): Promise<string> {
  const text = await github.file(path, commit);
  if (text !== null) return text;
  const place = { file: path, line: 1, column: 1 };
  const message = "there is no such file on the default branch";
  throw new InputError([{ code: "MANIFEST_MISSING", place, message, fix: "restore it: nobody can vote without it" }]);
}

/** Waivers whose last change was signed; one that was not, or cannot be read, waives nothing and is named. */
async function waiversOf(github: GitHub, commit: string, say: (line: string) => void): Promise<Waiver[]> {
  const waivers: Waiver[] = [];
  for (const name of await github.folder(`${FOLDER}/waivers`, commit)) {
    if (!name.endsWith(".yaml")) continue;
    const path = `${FOLDER}/waivers/${name}`;
    const text = await github.file(path, commit);
    const decoded = text === null ? undefined : decodeWaiver(text, path);
    if (decoded?.ok !== true) say(`${path} waives nothing: it cannot be read`);
    else if (!(await github.signed(path, commit))) say(`${path} waives nothing: its last change is not signed`);
    else waivers.push(decoded.value.waiver);
  }
  return waivers;
}

/**
 * Reads the rules of the default branch. The meaning of ops is that of this checkout, which is the default branch's.
 * @throws InputError where a file of governance is missing or faulty: then nothing is decided
 */
export async function baseOf(
  github: GitHub,
  catalogue: Catalogue,
  ports: Pick<Ports, "files" | "host">,
  say: (line: string) => void,
): Promise<Base> {
  const { id, defaultBranch } = await github.repository();
  const commit = await github.tip(defaultBranch);
  if (commit === null) throw new HarnessError("GITHUB_FAILED", `branch ${defaultBranch} has no commit`, "push one");
  const policy = decodePolicy(await required(github, `${FOLDER}/policy.yaml`, commit), `${FOLDER}/policy.yaml`);
  const voters = decodeVoters(await required(github, `${FOLDER}/voters.yaml`, commit), `${FOLDER}/voters.yaml`);
  if (!policy.ok || !voters.ok)
    throw new InputError([...(policy.ok ? [] : policy.problems), ...(voters.ok ? [] : voters.problems)]);
  const ops = new Map<string, string>();
  for (const [name, entry] of catalogue.ops) ops.set(name, await meaningOf(entry, ports));
  const waivers = await waiversOf(github, commit, say);
  return {
    commit,
    rules: { repository: id, policy: policy.value.policy, voters: voters.value.voters, waivers, ops },
  };
}
