// Case page, "Is it right?" and "Where in the tensor?": findings with their first and worst element, and the pattern in words.
import type { RunRecord } from "../../harness/domain/run-record.ts";
import type { Element, Finding, Status } from "../../harness/domain/verdict.ts";
import { agreementOf } from "../agreement.ts";
import { count, percent, plural, real } from "../format.ts";
import { headroomText, worstHeadroom } from "../headroom.ts";
import { type Html, html } from "../html.ts";
import { laneWords } from "../marks.ts";

/** What each status means, for who reads one for the first time. */
const MEANINGS: Readonly<Record<Status, string>> = {
  PASSED: "Every output of every regime is one that the op's oracle accepts.",
  INCORRECT_SHAPE: "An output has another shape than the op gives it.",
  INCORRECT_DTYPE: "An output has another dtype than the op gives it.",
  INCORRECT_NUMERICAL: "Numbers are outside what the oracle accepts for this numerics class.",
  RUNTIME_ERROR: "The kernel raised an error or crashed.",
  COMPILE_ERROR: "The kernel did not compile or could not be loaded; the log says why.",
  TIMEOUT: "The kernel did not answer in time.",
  UNSUPPORTED: "The kernel declined this case.",
  NONDETERMINISTIC: "The same inputs gave different bits, and the submission does not declare that they may.",
  INTEGRITY_VIOLATION: "The kernel touched what is not its own: memory, environment, processes, files or network.",
  INVALID_MANIFEST: "The manifest is wrong, so nothing ran.",
  REFERENCE_DISAGREEMENT: "The submission passed, but no reference did: nothing is concluded, and the submission is not to blame.",
  SKIPPED_NO_DEVICE: "No such device was there; nothing ran.",
  INFRA_ERROR: "The harness or its machine failed; the submission is not to blame.",
};

/** One paragraph that answers the question. */
export function verdictWords(record: RunRecord): string {
  const elements = record.errors.reduce((sum, error) => sum + error.elements, 0);
  const ran = record.witnesses.filter((witness) => witness.status !== null);
  const agree = record.witnesses.filter((witness) => agreementOf(record.status, witness) === "agrees").length;
  const headroom = worstHeadroom(record.errors);
  const compared = elements === 0 ? "" : ` ${plural(elements, "element")} of ${plural(record.errors.length, "output")} compared.`;
  const used = headroom.kind === "share" ? ` Worst error: ${headroomText(headroom)} of what is allowed.` : "";
  const beside = ran.length === 0 ? " No reference ran on this case." : ` ${agree} of ${plural(ran.length, "reference")} that ran agree${agree === 1 ? "s" : ""}.`;
  return MEANINGS[record.status] + compared + used + beside;
}

/** "o[0, 96, 0, 0]" */
export function place(output: string | null, element: Element): string {
  return `${output ?? "output"}[${element.index.join(", ")}]`;
}

function written(value: number | string): string {
  return typeof value === "number" ? String(value) : value;
}

function elementLine(label: string, output: string | null, element: Element | null): Html | null {
  if (element === null) return null;
  return html`<tr><th scope="row">${label}</th><td><code>${place(output, element)}</code></td><td class="right">${written(element.got)}</td><td class="right">${written(element.want)}</td><td class="right">${element.ulp === null ? "not finite" : real(element.ulp)}</td><td class="right">${element.allowed === null ? "equal only" : real(element.allowed)}</td></tr>
`;
}

function findingBlock(finding: Finding): Html {
  const where = [
    laneWords(finding.lane),
    `gate ${finding.gate}`,
    ...(finding.probe === null ? [] : [`probe ${finding.probe}`]),
    ...(finding.placement === null ? [] : [`memory placed ${finding.placement}`]),
  ].join(" \u00b7 ");
  const elements = [elementLine("first", finding.output, finding.first), elementLine("worst", finding.output, finding.worst)];
  const table = html`<div class="wide" role="region" aria-label="First and worst element" tabindex="0"><table>
<caption>First and worst element</caption>
<thead><tr><th scope="col"></th><th scope="col">Where</th><th scope="col" class="right">Got</th><th scope="col" class="right">Want</th><th scope="col" class="right">Error, ULP</th><th scope="col" class="right">Allowed |error|</th></tr></thead>
<tbody>
${elements}</tbody></table></div>`;
  return html`<div class="evidence"><p><strong>${finding.message}</strong></p>
<p class="muted">${where}</p>
${finding.pattern === null ? null : html`<p>Pattern: ${finding.pattern}</p>`}
${elements.every((element) => element === null) ? null : table}</div>
`;
}

/** The findings, or that there are none. */
export function findings(record: RunRecord): Html {
  const none = record.status === "PASSED" ? null : html`<p class="muted">The record carries no finding.</p>`;
  return html`<p>${verdictWords(record)}</p>
${record.case.counted ? null : html`<p class="notice">Not counted: the case lies outside what the submission supports.</p>`}
${record.findings.length === 0 ? none : record.findings.map(findingBlock)}`;
}

/** The share of wrong elements as a bar of 240 pixels. */
function shareBar(part: number, whole: number): Html {
  const width = whole === 0 ? 0 : Math.max(part === 0 ? 0 : 2, Math.round((2400 * part) / whole) / 10);
  return html`<svg class="share" width="240" height="10" viewBox="0 0 240 10" aria-hidden="true"><rect class="track" x="0" y="2" width="240" height="6"/><rect class="fill bad" x="0" y="2" width="${width}" height="6"/></svg>`;
}

function location(finding: Finding): Html {
  const places = [
    ...(finding.first === null ? [] : [html`first <code>${place(finding.output, finding.first)}</code>`]),
    ...(finding.worst === null ? [] : [html` \u00b7 worst <code>${place(finding.output, finding.worst)}</code>`]),
  ];
  return html`<li><p>${shareBar(finding.mismatches, finding.total)} ${count(finding.mismatches)} of ${count(finding.total)} elements of <code>${finding.output ?? "the output"}</code> differ (${percent(finding.mismatches, finding.total)})${finding.probe === null ? "" : ` under probe ${finding.probe}`}</p>
<p>${finding.pattern ?? "No pattern was seen."}</p>
<p class="muted">${places}</p></li>
`;
}

/** Where the wrong elements lie. Records hold the first and the worst index and a pattern, not every position, so no map is drawn. */
export function whereabouts(record: RunRecord): Html {
  const numeric = record.findings.filter((finding) => finding.mismatches > 0);
  if (numeric.length > 0) return html`<ul class="plain">${numeric.map(location)}</ul>`;
  return html`<p>${record.errors.length === 0 ? "No output was compared." : "No element differs."}</p>`;
}
