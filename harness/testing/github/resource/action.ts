// Workflow runs and their artifacts, which lie with a storage of another origin and expire.
import { type Answer, type Call, counted, created, notFound, numberOf, ok, Refusal } from "../answer.ts";
import { stampOf } from "../clock.ts";
import type { ArtifactRow, RunRow, State } from "../state.ts";
import { pageUrl, repositoryUrl } from "../address.ts";
import { personView } from "../view/account.ts";
import { repositoryView } from "../view/repository.ts";

/** GitHub keeps artifacts for 90 days. */
const KEPT_MS = 90 * 86_400_000;

const expired = (state: State, row: ArtifactRow): boolean => row.expired || state.clock.now() >= row.created + KEPT_MS;

function runView(state: State, row: RunRow): Record<string, unknown> {
  const url = `${repositoryUrl(state)}/actions/runs/${row.id}`;
  const from = row.headRepository === null ? null : { ...repositoryView(state), id: row.headRepository };
  return {
    id: row.id,
    node_id: `WFR_${row.id}`,
    name: row.path.split("/").at(-1) ?? null,
    path: row.path,
    event: row.event,
    display_title: row.title,
    head_sha: row.head,
    head_branch: row.branch,
    run_number: row.id,
    run_attempt: row.attempt,
    status: row.status,
    conclusion: row.conclusion,
    workflow_id: workflowId(row.path),
    url,
    html_url: `${pageUrl(state)}/actions/runs/${row.id}`,
    // Empty for forks, as GitHub does it.
    pull_requests: [],
    actor: personView(state, row.actor),
    triggering_actor: personView(state, row.actor),
    created_at: stampOf(row.created),
    updated_at: stampOf(row.updated),
    run_started_at: stampOf(row.created),
    repository: repositoryView(state),
    head_repository: from,
    head_commit: null,
  };
}

/** A number that stays the same for a workflow file. */
function workflowId(path: string): number {
  return Buffer.from(path).reduce((sum, byte) => (sum * 31 + byte) % 1_000_003, 7);
}

function artifactView(state: State, row: ArtifactRow): Record<string, unknown> {
  const url = `${repositoryUrl(state)}/actions/artifacts/${row.id}`;
  return {
    id: row.id,
    node_id: `A_${row.id}`,
    name: row.name,
    size_in_bytes: row.bytes.length,
    url,
    archive_download_url: `${url}/zip`,
    expired: expired(state, row),
    digest: row.digest,
    created_at: stampOf(row.created),
    updated_at: stampOf(row.created),
    expires_at: stampOf(row.created + KEPT_MS),
    workflow_run: { id: row.run, head_sha: state.runs.get(row.run)?.head ?? "" },
  };
}

function runOf(state: State, call: Call): RunRow {
  const row = state.runs.get(numberOf(call, "run_id"));
  if (row === undefined) throw notFound();
  return row;
}

function artifactOf(state: State, call: Call): ArtifactRow {
  const row = state.artifacts.get(numberOf(call, "artifact_id"));
  if (row === undefined) throw notFound();
  return row;
}

function runs(state: State, call: Call, rows: readonly RunRow[]): Answer {
  const { head_sha: head, event, status, branch } = call.query;
  const found = rows.filter(
    (row) =>
      (head ?? row.head) === row.head &&
      (event ?? row.event) === row.event &&
      (branch ?? row.branch) === row.branch &&
      (status === undefined || status === row.status || status === row.conclusion),
  );
  return counted("workflow_runs", found.toReversed(), (row) => runView(state, row));
}

export const actionResource = {
  "actions/list-workflow-runs": (state: State, call: Call): Answer => {
    const named = call.path["workflow_id"] ?? "";
    const rows = [...state.runs.values()].filter(
      (row) => row.path.endsWith(`/${named}`) || String(workflowId(row.path)) === named,
    );
    const inTree = state.git
      .leaves(state.git.commits.get(state.refs.get(`refs/heads/${state.repository.defaultBranch}`) ?? "")?.tree ?? "")
      .has(`.github/workflows/${named}`);
    if (rows.length === 0 && !inTree) throw notFound();
    return runs(state, call, rows);
  },
  "actions/list-workflow-runs-for-repo": (state: State, call: Call): Answer =>
    runs(state, call, [...state.runs.values()]),
  "actions/get-workflow-run": (state: State, call: Call): Answer => ok(runView(state, runOf(state, call))),
  "actions/re-run-workflow": (state: State, call: Call): Answer => {
    const row = runOf(state, call);
    if (row.status !== "completed") throw new Refusal(403, "This workflow is already running");
    row.attempt += 1;
    row.status = "queued";
    row.conclusion = null;
    row.updated = state.clock.now();
    return created({});
  },
  "actions/list-workflow-run-artifacts": (state: State, call: Call): Answer => {
    const run = runOf(state, call);
    const rows = [...state.artifacts.values()].filter(
      (row) => row.run === run.id && (call.query["name"] ?? row.name) === row.name,
    );
    return counted("artifacts", rows, (row) => artifactView(state, row));
  },
  "actions/get-artifact": (state: State, call: Call): Answer => ok(artifactView(state, artifactOf(state, call))),
  "actions/download-artifact": (state: State, call: Call): Answer => {
    const row = artifactOf(state, call);
    if (expired(state, row)) throw new Refusal(410, "Artifact has expired");
    if (call.path["archive_format"] !== "zip") throw notFound();
    return { status: 302, headers: { location: `${state.storage}/artifacts/${row.id}?signature=test` } };
  },
};
