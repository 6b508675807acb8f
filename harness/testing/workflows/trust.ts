// Who can start a workflow, and which jobs hold something worth taking.
import { actionName, expressionsIn, isCheckout, type Job, type Step, type Workflow } from "./workflow.ts";

/** Started by maintainers or by the clock alone. Everything else, known or not, can be started by anybody with an account. */
const CLOSED = new Set(["schedule", "workflow_dispatch", "push"]);

/** Events that a fork can cause, also through another workflow: a pull request can bring a workflow of any name. */
export function openEvents({ on }: Workflow): readonly string[] {
  return Object.keys(on).filter((event) => !CLOSED.has(event));
}

/** Events whose run has the pull request's code as its commit. */
export const isForPulls = ({ on }: Workflow): boolean =>
  Object.keys(on).some((event) => event.startsWith("pull_request") || event === "merge_group");

/** Contexts that a person outside can write into; an index hides which one it is. */
const TYPED =
  /\bgithub\.(head_ref|ref_name|actor|triggering_actor|event\b(?!\.workflow_run\.(event|id)\b))|\binputs\b|\bgithub\s*[[)]/;

/** Whether an expression has something that somebody typed. */
export const isTyped = (expression: string): boolean => TYPED.test(expression);

/** A checkout of code that nobody reviewed yet. In a workflow for pull requests the commit of the event is one, so a bare checkout is too. */
export function isUntrustedCheckout(step: Step, workflow: Workflow): boolean {
  if (!isCheckout(step)) return false;
  const { ref, repository } = step.with;
  if (repository !== undefined) return true;
  if (ref === undefined) return isForPulls(workflow);
  // The base is named by the event and reviewed.
  const base = /^\$\{\{ github\.event\.pull_request\.base\.sha \|\| github\.event\.merge_group\.base_sha \}\}$/;
  return ref !== "main" && !base.test(ref);
}

export const hasUntrustedCheckout = (job: Job, workflow: Workflow): boolean =>
  job.steps.some((step) => isUntrustedCheckout(step, workflow));

/** Scopes with which a job can change something. */
export function writes({ permissions }: Job): readonly string[] {
  if (permissions === undefined || typeof permissions === "string") return ["everything"];
  return Object.entries(permissions).flatMap(([scope, level]) => (level === "write" ? [scope] : []));
}

/** Everything of a job that GitHub evaluates, and what the whole workflow sets for it. */
function expressionsOf(job: Job, { env }: Workflow): readonly string[] {
  const conditions = [job.if, ...job.steps.map((step) => step.if)].flatMap((condition) => condition ?? []);
  return [...expressionsIn(JSON.stringify([env, job])), ...conditions];
}

/** Secrets that a job names. */
export const secretsOf = (job: Job, workflow: Workflow): readonly string[] =>
  expressionsOf(job, workflow).flatMap((text) =>
    [...text.matchAll(/\bsecrets\b[.[\w'"\]]*/g)].map((match) => match[0]),
  );

/** Places where a job hands its token on. */
export const tokensOf = (job: Job, workflow: Workflow): readonly string[] =>
  expressionsOf(job, workflow).filter((text) => /\bgithub\.token\b/.test(text));

/** Steps that take an artifact. */
export const isDownload = (step: Step): boolean => actionName(step) === "actions/download-artifact";

/** A job that refuses runs a fork can start: by its own condition, or because it waits for one that does. */
export function isGuarded(job: Job, { jobs }: Workflow): boolean {
  const guard = /^contains\(fromJSON\('\["schedule", "workflow_dispatch"\]'\), github\.event\.workflow_run\.event\)$/;
  if (guard.test(job.if ?? "")) return true;
  return job.needs.some((id) => jobs[id] !== undefined && guard.test(jobs[id].if ?? ""));
}
