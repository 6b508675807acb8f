// Every rule of the policy is shown a workflow that breaks it, made from one that keeps all of them by one edit.
import { describe, expect, it } from "vitest";
import { BASE, DEVICE, PAGES, PIN, PULL, RECONCILE } from "./examples.ts";
import { findingsOf, findingsOfAction, RULES } from "./policy.ts";
import { actionOf, workflowOf } from "./workflow.ts";

const rulesOf = (text: string): readonly string[] => [...new Set(findingsOf(workflowOf(text)).map(({ rule }) => rule))];

function edited(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`'${from}' is not in the workflow`);
  return text.replace(from, () => to);
}

const DEFAULT_BRANCH = "          ref: main\n";
const CHECK = 'npx --no openxpu check "../head/$SUBMISSION"';
const run = (command: string): readonly [string, string, string] => [PULL, CHECK, command];

/** Rule, workflow, the text that is replaced, and by what. */
const BROKEN: readonly (readonly [string, readonly [string, string, string]])[] = [
  ["no pull_request_target", [PULL, "  pull_request:\n", "  pull_request_target:\n"]],
  ["nothing is permitted by default", [PULL, "permissions: {}", "permissions: {contents: read}"]],
  ["nothing is permitted by default", [PULL, "permissions: {}", "permissions: read-all"]],
  ["nothing is permitted by default", [PULL, "permissions: {}\n", ""]],
  ["runs wait for each other", [PULL, "concurrency:\n  group: pr\n  cancel-in-progress: true\n", ""]],
  ["runs wait for each other", [RECONCILE, "cancel-in-progress: false", "cancel-in-progress: true"]],
  ["the shell stops at a failure", [PULL, "    shell: bash", "    shell: sh"]],
  ["evidence is for main", [PULL, "    branches: [main]\n", ""]],
  ["evidence is for main", [PULL, "branches: [main]", 'branches: ["*"]']],
  ["permissions are the least", [PULL, "    permissions:\n      contents: read\n", ""]],
  ["permissions are the least", [PULL, "      contents: read\n", "      contents: read\n      issues: read\n"]],
  ["permissions are the least", [RECONCILE, "contents: write", "packages: write"]],
  ["jobs end", [PULL, "    timeout-minutes: 60\n", ""]],
  ["jobs end", [PULL, "timeout-minutes: 60", "timeout-minutes: 1000"]],
  ["machines are pinned or planned", [PULL, "ubuntu-24.04", "ubuntu-latest"]],
  ["machines are pinned or planned", [PULL, "ubuntu-24.04", "[self-hosted, t1]"]],
  ["machines are pinned or planned", [PULL, "ubuntu-24.04", "${{ matrix.runs-on }}"]],
  ["machines are pinned or planned", [DEVICE, "    environment: ${{ matrix.environment }}\n", ""]],
  ["machines are pinned or planned", [DEVICE, "  workflow_dispatch:", "  issue_comment:"]],
  [
    "machines are pinned or planned",
    [DEVICE, "${{ fromJSON(needs.plan.outputs.matrix) }}", "{runs-on: [self-hosted]}"],
  ],
  ["secrets stay with the reconciler", [PULL, "github.event.pull_request.title", "secrets.GITHUB_TOKEN"]],
  ["secrets stay with the reconciler", [PULL, "github.event.pull_request.title", "toJSON(secrets)"]],
  ["secrets stay with the reconciler", [PULL, "github.event.pull_request.title", "github.token"]],
  ["secrets stay with the reconciler", [RECONCILE, "secrets.GITHUB_TOKEN", "secrets['ROBOT']"]],
  ["secrets stay with the reconciler", [PULL, "if: ${{ !cancelled() }}", "if: secrets.A != ''"]],
  ["writers have seen nothing unreviewed", [PULL, "contents: read", "contents: write"]],
  ["writers have seen nothing unreviewed", [RECONCILE, "ref: main", "ref: ${{ github.event.workflow_run.head_sha }}"]],
  ["writers have seen nothing unreviewed", [RECONCILE, "ref: main", "repository: somebody/else"]],
  [
    "writers have seen nothing unreviewed",
    [
      DEVICE,
      "    permissions:\n      contents: read\n    strategy",
      "    permissions:\n      contents: write\n    strategy",
    ],
  ],
  ["forks reach neither a secret nor a write", [PULL, "contents: read", "id-token: write"]],
  ["forks reach neither a secret nor a write", [PULL, "github.event.pull_request.title", "secrets.TOKEN"]],
  ["what a fork causes runs main", [RECONCILE, DEFAULT_BRANCH, ""]],
  ["forks reach neither a secret nor a write", [RECONCILE, "secrets.GITHUB_TOKEN", "github.event.comment.body"]],
  ["forks reach neither a secret nor a write", [RECONCILE, "secrets.GITHUB_TOKEN", "github['event'].comment.body"]],
  ["forks reach neither a secret nor a write", [PAGES, "    if: contains(", "    if: startsWith("]],
  ["artifacts of forks are not downloaded", [PAGES, "workflow_run.event)", "workflow_run.head_branch)"]],
  ["the harness that judges is the base's", [PULL, "working-directory: base", "working-directory: head"]],
  ["the harness that judges is the base's", [PULL, "working-directory: base", "working-directory: elsewhere"]],
  ["the harness that judges is the base's", [PULL, `          ref: ${BASE}\n`, ""]],
  [
    "nothing typed decides about a job",
    [PULL, "    name: Check\n", "    name: Check\n    if: github.event.pull_request.draft\n"],
  ],
  ["nothing typed decides about a job", [PULL, "    name: Check\n", "    name: Check\n    if: toJSON(github) != ''\n"]],
  ["the harness that judges is the base's", [PULL, "          path: base\n", ""]],
  ["the harness that judges is the base's", [PULL, "          path: head\n", "          path: base/head\n"]],
  ["the harness that judges is the base's", [PULL, "          path: head\n", "          path: base\n"]],
  ["environments and matrices come from the plan", [DEVICE, "${{ matrix.environment }}", "${{ inputs.environment }}"]],
  [
    "environments and matrices come from the plan",
    [DEVICE, "${{ fromJSON(needs.plan.outputs.matrix) }}", "{chip: ['${{ github.event.comment.body }}']}"],
  ],
  ["runs wait for each other", [PULL, "group: pr", "group: pr-${{ github.head_ref }}"]],
  ["checkouts are plain", [PULL, "          path: head\n", "          path: head\n          submodules: true\n"]],
  ["checkouts are plain", [RECONCILE, "ref: main", "ref: main\n          allow-unsafe-pr-checkout: true"]],
  ["actions are GitHub's, and pinned", [PULL, `actions/setup-node@${PIN}`, `somebody/setup-node@${PIN}`]],
  ["a failed job is a failure", [PULL, "    name: Check\n", "    name: Check\n    continue-on-error: true\n"]],
  ["jobs stop with what they need", [DEVICE, "    needs: plan\n", "    needs: plan\n    if: always()\n"]],
  ["actions are GitHub's, and pinned", [PULL, `actions/setup-node@${PIN} # v7.0.0`, "actions/setup-node@v7"]],
  ["actions are GitHub's, and pinned", [RECONCILE, " # v7.0.1", ""]],
  ["actions are GitHub's, and pinned", [PULL, `actions/setup-node@${PIN} # v7.0.0`, "./head/.github/actions/check"]],
  ["actions are GitHub's, and pinned", [PULL, `actions/setup-node@${PIN} # v7.0.0`, "docker://node:20"]],
  ["a step is one command", run('npx --no openxpu check "${{ github.event.pull_request.title }}"')],
  ["a step is one command", run("npx --no openxpu check $SUBMISSION")],
  ["a step is one command", run("npx --no openxpu check ../head/${SUBMISSION}")],
  ["a step is one command", run("npx --no openxpu check '$SUBMISSION'")],
  ["a step is one command", run('npx --no openxpu check "$(cat ../head/list)"')],
  ["a step is one command", run('npx --no openxpu check "`id`"')],
  ["a step is one command", run('npx --no openxpu check "$SUBMISSION" || true')],
  ["a step is one command", run("npx --no openxpu check a; true")],
  ["a step is one command", run("npx --no openxpu check a > $GITHUB_ENV")],
  ["a step is one command", run("|\n          npx --no openxpu doctor\n          npx --no openxpu list")],
  ["a step is one command", run("make -C ../head")],
  ["npx installs nothing", run('npx openxpu check "$SUBMISSION"')],
  ["npx installs nothing", run('npx --yes openxpu check "$SUBMISSION"')],
  ["npx installs nothing", run("npx --no other")],
  ["checkouts are plain", [RECONCILE, "          persist-credentials: false\n", ""]],
  ["checkouts are plain", [PULL, "persist-credentials: false", "persist-credentials: true"]],
  ["nothing is cached", [PULL, "          package-manager-cache: false\n", "          cache: npm\n"]],
  ["nothing is cached", [PULL, "package-manager-cache: false", "package-manager-cache: true"]],
  ["nothing is cached", [PULL, `actions/setup-node@${PIN} # v7.0.0`, `actions/cache/save@${PIN} # v4.0.0`]],
  ["artifacts stay outside the workspace", [PAGES, "${{ runner.temp }}/records", "records"]],
  ["artifacts stay outside the workspace", [PULL, "${{ runner.temp }}/evidence", "."]],
  ["artifacts stay outside the workspace", [PAGES, "          path: ${{ runner.temp }}/records\n", ""]],
  ["a failure is a failure", [PULL, "      - name: Check\n", "      - name: Check\n        continue-on-error: true\n"]],
  ["only evidence survives a failure", [PULL, "!cancelled()", "always()"]],
  [
    "only evidence survives a failure",
    [PULL, "      - name: Check\n", "      - name: Check\n        if: ${{ !cancelled() }}\n"],
  ],
  ["only evidence survives a failure", [PULL, "!cancelled()", "!cancelled() || true"]],
  [
    "expressions are values",
    [PULL, "      - name: Check\n", "      - name: Check\n        shell: ${{ inputs.shell }}\n"],
  ],
  [
    "expressions are values",
    [PULL, "      - name: Check\n", "      - name: Check\n        working-directory: ${{ github.head_ref }}\n"],
  ],
  ["expressions are values", [PULL, "          SUBMISSION:", "          NODE_OPTIONS:"]],
  [
    "the harness that judges is the base's",
    [PULL, "      - name: Check\n", "      - name: Check\n        working-directory: head\n"],
  ],
];

describe("the policy", () => {
  it.each([
    ["pull requests", PULL],
    ["the reconciler", RECONCILE],
    ["devices", DEVICE],
    ["pages", PAGES],
  ])("lets the example for %s be", (_, text) => {
    expect(findingsOf(workflowOf(text))).toEqual([]);
  });

  it.each(BROKEN)("%s: fires on its fault (%#)", (rule, [text, from, to]) => {
    expect(rulesOf(edited(text, from, to))).toContain(rule);
  });

  it("has no rule without a fault that it finds", () => {
    expect([...new Set(BROKEN.map(([rule]) => rule))].sort()).toEqual([...RULES].sort());
  });

  it.each([
    ["a job of another file", "    steps:", "    uses: a/b/.github/workflows/c.yml@main\n    steps:"],
    ["a container", "    steps:", "    container: node\n    steps:"],
    ["a misspelt key", "timeout-minutes", "timeout_minutes"],
  ])("does not read past %s", (_, from, to) => {
    expect(() => workflowOf(edited(PULL, from, to))).toThrow();
  });

  it("says where", () => {
    expect(findingsOf(workflowOf(edited(RECONCILE, "ref: main", "ref: side")))).toContainEqual({
      rule: "writers have seen nothing unreviewed",
      place: "reconcile",
      fault: "'Main' checks out what nobody reviewed",
    });
  });
});

describe("a composite action", () => {
  const ACTION =
    "name: a\ndescription: b\nruns:\n  using: composite\n  steps:\n    - name: Check\n      shell: bash\n      run: npx --no openxpu doctor\n";

  it("keeps the rules of steps", () => {
    expect(findingsOfAction(actionOf(ACTION))).toEqual([]);
    const typed = ACTION.replace("doctor", 'check "${{ inputs.folder }}"');
    expect(findingsOfAction(actionOf(typed)).map(({ rule }) => rule)).toEqual(["a step is one command"]);
  });
});
