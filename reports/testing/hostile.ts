// Records whose every text attacks its reader: markup, quotes, controls, bidi overrides.
import { type RunRecord, recordSchema } from "../../harness/domain/run-record.ts";

/** Breaks out of elements, attributes, comments, styles, scripts and tables; hides, reverses and ends text. */
export const HOSTILE = [
  "</td></table></style></script><script>window.pwned=1</script>",
  "\"'><img src=x onerror=window.pwned=1><a href='javascript:window.pwned=1'>x</a>",
  "<!-- ]]> --> &lt;b&gt; ${1} {{1}} `id` | a | [x](http://example.invalid) @team",
  "\u0000\u0007\u001b[31mred\u007f\u0085 \u202ereversed\u2066isolated\u2069 \u200bzero\ufeff \u2028line\ud800lone",
].join(" ");

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Every place of a text in a JSON value. */
function places(value: Json, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value === "string") return [path];
  if (value === null || typeof value !== "object") return [];
  const entries: (readonly [string | number, Json])[] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  return entries.flatMap(([key, inner]) => places(inner, [...path, key]));
}

function replaced(value: Json, [key, ...rest]: readonly (string | number)[], text: string): Json {
  if (key === undefined) return text;
  if (Array.isArray(value)) return value.map((inner, i) => (i === key ? replaced(inner, rest, text) : inner));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, name === key ? replaced(inner, rest, text) : inner]),
  );
}

/** The record with hostile texts, and how many there are. */
export function hostileRecord(record: RunRecord): { readonly record: RunRecord; readonly texts: number } {
  let current: Json = JSON.parse(JSON.stringify(record));
  // Names of axes are keys: texts, too.
  const axes = { ...record.case.axes, [HOSTILE]: 1 };
  current = JSON.parse(JSON.stringify({ ...record, case: { ...record.case, axes } }));
  let texts = 1;
  for (const path of places(current)) {
    const changed = replaced(current, path, HOSTILE);
    if (!recordSchema.safeParse(changed).success) continue;
    current = changed;
    texts += 1;
  }
  return { record: recordSchema.parse(current), texts };
}
