// The repository's own workflows and actions keep the policy; a folder that nobody looked into would keep it too, so they are counted.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { findingsOf, findingsOfAction } from "./policy.ts";
import { hasUntrustedCheckout, isForPulls, openEvents, secretsOf, tokensOf } from "./trust.ts";
import { actionOf, expressionsIn, workflowOf } from "./workflow.ts";

const GITHUB = fileURLToPath(new URL("../../../.github", import.meta.url));
const read = (...path: readonly string[]): string => readFileSync(join(GITHUB, ...path), "utf8");
const FILES = readdirSync(join(GITHUB, "workflows"));
const WORKFLOWS = FILES.map((file) => workflowOf(read("workflows", file)));
const JOBS = WORKFLOWS.flatMap((workflow) =>
  Object.entries(workflow.jobs).map(([id, job]) => ({ workflow, id: `${workflow.name}/${id}`, job })),
);

describe("the workflows", () => {
  it("are these, each called what its file is called", () => {
    expect(FILES).toEqual(
      ["lint", "nightly", "pages", "pr-device", "pr-emulate", "reconcile"].map((name) => `${name}.yml`),
    );
    expect(WORKFLOWS.map(({ name }) => `${name}.yml`)).toEqual(FILES);
  });

  it.each(WORKFLOWS)("$name keeps the policy", (workflow) => {
    expect(findingsOf(workflow)).toEqual([]);
  });

  it("are described, each in a row of the table", () => {
    const rows = read("README.md").split("\n");
    for (const { name } of WORKFLOWS) expect(rows.some((row) => row.startsWith(`| \`${name}\` |`))).toBe(true);
  });
});

describe("a pull request of a fork", () => {
  it("starts these jobs, and all that they have together is reading", () => {
    const reached = JOBS.filter(({ workflow }) => isForPulls(workflow));
    expect(reached.map(({ id }) => id)).toEqual(["lint/lint", "lint/test", "pr-emulate/plan", "pr-emulate/emulate"]);
    const scopes = reached.flatMap(({ job }) => Object.entries(job.permissions ?? {}).map((scope) => scope.join(": ")));
    expect([...new Set(scopes)]).toEqual(["contents: read"]);
    expect(reached.flatMap(({ job, workflow }) => [...secretsOf(job, workflow), ...tokensOf(job, workflow)])).toEqual(
      [],
    );
  });

  it("is checked out by none of the others that it can cause", () => {
    const caused = JOBS.filter(({ workflow }) => openEvents(workflow).length > 0 && !isForPulls(workflow));
    expect(caused.map(({ id }) => id)).toEqual(["pages/build", "pages/deploy", "reconcile/reconcile"]);
    expect(caused.filter(({ job, workflow }) => hasUntrustedCheckout(job, workflow))).toEqual([]);
  });

  it("is judged in steps that have no token", () => {
    const judges = JOBS.flatMap(({ job }) => job.steps).filter(({ run }) =>
      / openxpu (check|suite|judge) /.test(run ?? ""),
    );
    expect(judges.length).toBeGreaterThan(3);
    for (const { env } of judges)
      expect(
        Object.values(env)
          .flatMap(expressionsIn)
          .filter((text) => /token|secrets/i.test(text)),
      ).toEqual([]);
  });
});

/** Edits that make a workflow weaker, wherever they fit. */
const WEAKER: readonly (readonly [RegExp, string])[] = [
  [/^ *persist-credentials: false\n/gm, ""],
  [/^ *timeout-minutes: \d+\n/gm, ""],
  [/@[0-9a-f]{40} # v[\d.]+/g, "@v7"],
  [/ # v\d+\.\d+\.\d+$/gm, ""],
  [/npx --no openxpu/g, "npx openxpu"],
  [/contents: read/g, "contents: write"],
  [/"\$(\w+)"/g, "$$$1"],
  [/^ *package-manager-cache: false\n/gm, ""],
  [/ubuntu-24\.04/g, "ubuntu-latest"],
  [/!cancelled\(\)/g, "always()"],
  [/\$\{\{ runner\.temp \}\}\//g, "out/"],
  [/^permissions: \{\}\n/gm, ""],
  [/^ *shell: bash\n/gm, ""],
  [/^ *working-directory: base\n/gm, ""],
  [/^ *environment: \$\{\{ matrix\.environment \}\}\n/gm, ""],
  [/^ *ref: main\n/gm, ""],
  [/^ {4}if: contains\(.*\n/gm, ""],
  [/^ *branches: \[main\]\n *paths:/gm, "    paths:"],
];

describe("every guard of the workflows", () => {
  it.each(WEAKER)("%s is missed when it is gone, in whichever place", (pattern, replacement) => {
    let places = 0;
    for (const { text } of WORKFLOWS) {
      for (const match of text.matchAll(pattern)) {
        const weaker = match[0].replace(new RegExp(pattern.source, "m"), replacement);
        const broken = text.slice(0, match.index) + weaker + text.slice(match.index + match[0].length);
        // A default that has lost its last key is no longer YAML that says something.
        const missed = ((): boolean => {
          try {
            return findingsOf(workflowOf(broken)).length > 0;
          } catch {
            return true;
          }
        })();
        expect(missed, `${match[0].trim()} at ${match.index}`).toBe(true);
        places += 1;
      }
    }
    expect(places).toBeGreaterThan(0);
  });
});

describe("the composite actions", () => {
  it.each(readdirSync(join(GITHUB, "actions")))("%s keeps the policy of steps", (name) => {
    expect(findingsOfAction(actionOf(read("actions", name, "action.yml")))).toEqual([]);
  });
});
