// Takes device source with `kernel<<<...>>>(...)`, gives C++ with OPENXPU_LAUNCH(kernel, (...), (...)) on the same lines. Pure.
// The source may be hostile: every step costs a bounded time for each of its characters.
import { withoutOpaque } from "./opaque.ts";

/** Characters of a kernel's name with its template arguments, and of a launch's configuration. */
const LONGEST = 4096;

/** For each opening parenthesis the index after the one that closes it. */
function closings(text: string): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  const open: number[] = [];
  for (let i = 0; i < text.length; i += 1) {
    if (text[i] === "(") open.push(i);
    if (text[i] !== ")") continue;
    const start = open.pop();
    if (start !== undefined) found.set(start, i + 1);
  }
  return found;
}

function backOver(text: string, end: number, within: RegExp): number {
  let start = end;
  while (start > 0 && end - start < LONGEST && within.test(text[start - 1] ?? "")) start -= 1;
  return start;
}

function forwardOver(text: string, start: number, within: RegExp): number {
  let end = start;
  while (end < text.length && end - start < LONGEST && within.test(text[end] ?? "")) end += 1;
  return end;
}

/** The start of the template arguments that end at `end`, or `end` where there are none. */
function templateStart(text: string, end: number): number {
  let depth = 0;
  for (let i = end - 1; i >= 0 && end - i < LONGEST; i -= 1) {
    const character = text[i] ?? "";
    if (character === ">") depth += 1;
    else if (character === "<") depth -= 1;
    else if (";{}".includes(character) || ("()".includes(character) && depth < 2)) return end;
    if (depth === 0) return i;
  }
  return end;
}

/** Where the name, perhaps with template arguments, before `end` begins; -1 where there is none. */
function nameStart(text: string, end: number): number {
  const arguments_ = text[end - 1] === ">" ? templateStart(text, end) : end;
  const word = backOver(text, arguments_, /\s/);
  const start = backOver(text, word, /[\w:]/);
  const name = /^(?:[A-Za-z_]\w*)(?:::[A-Za-z_]\w*)*$/.exec(text.slice(start, word));
  if (name !== null) return start;
  // A label or a colon before it belongs to something else.
  const last = /(?:^|[^\w:])?([A-Za-z_]\w*)$/.exec(text.slice(Math.max(start, word - 256), word));
  return last === null ? -1 : word - (last[1]?.length ?? 0);
}

interface Launch {
  readonly start: number;
  readonly name: string;
  readonly before: string;
  readonly configuration: readonly [from: number, to: number];
  readonly between: string;
  readonly call: readonly [from: number, to: number];
}

/** The launch whose brackets open at `brackets`; `closes` are all places of `>>>`, the next of them at `next`. */
function launchAt(
  mask: string,
  brackets: number,
  closes: readonly number[],
  next: number,
  parentheses: ReadonlyMap<number, number>,
): Launch | undefined {
  const nameEnd = backOver(mask, brackets, /\s/);
  const start = nameStart(mask, nameEnd);
  if (start < 0) return undefined;
  for (let i = next; i < closes.length; i += 1) {
    const close = closes[i] ?? 0;
    if (close - brackets > LONGEST) return undefined;
    const open = forwardOver(mask, close + 3, /\s/);
    if (mask[open] !== "(") continue;
    const end = parentheses.get(open);
    if (end === undefined) return undefined;
    return {
      start,
      name: mask.slice(start, nameEnd),
      before: mask.slice(nameEnd, brackets),
      configuration: [brackets + 3, close],
      between: mask.slice(close + 3, open),
      call: [open, end],
    };
  }
  return undefined;
}

/** Every place of a text; places do not overlap. */
function placesOf(mask: string, text: string): number[] {
  const places: number[] = [];
  for (let at = mask.indexOf(text); at >= 0; at = mask.indexOf(text, at + text.length)) places.push(at);
  return places;
}

const lines = (gap: string): string => gap.replace(/[^\n]/g, "");

/** Rewrites every kernel launch. Lines stay where they are, so a compiler's message points into the author's file. */
export function rewriteLaunches(source: string): string {
  const mask = withoutOpaque(source);
  const closes = placesOf(mask, ">>>");
  const parentheses = closings(mask);
  let result = "";
  let from = 0;
  let next = 0;
  for (const brackets of placesOf(mask, "<<<")) {
    while (next < closes.length && (closes[next] ?? 0) < brackets + 3) next += 1;
    const launch = launchAt(mask, brackets, closes, next, parentheses);
    if (launch === undefined || launch.start < from) continue;
    const { start, name, before, configuration, between, call } = launch;
    // Template arguments with commas would split the macro's argument.
    const kernel = name.includes(",") ? `(${name})` : name;
    const chosen = source.slice(...configuration);
    const given = source.slice(call[0] + 1, call[1] - 1);
    result += `${source.slice(from, start)}OPENXPU_LAUNCH(${kernel},${lines(before)} (${chosen}),${lines(between)} (${given}))`;
    [, from] = call;
  }
  return result + source.slice(from);
}
