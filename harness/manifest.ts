// YAML text -> typed value with positions, or every problem with file:line:col. The one decoder of all manifests.
import { isMap, isScalar, LineCounter, type Node, parseDocument } from "yaml";
import type { z } from "zod";
import type { Checked, Place, Problem, ProblemCode } from "./domain/problem.ts";

/** A schema of the domain, and what it decodes to: validation is generic over them without knowing their library. */
export type Schema = z.ZodType;
export type Decoded<Given extends Schema> = z.infer<Given>;

/** The way to a value: keys and indices from the root. */
export type Path = readonly (string | number)[];

/** A decoded manifest that still knows where each value stood. */
export interface Manifest<Value> {
  readonly value: Value;
  /** The place of a value, or of the nearest parent that is in the text. */
  at(path: Path): Place;
  /** A problem at that place. */
  problem(code: ProblemCode, path: Path, message: string, fix: string): Problem;
}

/** Edit distance of Levenshtein, for "did you mean". */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (row[j - 1] ?? 0) + Number(a[i - 1] !== b[j - 1]);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The known word nearest to `word`, if it is near enough to be a slip. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const ranked = known.map((name) => ({ name, edits: distance(word, name) })).sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  if (best === undefined || best.edits > Math.max(2, word.length / 3)) return undefined;
  // Short words: one that shares no letter is no slip.
  return best.edits < Math.max(word.length, best.name.length) ? best.name : undefined;
}

/** "a, b or c". */
export function oneOf(names: readonly string[]): string {
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} or ${names.at(-1) ?? ""}`;
}

class Source {
  private readonly lines = new LineCounter();
  readonly document;
  private readonly text: string;
  private readonly file: string;

  constructor(text: string, file: string) {
    this.text = text;
    this.file = file;
    this.document = parseDocument(text, {
      lineCounter: this.lines,
      prettyErrors: false,
      uniqueKeys: true,
      logLevel: "error",
    });
  }

  placeAt(offset: number): Place {
    const { line, col } = this.lines.linePos(offset);
    return { file: this.file, line: Math.max(1, line), column: Math.max(1, col) };
  }

  /** The node of a path or of its nearest parent; with `key` the key itself, where there is one. */
  placeOf(path: Path, part: "value" | "key"): Place {
    let node: Node | null = this.document.contents;
    let place = this.placeAt(node?.range?.[0] ?? 0);
    for (const [depth, step] of path.entries()) {
      if (isMap(node)) {
        const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
        if (pair === undefined) return place;
        const target = part === "key" && depth === path.length - 1 ? pair.key : (pair.value ?? pair.key);
        place = this.placeAt((target as Node).range?.[0] ?? 0);
        node = pair.value as Node | null;
      } else {
        const child: unknown = this.document.getIn(path.slice(0, depth + 1), true);
        if (child === undefined || child === null) return place;
        node = child as Node;
        place = this.placeAt(node.range?.[0] ?? 0);
      }
    }
    return place;
  }

  problem(code: ProblemCode, place: Place, message: string, fix: string): Problem {
    const excerpt = this.text.split(/\r?\n/)[place.line - 1];
    return { code, place, message, fix, ...(excerpt === undefined ? {} : { excerpt }) };
  }
}

/** Keys that a schema allows at a path, for suggestions. */
function keysAt(schema: z.ZodType, path: Path): readonly string[] {
  let current: unknown = schema;
  const open = (): void => {
    for (;;) {
      const inner = (current as { def?: { innerType?: unknown; in?: unknown } } | undefined)?.def;
      if (inner?.innerType === undefined) return;
      current = inner.innerType;
    }
  };
  for (const step of path) {
    open();
    const definition = (
      current as { def?: { shape?: Record<string, unknown>; valueType?: unknown; element?: unknown } }
    ).def;
    current = definition?.shape?.[String(step)] ?? definition?.valueType ?? definition?.element;
    if (current === undefined) return [];
  }
  open();
  return Object.keys((current as { def?: { shape?: Record<string, unknown> } }).def?.shape ?? {});
}

function unknownKeys(source: Source, schema: z.ZodType, path: Path, keys: readonly string[]): Problem[] {
  const known = keysAt(schema, path);
  return keys.map((key) => {
    const near = nearest(key, known);
    const fix = near === undefined ? `remove it; known keys here: ${known.join(", ")}` : `did you mean '${near}'?`;
    return source.problem("KEY_UNKNOWN", source.placeOf([...path, key], "key"), `'${key}' is not a key here`, fix);
  });
}

const steps = (issue: z.core.$ZodIssue): (string | number)[] => issue.path.filter((step) => typeof step !== "symbol");

/** Keys that were meant by misspelt ones: they are not missing too. */
function meantKeys(schema: z.ZodType, issues: readonly z.core.$ZodIssue[]): ReadonlySet<string> {
  const meant = issues.flatMap((issue) => {
    if (issue.code !== "unrecognized_keys") return [];
    const known = keysAt(schema, steps(issue));
    return issue.keys.map((key) => [...steps(issue), nearest(key, known)].join("."));
  });
  return new Set(meant);
}

/** What was expected, for the forms that zod is silent or long-winded about. */
function expectation(issue: z.core.$ZodIssue, found: unknown, where: string): { message: string; fix: string } {
  if (issue.code === "invalid_value" && issue.values.length > 1 && typeof found === "string") {
    const known = issue.values.map(String);
    const near = nearest(found, known);
    const fix = near === undefined ? `choose ${oneOf(known)}` : `did you mean '${near}'?`;
    return { message: `${where}: '${found}' is not known here`, fix };
  }
  const correct = `correct the value of ${where}`;
  if (issue.code !== "invalid_union") return { message: `${where}: ${issue.message}`, fix: correct };
  const branches = issue.errors.flatMap(([first]) =>
    first === undefined ? [] : [[...first.path, first.message].join(": ")],
  );
  return { message: `${where}: ${branches.join(", or ")}`, fix: correct };
}

function problemsOf(source: Source, schema: z.ZodType, issues: readonly z.core.$ZodIssue[]): Problem[] {
  const meant = meantKeys(schema, issues);
  return issues.flatMap((issue) => {
    const path = steps(issue);
    if (issue.code === "unrecognized_keys") return unknownKeys(source, schema, path, issue.keys);
    const place = source.placeOf(path, "value");
    const name = path.join(".");
    const found: unknown = source.document.getIn(path);
    if (found === undefined && path.length > 0) {
      if (meant.has(name)) return [];
      return [source.problem("KEY_MISSING", place, `'${name}' is missing`, `add '${String(path.at(-1))}'`)];
    }
    const { message, fix } = expectation(issue, found, name === "" ? "the document" : `'${name}'`);
    return [source.problem("VALUE_INVALID", place, message, fix)];
  });
}

/** Decodes one manifest. `file` is the path that people see. */
export function decode<Schema extends z.ZodType>(
  text: string,
  file: string,
  schema: Schema,
): Checked<Manifest<z.infer<Schema>>> {
  const source = new Source(text, file);
  if (source.document.errors.length > 0) {
    return {
      ok: false,
      problems: source.document.errors.map((error) =>
        source.problem("YAML_INVALID", source.placeAt(error.pos[0]), error.message, "correct the YAML at this place"),
      ),
    };
  }
  // Aliases are limited so that a small file cannot grow without bound in memory.
  let plain: unknown;
  try {
    plain = source.document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      ok: false,
      problems: [source.problem("YAML_INVALID", source.placeAt(0), message, "write the values out")],
    };
  }
  const result = schema.safeParse(plain);
  if (!result.success) return { ok: false, problems: problemsOf(source, schema, result.error.issues) };
  return {
    ok: true,
    value: {
      value: result.data,
      at: (path) => source.placeOf(path, "value"),
      problem: (code, path, message, fix) => source.problem(code, source.placeOf(path, "value"), message, fix),
    },
  };
}
