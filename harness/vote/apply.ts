// One write on GitHub; and in words, for people and for --dry-run.
import type { GitHub } from "../domain/github.ts";
import type { Action } from "./actions.ts";

/** What a write came to. */
export type Applied =
  | { readonly state: "done" }
  /** GitHub has it and takes its time: there is nothing to do again until something else happens. */
  | { readonly state: "waits"; readonly text: string }
  | { readonly state: "refused"; readonly why: string };

const DONE: Applied = { state: "done" };

/** Carries out one action. @throws HarnessError as the port does */
export async function apply(github: GitHub, action: Action): Promise<Applied> {
  switch (action.kind) {
    case "create issue":
      await github.createIssue(action);
      return DONE;
    case "update issue": {
      const { issue, title, body, labels, state } = action;
      await github.updateIssue(issue, { title, body, labels, state });
      return DONE;
    }
    case "close duplicate":
      await github.updateIssue(action.issue, { body: action.body, state: "not_planned" });
      return DONE;
    case "comment":
      await github.createComment(action.issue, action.body);
      return DONE;
    case "create check":
      await github.createCheck(action.check);
      return DONE;
    case "update check":
      await github.updateCheck(action.id, action.check);
      return DONE;
    case "add labels":
      await github.addLabels(action.pull, action.labels);
      return DONE;
    case "remove label":
      await github.removeLabel(action.pull, action.label);
      return DONE;
    case "rerun":
      await github.rerun(action.run);
      return DONE;
    case "merge": {
      const merged = await github.merge(action.pull, action.head, action.title);
      if (merged.state === "queued") return { state: "waits", text: `#${action.pull} is in the merge queue` };
      return merged.state === "refused" ? { state: "refused", why: `#${action.pull}: ${merged.message}` } : DONE;
    }
  }
}

/** An action in one line. */
export function actionText(action: Action): string {
  switch (action.kind) {
    case "create issue":
      return `create issue "${action.title}"`;
    case "update issue":
      return `update issue #${action.issue} (${action.state})`;
    case "close duplicate":
      return `close #${action.issue}, made twice`;
    case "comment":
      return `comment on #${action.issue}`;
    case "create check":
    case "update check":
      return `${action.kind} ${action.check.name} on ${action.check.commit.slice(0, 7)}: ${action.check.conclusion ?? "in progress"}`;
    case "add labels":
      return `label #${action.pull}: ${action.labels.join(", ")}`;
    case "remove label":
      return `take label ${action.label} from #${action.pull}`;
    case "rerun":
      return `run ${action.run} again`;
    case "merge":
      return `merge #${action.pull} at ${action.head.slice(0, 7)}`;
  }
}
