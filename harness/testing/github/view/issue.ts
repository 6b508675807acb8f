// Issues as GitHub shows them.
import { pageUrl, repositoryUrl } from "../address.ts";
import { stampOf } from "../clock.ts";
import type { IssueRow, State } from "../state.ts";
import { userView } from "./account.ts";
import { labelsOf } from "./label.ts";
import { rollup } from "./reaction.ts";

/** An issue, or a pull request as issues are shown. */
export function issueView(state: State, row: IssueRow): Record<string, unknown> {
  const url = `${repositoryUrl(state)}/issues/${row.number}`;
  const pull = state.pulls.get(row.number);
  const page = `${pageUrl(state)}/${pull === undefined ? "issues" : "pull"}/${row.number}`;
  return {
    id: row.id,
    node_id: `I_${row.id}`,
    url,
    repository_url: repositoryUrl(state),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: page,
    number: row.number,
    state: row.state,
    state_reason: row.reason,
    title: row.title,
    body: row.body === "" ? null : row.body,
    user: userView(state, row.author),
    labels: labelsOf(state, row),
    assignee: null,
    assignees: [],
    milestone: null,
    locked: row.locked,
    active_lock_reason: null,
    comments: [...state.comments.values()].filter((comment) => comment.issue === row.number).length,
    ...(pull === undefined
      ? {}
      : {
          pull_request: {
            merged_at: pull.merged === null ? null : stampOf(pull.merged.at),
            url: `${repositoryUrl(state)}/pulls/${row.number}`,
            html_url: page,
            diff_url: `${page}.diff`,
            patch_url: `${page}.patch`,
          },
        }),
    closed_at: row.closed === null ? null : stampOf(row.closed),
    created_at: stampOf(row.created),
    updated_at: stampOf(row.updated),
    author_association: "CONTRIBUTOR",
    reactions: rollup(row.reactions, `${url}/reactions`),
  };
}
