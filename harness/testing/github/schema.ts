// The description as JSON Schema that ajv understands, and what a request or an answer has against it.
import { Ajv, type ValidateFunction } from "ajv";
import { components, type Schema } from "./description.ts";
import { isRecord } from "./answer.ts";
import { repaired } from "./defects.ts";

const ROOT = "https://description.test";

/** OpenAPI 3.0's `nullable` as JSON Schema says it; with `strict`, no key that the description does not name. */
function converted(node: unknown, strict: boolean): unknown {
  if (Array.isArray(node)) return node.map((item) => converted(item, strict));
  if (!isRecord(node)) return node;
  const reference = node["$ref"];
  if (typeof reference === "string") return { $ref: `${ROOT}/${reference}` };
  const { nullable, discriminator: _, ...rest } = node;
  const result: Record<string, unknown> = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [
      key,
      key === "properties" && isRecord(value)
        ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, converted(inner, strict)]))
        : converted(value, strict),
    ]),
  );
  if (strict && isRecord(rest["properties"]) && rest["additionalProperties"] === undefined)
    result["additionalProperties"] = false;
  if (nullable !== true) return result;
  return { anyOf: [{ type: "null" }, result] };
}

const ajv = new Ajv({
  strict: false,
  allErrors: false,
  validateFormats: true,
  inlineRefs: false,
  code: { optimize: false },
});
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;
ajv.addFormat("date-time", DATE_TIME);
ajv.addFormat("timestamp", DATE_TIME);
ajv.addFormat("date", /^\d{4}-\d{2}-\d{2}$/);
ajv.addFormat("uri", (text: string) => URL.canParse(text));
ajv.addFormat("email", /@/);
ajv.addFormat("repo.nwo", /^[^/\s]+\/[^/\s]+$/);
for (const free of ["uri-template", "int64", "binary"]) ajv.addFormat(free, true);

const tree: Record<string, Record<string, unknown>> = {};
for (const [reference, schema] of Object.entries(components)) {
  const [, , kind = "", name = ""] = reference.split("/");
  tree[kind] = { ...tree[kind], [name]: converted(repaired(reference, schema), false) };
}
ajv.addSchema({ $id: `${ROOT}/`, components: tree });

const compiled = new Map<Schema, ValidateFunction>();

/** What is wrong with a value, as one line; undefined where nothing is. `strict` for what a client sends. */
export function fault(schema: Schema, value: unknown, strict: boolean): string | undefined {
  let validate = compiled.get(schema);
  if (validate === undefined) {
    validate = ajv.compile(converted(schema, strict) as Schema);
    compiled.set(schema, validate);
  }
  if (validate(value)) return undefined;
  const errors = (validate.errors ?? []).map(({ instancePath, message, params }) =>
    `${instancePath === "" ? "the whole" : instancePath} ${message ?? "is wrong"} ${JSON.stringify(params)}`.trim(),
  );
  return errors.slice(0, 3).join("; ");
}

/** A parameter of a path or query is text; the description says what it stands for. */
export function parsed(schema: Schema, text: string): unknown {
  if (schema["type"] === "integer" || schema["type"] === "number") return text.trim() === "" ? text : Number(text);
  if (schema["type"] === "boolean") return text === "true" ? true : text === "false" ? false : text;
  return text;
}
