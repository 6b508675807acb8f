// The port of GitHub over @octokit/rest.
import type { GitHub } from "../domain/github.ts";
import { client, type GitHubOptions } from "./github/client.ts";
import { code } from "./github/code.ts";
import { merge } from "./github/merge.ts";
import { reads } from "./github/read.ts";
import type { Scope } from "./github/scope.ts";
import { realTime } from "./github/wait.ts";
import { writes } from "./github/write.ts";

export type { GitHubOptions } from "./github/client.ts";

/** GitHub of one repository with one token. Reads are repeated, writes never; see the port for what is thrown. */
export function githubPort(options: GitHubOptions): GitHub {
  const [owner = "", repo = ""] = options.repository.split("/");
  const scope: Scope = { ...client(options), owner, repo, clock: options.clock ?? realTime };
  return {
    ...reads(scope, options.baseUrl ?? "https://api.github.com", options.login),
    ...code(scope),
    ...writes(scope),
    merge: (...given) => merge(scope, ...given),
  };
}
