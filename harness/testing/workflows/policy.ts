// The policy of workflows (.github/README.md says what it is for): every rule over every workflow, each finding with its rule and place.
import { JOB_RULES } from "./jobs.ts";
import { STEP_RULES } from "./steps.ts";
import { isForPulls } from "./trust.ts";
import { type Action, expressionsIn, type Job, type Step, type Workflow } from "./workflow.ts";

/** One thing against the policy. */
export interface Finding {
  readonly rule: string;
  /** Job and step, where it is about one. */
  readonly place: string;
  readonly fault: string;
}

type WorkflowRule = (workflow: Workflow) => readonly string[];

const when = (wrong: boolean, fault: string): readonly string[] => (wrong ? [fault] : []);

/** It runs with the base's rights on an event that the head causes. */
const noTarget: WorkflowRule = ({ on }) =>
  when(Object.keys(on).includes("pull_request_target"), "is started by pull_request_target");

const nothingByDefault: WorkflowRule = ({ permissions }) =>
  when(
    permissions === undefined || typeof permissions === "string" || Object.keys(permissions).length > 0,
    "permissions at the top are not {}",
  );

/** A name that somebody typed would let one pull request cancel the runs of another. */
const GROUPS = ["github.event.pull_request.number || github.sha", "inputs.pull"];

/** Two reconcilers, or two of anything that writes, wait for each other and are never cut short. */
function concurrency(workflow: Workflow): readonly string[] {
  const { concurrency: limit } = workflow;
  if (limit === undefined || typeof limit === "string") return ["no concurrency with a group and cancel-in-progress"];
  const cancels = limit["cancel-in-progress"];
  return [
    ...expressionsIn(limit.group)
      .filter((expression) => !GROUPS.includes(expression))
      .map((expression) => `a group by '${expression}'`),
    ...when(cancels === undefined, "cancel-in-progress is not said"),
    ...when(cancels !== "false" && !isForPulls(workflow), "a run that is not a pull request's is cancelled"),
  ];
}

const shell: WorkflowRule = ({ defaults }) =>
  when(defaults?.run.shell !== "bash", "the shell is not bash by default, which stops at the first failure");

/** Pull requests against other branches would be judged by whatever workflow those hold. */
function branches({ on }: Workflow): readonly string[] {
  const pulls = on["pull_request"];
  const judges = typeof pulls === "object" && pulls !== null && "paths" in pulls;
  return when(
    judges && (!("branches" in pulls) || JSON.stringify(pulls.branches) !== '["main"]'),
    "judges for other branches than main",
  );
}

const WORKFLOW_RULES: Readonly<Record<string, WorkflowRule>> = {
  "no pull_request_target": noTarget,
  "nothing is permitted by default": nothingByDefault,
  "runs wait for each other": concurrency,
  "the shell stops at a failure": shell,
  "evidence is for main": branches,
};

/** Names of all rules. */
export const RULES = [WORKFLOW_RULES, JOB_RULES, STEP_RULES].flatMap((rules) => Object.keys(rules));

function ofSteps(steps: readonly Step[], text: string, place: string): Finding[] {
  return steps.flatMap((step) =>
    Object.entries(STEP_RULES).flatMap(([rule, check]) =>
      check(step, text).map((fault) => ({ rule, place: `${place}${step.name}`, fault })),
    ),
  );
}

function ofJob(id: string, job: Job, workflow: Workflow): Finding[] {
  const own = Object.entries(JOB_RULES).flatMap(([rule, check]) =>
    check(job, workflow).map((fault) => ({ rule, place: id, fault })),
  );
  return [...own, ...ofSteps(job.steps, workflow.text, `${id} / `)];
}

/** What a workflow does against the policy; empty where it may stay. */
export function findingsOf(workflow: Workflow): readonly Finding[] {
  const own = Object.entries(WORKFLOW_RULES).flatMap(([rule, check]) =>
    check(workflow).map((fault) => ({ rule, place: workflow.name, fault })),
  );
  return [...own, ...Object.entries(workflow.jobs).flatMap(([id, job]) => ofJob(id, job, workflow))];
}

/** The same of a composite action: its steps run with the rights of whoever uses it. */
export function findingsOfAction(action: Action): readonly Finding[] {
  return ofSteps(action.runs.steps, action.text, "");
}
