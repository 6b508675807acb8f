// Error histograms as table cells: one column per kernel, so that a submission's errors stand beside those of the references.
import type { ErrorSummary } from "../../harness/domain/run-record.ts";
import { count, percent } from "../format.ts";
import { type Html, html } from "../html.ts";
import { binLines } from "../series.ts";

/** Pixels of the longest bar. */
const WIDTH = 76;

/** One kernel's errors. */
export interface HistogramColumn {
  readonly name: string;
  readonly histogram: ErrorSummary["ulpHistogram"];
}

/** Length by the logarithm of the count: one wrong element in a million must still be seen. */
export function barLength(elements: number, most: number): number {
  if (elements === 0) return 0;
  return Math.round((10 * WIDTH * Math.log10(elements + 1)) / Math.log10(most + 1)) / 10;
}

function cell(elements: number, total: number, most: number, tone: "ink" | "soft"): Html {
  if (elements === 0) return html`<td class="bin"><span class="number muted">0</span></td>`;
  const length = barLength(elements, most);
  return html`<td class="bin"><svg width="${WIDTH}" height="12" viewBox="0 0 ${WIDTH} 12" aria-hidden="true"><rect class="fill ${tone}" x="0" y="1" width="${Math.max(length, 2)}" height="10"/></svg><span class="number">${count(elements)}</span> <span class="muted number">${percent(elements, total)}</span></td>`;
}

/** The histogram of one output; the first column is the submission. */
export function histogramTable(output: string, columns: readonly HistogramColumn[]): Html {
  const most = Math.max(1, ...columns.flatMap((column) => column.histogram));
  const totals = columns.map((column) => column.histogram.reduce((sum, elements) => sum + elements, 0));
  const rows = binLines(columns.map((column) => column.histogram)).map(
    (line) => html`<tr><th scope="row" class="number">${line.label}</th>${line.elements.map((elements, c) =>
      cell(elements, totals[c] ?? 0, most, c === 0 ? "ink" : "soft"),
    )}</tr>
`,
  );
  return html`<div class="wide" role="region" aria-label="Error histogram of ${output}" tabindex="0"><table class="histogram">
<caption>Elements of <code>${output}</code> by error in ULP; lengths are logarithmic</caption>
<thead><tr><th scope="col">error, ULP</th>${columns.map((column) => html`<th scope="col">${column.name}</th>`)}</tr></thead>
<tbody>
${rows}</tbody></table></div>`;
}
