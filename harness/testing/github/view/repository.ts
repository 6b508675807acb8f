// The repository as GitHub shows it.
import { pageUrl, repositoryUrl } from "../address.ts";
import type { State } from "../state.ts";

/** Under the name that it has now. */
export function repositoryView(state: State): Record<string, unknown> {
  const { id, owner, name, defaultBranch } = state.repository;
  return {
    id,
    node_id: `R_${id}`,
    name,
    full_name: `${owner}/${name}`,
    private: false,
    url: repositoryUrl(state),
    html_url: pageUrl(state),
    default_branch: defaultBranch,
    fork: false,
  };
}
