// GitHub's description of its own API, pruned (see refresh.mjs): which operation a request is, and what it may say.
import { readFileSync } from "node:fs";

export type Schema = Readonly<Record<string, unknown>>;

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required?: boolean;
  readonly schema: Schema;
}

interface Reference {
  readonly $ref: string;
}

export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly (Parameter | Reference)[];
  readonly body?: Schema;
  readonly bodyRequired?: boolean;
  readonly responses: Readonly<Record<string, { readonly schema?: Schema } | Reference>>;
  /** Whether tokens of GitHub Apps, and so of workflows, may call it. */
  readonly apps: boolean;
}

interface Description {
  readonly source: { readonly package: string; readonly version: string; readonly sha256: string };
  readonly operations: Readonly<Record<string, Operation>>;
  readonly components: Readonly<Record<string, Schema>>;
}

const description: Description = JSON.parse(readFileSync(new URL("description.json", import.meta.url), "utf8"));
export const { source, operations, components } = description;

/** What a reference names; anything else as it is. */
export function resolved(node: Schema): Schema {
  const reference = node["$ref"];
  if (typeof reference !== "string") return node;
  const found = components[reference];
  if (found === undefined) throw new Error(`the description has no ${reference}: run refresh.mjs`);
  return resolved(found);
}

/** Parameters of an operation, references followed. */
export function parametersOf(operation: Operation): readonly Parameter[] {
  return operation.parameters.map((given) =>
    "$ref" in given ? (resolved({ ...given }) as unknown as Parameter) : given,
  );
}

/** Schema of an answer: undefined where it has no body, null where the description knows no such status. */
export function answerSchema(operation: Operation, status: number): Schema | undefined | null {
  const response = operation.responses[String(status)];
  if (response === undefined) return null;
  const schema = "$ref" in response ? resolved({ ...response })["schema"] : response.schema;
  return schema === undefined ? undefined : (schema as Schema);
}

interface Route {
  readonly name: string;
  readonly operation: Operation;
  readonly pattern: RegExp;
  readonly names: readonly string[];
}

/** A ref and a path have slashes, of which octokit leaves some as they are; the path of the root is nothing. */
function patternOf(path: string): RegExp {
  const source = path
    .replace("/{path}", "(?:/(.*))?")
    .replaceAll(/\{(\w+)\}/g, (_, key) => (key === "ref" ? "(.+?)" : "([^/]+)"));
  return new RegExp(`^${source}$`);
}

/** Length of the path without its parameters. */
const literal = ({ operation }: Route): number => operation.path.replaceAll(/\{\w+\}/g, "").length;

const routes: readonly Route[] = Object.entries(operations)
  .map(([name, operation]) => ({
    name,
    operation,
    pattern: patternOf(operation.path),
    names: [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, key = ""]) => key),
  }))
  // Of two that match, the one with more of the path written out: a ref could hold the rest.
  .toSorted((a, b) => literal(b) - literal(a));

/** The operation of a request and the parameters in its path; undefined where the description knows none. */
export function match(
  method: string,
  path: string,
): { readonly name: string; readonly operation: Operation; readonly path: Record<string, string> } | undefined {
  for (const { name, operation, pattern, names } of routes) {
    if (operation.method !== method) continue;
    const found = pattern.exec(path);
    if (found === null) continue;
    const values = names.map((key, index) => [key, decodeURIComponent(found[index + 1] ?? "")]);
    return { name, operation, path: Object.fromEntries(values) };
  }
  return undefined;
}
