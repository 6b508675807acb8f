// The verdict matrix: one line per submission and device, one cell per reference executor, one axis for all speedups.
import { AGREEMENTS, type Cell } from "./agreement.ts";
import { headroomBar } from "./chart/bar.ts";
import type { Scale } from "./chart/scale.ts";
import { speedupAxis, speedupInterval, speedupScale } from "./chart/speedup.ts";
import { count, plural, ratioInterval } from "./format.ts";
import { headroomKey } from "./headroom.ts";
import { type Html, html, joined, type Part } from "./html.ts";
import { AGREEMENT_WORDS, agreementMark, deviceBadge, rowMark, rowWord, statusMark } from "./marks.ts";
import type { Rejected, Report, Row } from "./model.ts";
import type { SpeedupSeries } from "./series.ts";
import { oneLine } from "../harness/domain/visible.ts";

/** A cell: its column's name for narrow screens, its key for sorting (empty sorts last), its content. */
function cell(label: string, key: string | number, content: Part, kind = "value"): Html {
  return html`<td class="${kind}" data-label="${label}" data-key="${key}">${content}</td>
`;
}

function sub(content: Part): Html {
  return html`<span class="sub">${content}</span>`;
}

/** "14 agree, 2 absent"; "all 16 cases" where the word above says the rest. */
function tally({ counts }: Cell): Html {
  const present = AGREEMENTS.filter((agreement) => counts[agreement] > 0);
  const total = present.reduce((sum, agreement) => sum + counts[agreement], 0);
  if (present.length === 0) return html`no counted case`;
  if (present.length === 1) return total === 1 ? html`the one case` : html`all ${count(total)} cases`;
  const parts = present.map((agreement) => `${count(counts[agreement])} ${AGREEMENT_WORDS[agreement]}`);
  return joined(
    parts.map((part) => html`<span class="number">${part}</span>`),
    ", ",
  );
}

function executorCell(one: Cell): Html {
  const bar = one.headroom.kind === "none" ? null : sub(headroomBar(one.headroom));
  return cell(one.executor, one.verdict, [agreementMark(one.verdict), sub(tally(one)), bar]);
}

/** What a series says in one line of text. */
export function speedupWords(series: SpeedupSeries): Html {
  if (series.kind === "emulated") return html`<span class="muted">emulated: none</span>`;
  if (series.kind === "absent") {
    const [first, ...rest] = series.reasons;
    const more = rest.length === 0 ? "" : ` (and ${plural(rest.length, "other reason")})`;
    return html`<span class="muted">none: ${first === undefined ? "not measured" : first + more}</span>`;
  }
  const value = ratioInterval(series.value, series.interval);
  const cases = series.points.length === 1 ? "" : `, geomean of ${plural(series.points.length, "case")}`;
  const over = `over ${series.baselines.join(", ")}${cases}`;
  return html`<b class="number">${value}</b> <span class="muted small">${over}</span>`;
}

const SPEEDUP = "Speedup, 95 % interval";

function speedupCell(series: SpeedupSeries, scale: Scale): Html {
  if (series.kind !== "measured") return cell(SPEEDUP, "", speedupWords(series), "span");
  return cell(SPEEDUP, series.value, [speedupWords(series), speedupInterval(series, scale)], "span");
}

/** The first two cells of a line and its opening: who, and what came of it. */
function opening(vendor: string, op: string, word: string, mark: Html): Html {
  const name = oneLine(vendor);
  return html`<tr data-vendor="${name}" data-op="${oneLine(op)}" data-status="${word}">
<td class="lead" data-key="${name}"><span class="name">${vendor}</span>${sub(mark)}</td>
`;
}

function named(submission: string, file: string, below: Part): Html {
  return html`<th scope="row" class="span" data-key="${oneLine(submission)}">
<a class="name" href="${file}">${submission}</a>
${below}</th>
`;
}

function closing(file: string, label: string, text: string): Html {
  return html`<td class="spare"><a class="number" href="${file}" aria-label="${label}">${text}</a></td>
</tr>
`;
}

/** One line: who, on what, beside whom, how many, how near, how fast. */
function rowLine(row: Row, scale: Scale): Html {
  const { submission, device, op } = row.sample;
  const numerics = html`<span class="sub mono">${submission.numerics.class}</span>`;
  const because = row.because === null ? null : html`<span class="sub warn">${row.because}</span>`;
  const share = row.counted === 0 ? "" : row.passed / row.counted;
  return html`${[
    opening(row.vendor, op.op, rowWord(row), rowMark(row)),
    named(row.submission, row.file, [sub(`${submission.version} \u00b7 ${op.op}`), numerics, because]),
    cell("Device", oneLine(device.chip), [device.chip, sub(deviceBadge(device))]),
    row.cells.map(executorCell),
    cell("Cases passed", share, html`<span class="number">${row.passed}/${row.counted}</span>`),
    cell("Headroom used", headroomKey(row.headroom) ?? "", headroomBar(row.headroom)),
    speedupCell(row.speedups, scale),
    closing(row.file, `Cases of ${row.vendor}/${row.submission}, ${device.chip}`, plural(row.cases.length, "case")),
  ]}`;
}

/** A submission that never ran has no device, no executor and no number; its first problem stands under its name. */
function rejectedLine({ submission, submitted, file }: Rejected, executors: readonly string[]): Html {
  const problem = submitted.problems[0];
  const words = problem === undefined ? "never ran" : `never ran: ${problem.message}`;
  const empty = ["Device", ...executors, "Cases passed", "Headroom used", SPEEDUP];
  const label = `Problems of ${submitted.vendor}/${submission}`;
  return html`${[
    opening(submitted.vendor, "", submitted.status, statusMark(submitted.status)),
    named(submission, file, sub(words)),
    empty.map((name) => cell(name, "", html`<span class="muted">\u2013</span>`, "spare")),
    closing(file, label, plural(submitted.problems.length, "problem")),
  ]}`;
}

function head(sort: string, content: Part): Html {
  return html`<th scope="col" data-sort="${oneLine(sort)}">${content}</th>
`;
}

/** The matrix of a report. */
export function matrix(report: Report): Html {
  const scale = speedupScale(report.rows.map((row) => row.speedups));
  const heads = [
    head("vendor", "Vendor"),
    head("submission", "Submission"),
    head("device", "Device"),
    ...report.executors.map((executor) => head(executor, executor)),
    head("cases passed", "Cases"),
    head("headroom", "Headroom used"),
    head("speedup", [SPEEDUP, speedupAxis(scale)]),
  ];
  const rows = report.rows.map((row) => rowLine(row, scale));
  const rejected = report.rejected.map((one) => rejectedLine(one, report.executors));
  return html`<div class="wide" role="region" aria-label="Verdicts" tabindex="0"><table class="matrix">
<caption>Every submission beside the references that judged the same cases.
A bar is the share of the allowed error that was used; the mark is all of it.</caption>
<thead><tr>
${heads}<th scope="col">Details</th>
</tr></thead>
<tbody>
${rows}${rejected}</tbody>
</table></div>`;
}
