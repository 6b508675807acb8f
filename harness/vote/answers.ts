// Answers to /explain: one a comment, a few a pull request, by the same rules wherever it was asked.
import type { Comment } from "../domain/github.ts";
import type { Action } from "./actions.ts";
import { commandsOf } from "./rules/ballots.ts";
import { type Explained, explainMark, explainText } from "./text/explain.ts";

/** Answers under one issue or pull request: whoever asks more often is no longer asking. */
const MOST = 10;

/** Comments that answer what has not been answered. */
export function answers(comments: readonly Comment[], self: number, explained: Explained): Action[] {
  const mine = comments.filter(({ author }) => author.id === self).map(({ body }) => body);
  let given = mine.filter((body) => body.includes("<!-- openxpu:explain ")).length;
  const actions: Action[] = [];
  for (const { id, issue, author, body } of comments) {
    if (author.id === self || given >= MOST) continue;
    const asked = commandsOf(body).find(({ command }) => command === "explain");
    const mark = explainMark(id);
    if (asked?.command !== "explain" || mine.some((text) => text.includes(mark))) continue;
    given += 1;
    actions.push({ kind: "comment", issue, body: `${explainText(explained, asked.language ?? "en")}\n\n${mark}` });
  }
  return actions;
}
