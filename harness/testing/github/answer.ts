// A call as the resources of the twin see it, and what they answer.
import type { Account } from "./state.ts";

/** A request whose path, query and body fit the description. */
export interface Call {
  readonly operation: string;
  readonly method: string;
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
  /** Whose token it is. */
  readonly actor: Account;
}

/** A list that is cut into pages. Only what is on the asked page is drawn. */
export interface Pages {
  readonly count: number;
  draw(from: number, to: number): readonly unknown[];
  /** Puts a page where the answer has it. */
  wrap(page: readonly unknown[]): unknown;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly pages?: Pages;
}

/** What GitHub refuses, thrown by a resource. */
export class Refusal extends Error {
  readonly status: number;
  readonly errors: readonly unknown[] | undefined;
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    status: number,
    message: string,
    errors?: readonly unknown[],
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.errors = errors;
    this.headers = headers;
  }
}

export const ok = (body: unknown): Answer => ({ status: 200, body });
export const created = (body: unknown): Answer => ({ status: 201, body });
export const empty = (): Answer => ({ status: 204 });
/** A list of rows as `view` shows them. */
export function list<Row>(rows: readonly Row[], view: (row: Row) => unknown): Answer {
  const draw: Pages["draw"] = (from, to) => rows.slice(from, to).map((row) => view(row));
  return { status: 200, pages: { count: rows.length, draw, wrap: (page) => page } };
}

/** A list inside an object that counts it. */
export function counted<Row>(name: string, rows: readonly Row[], view: (row: Row) => unknown): Answer {
  const draw: Pages["draw"] = (from, to) => rows.slice(from, to).map((row) => view(row));
  return {
    status: 200,
    pages: { count: rows.length, draw, wrap: (page) => ({ total_count: rows.length, [name]: page }) },
  };
}

export const notFound = (): Refusal => new Refusal(404, "Not Found");

/** 422 with GitHub's body: which field of what is wrong and how. */
export function invalid(resource: string, field: string, code: string, message?: string): Refusal {
  return new Refusal(422, "Validation Failed", [
    { resource, field, code, ...(message === undefined ? {} : { message }) },
  ]);
}

/** A text of the body, where it is there. */
export function textOf(call: Call, key: string): string | undefined {
  const found = call.body[key];
  return typeof found === "string" ? found : undefined;
}

/** A number of the path. */
export function numberOf(call: Call, key: string): number {
  const found = Number(call.path[key]);
  if (!Number.isSafeInteger(found)) throw notFound();
  return found;
}

/** Texts of a list whose members are texts or objects with a name. */
export function namesOf(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item: unknown) => {
    if (typeof item === "string") return [item];
    return isRecord(item) && typeof item["name"] === "string" ? [item["name"]] : [];
  });
}

/** An object with keys. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
