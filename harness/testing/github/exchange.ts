// One request through the twin without the network: matched, checked against the description, carried out, and its answer checked too.
import { createHash, randomUUID } from "node:crypto";
import { type Answer, isRecord, notFound, Refusal } from "./answer.ts";
import { complete } from "./complete.ts";
import { type Known, misuse, type Request } from "./asked.ts";
import { answerSchema } from "./description.ts";
import { unheeded } from "./heeded.ts";
import { type Meter, secondaryLimit } from "./limit.ts";
import { paged } from "./page.ts";
import { RESOURCES } from "./resources.ts";
import { fault } from "./schema.ts";
import type { State } from "./state.ts";
import { missing, type Token } from "./token.ts";

export interface Response {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** What an exchange needs of its twin. */
export interface Exchange {
  readonly state: State;
  readonly tokens: ReadonlyMap<string, Token>;
  readonly meter: Meter;
  /** Something against the description: the test must fail. */
  violation(line: string): void;
}

const DOCUMENTATION = "https://docs.github.com/rest";

function reply(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  const base = {
    "x-github-request-id": randomUUID().slice(0, 13).toUpperCase(),
    "x-github-media-type": "github.v3; format=json",
  };
  if (body === undefined) return { status, headers: { ...base, ...headers }, text: "" };
  const type = { "content-type": "application/json; charset=utf-8" };
  return { status, headers: { ...base, ...type, ...headers }, text: JSON.stringify(body) };
}

/** Notes a violation, and answers so that nothing passes unseen. */
function broken(line: string, exchange: Exchange): Response {
  exchange.violation(line);
  return reply(500, { message: line });
}

/** A refusal as GitHub words it; where the description knows its status, it must have that form. */
function refusal(given: Refusal, found: Known, exchange: Exchange): Response {
  const errors = given.errors === undefined ? {} : { errors: given.errors };
  const body = { message: given.message, ...errors, documentation_url: DOCUMENTATION, status: String(given.status) };
  const schema = answerSchema(found.operation, given.status);
  const wrong = schema === undefined || schema === null ? undefined : fault(schema, body, false);
  if (wrong !== undefined) exchange.violation(`${found.name}, refusal ${given.status}: ${wrong}`);
  return reply(given.status, body, given.headers);
}

/** Redirects from former names, and hides every other repository. */
function elsewhere(found: Known, request: Request, state: State): Response | undefined {
  const { owner, repo } = found.path;
  if (owner === undefined || repo === undefined) return undefined;
  const name = `${owner}/${repo}`.toLowerCase();
  const { repository } = state;
  if (name === `${repository.owner}/${repository.name}`.toLowerCase()) return undefined;
  if (!repository.former.has(name)) throw notFound();
  const rest = request.url.pathname.split("/").slice(4).join("/");
  const url = `${state.origin}/repositories/${repository.id}${rest === "" ? "" : `/${rest}`}${request.url.search}`;
  const status = request.method === "GET" ? 301 : 307;
  return reply(status, { message: "Moved Permanently", url, documentation_url: DOCUMENTATION }, { location: url });
}

function tokenOf(request: Request, tokens: Exchange["tokens"]): Token | undefined {
  const [, text = ""] = /^(?:token|bearer) (.+)$/i.exec(String(request.headers["authorization"] ?? "")) ?? [];
  return tokens.get(text);
}

/** Requests that GitHub counts as making content. */
const MAKES_CONTENT = /^(issues\/create(-comment)?|issues\/update-comment|pulls\/merge(-async)?|reactions\/create.*)$/;

function permitted(found: Known, token: Token): void {
  if (found.name === "users/get-authenticated" && token.installation)
    throw new Refusal(403, "Resource not accessible by integration");
  const header = missing(token.granted, found.name, found.operation.method);
  if (header === undefined && (found.operation.apps || !token.installation)) return;
  throw new Refusal(403, "Resource not accessible by integration", undefined, {
    "x-accepted-github-permissions": header ?? "",
  });
}

/** The body of an answer, complete and checked. */
function checked(found: Known, answer: Answer, body: unknown, exchange: Exchange): unknown {
  const schema = answerSchema(found.operation, answer.status);
  if (schema === null)
    exchange.violation(`${found.name} answers ${answer.status}, which the description does not know`);
  if (schema === null || schema === undefined) return body;
  const whole = complete(schema, body);
  const wrong = fault(schema, whole, false);
  if (wrong !== undefined) exchange.violation(`${found.name}, answer ${answer.status}: ${wrong}`);
  return whole;
}

function carryOut(found: Known, request: Request, token: Token, exchange: Exchange): Response {
  const resource = RESOURCES[found.name];
  if (resource === undefined) return broken(`${found.name} is in the description and not in the twin`, exchange);
  const given: unknown = request.text === "" ? {} : JSON.parse(request.text);
  const body = isRecord(given) ? given : {};
  const query = Object.fromEntries(request.url.searchParams);
  const ignored = unheeded(found.name, [...Object.keys(query), ...Object.keys(body)]);
  if (ignored !== undefined)
    return broken(`${found.name}: '${ignored}' is in the description and not in the twin`, exchange);
  const answer = resource(exchange.state, {
    operation: found.name,
    method: request.method,
    path: found.path,
    query,
    body,
    actor: token.account,
  });
  const page = paged(answer, request.url);
  const whole = checked(found, answer, page.body, exchange);
  const response = reply(answer.status, whole, { ...answer.headers, ...page.headers });
  if (request.method !== "GET" || answer.status !== 200) return response;
  const etag = `W/"${createHash("sha256")
    .update(response.text)
    .update(response.headers["link"] ?? "")
    .digest("hex")}"`;
  if (request.headers["if-none-match"] === etag) return reply(304, undefined, { etag });
  return { ...response, headers: { ...response.headers, etag } };
}

/** Answers a request. `limited`: the test wants the secondary limit here. */
export function answer(found: Known | undefined, request: Request, limited: boolean, exchange: Exchange): Response {
  if (found === undefined)
    return broken(`${request.method} ${request.url.pathname} is not in the description`, exchange);
  const token = tokenOf(request, exchange.tokens);
  if (token === undefined) return refusal(new Refusal(401, "Bad credentials"), found, exchange);
  const wrong = misuse(found, request);
  if (wrong !== undefined) return broken(wrong, exchange);
  let response: Response;
  try {
    if (limited) throw secondaryLimit(60);
    exchange.meter.admit(token, request.method, MAKES_CONTENT.test(found.name));
    const moved = elsewhere(found, request, exchange.state);
    if (moved === undefined) permitted(found, token);
    response = moved ?? carryOut(found, request, token, exchange);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    response = refusal(error, found, exchange);
  }
  exchange.meter.count(token, response.status);
  return { ...response, headers: { ...exchange.meter.headers(token), ...response.headers } };
}
