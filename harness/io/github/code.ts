// Reads of code: pull requests, their files and commits, files and folders at a commit, branches.
import type { Actor } from "../../domain/vote.ts";
import type { GitHub, PullCommit } from "../../domain/github.ts";
import { unlessGone } from "./client.ts";
import { PAGE } from "./read.ts";
import { filesBelow } from "./tree.ts";
import { inRepository, refuse, type Scope } from "./scope.ts";
import { actor, pull } from "./shape.ts";

/** A folder with more names is listed without the rest of them. */
const LONGEST_FOLDER = 1000;

type Code = Pick<
  GitHub,
  | "pull"
  | "openPulls"
  | "pullFiles"
  | "pullCommits"
  | "file"
  | "files"
  | "folder"
  | "signed"
  | "tip"
  | "branch"
  | "groupPulls"
>;

/** Nothing is decided on half a list. */
function whole<Item>(items: readonly Item[], counted: number, what: string): readonly Item[] {
  if (items.length === counted) return items;
  throw refuse(
    `${what}: GitHub counts ${counted} and lists ${items.length}`,
    "split the pull request; if it was pushed to just now, run it again",
  );
}

function accounts(given: readonly ({ readonly id?: number; readonly login?: string } | null)[]): readonly Actor[] {
  const known = given.flatMap((one) =>
    one?.id === undefined || one.login === undefined ? [] : [actor({ id: one.id, login: one.login })],
  );
  return [...new Map(known.map((one) => [one.id, one])).values()];
}

const text = (base64: string): string => Buffer.from(base64, "base64").toString("utf8");

function contents(scope: Scope): Pick<Code, "file" | "folder"> {
  const { rest } = scope.octokit;
  const here = inRepository(scope);
  return {
    file: async (path, commit) => {
      const found = await unlessGone(rest.repos.getContent({ ...here, path, ref: commit }), null);
      if (found === null || Array.isArray(found.data) || found.data.type !== "file") return null;
      if ("encoding" in found.data && found.data.encoding === "base64") return text(found.data.content);
      // Above 1 MB the content is left out.
      return text((await rest.git.getBlob({ ...here, file_sha: found.data.sha })).data.content);
    },
    folder: async (path, commit) => {
      const found = await unlessGone(rest.repos.getContent({ ...here, path, ref: commit }), null);
      if (found === null || !Array.isArray(found.data)) return [];
      if (found.data.length >= LONGEST_FOLDER)
        throw refuse(`${path}: GitHub lists no more than ${LONGEST_FOLDER} names of a folder`, "split the folder");
      return found.data.map(({ name }) => name).toSorted();
    },
  };
}

/**
 * Pull requests behind the commit of a merge group: along first parents down to the default branch, each commit is one pull request's merge, found by
 * its second parent, its own association, or the number that GitHub appends to a squashed title. @throws when one belongs to none
 */
async function groupPulls(scope: Scope, commit: string): Promise<readonly number[]> {
  const { octokit } = scope;
  const here = inRepository(scope);
  const base = (await octokit.rest.repos.get(here)).data.default_branch;
  const { data } = await octokit.rest.repos.compareCommitsWithBasehead({
    ...here,
    basehead: `${base}...${commit}`,
    per_page: PAGE,
  });
  const listed = new Map(data.commits.map((one) => [one.sha, one]));
  const numbers: number[] = [];
  for (let one = listed.get(commit); one !== undefined; one = listed.get(one.parents[0]?.sha ?? "")) {
    const { data: pulls } = await octokit.rest.repos.listPullRequestsAssociatedWithCommit({
      ...here,
      commit_sha: one.parents[1]?.sha ?? one.sha,
    });
    const head = one.parents[1]?.sha;
    const found = pulls.find((given) => head === undefined || given.head.sha === head)?.number;
    const squashed =
      one.parents.length === 1 ? /\(#(\d+)\)$/.exec(one.commit.message.split("\n")[0] ?? "")?.[1] : undefined;
    const number = found ?? (squashed === undefined ? undefined : Number(squashed));
    if (number === undefined)
      throw refuse(
        `merge group ${commit}: ${one.sha} belongs to no pull request`,
        "remove it from the queue and add it again",
      );
    numbers.push(number);
  }
  if (numbers.length === 0 || data.total_commits > data.commits.length)
    throw refuse(
      `merge group ${commit}: GitHub does not list all of its commits`,
      "make the groups of the merge queue smaller",
    );
  return numbers.toReversed();
}

export function code(scope: Scope): Code {
  const { octokit } = scope;
  const { rest } = octokit;
  const here = inRepository(scope);
  const tip: GitHub["tip"] = async (branch) =>
    (await unlessGone(rest.git.getRef({ ...here, ref: `heads/${branch}` }), null))?.data.object.sha ?? null;
  const { file, folder } = contents(scope);
  return {
    file,
    files: (path, commit, limit) => filesBelow(scope, path, commit, limit),
    folder,
    tip,
    pull: async (number) => {
      const found = await unlessGone(rest.pulls.get({ ...here, pull_number: number }), null);
      return found === null ? null : pull(found.data);
    },
    openPulls: async () => {
      const found = await octokit.paginate(rest.pulls.list, {
        ...here,
        state: "open",
        sort: "created",
        direction: "asc",
        per_page: PAGE,
      });
      return found.map(pull);
    },
    pullFiles: async (number) => {
      const counted = (await rest.pulls.get({ ...here, pull_number: number })).data.changed_files;
      const found = await octokit.paginate(rest.pulls.listFiles, { ...here, pull_number: number, per_page: PAGE });
      return whole(found, counted, `files of pull request ${number}`).map(
        ({ filename, previous_filename, status }) => ({
          path: filename,
          previous: previous_filename ?? null,
          status,
        }),
      );
    },
    pullCommits: async (number) => {
      const counted = (await rest.pulls.get({ ...here, pull_number: number })).data.commits;
      const found = await octokit.paginate(rest.pulls.listCommits, { ...here, pull_number: number, per_page: PAGE });
      return whole(found, counted, `commits of pull request ${number}`).map(
        ({ sha, author, committer, commit }): PullCommit => ({
          sha,
          accounts: accounts([author, committer]),
          message: commit.message,
        }),
      );
    },
    signed: async (path, commit) => {
      const found = await unlessGone(rest.repos.listCommits({ ...here, path, sha: commit, per_page: 1 }), null);
      return found?.data[0]?.commit.verification?.verified ?? false;
    },
    branch: async (name, path) => {
      const commit = await tip(name);
      return { commit, text: commit === null ? "" : ((await file(path, commit)) ?? "") };
    },
    groupPulls: (commit) => groupPulls(scope, commit),
  };
}
