// Labels as GitHub shows them.
import { repositoryUrl } from "../address.ts";
import type { IssueRow, LabelRow, State } from "../state.ts";

/** A label of the repository. */
export function labelView(state: State, row: LabelRow): Record<string, unknown> {
  return {
    id: row.id,
    node_id: `LA_${row.id}`,
    url: `${repositoryUrl(state)}/labels/${encodeURIComponent(row.name)}`,
    name: row.name,
    description: row.description,
    color: row.color,
    default: false,
  };
}

/** Labels of an issue by name. */
export function labelsOf(state: State, issue: IssueRow): readonly Record<string, unknown>[] {
  const rows = [...issue.labels].map((key) => state.labels.get(key)).filter((row) => row !== undefined);
  return rows.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map((row) => labelView(state, row));
}
