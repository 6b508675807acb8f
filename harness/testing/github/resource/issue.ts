// Issues, and the part of a pull request that is one.
import { type Answer, type Call, created, empty, invalid, list, namesOf, ok, textOf } from "../answer.ts";
import type { IssueRow, State } from "../state.ts";
import { addIssue, checkBody, labelKey, setState } from "../change.ts";
import { issueOf } from "../find.ts";
import { issueView } from "../view/issue.ts";

const REASONS = ["completed", "not_planned", "reopened", "duplicate"] as const;

function update(state: State, call: Call): Answer {
  const row = issueOf(state, call);
  const body = textOf(call, "body");
  const title = textOf(call, "title");
  const to = textOf(call, "state");
  checkBody("Issue", body);
  if (title?.trim() === "") throw invalid("Issue", "title", "missing_field");
  if (title !== undefined) row.title = title;
  if (body !== undefined) row.body = body;
  if (call.body["labels"] !== undefined) {
    const keys = namesOf(call.body["labels"]).map((name) => labelKey(state, name));
    row.labels.clear();
    for (const key of keys) row.labels.add(key);
  }
  const reason = REASONS.find((one) => one === call.body["state_reason"]) ?? null;
  if (to === "open" || to === "closed") setState(state, row, to, reason);
  row.updated = state.clock.now();
  return ok(issueView(state, row));
}

/** Whether a list with these filters has the issue. */
function listed(state: State, row: IssueRow, query: Call["query"]): boolean {
  if (row.deleted || state.clock.now() < row.listed) return false;
  const wanted = query["state"] ?? "open";
  if (wanted !== "all" && row.state !== wanted) return false;
  const labels = (query["labels"] ?? "").split(",").filter((name) => name !== "");
  if (!labels.every((name) => row.labels.has(name.toLowerCase()))) return false;
  const creator = query["creator"];
  if (creator !== undefined && state.accounts.get(row.author)?.login.toLowerCase() !== creator.toLowerCase())
    return false;
  return query["since"] === undefined || row.updated >= Date.parse(query["since"]);
}

function sorted(rows: readonly IssueRow[], query: Call["query"]): readonly IssueRow[] {
  const key = query["sort"] === "updated" ? "updated" : "created";
  const ascending = rows.toSorted((a, b) => a[key] - b[key] || a.number - b.number);
  return query["direction"] === "asc" ? ascending : ascending.toReversed();
}

export const issueResource = {
  "issues/list-for-repo": (state: State, call: Call): Answer => {
    const rows = [...state.issues.values()].filter((row) => listed(state, row, call.query));
    return list(sorted(rows, call.query), (row) => issueView(state, row));
  },
  "issues/create": (state: State, call: Call): Answer => {
    const title = textOf(call, "title") ?? "";
    const body = textOf(call, "body") ?? "";
    if (title.trim() === "") throw invalid("Issue", "title", "missing_field");
    checkBody("Issue", body);
    const row = addIssue(state, { title, body, author: call.actor.id, labels: namesOf(call.body["labels"]) });
    return created(issueView(state, row));
  },
  "issues/get": (state: State, call: Call): Answer => ok(issueView(state, issueOf(state, call))),
  "issues/update": update,
  "issues/lock": (state: State, call: Call): Answer => {
    issueOf(state, call).locked = true;
    return empty();
  },
  "issues/unlock": (state: State, call: Call): Answer => {
    issueOf(state, call).locked = false;
    return empty();
  },
};
