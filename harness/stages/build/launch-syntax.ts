// Takes device source with `kernel<<<...>>>(...)`, gives C++ with OPENXPU_LAUNCH(kernel, (...), (...)) on the same lines. Pure.

/** Comments, raw strings, strings and characters. A quote inside a number, as in 1'024, separates digits and begins nothing. */
const OPAQUE =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|R"([^(\s]{0,16})\([\s\S]*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<!\b\d[\w.']*)'(?:\\.|[^'\\\n])*'/g;

/** Blanks comments and literals so that their text is never rewritten; every character keeps its place. */
function masked(source: string): string {
  return source.replace(OPAQUE, (text) => text.replace(/[^\n]/g, " "));
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

/** Name, perhaps with template arguments, which may have template arguments themselves; then the configuration. */
const LAUNCH = /([A-Za-z_]\w*(?:::\w+)*(?:\s*<(?:[^<>;{}()]|<[^<>;{}]*>)*>)?)(\s*)<<<([\s\S]*?)>>>(\s*)\(/g;

/** Rewrites every kernel launch. Lines stay where they are, so a compiler's message points into the author's file. */
export function rewriteLaunches(source: string): string {
  const mask = masked(source);
  let result = "";
  let from = 0;
  for (const match of mask.matchAll(LAUNCH)) {
    const [whole, kernel = "", before = "", configuration = "", after = ""] = match;
    const start = match.index;
    const open = start + whole.length - 1;
    const end = closing(mask, open);
    if (end < 0 || start < from) continue;
    const configurationStart = start + kernel.length + before.length + 3;
    const chosen = source.slice(configurationStart, configurationStart + configuration.length);
    // Template arguments with commas would split the macro's argument.
    const name = kernel.includes(",") ? `(${kernel})` : kernel;
    const lines = [before, after].map((gap) => gap.replace(/[^\n]/g, ""));
    result += `${source.slice(from, start)}OPENXPU_LAUNCH(${name},${lines[0] ?? ""} (${chosen}),${lines[1] ?? ""} (${source.slice(open + 1, end - 1)}))`;
    from = end;
  }
  return result + source.slice(from);
}
