// Which parameters and fields of the description the twin heeds. GitHub would heed the others too, so passing them over in silence would teach something wrong.

/** By operation; pages are cut from every list. */
export const HEEDED: Readonly<Record<string, readonly string[]>> = {
  "actions/list-workflow-run-artifacts": ["name"],
  "actions/list-workflow-runs": ["head_sha", "event", "status", "branch"],
  "actions/list-workflow-runs-for-repo": ["head_sha", "event", "status", "branch"],
  "checks/create": ["name", "head_sha", "external_id", "status", "conclusion", "output"],
  "checks/list-for-ref": ["filter", "check_name", "status"],
  "checks/update": ["name", "external_id", "status", "conclusion", "output"],
  "git/create-blob": ["content", "encoding"],
  "git/create-commit": ["message", "tree", "parents"],
  "git/create-ref": ["ref", "sha"],
  "git/create-tree": ["base_tree", "tree"],
  "git/get-tree": ["recursive"],
  "git/update-ref": ["sha", "force"],
  "issues/add-labels": ["labels"],
  "issues/create": ["title", "body", "labels"],
  "issues/create-comment": ["body"],
  "issues/create-label": ["name", "color", "description"],
  "issues/list-comments": ["since"],
  "issues/list-comments-for-repo": ["sort", "direction", "since"],
  "issues/list-for-repo": ["state", "labels", "creator", "since", "sort", "direction"],
  "issues/set-labels": ["labels"],
  "issues/update": ["title", "body", "labels", "state", "state_reason"],
  "issues/update-comment": ["body"],
  "issues/update-label": ["new_name", "color", "description"],
  "pulls/list": ["state", "base", "sort", "direction"],
  "pulls/merge": ["sha", "commit_title", "merge_method"],
  "pulls/merge-async": ["sha", "commit_title", "merge_method", "merge_action"],
  "pulls/update": ["title", "body", "state"],
  "reactions/create-for-issue": ["content"],
  "reactions/create-for-issue-comment": ["content"],
  "reactions/list-for-issue": ["content"],
  "reactions/list-for-issue-comment": ["content"],
  "repos/get-content": ["ref"],
  "repos/list-commits": ["sha", "path"],
};

const PAGES = new Set(["page", "per_page"]);

/** The first key that the twin would pass over; undefined where there is none. */
export function unheeded(operation: string, keys: readonly string[]): string | undefined {
  return keys.find((key) => !PAGES.has(key) && HEEDED[operation]?.includes(key) !== true);
}
