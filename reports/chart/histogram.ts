// Error histograms as tables: a column per kernel, so that a submission's errors stand beside those of the references.
import type { ErrorSummary } from "../../harness/domain/run-record.ts";
import { count, percent } from "../format.ts";
import { type Html, html } from "../html.ts";
import { binLines } from "../series.ts";
import { table, tableRow } from "../table.ts";

/** Pixels of the longest bar. */
const WIDTH = 76;

/** One kernel's errors. */
export interface HistogramColumn {
  readonly name: string;
  readonly histogram: ErrorSummary["ulpHistogram"];
}

/** Pixels by the logarithm of the count: one wrong element in a million must still be seen. */
export function barLength(elements: number, most: number): number {
  if (elements === 0) return 0;
  return Math.max(2, Math.round((10 * WIDTH * Math.log10(elements + 1)) / Math.log10(most + 1)) / 10);
}

function cell(elements: number, total: number, most: number, tone: "ink" | "soft"): Html {
  if (elements === 0) return html`<td class="bin"><span class="number muted">0</span></td>`;
  const bar = html`<rect class="fill ${tone}" x="0" y="1" width="${barLength(elements, most)}" height="10"/>`;
  const numbers = html`${count(elements)} <span class="muted">${percent(elements, total)}</span>`;
  const chart = html`<svg width="${WIDTH}" height="12" viewBox="0 0 ${WIDTH} 12" aria-hidden="true">${bar}</svg>`;
  return html`<td class="bin">${chart}${numbers}</td>`;
}

/** The histogram of one output; the first column is the submission. */
export function histogramTable(output: string, columns: readonly HistogramColumn[]): Html {
  const histograms = columns.map((column) => column.histogram);
  const most = Math.max(1, ...histograms.flat());
  const totals = histograms.map((histogram) => histogram.reduce((sum, elements) => sum + elements, 0));
  return table({
    label: `Error histogram of ${output}`,
    caption: html`Elements of <code>${output}</code> by error in ULP; lengths are logarithmic`,
    heads: ["error, ULP", ...columns.map((column) => column.name)],
    rows: binLines(histograms).map((line) =>
      tableRow(
        html`<span class="number">${line.label}</span>`,
        line.elements.map((elements, i) => cell(elements, totals[i] ?? 0, most, i === 0 ? "ink" : "soft")),
      ),
    ),
  });
}
