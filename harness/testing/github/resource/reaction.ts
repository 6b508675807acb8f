// Reactions: one of a kind by one account; GitHub tells nobody about them.
import { type Answer, type Call, empty, list, notFound, numberOf, textOf } from "../answer.ts";
import type { ReactionRow, State } from "../state.ts";
import { react } from "../change.ts";
import { commentOf, issueOf } from "../find.ts";
import { CONTENTS, reactionView } from "../view/reaction.ts";

function add(state: State, call: Call, rows: ReactionRow[]): Answer {
  const content = CONTENTS.find((one) => one === textOf(call, "content"));
  if (content === undefined) throw notFound();
  const [row, isNew] = react(state, rows, call.actor.id, content);
  return { status: isNew ? 201 : 200, body: reactionView(state, row) };
}

function remove(call: Call, rows: ReactionRow[]): Answer {
  const index = rows.findIndex((row) => row.id === numberOf(call, "reaction_id"));
  if (index < 0) throw notFound();
  rows.splice(index, 1);
  return empty();
}

const show = (state: State, call: Call, rows: readonly ReactionRow[]): Answer =>
  list(
    rows.filter((row) => call.query["content"] === undefined || row.content === call.query["content"]),
    (row) => reactionView(state, row),
  );

export const reactionResource = {
  "reactions/list-for-issue": (state: State, call: Call): Answer => show(state, call, issueOf(state, call).reactions),
  "reactions/create-for-issue": (state: State, call: Call): Answer => add(state, call, issueOf(state, call).reactions),
  "reactions/delete-for-issue": (state: State, call: Call): Answer => remove(call, issueOf(state, call).reactions),
  "reactions/list-for-issue-comment": (state: State, call: Call): Answer =>
    show(state, call, commentOf(state, call).reactions),
  "reactions/create-for-issue-comment": (state: State, call: Call): Answer =>
    add(state, call, commentOf(state, call).reactions),
  "reactions/delete-for-issue-comment": (state: State, call: Call): Answer =>
    remove(call, commentOf(state, call).reactions),
};
