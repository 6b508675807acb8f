// Takes device source with `kernel<<<...>>>(...)`, gives C++ with OPENXPU_LAUNCH(kernel, (...), (...)) on the same lines. Pure.

/** Blanks comments and literals so that their text is never rewritten; every character keeps its place. */
function masked(source: string): string {
  return source.replace(
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|R"([^(\s]{0,16})\([\s\S]*?\)\1"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g,
    (text) => text.replace(/[^\n]/g, " "),
  );
}

/** The index after the bracket that closes the one at `open`. */
function closing(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i += 1) {
    if (text[i] === "(") depth += 1;
    if (text[i] === ")") depth -= 1;
    if (depth === 0) return i + 1;
  }
  return -1;
}

const LAUNCH = /([A-Za-z_]\w*(?:::\w+)*(?:\s*<[\w\s,:]*>)?)\s*<<<([\s\S]*?)>>>\s*\(/g;

/** Rewrites every kernel launch. Lines stay where they are, so a compiler's message points into the author's file. */
export function rewriteLaunches(source: string): string {
  const mask = masked(source);
  let result = "";
  let from = 0;
  for (const match of mask.matchAll(LAUNCH)) {
    const kernel = match[1] ?? "";
    const start = match.index;
    const open = start + match[0].length - 1;
    const end = closing(mask, open);
    if (end < 0 || start < from) continue;
    const configuration = match[2] ?? "";
    const configurationStart = start + match[0].indexOf("<<<") + 3;
    const chosen = source.slice(configurationStart, configurationStart + configuration.length);
    // Template arguments with commas would split the macro's argument.
    const name = kernel.includes(",") ? `(${kernel})` : kernel;
    result += `${source.slice(from, start)}OPENXPU_LAUNCH(${name}, (${chosen}), (${source.slice(open + 1, end - 1)}))`;
    from = end;
  }
  return result + source.slice(from);
}
