// Prunes GitHub's own OpenAPI description to the operations of the twin: `node refresh.mjs <unpacked @octokit/openapi>` writes description.json.
// The package is 403 MB, so it is no dependency: `npm pack @octokit/openapi@<version>`, unpack, run, review the difference.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What the port calls, and what people and jobs do around it. */
const OPERATIONS = new Set([
  "actions/download-artifact",
  "actions/get-artifact",
  "actions/get-workflow-run",
  "actions/list-workflow-run-artifacts",
  "actions/list-workflow-runs",
  "actions/list-workflow-runs-for-repo",
  "actions/re-run-workflow",
  "checks/create",
  "checks/get",
  "checks/list-for-ref",
  "checks/update",
  "git/create-blob",
  "git/create-commit",
  "git/create-ref",
  "git/create-tree",
  "git/delete-ref",
  "git/get-blob",
  "git/get-commit",
  "git/get-ref",
  "git/get-tree",
  "git/list-matching-refs",
  "git/update-ref",
  "issues/add-labels",
  "issues/create",
  "issues/create-comment",
  "issues/create-label",
  "issues/delete-comment",
  "issues/delete-label",
  "issues/get",
  "issues/get-comment",
  "issues/get-label",
  "issues/list-comments",
  "issues/list-comments-for-repo",
  "issues/list-for-repo",
  "issues/list-labels-for-repo",
  "issues/list-labels-on-issue",
  "issues/lock",
  "issues/remove-label",
  "issues/set-labels",
  "issues/unlock",
  "issues/update",
  "issues/update-comment",
  "issues/update-label",
  "pulls/get",
  "pulls/get-merge-async-result",
  "pulls/list",
  "pulls/list-commits",
  "pulls/list-files",
  "pulls/merge",
  "pulls/merge-async",
  "pulls/update",
  "reactions/create-for-issue",
  "reactions/create-for-issue-comment",
  "reactions/delete-for-issue",
  "reactions/delete-for-issue-comment",
  "reactions/list-for-issue",
  "reactions/list-for-issue-comment",
  "repos/compare-commits-with-basehead",
  "repos/get",
  "repos/get-branch-rules",
  "repos/get-commit",
  "repos/get-content",
  "repos/list-commits",
  "repos/list-pull-requests-associated-with-commit",
  "users/get-authenticated",
  "users/get-by-id",
  "users/get-by-username",
]);

/** Words about the description, not of it. In `properties` they are names. */
const PROSE = new Set([
  "description",
  "example",
  "examples",
  "title",
  "summary",
  "tags",
  "externalDocs",
  "default",
  "deprecated",
  "xml",
]);

/** Without prose, keys sorted: the difference between two versions is small. */
function bare(node, inProperties = false) {
  if (Array.isArray(node)) return node.map((item) => bare(item));
  if (node === null || typeof node !== "object") return node;
  const kept = Object.entries(node).filter(([key]) => inProperties || !(PROSE.has(key) || key.startsWith("x-")));
  kept.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(kept.map(([key, value]) => [key, bare(value, !inProperties && key === "properties")]));
}

/** What an operation demands and promises, and nothing else. */
function operationOf(method, path, given) {
  const body = given.requestBody?.content?.["application/json"]?.schema;
  const responses = Object.entries(given.responses).map(([status, response]) => [
    status,
    response.$ref === undefined ? { schema: response.content?.["application/json"]?.schema } : { $ref: response.$ref },
  ]);
  return {
    method,
    path,
    parameters: given.parameters ?? [],
    ...(body === undefined ? {} : { body, bodyRequired: given.requestBody.required ?? false }),
    responses: Object.fromEntries(responses),
    apps: given["x-github"]?.enabledForGitHubApps ?? false,
  };
}

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("name the folder of the unpacked package");
const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
const text = readFileSync(join(folder, "generated/api.github.com.json"), "utf8");
const whole = JSON.parse(text);

const operations = {};
for (const [path, methods] of Object.entries(whole.paths))
  for (const [method, given] of Object.entries(methods))
    if (OPERATIONS.has(given.operationId))
      operations[given.operationId] = operationOf(method.toUpperCase(), path, given);
const missing = [...OPERATIONS].filter((name) => operations[name] === undefined);
if (missing.length > 0) throw new Error(`the description has no ${missing.join(", ")}`);

/** A part of the components by its reference, reduced to what is validated. */
function component(reference) {
  const [kind, name] = reference.replace("#/components/", "").split("/");
  const found = whole.components[kind][name];
  return kind === "responses" ? { schema: found.content?.["application/json"]?.schema } : found;
}

const components = {};
const waiting = [operations];
for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
  for (const [, reference] of JSON.stringify(node).matchAll(/"\$ref":"([^"]+)"/g)) {
    if (components[reference] !== undefined) continue;
    components[reference] = component(reference);
    waiting.push(components[reference]);
  }
}

/** One line an operation and a component. */
const lines = (record) =>
  Object.keys(record)
    .sort()
    .map((key) => `    ${JSON.stringify(key)}: ${JSON.stringify(bare(record[key]))}`)
    .join(",\n");
const source = {
  package: "@octokit/openapi",
  version,
  license: "MIT",
  sha256: createHash("sha256").update(text).digest("hex"),
};
const out = `{\n  "source": ${JSON.stringify(source)},\n  "operations": {\n${lines(operations)}\n  },\n  "components": {\n${lines(components)}\n  }\n}\n`;
writeFileSync(new URL("description.json", import.meta.url), out);
