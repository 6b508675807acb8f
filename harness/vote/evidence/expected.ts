// What a bundle must say, and how far its run is believed.
import type { Expectation, ExpectedSubmission } from "../../domain/expectation.ts";
import { DEVICE, EMULATE } from "../../domain/workflow.ts";

/** An expectation whose names are looked up safely: those in a bundle are hostile. */
export interface Expected extends Omit<Expectation, "submissions" | "ops" | "suites"> {
  readonly submissions: ReadonlyMap<string, ExpectedSubmission>;
  readonly ops: ReadonlyMap<string, string>;
  readonly suites: ReadonlyMap<string, string>;
}

/** Reads a document. */
export function expectedOf(expectation: Expectation): Expected {
  return {
    ...expectation,
    submissions: new Map(Object.entries(expectation.submissions)),
    ops: new Map(Object.entries(expectation.ops)),
    suites: new Map(Object.entries(expectation.suites)),
  };
}

/** A workflow whose evidence is read. */
interface Workflow {
  /** What may start it. */
  readonly events: readonly string[];
  /** Whose commit it runs on: a pull request can rewrite the workflow that it starts, never one of the base. */
  readonly on: "head" | "base";
  /** Jobs on runners of their own that must say the same. */
  readonly jobs: number;
}

/** By path. */
export const WORKFLOWS: ReadonlyMap<string, Workflow> = new Map([
  [EMULATE, { events: ["pull_request", "merge_group"], on: "head", jobs: 2 }],
  // There may be one runner with the chip in the world; it is ours, and its workflow is the base's.
  [DEVICE, { events: ["workflow_dispatch"], on: "base", jobs: 1 }],
]);

/** Whether a run may speak of physical devices. */
export function isTrustedRun({ run }: Pick<Expected, "run">): boolean {
  return WORKFLOWS.get(run.path)?.on === "base";
}
