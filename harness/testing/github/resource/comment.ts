// Comments under issues and pull requests: edited, deleted, and gone with their issue.
import { type Answer, type Call, created, empty, list, ok, textOf } from "../answer.ts";
import { stampOf } from "../clock.ts";
import type { CommentRow, State } from "../state.ts";
import { pageUrl, repositoryUrl } from "../address.ts";
import { addComment, checkBody } from "../change.ts";
import { commentOf, issueOf } from "../find.ts";
import { userView } from "../view/account.ts";
import { rollup } from "../view/reaction.ts";

function commentView(state: State, row: CommentRow): Record<string, unknown> {
  const url = `${repositoryUrl(state)}/issues/comments/${row.id}`;
  return {
    id: row.id,
    node_id: `IC_${row.id}`,
    url,
    html_url: `${pageUrl(state)}/issues/${row.issue}#issuecomment-${row.id}`,
    issue_url: `${repositoryUrl(state)}/issues/${row.issue}`,
    user: userView(state, row.author),
    body: row.body,
    created_at: stampOf(row.created),
    updated_at: stampOf(row.updated),
    author_association: "CONTRIBUTOR",
    reactions: rollup(row.reactions, `${url}/reactions`),
  };
}

const since = (row: CommentRow, call: Call): boolean =>
  call.query["since"] === undefined || row.updated >= Date.parse(call.query["since"]);

export const commentResource = {
  "issues/list-comments": (state: State, call: Call): Answer => {
    const issue = issueOf(state, call);
    const rows = [...state.comments.values()].filter((row) => row.issue === issue.number && since(row, call));
    return list(rows, (row) => commentView(state, row));
  },
  "issues/list-comments-for-repo": (state: State, call: Call): Answer => {
    const key = call.query["sort"] === "updated" ? "updated" : "created";
    const rows = [...state.comments.values()]
      .filter((row) => since(row, call) && state.issues.get(row.issue)?.deleted === false)
      .toSorted((a, b) => a[key] - b[key] || a.id - b.id);
    const ordered = call.query["direction"] === "desc" ? rows.toReversed() : rows;
    return list(ordered, (row) => commentView(state, row));
  },
  "issues/get-comment": (state: State, call: Call): Answer => ok(commentView(state, commentOf(state, call))),
  "issues/create-comment": (state: State, call: Call): Answer =>
    created(commentView(state, addComment(state, issueOf(state, call), call.actor.id, textOf(call, "body") ?? ""))),
  "issues/update-comment": (state: State, call: Call): Answer => {
    const row = commentOf(state, call);
    const body = textOf(call, "body") ?? "";
    checkBody("IssueComment", body);
    row.body = body;
    row.updated = state.clock.now();
    return ok(commentView(state, row));
  },
  "issues/delete-comment": (state: State, call: Call): Answer => {
    state.comments.delete(commentOf(state, call).id);
    return empty();
  },
};
