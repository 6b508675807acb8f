// What a request asks for: its operation, and what is wrong with it by the description.
import { match, type Operation, parametersOf } from "./description.ts";
import { fault, parsed } from "./schema.ts";
import type { State } from "./state.ts";

export interface Request {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
}

/** A request that the description knows. */
export interface Known {
  readonly name: string;
  readonly operation: Operation;
  readonly path: Record<string, string>;
}

/** The operation of a request; addresses by the repository's number are the same as by its name. */
export function known(request: Request, state: State): Known | undefined {
  const { owner, name, id } = state.repository;
  const path = request.url.pathname.replace(new RegExp(`^/repositories/${id}(?=/|$)`), `/repos/${owner}/${name}`);
  return match(request.method, path);
}

/** What is wrong with a request by the description; undefined where nothing is. */
export function misuse({ name, operation, path }: Known, request: Request): string | undefined {
  const parameters = parametersOf(operation);
  for (const [key, value] of request.url.searchParams) {
    const parameter = parameters.find((one) => one.in === "query" && one.name === key);
    if (parameter === undefined) return `${name} has no query parameter '${key}'`;
    const found = fault(parameter.schema, parsed(parameter.schema, value), true);
    if (found !== undefined) return `${name}, query parameter '${key}': ${found}`;
  }
  for (const parameter of parameters.filter((one) => one.in === "path")) {
    const found = fault(parameter.schema, parsed(parameter.schema, path[parameter.name] ?? ""), true);
    if (found !== undefined) return `${name}, '${parameter.name}' of the path: ${found}`;
  }
  if (request.headers["user-agent"] === undefined) return `${name}: no user agent`;
  if (!String(request.headers["accept"]).includes("json")) return `${name}: accepts no JSON`;
  if (operation.body === undefined)
    return request.text === "" || request.text === "{}" ? undefined : `${name} takes no body`;
  if (request.text === "") return operation.bodyRequired === true ? `${name} takes a body` : undefined;
  let body: unknown;
  try {
    body = JSON.parse(request.text);
  } catch {
    return `${name}: the body is no JSON`;
  }
  const found = fault(operation.body, body, true);
  return found === undefined ? undefined : `${name}, body: ${found}`;
}
