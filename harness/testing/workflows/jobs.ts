// The policy of jobs: what each may reach, and who can make it do so. One rule a function; each gives what is wrong, in words.
import {
  hasUntrustedCheckout,
  isDownload,
  isForPulls,
  isGuarded,
  isTyped,
  isUntrustedCheckout,
  openEvents,
  secretsOf,
  tokensOf,
  writes,
} from "./trust.ts";
import { actionName, expressionsIn, isCheckout, type Job, type Workflow } from "./workflow.ts";
import { runsNode } from "./shell.ts";

/** @returns what is wrong with a job; empty where nothing is */
export type JobRule = (job: Job, workflow: Workflow) => readonly string[];

const when = (wrong: boolean, fault: string): readonly string[] => (wrong ? [fault] : []);

/** All that jobs may ever have, by workflow; reading the contents is always allowed. */
const SCOPES: Readonly<Record<string, readonly string[]>> = {
  reconcile: ["actions: write", "checks: write", "contents: write", "issues: write", "pull-requests: write"],
  pages: ["actions: read", "pages: write", "id-token: write"],
};

/** Six hours is what GitHub would wait. */
const LONGEST_MINUTES = 360;

function leastPermissions({ permissions }: Job, { name }: Workflow): readonly string[] {
  if (permissions === undefined || typeof permissions === "string") return ["permissions are not listed"];
  const allowed = ["contents: read", ...(SCOPES[name] ?? [])];
  return Object.entries(permissions)
    .map(([scope, level]) => `${scope}: ${level}`)
    .filter((one) => !allowed.includes(one))
    .map((one) => `${one} is more than '${name}' may have`);
}

const timeout: JobRule = ({ "timeout-minutes": minutes }) =>
  when(minutes === undefined || minutes > LONGEST_MINUTES, "no timeout-minutes of its own");

/** Machines of GitHub by version; others come from the plan, which has read the list of labels. */
function runner({ "runs-on": runsOn, environment, strategy }: Job, workflow: Workflow): readonly string[] {
  if (typeof runsOn === "string" && /^ubuntu-\d\d\.\d\d$/.test(runsOn)) return [];
  if (runsOn !== "${{ matrix.runs-on }}") return [`${String(runsOn)} is neither a pinned machine nor one of the plan`];
  return [
    ...when(strategy?.matrix !== "${{ fromJSON(needs.plan.outputs.matrix) }}", "a matrix that is not the plan's"),
    ...when(environment === undefined, "a planned machine without an environment and its reviewers"),
    ...when(openEvents(workflow).length > 0, `a planned machine in reach of ${openEvents(workflow).join(", ")}`),
  ];
}

function secrets(job: Job, workflow: Workflow): readonly string[] {
  const allowed = workflow.name === "reconcile" ? ["secrets.GITHUB_TOKEN"] : [];
  const tokens = job.steps.filter(
    (step) => !(workflow.name === "pages" && isDownload(step) && step.with["github-token"] === "${{ github.token }}"),
  );
  return [
    ...secretsOf(job, workflow).filter((name) => !allowed.includes(name)),
    ...tokensOf({ ...job, steps: tokens }, workflow),
  ].map((name) => `names ${name}`);
}

/** What can write has never seen code that nobody reviewed, nor an output of a job that has. */
function writersAreClean(job: Job, workflow: Workflow): readonly string[] {
  if (writes(job).length === 0 && secretsOf(job, workflow).length === 0) return [];
  const tainted = job.needs.filter((id) => {
    const needed = workflow.jobs[id];
    return needed === undefined || hasUntrustedCheckout(needed, workflow);
  });
  return [
    ...job.steps
      .filter((step) => isUntrustedCheckout(step, workflow))
      .map((step) => `'${step.name}' checks out what nobody reviewed`),
    ...tainted.map((id) => `comes after '${id}', which checks out what nobody reviewed`),
  ];
}

/** What a fork can cause besides its own pull request's runs is the default branch's code, by name. */
const onMain: JobRule = (job, workflow) => {
  if (openEvents(workflow).length === 0 || isForPulls(workflow)) return [];
  return job.steps
    .filter((step) => isCheckout(step) && step.with["ref"] !== "main")
    .map((step) => `'${step.name}' does not check out main, in reach of ${openEvents(workflow).join(", ")}`);
};

/** Whoever can write, in reach of a fork, takes nothing that was typed and nothing that a fork's run left. */
function forksReachNothing(job: Job, workflow: Workflow): readonly string[] {
  const events = openEvents(workflow);
  const holds = [...writes(job), ...secretsOf(job, workflow)];
  if (events.length === 0 || holds.length === 0) return [];
  const takes = job.steps.filter((step) =>
    [step.if ?? "", ...[...Object.values(step.env), ...Object.values(step.with)].flatMap(expressionsIn)].some(isTyped),
  );
  const needed = job.needs.length > 0 && !isGuarded(job, workflow);
  return [
    ...when(isForPulls(workflow), `${events.join(", ")} reaches ${holds.join(", ")}`),
    ...takes.map((step) => `'${step.name}' takes what somebody typed`),
    ...when(needed, "takes what other jobs made of a run that a fork can start"),
  ];
}

/** A pull request can bring a workflow of any name: only its event tells whose run it is. */
const downloadsAreGuarded: JobRule = (job, workflow) =>
  when(
    job.steps.some(isDownload) && openEvents(workflow).length > 0 && !isGuarded(job, workflow),
    "downloads artifacts of runs that a fork can start",
  );

/**
 * Evidence is made by the base's harness in the base's folder: Node reads settings of the folder it starts in (`.npmrc`, `tsconfig.json`) and of
 * those above it. A job that runs the head's own code leaves nothing behind.
 */
function nodeRunsTrusted(job: Job, workflow: Workflow): readonly string[] {
  const checkouts = job.steps.filter(isCheckout);
  const usual = job.defaults?.run["working-directory"] ?? workflow.defaults?.run["working-directory"];
  const leaves = job.steps.some((step) => actionName(step).includes("upload")) || Object.keys(job.outputs).length > 0;
  const beside = checkouts.length < 2 || checkouts.every((step) => /^[\w-]+$/.test(step.with["path"] ?? ""));
  const faults = job.steps.flatMap((step) => {
    if (step.run === undefined || !runsNode(step.run)) return [];
    const folder = step["working-directory"] ?? usual;
    const here = checkouts.filter((one) => one.with["path"] === folder);
    if (here.length === 0) return [`'${step.name}': no checkout in '${folder ?? "."}', where npx runs`];
    const own = here.some((one) => isUntrustedCheckout(one, workflow));
    return when(own && leaves, `'${step.name}' runs code that nobody reviewed, and the job makes artifacts or outputs`);
  });
  return [...faults, ...when(!beside, "a checkout lies inside another")];
}

/** What somebody typed chooses no environment and no matrix: the plan does. */
function planned({ environment, strategy }: Job): readonly string[] {
  const name = typeof environment === "object" ? environment.name : environment;
  const matrix = strategy === undefined ? [] : expressionsIn(JSON.stringify(strategy.matrix));
  return [
    ...when(
      name !== undefined && !/^([\w-]+|\$\{\{ matrix\.environment \}\})$/.test(name),
      "an environment that the plan did not choose",
    ),
    ...matrix
      .filter((expression) => !/^fromJSON\(needs\.plan\.outputs\.\w+\)$/.test(expression))
      .map((expression) => `a matrix of '${expression}'`),
  ];
}

/** What somebody typed is a value for a step, never a reason to run a job or to leave it out. */
const namesAreFixed: JobRule = (job) =>
  [job.if ?? "", ...Object.values(job.env).flatMap(expressionsIn)]
    .filter(isTyped)
    .map((expression) => `'${expression}' decides about a job`);

const noContinue: JobRule = (job) =>
  when(job["continue-on-error"] !== undefined, "continue-on-error: a failure must be one");

const afterFailure: JobRule = (job) =>
  when(/\b(always|failure|cancelled)\s*\(/.test(job.if ?? ""), `runs after a failure: ${job.if ?? ""}`);

/** Every rule of jobs, by name. */
export const JOB_RULES: Readonly<Record<string, JobRule>> = {
  "permissions are the least": leastPermissions,
  "jobs end": timeout,
  "machines are pinned or planned": runner,
  "secrets stay with the reconciler": secrets,
  "writers have seen nothing unreviewed": writersAreClean,
  "what a fork causes runs main": onMain,
  "forks reach neither a secret nor a write": forksReachNothing,
  "artifacts of forks are not downloaded": downloadsAreGuarded,
  "the harness that judges is the base's": nodeRunsTrusted,
  "nothing typed decides about a job": namesAreFixed,
  "environments and matrices come from the plan": planned,
  "a failed job is a failure": noContinue,
  "jobs stop with what they need": afterFailure,
};
