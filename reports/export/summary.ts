// The Markdown summary of a job: the answer, the matrix in short, and for each failure its evidence and its command.
import type { RunRecord } from "../../harness/domain/run-record.ts";
import { circumstances } from "../circumstances.ts";
import { count, instant, plural, ratioInterval } from "../format.ts";
import { headroomText } from "../headroom.ts";
import { answer } from "../index-page.ts";
import { OUTCOME_MARKS, rowWord } from "../marks.ts";
import { type CasePage, type Outcome, outcomeOf, type Rejected, report, type Row, type Submitted } from "../model.ts";
import type { SpeedupSeries } from "../series.ts";
import { oneLine, visible } from "../../harness/domain/visible.ts";

/** Longest list of failures; GitHub cuts a summary at 1 MiB and readers stop long before. */
const MOST_FAILURES = 20;

/** Text that stays text (CommonMark 0.31, section 2.4): a record can neither format nor link nor mention. */
function text(value: string): string {
  return oneLine(value).replaceAll(/[\\`*_{}[\]()<>#+!|~&@:]/g, "\\$&");
}

function heading(outcome: Outcome, words: string): string {
  return `### ${OUTCOME_MARKS[outcome].glyph} ${text(words)}`;
}

/** A code block whose fence is longer than any in the text. */
function block(value: string): string {
  const shown = visible(value);
  const longest = Math.max(0, ...[...shown.matchAll(/`+/g)].map((match) => match[0].length));
  const fence = "`".repeat(Math.max(3, longest + 1));
  return `${fence}text\n${shown}\n${fence}`;
}

function speedupText(series: SpeedupSeries): string {
  if (series.kind === "emulated") return "emulated: none";
  if (series.kind === "absent") return `none: ${text(series.reasons[0] ?? "not measured")}`;
  return `${ratioInterval(series.value, series.interval)} over ${text(series.baselines.join(", "))}`;
}

const WORDS = {
  agrees: "\u2714",
  disagrees: "\u2718 disagrees",
  unanswered: "\u2718 no answer",
  witnessFails: "\u26a0 fails itself",
  absent: "\u2013 absent",
} as const;

/** One line of the matrix. */
function tableLine(row: Row): string {
  const { glyph } = OUTCOME_MARKS[row.outcome];
  const { device } = row.sample;
  const cells = [
    `${glyph} ${text(rowWord(row))}`,
    text(`${row.vendor}/${row.submission}`),
    text(device.chip) + (device.emulated ? " emulated" : " physical"),
    ...row.cells.map((cell) => WORDS[cell.verdict]),
    `${count(row.passed)}/${count(row.counted)}`,
    headroomText(row.headroom),
    speedupText(row.speedups),
  ];
  return `| ${cells.join(" | ")} |`;
}

function rejectedLine({ submission, submitted, outcome }: Rejected, executors: readonly string[]): string {
  const { glyph } = OUTCOME_MARKS[outcome];
  const empty = ["device", ...executors, "cases", "headroom", "speedup"].map(() => "\u2013");
  const name = text(`${submitted.vendor}/${submission}`);
  return `| ${[`${glyph} ${text(submitted.status)}`, name, ...empty].join(" | ")} |`;
}

/** Failing cases of a submission that say the same, told once: a kernel that does not compile fails every case. */
function failures(row: Row): string[] {
  const groups = new Map<string, CasePage[]>();
  for (const page of row.cases.filter(({ record }) => record.case.counted && record.status !== "PASSED")) {
    const { status, findings } = page.record;
    const key = JSON.stringify([status, findings.map((finding) => [finding.message, finding.pattern])]);
    groups.set(key, [...(groups.get(key) ?? []), page]);
  }
  return [...groups.values()].flatMap((pages) => {
    const record = pages[0]?.record;
    if (record === undefined) return [];
    const findings = record.findings.map(
      (finding) => `- ${text(finding.message)}${finding.pattern === null ? "" : `; pattern: ${text(finding.pattern)}`}`,
    );
    const head = heading(outcomeOf(record.status), `${row.vendor}/${row.submission}: ${record.status}`);
    const cases = `${plural(pages.length, "case")}: ${text(pages.map((page) => page.record.case.name).join(", "))}`;
    return [[head, cases, ...(findings.length === 0 ? [] : [findings.join("\n")]), block(record.repeat)].join("\n\n")];
  });
}

/** A submission that never ran: every problem with its place and remedy. */
function rejection({ submission, submitted, outcome }: Rejected): string {
  const head = heading(outcome, `${submitted.vendor}/${submission}: ${submitted.status}`);
  const problems = submitted.problems.map(
    ({ code, file, line, column, message, fix }) => `${code} ${file}:${line}:${column}: ${message}. Fix: ${fix}`,
  );
  return [head, problems.map((problem) => `- ${text(problem)}`).join("\n")].join("\n\n");
}

/** Records -> Markdown; `submissions` as for the site. */
export function summary(records: readonly RunRecord[], submissions: readonly Submitted[] = []): string {
  const shown = report(records, submissions);
  const around = circumstances(shown.rows);
  const heads = [
    "verdict",
    "submission",
    "device",
    ...shown.executors.map(text),
    "cases",
    "headroom used",
    "speedup, 95 % interval",
  ];
  const failing = [...shown.rejected.map(rejection), ...shown.rows.flatMap(failures)];
  const lines = [...shown.rows.map(tableLine), ...shown.rejected.map((one) => rejectedLine(one, shown.executors))];
  const rest = failing.length - MOST_FAILURES;
  const where = [
    ...around.machines,
    ...around.isolation.map((level) => `isolation ${level}`),
    ...around.seeds.map((seed) => `seed ${seed}`),
  ];
  const paragraphs = [
    `## ${answer(shown)}`,
    text([...where, ...around.runs.map((run) => `run ${run}`), ...around.times.slice(-1).map(instant)].join("; ")),
    [`| ${heads.join(" | ")} |`, `|${heads.map(() => " --- |").join("")}`, ...lines].join("\n"),
    ...failing.slice(0, MOST_FAILURES),
    ...(rest > 0 ? [`${plural(rest, "more failure")}: see the report.`] : []),
  ];
  return `${paragraphs.join("\n\n")}\n`;
}
