// Fills what an answer must have and the twin does not model: empty texts, zeros, URLs of the right form. Modelled fields are never touched.
import { isRecord } from "./answer.ts";
import { resolved, type Schema } from "./description.ts";

const URL_OF_NOTHING = "https://api.github.test/unmodelled";

function variants(schema: Schema): readonly Schema[] {
  for (const key of ["oneOf", "anyOf"]) {
    const found = schema[key];
    if (Array.isArray(found)) return found.filter(isRecord).map((one) => resolved(one));
  }
  return [];
}

/** Properties and required keys of a schema, of all parts of an `allOf` together. */
interface Shape {
  readonly properties: Readonly<Record<string, Schema>>;
  readonly required: readonly string[];
}

const shapes = new WeakMap<Schema, Shape>();

function shapeOf(schema: Schema): Shape {
  const known = shapes.get(schema) ?? readShape(schema);
  shapes.set(schema, known);
  return known;
}

function readShape(schema: Schema): Shape {
  const parts = Array.isArray(schema["allOf"])
    ? schema["allOf"].filter(isRecord).map((part) => shapeOf(resolved(part)))
    : [];
  const own = isRecord(schema["properties"]) ? schema["properties"] : {};
  const required = Array.isArray(schema["required"]) ? schema["required"].filter((key) => typeof key === "string") : [];
  const properties: Record<string, Schema> = Object.assign({}, ...parts.map((part) => part.properties));
  for (const [key, value] of Object.entries(own)) if (isRecord(value)) properties[key] = value;
  return { properties, required: [...parts.flatMap((part) => part.required), ...required] };
}

function text(schema: Schema): string {
  const { enum: allowed, format } = schema;
  if (Array.isArray(allowed)) return String(allowed[0]);
  if (format === "uri" || format === "uri-template") return URL_OF_NOTHING;
  if (format === "date-time") return "2020-01-01T00:00:00Z";
  if (format === "email") return "nobody@example.test";
  return "";
}

/** The plainest value that fits. */
function blank(given: Schema): unknown {
  const schema = resolved(given);
  if (schema["nullable"] === true) return null;
  const [first] = variants(schema);
  if (first !== undefined) return blank(first);
  switch (schema["type"]) {
    case "string":
      return text(schema);
    case "integer":
    case "number":
      return 0;
    case "boolean":
      return false;
    case "array":
      return [];
    default:
      return complete(schema, {});
  }
}

/** The variant that knows most of a value's keys. */
function variantFor(schema: Schema, value: Readonly<Record<string, unknown>>): Schema {
  const score = (one: Schema): number => {
    const { properties } = shapeOf(one);
    return Object.keys(value).filter((key) => key in properties).length;
  };
  return variants(schema).toSorted((a, b) => score(b) - score(a))[0] ?? schema;
}

/** A value with everything that its schema requires. */
export function complete(given: Schema, value: unknown): unknown {
  const schema = resolved(given);
  if (Array.isArray(value)) {
    const array = [schema, ...variants(schema)].find((one) => one["type"] === "array");
    const items = array?.["items"];
    return isRecord(items) ? value.map((item: unknown) => complete(items, item)) : value;
  }
  if (!isRecord(value)) return value;
  const { properties, required } = shapeOf(variantFor(schema, value));
  const result: Record<string, unknown> = { ...value };
  for (const key of required) if (result[key] === undefined) result[key] = blank(properties[key] ?? {});
  for (const [key, inner] of Object.entries(value)) {
    const known = properties[key];
    if (known !== undefined) result[key] = complete(known, inner);
  }
  return result;
}
