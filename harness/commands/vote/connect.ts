// How the vote commands reach GitHub: the variables of a workflow, and what is missing where one is not set.
import type { GitHub } from "../../domain/github.ts";
import { type Context, usage } from "../context.ts";

/** Opens the port of GitHub; given by cli.ts, which alone knows io. */
export type Connect = (options: {
  readonly token: string;
  readonly repository: string;
  readonly baseUrl?: string;
  readonly onWait: (ms: number, call: string) => void;
}) => GitHub;

function variable(name: string, form: RegExp, context: Context, fix: string): string {
  const text = context.environment[name] ?? "";
  if (form.test(text)) return text;
  throw usage("USAGE", name, text === "" ? "it is not set" : "it has another form", fix);
}

/** GitHub as the environment names it. @throws InputError naming the variable */
export function githubOf(connect: Connect, context: Context): GitHub {
  const api = context.environment["GITHUB_API_URL"];
  return connect({
    token: variable("GITHUB_TOKEN", /^\S{1,400}$/, context, "give a token with the permissions of .github/README.md"),
    repository: variable("GITHUB_REPOSITORY", /^[\w.-]+\/[\w.-]+$/, context, "set it to owner/name"),
    ...(api === undefined ? {} : { baseUrl: api }),
    onWait: (ms, call) => context.terminal.note(`waiting ${Math.ceil(ms / 1000)} s for GitHub's limits (${call})`),
  });
}

/** The name of this reconciler in the ledger; a re-run of a workflow run keeps it. */
export function writerOf({ environment }: Context): string {
  const run = environment["GITHUB_RUN_ID"];
  return run !== undefined && /^\d+$/.test(run) ? `run ${run}` : "by hand";
}
