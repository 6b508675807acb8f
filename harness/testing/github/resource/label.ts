// Labels: one of a name whatever its case, made on the way when an issue asks for them.
import {
  type Answer,
  type Call,
  created,
  empty,
  invalid,
  list,
  namesOf,
  notFound,
  ok,
  Refusal,
  textOf,
} from "../answer.ts";
import type { LabelRow, State } from "../state.ts";
import { labelKey, makeLabel } from "../change.ts";
import { issueOf } from "../find.ts";
import { labelsOf, labelView } from "../view/label.ts";

function labelOf(state: State, call: Call): LabelRow {
  const row = state.labels.get((call.path["name"] ?? "").toLowerCase());
  if (row === undefined) throw notFound();
  return row;
}

function putOn(state: State, call: Call, replace: boolean): Answer {
  const issue = issueOf(state, call);
  const names = namesOf(call.body["labels"]);
  const keys = names.map((name) => labelKey(state, name));
  if (replace) issue.labels.clear();
  for (const key of keys) issue.labels.add(key);
  issue.updated = state.clock.now();
  return ok(labelsOf(state, issue));
}

export const labelResource = {
  "issues/list-labels-for-repo": (state: State): Answer =>
    list([...state.labels.values()], (row) => labelView(state, row)),
  "issues/list-labels-on-issue": (state: State, call: Call): Answer =>
    list(labelsOf(state, issueOf(state, call)), (view) => view),
  "issues/get-label": (state: State, call: Call): Answer => ok(labelView(state, labelOf(state, call))),
  "issues/create-label": (state: State, call: Call): Answer => {
    const name = textOf(call, "name") ?? "";
    if (state.labels.has(name.toLowerCase())) throw invalid("Label", "name", "already_exists");
    return created(
      labelView(state, makeLabel(state, name, textOf(call, "color") ?? "ededed", textOf(call, "description") ?? null)),
    );
  },
  "issues/update-label": (state: State, call: Call): Answer => {
    const row = labelOf(state, call);
    const name = textOf(call, "new_name") ?? row.name;
    if (name.toLowerCase() !== row.name.toLowerCase()) throw invalid("Label", "new_name", "invalid", "not modelled");
    row.name = name;
    row.color = textOf(call, "color") ?? row.color;
    row.description = textOf(call, "description") ?? row.description;
    return ok(labelView(state, row));
  },
  "issues/delete-label": (state: State, call: Call): Answer => {
    const key = labelOf(state, call).name.toLowerCase();
    state.labels.delete(key);
    for (const issue of state.issues.values()) issue.labels.delete(key);
    return empty();
  },
  "issues/add-labels": (state: State, call: Call): Answer => putOn(state, call, false),
  "issues/set-labels": (state: State, call: Call): Answer => putOn(state, call, true),
  "issues/remove-label": (state: State, call: Call): Answer => {
    const issue = issueOf(state, call);
    const key = (call.path["name"] ?? "").toLowerCase();
    if (!issue.labels.delete(key)) throw new Refusal(404, "Label does not exist");
    issue.updated = state.clock.now();
    return ok(labelsOf(state, issue));
  },
};
