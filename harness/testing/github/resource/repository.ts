// The repository, its commits, and the rules of its branches.
import { type Answer, type Call, list, notFound, ok } from "../answer.ts";
import { ancestors, between, changes, leavesOf, mergeBase } from "../history.ts";
import type { State } from "../state.ts";
import type { Commit } from "../store.ts";
import { commitNamed } from "../find.ts";
import { commitView } from "../view/commit.ts";
import { pullView } from "../view/pull.ts";
import { repositoryView } from "../view/repository.ts";

function compare(state: State, call: Call): Answer {
  const [baseName = "", headName = ""] = (call.path["basehead"] ?? "").split("...");
  const base = commitNamed(state, baseName);
  const head = commitNamed(state, headName);
  const commits = between(state.git, base.sha, head.sha);
  const behind = between(state.git, head.sha, base.sha).length;
  const common = state.git.commits.get(mergeBase(state.git, base.sha, head.sha) ?? "");
  if (common === undefined) throw notFound();
  const per = Number(call.query["per_page"] ?? "250");
  const page = Number(call.query["page"] ?? "1");
  const shown = commits.slice((page - 1) * per, page * per).flatMap((sha) => state.git.commits.get(sha) ?? []);
  return ok({
    status: commits.length === 0 ? (behind === 0 ? "identical" : "behind") : behind === 0 ? "ahead" : "diverged",
    ahead_by: commits.length,
    behind_by: behind,
    total_commits: commits.length,
    base_commit: commitView(state, base),
    merge_base_commit: commitView(state, common),
    commits: shown.map((commit) => commitView(state, commit)),
    files:
      page > 1
        ? []
        : changes(state.git, common.sha, head.sha).map(({ path, status, sha }) => ({
            filename: path,
            status,
            sha,
            additions: 0,
            deletions: 0,
            changes: 0,
          })),
  });
}

/** Pull requests whose head has the commit and whose base lacks it, and those that were merged by it. */
function pullsWith(state: State, call: Call): Answer {
  const { sha } = commitNamed(state, call.path["commit_sha"] ?? "");
  const found = [...state.pulls.values()].filter(
    (pull) =>
      pull.merged?.commit === sha ||
      (ancestors(state.git, pull.head).has(sha) && !ancestors(state.git, pull.base).has(sha)),
  );
  return list(found, (pull) => pullView(state, pull, false));
}

/** Commits that changed a path, newest first: of a merge, the parent that has the same content goes on. */
function listCommits(state: State, call: Call): Answer {
  const { path } = call.query;
  const found: Commit[] = [];
  const seen = new Set<string>();
  const waiting = [commitNamed(state, call.query["sha"] ?? state.repository.defaultBranch).sha];
  for (let sha = waiting.shift(); sha !== undefined; sha = waiting.shift()) {
    const commit = state.git.commits.get(sha);
    if (commit === undefined || seen.has(sha)) continue;
    seen.add(sha);
    const blob = path === undefined ? undefined : leavesOf(state.git, sha).get(path)?.sha;
    const same = commit.parents.find(
      (parent) => path !== undefined && leavesOf(state.git, parent).get(path)?.sha === blob,
    );
    if (same !== undefined) waiting.push(same);
    else {
      if (path === undefined || blob !== undefined || commit.parents.length > 0) found.push(commit);
      waiting.push(...commit.parents);
    }
  }
  return list(found, (commit) => commitView(state, commit));
}

function rules(state: State, call: Call): Answer {
  const found = state.rules.get(call.path["branch"] ?? "");
  const from = {
    ruleset_source_type: "Repository",
    ruleset_source: `${state.repository.owner}/${state.repository.name}`,
    ruleset_id: 1,
  };
  const shown: unknown[] = [];
  if (found?.queue === true)
    shown.push({
      type: "merge_queue",
      parameters: {
        check_response_timeout_minutes: 60,
        grouping_strategy: "ALLGREEN",
        max_entries_to_build: 5,
        max_entries_to_merge: 5,
        merge_method: "MERGE",
        min_entries_to_merge: 1,
        min_entries_to_merge_wait_minutes: 5,
      },
      ...from,
    });
  if (found !== undefined && found.checks.length > 0)
    shown.push({
      type: "required_status_checks",
      parameters: {
        required_status_checks: found.checks.map((context) => ({ context })),
        strict_required_status_checks_policy: false,
      },
      ...from,
    });
  return list(shown, (rule) => rule);
}

export const repositoryResource = {
  "repos/get": (state: State): Answer => ok(repositoryView(state)),
  "repos/get-commit": (state: State, call: Call): Answer =>
    ok(commitView(state, commitNamed(state, call.path["ref"] ?? ""))),
  "repos/compare-commits-with-basehead": compare,
  "repos/list-pull-requests-associated-with-commit": pullsWith,
  "repos/get-branch-rules": rules,
  "repos/list-commits": listCommits,
};
