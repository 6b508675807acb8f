// The workflows whose runs give evidence: their files, and how a device run's title says what it judged.
import type { Pull, WorkflowRun } from "./github.ts";

/** Judges in emulation; runs on the head, so a pull request can rewrite it. */
export const EMULATE = ".github/workflows/pr-emulate.yml";

/** Judges on real chips; runs on the base branch alone. */
export const DEVICE = ".github/workflows/pr-device.yml";

/** A workflow file as people call it: `pr-emulate.yml`. */
export function fileName(workflow: string): string {
  return workflow.split("/").at(-1) ?? workflow;
}

/** The title of the device run of a head: the workflow's `run-name`. */
export function deviceTitle(pull: number, head: string): string {
  return `pr-device ${pull} ${head}`;
}

/**
 * Whether a run has judged this head on real chips: somebody with the right to started it by hand on the base branch, and it is over. A tag can have
 * a branch's name, so the commit that it ran on is held against the base's besides.
 */
export function isDeviceRun(run: WorkflowRun, { number, head, base }: Pull): boolean {
  return (
    run.path === DEVICE &&
    run.status === "completed" &&
    run.event === "workflow_dispatch" &&
    run.branch === base.branch &&
    run.title === deviceTitle(number, head.sha)
  );
}
