// HTML by construction: whatever is interpolated is escaped, unless it was itself made here.
import { visible } from "../harness/domain/visible.ts";

/** Finished markup. The class is not exported, so only this file can make one. */
class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
export type Html = Markup;

/** What a template takes: markup stays, text and numbers are escaped, lists are joined, null is nothing. */
export type Part = Html | string | number | null | readonly Part[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text for element content and quoted attributes. */
function escaped(text: string): string {
  return visible(text).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}

function render(part: Part): string {
  if (part === null) return "";
  if (part instanceof Markup) return part.text;
  if (typeof part === "object") return part.map(render).join("");
  return escaped(String(part));
}

/** The template tag of every page: html`<td>${name}</td>`. Attributes must be quoted. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Markup(strings.map((text, i) => text + (i < parts.length ? render(parts[i] ?? null) : "")).join(""));
}

/** Parts with markup between them. */
export function joined(parts: readonly Part[], between: Part): Html {
  return new Markup(parts.map(render).join(render(between)));
}

/** The text of a style or script element, which HTML does not unescape. For constants of this folder only. */
export function verbatim(constant: string): Html {
  if (constant.includes("</")) throw new RangeError("a constant would close its own element");
  return new Markup(constant);
}

/** The finished document. */
export function documentText(part: Html): string {
  return part.text;
}
