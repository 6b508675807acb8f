// Where GitHub's description contradicts GitHub: each entry says what GitHub does, and the schema follows it.
import { isRecord } from "./answer.ts";
import type { Schema } from "./description.ts";

interface Defect {
  readonly component: string;
  /** The way to the property that may be null; `items` leads into a list. */
  readonly property: readonly string[];
  readonly reason: string;
}

const NO_WORDS = "null where a label has no description; the single pull request says so, the list does not";
const FORK_GONE = "null once the fork was deleted; the description promises a repository";

/** All that were met so far. */
const DEFECTS: readonly Defect[] = [
  { component: "pull-request", property: ["head", "repo"], reason: FORK_GONE },
  { component: "pull-request-simple", property: ["head", "repo"], reason: FORK_GONE },
  { component: "pull-request-simple", property: ["labels", "items", "description"], reason: NO_WORDS },
  { component: "workflow-run", property: ["head_repository"], reason: FORK_GONE },
];

/** A schema whose property at the end of a way may also be null. */
function orNull(schema: Schema, [key, ...rest]: readonly string[]): Schema {
  if (schema["nullable"] === true && key === undefined)
    throw new Error("the description was corrected: drop the defect");
  if (key === undefined) return { nullable: true, allOf: [schema] };
  const { properties, items } = schema;
  if (key === "items" && isRecord(items)) return { ...schema, items: orNull(items, rest) };
  const inner = isRecord(properties) ? properties[key] : undefined;
  if (!isRecord(properties) || !isRecord(inner)) throw new Error(`the description has no ${key}: drop the defect`);
  return { ...schema, properties: { ...properties, [key]: orNull(inner, rest) } };
}

/** A component, by its reference, without its known defects. */
export function repaired(reference: string, schema: Schema): Schema {
  return DEFECTS.filter(({ component }) => reference === `#/components/schemas/${component}`).reduce(
    (found, { property }) => orNull(found, property),
    schema,
  );
}
