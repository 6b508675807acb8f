// The shell of every page: document, policy, landmarks. Nothing is loaded from anywhere.
import { createHash } from "node:crypto";
import { type Html, documentText, html, type Part, verbatim } from "./html.ts";
import { STYLE } from "./style.ts";

/** Exactly this text may run or style the page (Content Security Policy level 3, section 2.3.1: hash-source). */
function sourceOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

export interface Page {
  /** Of the browser's tab. */
  readonly title: string;
  /** Class of the body: `narrow` for reading, `wide-print` for tables. */
  readonly layout: "narrow" | "wide-print";
  /** Empty where a page needs none. */
  readonly script: string;
  readonly header: Part;
  readonly main: Part;
  readonly footer: Part;
}

/** The text of a page's file. */
export function documentOf(page: Page): string {
  const script = page.script === "" ? "'none'" : sourceOf(page.script);
  const allowed = `style-src ${sourceOf(STYLE)}; script-src ${script}`;
  const policy = `default-src 'none'; ${allowed}; base-uri 'none'; form-action 'none'`;
  return documentText(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${verbatim(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${page.title}</title>
<style>${verbatim(STYLE)}</style>
</head>
<body class="${page.layout}">
<a class="skip" href="#main">Skip to the results</a>
<header>
${page.header}
</header>
<main id="main">
${page.main}
</main>
<footer>
${page.footer}
</footer>
${page.script === "" ? null : html`<script>${verbatim(page.script)}</script>\n`}</body>
</html>
`);
}

/** A numbered question of a case page and its answer. */
export function section(step: number, question: string, answer: Part): Html {
  return html`<section>
<h2 id="q${step}"><span class="step">${step}</span>${question}</h2>
${answer}
</section>
`;
}

/** Names and values; an entry whose value is null is left out. */
export function facts(entries: readonly (readonly [string, Part])[]): Html {
  const present = entries.filter(([, value]) => value !== null);
  return html`<dl class="facts">
${present.map(
  ([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>
`,
)}</dl>`;
}
