// Pull requests: a head that moves, files and commits that are listed up to GitHub's limits.
import { type Answer, type Call, invalid, list, ok, textOf } from "../answer.ts";
import type { State } from "../state.ts";
import { pageUrl, repositoryUrl } from "../address.ts";
import { checkBody, setState } from "../change.ts";
import { pullOf } from "../find.ts";
import { commitView } from "../view/commit.ts";
import { commitsOf, filesOf, pullView } from "../view/pull.ts";

/** GitHub lists no more than these of one pull request. */
const MOST_FILES = 3000;
const MOST_COMMITS = 250;

function files(state: State, call: Call): Answer {
  const [pull] = pullOf(state, call);
  const shown = filesOf(state, pull).slice(0, MOST_FILES);
  return list(shown, ({ path, previous, status, sha }) => ({
    sha,
    filename: path,
    status,
    additions: 0,
    deletions: 0,
    changes: 0,
    blob_url: `${pageUrl(state)}/blob/${pull.head}/${path}`,
    raw_url: `${pageUrl(state)}/raw/${pull.head}/${path}`,
    contents_url: `${repositoryUrl(state)}/contents/${encodeURIComponent(path)}?ref=${pull.head}`,
    ...(previous === null ? {} : { previous_filename: previous }),
  }));
}

export const pullResource = {
  "pulls/get": (state: State, call: Call): Answer => ok(pullView(state, pullOf(state, call)[0], true)),
  "pulls/list": (state: State, call: Call): Answer => {
    const wanted = call.query["state"] ?? "open";
    if ((call.query["sort"] ?? "created") !== "created")
      throw invalid("PullRequest", "sort", "invalid", "not modelled");
    const rows = [...state.pulls.values()].filter(
      (pull) =>
        (wanted === "all" || state.issues.get(pull.number)?.state === wanted) &&
        (call.query["base"] ?? pull.baseBranch) === pull.baseBranch,
    );
    const ordered = call.query["direction"] === "asc" ? rows : rows.toReversed();
    return list(ordered, (pull) => pullView(state, pull, false));
  },
  "pulls/list-files": files,
  "pulls/list-commits": (state: State, call: Call): Answer => {
    const [pull] = pullOf(state, call);
    const shown = commitsOf(state, pull).slice(0, MOST_COMMITS);
    return list(
      shown.flatMap((sha) => state.git.commits.get(sha) ?? []),
      (commit) => commitView(state, commit),
    );
  },
  "pulls/update": (state: State, call: Call): Answer => {
    const [pull, issue] = pullOf(state, call);
    const to = textOf(call, "state");
    checkBody("PullRequest", textOf(call, "body"));
    if (to === "open" && pull.merged !== null) throw invalid("PullRequest", "state", "invalid");
    issue.title = textOf(call, "title") ?? issue.title;
    issue.body = textOf(call, "body") ?? issue.body;
    if (to === "open" || to === "closed") setState(state, issue, to, null);
    issue.updated = state.clock.now();
    return ok(pullView(state, pull, true));
  },
};
