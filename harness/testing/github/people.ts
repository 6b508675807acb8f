// What people and machines do to the world behind the API's back: they push, comment, edit, rename and upload.
import { createHash } from "node:crypto";
import { found, type Pushes, pushes } from "./push.ts";
import { type Queue, queue } from "./queue.ts";
import { addComment, addIssue, react } from "./change.ts";
import type { Account, Content, IssueRow, State } from "./state.ts";

export interface NewRun {
  /** `.github/workflows/pr-emulate.yml` */
  readonly path: string;
  readonly head: string;
  readonly event?: string;
  readonly conclusion?: string;
  /** Of the pull request with this head where there is one, else main, unless it is given. GitHub names a tag here too. */
  readonly branch?: string;
  readonly headRepository?: number | null;
  /** As the workflow's `run-name` makes it. */
  readonly title?: string;
}

export interface People extends Pushes, Queue {
  /** An account of that login, made on first use. */
  user(login: string, id?: number): Account;
  comment(issue: number, author: Account, body: string): number;
  editComment(id: number, body: string): void;
  deleteComment(id: number): void;
  react(issue: number, author: Account, content: Content): void;
  openIssue(author: Account, title: string, body: string, labels?: readonly string[]): number;
  editIssue(issue: number, body: string): void;
  deleteIssue(issue: number): void;
  /** A finished run of a workflow; gives its number. */
  completeRun(run: NewRun): number;
  /** A finished attempt of a run that was asked to run again. */
  finishRerun(run: number, conclusion?: string): void;
  uploadArtifact(run: number, name: string, bytes: Uint8Array, expired?: boolean): number;
  /** `owner/name`; the old name redirects. */
  rename(repository: string): void;
  renameUser(account: Account, login: string): void;
  deleteUser(account: Account): void;
  protect(branch: string, rules: { readonly queue?: boolean; readonly checks?: readonly string[] }): void;
}

function talk(
  state: State,
): Pick<People, "comment" | "editComment" | "deleteComment" | "react" | "openIssue" | "editIssue" | "deleteIssue"> {
  const issueOf = (number: number): IssueRow => found(state.issues.get(number), `issue ${number}`);
  return {
    comment: (issue, author, body) => addComment(state, issueOf(issue), author.id, body).id,
    editComment: (id, body) => {
      const row = found(state.comments.get(id), `comment ${id}`);
      row.body = body;
      row.updated = state.clock.now();
    },
    deleteComment: (id) => {
      state.comments.delete(id);
    },
    react: (issue, author, content) => {
      react(state, issueOf(issue).reactions, author.id, content);
    },
    openIssue: (author, title, body, labels = []) => addIssue(state, { title, body, author: author.id, labels }).number,
    editIssue: (issue, body) => {
      const row = issueOf(issue);
      row.body = body;
      row.updated = state.clock.now();
    },
    deleteIssue: (issue) => {
      issueOf(issue).deleted = true;
    },
  };
}

function jobs(state: State): Pick<People, "completeRun" | "finishRerun" | "uploadArtifact"> {
  return {
    completeRun: ({ path, head, event = "pull_request", conclusion = "success", title = "A run", ...given }) => {
      const { branch, headRepository } = given;
      const id = state.nextId();
      const pull = [...state.pulls.values()].find((one) => one.head === head);
      state.runs.set(id, {
        id,
        path,
        event,
        title,
        head,
        branch: branch ?? pull?.headBranch ?? "main",
        headRepository: headRepository === undefined ? (pull?.headRepository ?? state.repository.id) : headRepository,
        actor: state.issues.get(pull?.number ?? 0)?.author ?? state.repository.ownerId,
        created: state.clock.now(),
        attempt: 1,
        status: "completed",
        conclusion,
        updated: state.clock.now(),
      });
      return id;
    },
    finishRerun: (run, conclusion = "success") => {
      const row = found(state.runs.get(run), `run ${run}`);
      row.status = "completed";
      row.conclusion = conclusion;
      row.updated = state.clock.now();
    },
    uploadArtifact: (run, name, bytes, expired = false) => {
      const id = state.nextId();
      const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
      state.artifacts.set(id, { id, run, name, bytes, digest, created: state.clock.now(), expired });
      return id;
    },
  };
}

/** Everything that happens to a state from outside. */
export function people(state: State): People {
  let nextUser = 100;
  return {
    ...pushes(state),
    ...queue(state),
    ...talk(state),
    ...jobs(state),
    user: (login, id) => {
      const known = [...state.accounts.values()].find((account) => account.login.toLowerCase() === login.toLowerCase());
      if (known !== undefined) return known;
      nextUser += 1;
      const account: Account = {
        id: id ?? nextUser,
        login,
        type: login.endsWith("[bot]") ? "Bot" : "User",
        deleted: false,
      };
      state.accounts.set(account.id, account);
      return account;
    },
    rename: (full) => {
      const { repository } = state;
      repository.former.add(`${repository.owner}/${repository.name}`.toLowerCase());
      const [owner = "", name = ""] = full.split("/");
      repository.owner = owner;
      repository.name = name;
    },
    renameUser: (account, login) => {
      account.login = login;
    },
    deleteUser: (account) => {
      account.deleted = true;
    },
    protect: (branch, { queue = false, checks = [] }) => {
      state.rules.set(branch, { queue, checks });
    },
  };
}
