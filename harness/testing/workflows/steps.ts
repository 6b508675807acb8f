// The policy of steps: holds in workflows and in composite actions alike. One rule a function; each gives what is wrong, in words.
import { shellFaults } from "./shell.ts";
import { actionName, expressionsIn, isCheckout, type Step } from "./workflow.ts";

/** @returns what is wrong with a step; empty where nothing is */
export type StepRule = (step: Step, text: string) => readonly string[];

const when = (wrong: boolean, fault: string): readonly string[] => (wrong ? [fault] : []);

/** A tag moves; 40 hex digits do not. What runs from the checkout itself is reviewed with it. */
function pinned({ uses }: Step, text: string): readonly string[] {
  if (uses === undefined || /^\.\/(base\/)?\.github\/actions\/[\w-]+$/.test(uses)) return [];
  if (!uses.startsWith("actions/")) return [`${uses} is not one of GitHub's own`];
  const [, commit] = /@([0-9a-f]{40})$/.exec(uses) ?? [];
  if (commit === undefined) return [`${uses} is not pinned to a commit`];
  const lines = text.split("\n").filter((line) => line.includes(commit));
  const noted = lines.every((line) => /# v\d+\.\d+\.\d+$/.test(line));
  return when(!noted, `${uses} has no version in a comment`);
}

const oneCommand: StepRule = ({ run }) => (run === undefined ? [] : shellFaults(run));

/** A bare `npx name` asks the registry for a name that anybody could take. */
const npx: StepRule = ({ run }) =>
  when(/\bnpx\b(?! --no openxpu )/.test(run ?? ""), "npx without --no may install what it does not find");

/** What a checkout may be told: no other repository, no submodules, no token of somebody else's. */
const CHECKOUT = ["ref", "path", "fetch-depth", "persist-credentials"];

/** The token stays in .git/config otherwise, where the code that is judged could read it. */
function plainCheckout(step: Step): readonly string[] {
  if (!isCheckout(step)) return [];
  return [
    ...when(step.with["persist-credentials"] !== "false", "persist-credentials is not false"),
    ...Object.keys(step.with)
      .filter((name) => !CHECKOUT.includes(name))
      .map((name) => `a checkout with '${name}'`),
  ];
}

/** A cache that a pull request can fill is code in a later run. */
function noCache(step: Step): readonly string[] {
  const action = actionName(step);
  return [
    ...when(action.startsWith("actions/cache"), "a cache"),
    ...when(step.with["cache"] !== undefined, "a cache by 'cache'"),
    ...when(
      action === "actions/setup-node" && step.with["package-manager-cache"] !== "false",
      "setup-node may cache: package-manager-cache is not false",
    ),
  ];
}

/** A zip that is unpacked into the workspace can replace what a later step runs. */
const outsideWorkspace: StepRule = (step) =>
  when(
    /^actions\/(up|down)load-(pages-)?artifact$/.test(actionName(step)) &&
      !/^\$\{\{ runner\.temp \}\}\/[\w./-]+$/.test(step.with["path"] ?? ""),
    "an artifact comes from or goes to another place than the runner's temporary folder",
  );

const noContinue: StepRule = (step) =>
  when(step["continue-on-error"] !== undefined, "continue-on-error: a failure must be one");

/** Evidence of a failure is evidence; anything else that runs after a failure decides on half of it. */
function afterFailure({ if: condition = "", uses, run }: Step): readonly string[] {
  if (!/\b(always|failure|cancelled|success)\s*\(/.test(condition)) return [];
  const keeps =
    uses?.startsWith("actions/upload-artifact@") === true || run?.startsWith("npx --no openxpu evidence pack ");
  const fine = keeps === true && expressionsIn(condition).join() === "!cancelled()";
  return when(!fine, `runs after a failure: ${condition}`);
}

/** Expressions are code in some places and a value in others; these are the others. */
function expressionsAreValues(step: Step): readonly string[] {
  const folder = step["working-directory"] ?? "";
  const known = folder === "" || folder === "${{ github.action_path }}/../../.." || !folder.includes("${{");
  return [
    ...when((step.shell ?? "").includes("${{"), "an expression names the shell"),
    ...when(!known, "an expression names the folder"),
    ...when(
      Object.keys(step.env).some((name) => /^(PATH|NODE_OPTIONS|BASH_ENV|LD_|GIT_|npm_)/i.test(name)),
      "a variable that changes what runs",
    ),
  ];
}

/** Every rule of steps, by name. */
export const STEP_RULES: Readonly<Record<string, StepRule>> = {
  "actions are GitHub's, and pinned": pinned,
  "a step is one command": oneCommand,
  "npx installs nothing": npx,
  "checkouts are plain": plainCheckout,
  "nothing is cached": noCache,
  "artifacts stay outside the workspace": outsideWorkspace,
  "a failure is a failure": noContinue,
  "only evidence survives a failure": afterFailure,
  "expressions are values": expressionsAreValues,
};
