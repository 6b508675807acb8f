// The import graph of a source tree, read without a compiler: what each file imports, its cycles, its lines of code.
import { posix } from "node:path";

/** A file of the repository: path from its root with forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

const STATIC = /^(?:import|export)\b[^;"'`]*?\bfrom\s*["']([^"']+)["']/gm;
const SIDE_EFFECT = /^import\s*["']([^"']+)["']/gm;
const DYNAMIC = /\bimport\(\s*["']([^"']+)["']\s*[,)]/g;

/** Specifiers as written, of values and of types alike. */
function specifiersOf(text: string): readonly string[] {
  return [STATIC, SIDE_EFFECT, DYNAMIC].flatMap((pattern) =>
    [...text.matchAll(pattern)].map((match) => match[1] ?? ""),
  );
}

/** Where each import leads: a path of the repository, or the name of a package (`node:fs`, `zod`, `@scope/name`). */
export function importsOf({ path, text }: SourceFile): readonly string[] {
  return specifiersOf(text).map((specifier) => {
    if (specifier.startsWith(".")) return posix.join(posix.dirname(path), specifier);
    if (specifier.startsWith("node:")) return specifier;
    return specifier
      .split("/")
      .slice(0, specifier.startsWith("@") ? 2 : 1)
      .join("/");
  });
}

/** A chain of files that comes back to where it began, or undefined. */
export function findCycle(files: readonly SourceFile[]): readonly string[] | undefined {
  const edges = new Map(files.map((file) => [file.path, importsOf(file)]));
  const finished = new Set<string>();
  const visit = (path: string, trail: readonly string[]): readonly string[] | undefined => {
    const start = trail.indexOf(path);
    if (start !== -1) return [...trail.slice(start), path];
    if (finished.has(path)) return undefined;
    for (const next of edges.get(path) ?? []) {
      const cycle = visit(next, [...trail, path]);
      if (cycle !== undefined) return cycle;
    }
    finished.add(path);
    return undefined;
  };
  for (const { path } of files) {
    const cycle = visit(path, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

/** Lines that are neither blank nor comment. */
export function codeLines(text: string): number {
  let inComment = false;
  let count = 0;
  for (const line of text.split("\n").map((raw) => raw.trim())) {
    const opens = line.startsWith("/*");
    if (!inComment && !opens && line !== "" && !line.startsWith("//")) count += 1;
    if (opens) inComment = true;
    if (line.endsWith("*/")) inComment = false;
  }
  return count;
}
