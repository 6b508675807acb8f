// The page of a submission on a device: what blocks it, its references, its cases, what it is.
import type { NumericsClass } from "../harness/domain/op.ts";
import { AGREEMENTS, type Cell } from "./agreement.ts";
import { caseTable, ordered } from "./case-list.ts";
import { headroomBar } from "./chart/bar.ts";
import { bindings, count, instant, plural } from "./format.ts";
import { type Html, html } from "./html.ts";
import { AGREEMENT_WORDS, agreementMark, deviceBadge, OUTCOME_MARKS, rowWord, seal, statusMark } from "./marks.ts";
import { speedupWords } from "./matrix.ts";
import type { CasePage, Row } from "./model.ts";
import { documentOf, facts, section } from "./page.ts";
import { right, table, tableRow, words } from "./table.ts";

function blocker({ record, file }: CasePage): Html {
  const message = record.findings[0]?.message ?? "without a finding";
  return html`<li>${statusMark(record.status)} <a class="mono" href="${file}">${record.case.name}</a> ${message}</li>
`;
}

/** Every counted case that did not pass, with its first finding. */
function blocking(row: Row): Html {
  const blockers = ordered(row.cases).filter(({ record }) => record.case.counted && record.status !== "PASSED");
  const but = row.because === null ? "." : `, but ${row.because}.`;
  const nothing = row.counted === 0 ? "No case was counted." : `Every counted case passed${but}`;
  if (blockers.length === 0) return html`<p>${nothing}</p>`;
  return html`<ul class="plain">
${blockers.map(blocker)}</ul>`;
}

function witnessLine(cell: Cell): Html {
  return tableRow(cell.executor, [
    html`<td>${agreementMark(cell.verdict)}</td>`,
    ...AGREEMENTS.map((agreement) => right(count(cell.counts[agreement]))),
    html`<td>${headroomBar(cell.headroom)}</td>`,
    words(cell.reasons.length === 0 ? "\u2013" : cell.reasons.join("; ")),
  ]);
}

/** The row's cells in full: the matrix has room for the gravest word only. */
function witnessTable(row: Row): Html {
  if (row.cells.length === 0) return html`<p>No reference took part.</p>`;
  const counts = AGREEMENTS.map((agreement) => ({ right: AGREEMENT_WORDS[agreement] }));
  return table({
    label: "References",
    caption: "References on the same counted cases; each is judged by the same oracle",
    heads: ["Executor", "Together", ...counts, "Its own headroom", "Why absent"],
    rows: row.cells.map(witnessLine),
  });
}

/** "fp32_p_cast (accumulate float32, rounding half_even, direct, casts p T)" */
function numericsWords(numerics: NumericsClass): Html {
  const properties = [
    `accumulate ${numerics.accumulate}`,
    `rounding ${numerics.rounding}`,
    numerics.algorithm,
    ...(Object.keys(numerics.casts).length === 0 ? [] : [`casts ${bindings(numerics.casts)}`]),
    ...(numerics.ftz ? ["flushes subnormals to zero"] : []),
  ];
  return html`<code>${numerics.class}</code> (${properties.join(", ")})`;
}

function identity({ sample }: Row): Html {
  const { submission, op, device } = sample;
  return facts([
    ["Version", submission.version],
    ["Op", `${op.op}, edition ${op.edition}`],
    ["Numerics class", numericsWords(submission.numerics)],
    ["Deterministic", submission.deterministic ? "declared, and checked" : "declared not to be"],
    ["Device", html`${device.chip} ${deviceBadge(device)} on ${device.model}`],
    ["Folder", html`<code>${submission.path}</code>`],
    ["Commit", submission.commit === null ? "not committed" : html`<code>${submission.commit}</code>`],
    ["Sources, sha256", html`<code>${submission.sourceDigest}</code>`],
    ["Licence", submission.license],
    ["Run", html`<code>${sample.run}</code>, ${instant(sample.time)}`],
  ]);
}

/** The text of a submission's page. */
export function submissionPage(row: Row): string {
  const { submission, device } = row.sample;
  const name = `${row.vendor}/${row.submission}`;
  const passed = `${count(row.passed)} of ${plural(row.counted, "counted case")} passed on ${device.chip}`;
  return documentOf({
    title: `${OUTCOME_MARKS[row.outcome].glyph} ${name} on ${device.chip}`,
    layout: "wide-print",
    script: "",
    header: html`<nav class="trail" aria-label="Trail"><a href="index.html">All submissions</a></nav>
<h1>${name} ${submission.version}</h1>
<p class="lead">${seal(row.outcome, rowWord(row))} ${passed} ${deviceBadge(device)}</p>
<p>Speedup ${speedupWords(row.speedups)}</p>`,
    main: [
      section(1, "What stands in the way?", blocking(row)),
      section(2, "Beside which references?", witnessTable(row)),
      section(3, "Which cases?", caseTable(row)),
      section(4, "What was judged?", identity(row)),
    ],
    footer: html`<p><a href="index.html">All submissions</a></p>`,
  });
}
