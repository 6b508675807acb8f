// Tables with a caption and scoped heads, in a region that scrolls by keyboard where it is wider than the page.
import { type Html, html, type Part } from "./html.ts";

/** The head of a column; numbers stand at the right. */
export type Head = string | { readonly right: string };

export interface Table {
  /** Names the region for those who cannot see it. */
  readonly label: string;
  readonly caption: Part;
  readonly heads: readonly Head[];
  readonly rows: readonly Html[];
  /** Class of the table. */
  readonly kind?: string;
}

/** A number's cell. */
export function right(part: Part): Html {
  return html`<td class="right number">${part}</td>`;
}

/** A cell of text that may be long. */
export function words(part: Part): Html {
  return html`<td class="words">${part}</td>`;
}

export function tableRow(head: Part, cells: readonly Html[]): Html {
  return html`<tr><th scope="row">${head}</th>${cells}</tr>
`;
}

function columnHead(head: Head): Html {
  return typeof head === "string"
    ? html`<th scope="col">${head}</th>`
    : html`<th scope="col" class="right">${head.right}</th>`;
}

export function table({ label, caption, heads, rows, kind = "plain" }: Table): Html {
  return html`<div class="wide" role="region" aria-label="${label}" tabindex="0"><table class="${kind}">
<caption>${caption}</caption>
<thead><tr>${heads.map(columnHead)}</tr></thead>
<tbody>
${rows}</tbody></table></div>
`;
}
