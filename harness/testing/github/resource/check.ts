// Check runs on commits: the latest of a name counts.
import {
  type Answer,
  type Call,
  counted,
  created,
  invalid,
  isRecord,
  notFound,
  numberOf,
  ok,
  Refusal,
  textOf,
} from "../answer.ts";
import { stampOf } from "../clock.ts";
import type { CheckRow, State } from "../state.ts";
import { repositoryUrl } from "../address.ts";
import { commitNamed } from "../find.ts";

function checkView(state: State, row: CheckRow): Record<string, unknown> {
  const url = `${repositoryUrl(state)}/check-runs/${row.id}`;
  return {
    id: row.id,
    node_id: `CR_${row.id}`,
    name: row.name,
    head_sha: row.commit,
    external_id: row.externalId,
    url,
    html_url: url,
    details_url: url,
    status: row.status,
    conclusion: row.conclusion,
    started_at: stampOf(row.started),
    completed_at: row.completed === null ? null : stampOf(row.completed),
    output: {
      title: row.title,
      summary: row.summary,
      text: null,
      annotations_count: 0,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: row.app },
    app: null,
    pull_requests: [],
  };
}

/** Writes what a request says of a run. */
function apply(state: State, row: CheckRow, call: Call): void {
  const { output } = call.body;
  const conclusion = textOf(call, "conclusion");
  const status = textOf(call, "status");
  if (status === "completed" && conclusion === undefined) throw invalid("CheckRun", "conclusion", "missing_field");
  row.externalId = textOf(call, "external_id") ?? row.externalId;
  if (isRecord(output)) {
    if (typeof output["title"] === "string") row.title = output["title"];
    if (typeof output["summary"] === "string") row.summary = output["summary"];
  }
  if (conclusion !== undefined) {
    row.status = "completed";
    row.conclusion = conclusion;
    row.completed = state.clock.now();
  } else if (status === "queued" || status === "in_progress") {
    row.status = status;
    row.conclusion = null;
    row.completed = null;
  }
}

/** Of several runs with a name by one app, the one that was made last. */
export function latest(rows: readonly CheckRow[]): readonly CheckRow[] {
  return [...new Map(rows.map((row) => [`${row.app}/${row.name}`, row])).values()];
}

export function checksOn(state: State, commit: string): readonly CheckRow[] {
  return [...state.checks.values()].filter((row) => row.commit === commit);
}

function checkOf(state: State, call: Call): CheckRow {
  const row = state.checks.get(numberOf(call, "check_run_id"));
  if (row === undefined) throw notFound();
  return row;
}

export const checkResource = {
  "checks/create": (state: State, call: Call): Answer => {
    const commit = textOf(call, "head_sha") ?? "";
    if (!state.git.commits.has(commit)) throw new Refusal(422, `No commit found for SHA: ${commit}`);
    const row: CheckRow = {
      id: state.nextId(),
      name: textOf(call, "name") ?? "",
      commit,
      app: call.actor.id,
      started: state.clock.now(),
      externalId: "",
      status: "queued",
      conclusion: null,
      completed: null,
      title: "",
      summary: "",
    };
    apply(state, row, call);
    state.checks.set(row.id, row);
    return created(checkView(state, row));
  },
  "checks/update": (state: State, call: Call): Answer => {
    const row = checkOf(state, call);
    if (row.app !== call.actor.id)
      throw new Refusal(403, "Invalid app_id `0` - check run can only be modified by the GitHub App that created it.");
    apply(state, row, call);
    return ok(checkView(state, row));
  },
  "checks/get": (state: State, call: Call): Answer => ok(checkView(state, checkOf(state, call))),
  "checks/list-for-ref": (state: State, call: Call): Answer => {
    const commit = commitNamed(state, call.path["ref"] ?? "");
    const all = checksOn(state, commit.sha);
    const rows = call.query["filter"] === "all" ? all : latest(all);
    const wanted = rows.filter(
      (row) =>
        (call.query["check_name"] ?? row.name) === row.name && (call.query["status"] ?? row.status) === row.status,
    );
    return counted("check_runs", wanted.toReversed(), (row) => checkView(state, row));
  },
};
