// What the merge queue does with pull requests that it took: builds groups on branches of its own, and lands those whose checks succeed.
import { closeMerged, leaveQueue, mergeCommit } from "./change.ts";
import { found } from "./push.ts";
import { checksOn, latest } from "./resource/check.ts";
import type { GroupRow, PullRow, State } from "./state.ts";

/** A group as its workflow runs see it. */
export interface Group {
  /** `gh-readonly-queue/main/pr-12-<commit of main>`, named for the last of its pull requests. */
  readonly branch: string;
  readonly commit: string;
}

/** The queue, by test code in the place of GitHub. */
export interface Queue {
  /** Somebody with the right to adds a pull request by hand. */
  enqueue(pull: number): void;
  /** Builds a group of queued pull requests on the tip of main, each merged by a commit of its own. */
  mergeGroup(...pulls: readonly number[]): Group;
  /** GitHub lands the group where main's required checks succeeded on it; else its pull requests leave the queue. Gives whether it landed. */
  landGroup(group: Group): boolean;
}

/** Whether the checks that a branch requires have succeeded on a commit. */
function allowed(state: State, branch: string, commit: string): boolean {
  const runs = latest(checksOn(state, commit));
  return (state.rules.get(branch)?.checks ?? []).every((name) =>
    runs.some((run) => run.name === name && ["success", "neutral", "skipped"].includes(run.conclusion ?? "")),
  );
}

export function queue(state: State): Queue {
  const pullOf = (number: number): PullRow => found(state.pulls.get(number), `pull request ${number}`);
  const main = `refs/heads/${state.repository.defaultBranch}`;
  return {
    enqueue: (number) => {
      pullOf(number).queued = true;
    },
    mergeGroup: (...numbers) => {
      const base = found(state.refs.get(main), "branch main");
      const entries: GroupRow["entries"][number][] = [];
      for (const number of numbers) {
        const { queued, head } = pullOf(number);
        if (!queued) throw new Error(`pull request ${number} is in no queue`);
        const tip = entries.at(-1)?.commit ?? base;
        const commit = mergeCommit(state, tip, head, state.repository.ownerId, `Merge pull request #${number}`);
        entries.push({ pull: number, head, commit });
      }
      const { commit, pull } = found(entries.at(-1), "group without a pull request");
      const branch = `gh-readonly-queue/${state.repository.defaultBranch}/pr-${pull}-${base}`;
      state.refs.set(`refs/heads/${branch}`, commit);
      state.groups.set(commit, { ref: `refs/heads/${branch}`, base, entries });
      return { branch, commit };
    },
    landGroup: ({ commit: tip }) => {
      const { ref, base, entries } = found(state.groups.get(tip), `group ${tip}`);
      const lands = allowed(state, state.repository.defaultBranch, tip) && state.refs.get(main) === base;
      if (!lands) entries.forEach(({ pull }) => leaveQueue(state, pullOf(pull)));
      else {
        for (const { pull, commit } of entries) closeMerged(state, pullOf(pull), commit, state.repository.ownerId);
        state.refs.set(main, tip);
        state.groups.delete(tip);
        state.refs.delete(ref);
      }
      return lands;
    },
  };
}
