// The page of a submission that never ran: every problem of its manifest or sources, with place and remedy.
import { type Html, html } from "./html.ts";
import { OUTCOME_MARKS, seal } from "./marks.ts";
import type { Rejected, Submitted } from "./model.ts";
import { documentOf, section } from "./page.ts";

function problemBlock({ code, file, line, column, message, fix }: Submitted["problems"][number]): Html {
  return html`<div class="evidence"><p><strong>${code}</strong> <code>${file}:${line}:${column}</code></p>
<p>${message}</p>
<p class="lines"><span class="muted">Fix:</span> ${fix}</p></div>
`;
}

/** The text of the page. */
export function rejectedPage({ submission, submitted, outcome }: Rejected): string {
  const name = `${submitted.vendor}/${submission}`;
  const none = html`<p>The run left neither a record nor a problem.</p>`;
  return documentOf({
    title: `${OUTCOME_MARKS[outcome].glyph} ${name}`,
    layout: "narrow",
    script: "",
    header: html`<nav class="trail" aria-label="Trail"><a href="index.html">All submissions</a></nav>
<h1>${name}</h1>
<p class="lead">${seal(outcome, submitted.status)} never ran</p>`,
    main: section(
      1,
      "What stands in the way?",
      submitted.problems.length === 0 ? none : submitted.problems.map(problemBlock),
    ),
    footer: html`<p>Folder <code>${submitted.path}</code></p>`,
  });
}
