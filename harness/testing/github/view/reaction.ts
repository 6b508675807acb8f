// Reactions as GitHub shows them, one by one and summed up.
import { stampOf } from "../clock.ts";
import type { Content, ReactionRow, State } from "../state.ts";
import { userView } from "./account.ts";

/** Everything that one can react with. */
export const CONTENTS: readonly Content[] = ["+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"];

/** How many of each, as it is part of issues and comments. */
export function rollup(rows: readonly ReactionRow[], url: string): Record<string, unknown> {
  const counts = CONTENTS.map((content) => [content, rows.filter((row) => row.content === content).length]);
  return { url, total_count: rows.length, ...Object.fromEntries(counts) };
}

/** One reaction. */
export function reactionView(state: State, row: ReactionRow): Record<string, unknown> {
  return {
    id: row.id,
    node_id: `REA_${row.id}`,
    user: userView(state, row.author),
    content: row.content,
    created_at: stampOf(row.created),
  };
}
