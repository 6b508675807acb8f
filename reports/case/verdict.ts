// Case page, "Is it right?" and "Where in the tensor?": findings, first and worst element, the pattern in words.
import type { RunRecord } from "../../harness/domain/run-record.ts";
import type { Element, Finding, Status } from "../../harness/domain/verdict.ts";
import { agreementOf } from "../agreement.ts";
import { count, percent, plural, real } from "../format.ts";
import { headroomText, worstHeadroom } from "../headroom.ts";
import { type Html, html, joined } from "../html.ts";
import { laneWords } from "../marks.ts";
import { right, table, tableRow } from "../table.ts";

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
  REFERENCE_DISAGREEMENT:
    "The submission passed, but no reference did: nothing is concluded, and the submission is not to blame.",
  SKIPPED_NO_DEVICE: "No such device was there; nothing ran.",
  INFRA_ERROR: "The harness or its machine failed; the submission is not to blame.",
};

/** One paragraph that answers the question. */
function verdictWords(record: RunRecord): string {
  const elements = record.errors.reduce((sum, error) => sum + error.elements, 0);
  const ran = record.witnesses.filter((witness) => witness.status !== null);
  const agree = record.witnesses.filter((witness) => agreementOf(record.status, witness) === "agrees").length;
  const headroom = worstHeadroom(record.errors);
  const compared =
    elements === 0 ? "" : ` ${plural(elements, "element")} of ${plural(record.errors.length, "output")} compared.`;
  const used = headroom.kind === "share" ? ` Worst error: ${headroomText(headroom)} of what is allowed.` : "";
  const beside =
    ran.length === 0
      ? " No reference ran on this case."
      : ` ${agree} of ${plural(ran.length, "reference")} that ran agree${agree === 1 ? "s" : ""}.`;
  return MEANINGS[record.status] + compared + used + beside;
}

/** "o[0, 96, 0, 0]" */
function place(output: string | null, element: Element): string {
  return `${output ?? "output"}[${element.index.join(", ")}]`;
}

function written(value: number | string): string {
  return typeof value === "number" ? String(value) : value;
}

/** got and want as the judge saw them; a null of the schema in words. */
function elementLine(label: string, output: string | null, element: Element | null): Html[] {
  if (element === null) return [];
  return [
    tableRow(label, [
      html`<td><code>${place(output, element)}</code></td>`,
      right(written(element.got)),
      right(written(element.want)),
      right(element.ulp === null ? "not finite" : real(element.ulp)),
      right(element.allowed === null ? "equal only" : real(element.allowed)),
    ]),
  ];
}

function elementTable({ first, worst, output }: Finding): Html | null {
  if (first === null && worst === null) return null;
  return table({
    label: "First and worst element",
    caption: "First and worst element",
    heads: ["Element", "Where", ...["Got", "Want", "Error, ULP", "Allowed |error|"].map((name) => ({ right: name }))],
    rows: [...elementLine("first", output, first), ...elementLine("worst", output, worst)],
  });
}

/** Message first, then where it was seen, the pattern, the two elements. */
function findingBlock(finding: Finding): Html {
  const { lane, gate, probe, placement, pattern } = finding;
  const where = [
    laneWords(lane),
    `gate ${gate}`,
    ...(probe === null ? [] : [`probe ${probe}`]),
    ...(placement === null ? [] : [`memory placed ${placement}`]),
  ];
  return html`<div class="evidence"><p><strong>${finding.message}</strong></p>
<p class="muted">${where.join(" \u00b7 ")}</p>
${pattern === null ? null : html`<p>Pattern: ${pattern}</p>\n`}${elementTable(finding)}</div>
`;
}

/** The findings, or that there are none. */
export function findings(record: RunRecord): Html {
  const none = record.status === "PASSED" ? null : html`<p class="muted">The record carries no finding.</p>`;
  const uncounted = html`<p class="notice">Not counted: the case lies outside what the submission supports.</p>\n`;
  return html`<p>${verdictWords(record)}</p>
${record.case.counted ? null : uncounted}${record.findings.length === 0 ? none : record.findings.map(findingBlock)}`;
}

/** Pixels of the bar that shows the share of wrong elements. */
const SHARE = 240;

function shareBar(part: number, whole: number): Html {
  const width = whole === 0 ? 0 : Math.max(2, Math.round((10 * SHARE * part) / whole) / 10);
  return html`<svg class="share" width="${SHARE}" height="10" viewBox="0 0 ${SHARE} 10" aria-hidden="true">
<rect class="track" x="0" y="2" width="${SHARE}" height="6"/>
<rect class="fill bad" x="0" y="2" width="${width}" height="6"/>
</svg>`;
}

function location({ mismatches, total, output, probe, pattern, first, worst }: Finding): Html {
  const places = [
    ...(first === null ? [] : [html`first <code>${place(output, first)}</code>`]),
    ...(worst === null ? [] : [html`worst <code>${place(output, worst)}</code>`]),
  ];
  const under = probe === null ? "" : ` under probe ${probe}`;
  const share = `mismatch (${percent(mismatches, total)})${under}`;
  return html`<li>${shareBar(mismatches, total)}
<p>${count(mismatches)} of ${plural(total, "element")} of <code>${output ?? "the output"}</code> ${share}</p>
<p>${pattern ?? "No pattern was seen."}</p>
<p class="muted">${joined(places, " \u00b7 ")}</p></li>
`;
}

/** Where the wrong elements lie. Records hold the first and worst index and a pattern, not every position: no map. */
export function whereabouts(record: RunRecord): Html {
  const placed = record.findings.filter((finding) => finding.mismatches > 0);
  // Both placements and repeated runs often find the same place: told once.
  const places = new Map(
    placed.map((finding) => [JSON.stringify({ ...finding, message: "", placement: null }), finding]),
  );
  if (placed.length > 0) return html`<ul class="plain">${[...places.values()].map(location)}</ul>`;
  const nowhere = "Nowhere: no single element lies outside what is accepted.";
  return html`<p>${record.errors.length === 0 ? "No output was compared." : nowhere}</p>`;
}
