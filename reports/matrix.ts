// The verdict matrix: one line per submission and device, one cell per reference executor, one axis for all speedups.
import { AGREEMENTS, type Cell } from "./agreement.ts";
import { headroomBar } from "./chart/bar.ts";
import type { Scale } from "./chart/scale.ts";
import { speedupAxis, speedupInterval, speedupScale } from "./chart/speedup.ts";
import { count, plural, ratioInterval } from "./format.ts";
import { headroomKey } from "./headroom.ts";
import { type Html, html, joined } from "./html.ts";
import { AGREEMENT_WORDS, agreementMark, deviceBadge, rowMark, rowWord, statusMark } from "./marks.ts";
import type { Rejected, Report, Row } from "./model.ts";
import type { SpeedupSeries } from "./series.ts";
import { oneLine } from "./visible.ts";

/** "14 agree, 2 absent"; "all 16 cases" where the word above says the rest. */
function tally(cell: Cell): string {
  const present = AGREEMENTS.filter((agreement) => cell.counts[agreement] > 0);
  const total = present.reduce((sum, agreement) => sum + cell.counts[agreement], 0);
  if (present.length === 0) return "no counted case";
  if (present.length === 1) return total === 1 ? "the one case" : `all ${count(total)} cases`;
  return present
    .map((agreement) => `${count(cell.counts[agreement])} ${AGREEMENT_WORDS[agreement]}`)
    .join(", ");
}

function executorCell(cell: Cell): Html {
  const bar = cell.headroom.kind === "none" ? null : html`<span class="sub">${headroomBar(cell.headroom)}</span>`;
  return html`<td data-label="${cell.executor}" data-key="${cell.verdict}">${agreementMark(cell.verdict)}<span class="sub">${tally(cell)}</span>${bar}</td>
`;
}

/** What a series says in one line of text. */
export function speedupWords(series: SpeedupSeries): Html {
  if (series.kind === "emulated") return html`<span class="muted">emulated: none</span>`;
  if (series.kind === "absent") {
    const [first, ...rest] = series.reasons;
    const more = rest.length === 0 ? "" : ` (and ${plural(rest.length, "other reason")})`;
    return html`<span class="muted">none: ${first === undefined ? "not measured" : first + more}</span>`;
  }
  const over = `over ${series.baselines.join(", ")}`;
  const cases = series.points.length === 1 ? "" : `, geomean of ${plural(series.points.length, "case")}`;
  return html`<span class="number"><b>${ratioInterval(series.value, series.interval)}</b></span> <span class="muted small">${over + cases}</span>`;
}

function speedupCell(series: SpeedupSeries, scale: Scale): Html {
  const chart = series.kind === "measured" ? speedupInterval(series, scale) : null;
  const key = series.kind === "measured" ? String(series.value) : "";
  return html`<td class="span" data-label="Speedup, 95 % interval" data-key="${key}">${speedupWords(series)}${chart}</td>
`;
}

function rowLine(row: Row, scale: Scale): Html {
  const { submission, device, op } = row.sample;
  const name = `${row.vendor}/${row.submission}`;
  return html`<tr data-vendor="${oneLine(row.vendor)}" data-op="${oneLine(op.op)}" data-status="${rowWord(row)}">
<td class="span" data-key="${oneLine(row.vendor)}"><span class="name">${row.vendor}</span><span class="sub">${rowMark(row)}</span></td>
<th scope="row" class="span" data-key="${oneLine(row.submission)}"><a class="name" href="${row.file}">${row.submission}</a><span class="sub">${submission.version} \u00b7 ${op.op} \u00b7 <span class="mono">${submission.numerics.class}</span>${row.because === null ? null : html` \u00b7 ${row.because}`}</span></th>
<td data-label="Device" data-key="${oneLine(device.chip)}">${device.chip}<span class="sub">${deviceBadge(device)}</span></td>
${row.cells.map(executorCell)}<td data-label="Cases passed" data-key="${row.counted === 0 ? "" : String(row.passed / row.counted)}"><span class="number">${row.passed}/${row.counted}</span></td>
<td data-label="Headroom used" data-key="${headroomKey(row.headroom) ?? ""}">${headroomBar(row.headroom)}</td>
${speedupCell(row.speedups, scale)}<td class="spare"><a class="number" href="${row.file}" aria-label="Cases of ${name}, ${device.chip}">${plural(row.cases.length, "case")}</a></td>
</tr>
`;
}

/** A submission that never ran has no device, no executor and no number; its first problem stands under its name. */
function rejectedLine({ submitted, file }: Rejected, executors: readonly string[]): Html {
  const problem = submitted.problems[0];
  const words = problem === undefined ? "never ran" : `never ran: ${problem.message}`;
  const none = (label: string): Html => html`<td class="spare" data-label="${label}" data-key=""><span class="muted">\u2013</span></td>
`;
  return html`<tr data-vendor="${oneLine(submitted.vendor)}" data-op="" data-status="${submitted.status}">
<td class="span" data-key="${oneLine(submitted.vendor)}"><span class="name">${submitted.vendor}</span><span class="sub">${statusMark(submitted.status)}</span></td>
<th scope="row" class="span" data-key="${oneLine(submitted.submission)}"><a class="name" href="${file}">${submitted.submission}</a><span class="sub">${words}</span></th>
${["Device", ...executors, "Cases passed", "Headroom used", "Speedup, 95 % interval"].map(none)}<td class="spare"><a class="number" href="${file}" aria-label="Problems of ${submitted.vendor}/${submitted.submission}">${plural(submitted.problems.length, "problem")}</a></td>
</tr>
`;
}

/** The matrix of a report. */
export function matrix(report: Report): Html {
  const scale = speedupScale(report.rows.map((row) => row.speedups));
  const heads = report.executors.map((executor) => html`<th scope="col" data-sort="${oneLine(executor)}">${executor}</th>`);
  return html`<div class="wide" role="region" aria-label="Verdicts" tabindex="0"><table class="matrix">
<caption>Every submission beside the references that judged the same cases. A bar is the share of the allowed error that was used; the mark is all of it.</caption>
<thead><tr>
<th scope="col" data-sort="vendor">Vendor</th><th scope="col" data-sort="submission">Submission</th><th scope="col" data-sort="device">Device</th>
${joined(heads, "")}
<th scope="col" data-sort="cases passed">Cases</th><th scope="col" data-sort="headroom">Headroom used</th><th scope="col" data-sort="speedup">Speedup, 95 % interval${speedupAxis(scale)}</th><th scope="col">Details</th>
</tr></thead>
<tbody>
${report.rows.map((row) => rowLine(row, scale))}${report.rejected.map((one) => rejectedLine(one, report.executors))}</tbody>
</table></div>`;
}
