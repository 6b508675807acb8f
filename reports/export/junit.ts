// JUnit XML, the dialect that CI systems read (jenkins-junit.xsd): a suite per submission and device, a test per case.
import type { RunRecord } from "../../harness/domain/run-record.ts";
import { type CasePage, outcomeOf, type Rejected, report, type Row, type Submitted } from "../model.ts";
import { visible } from "../visible.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\n": "&#10;",
  "\t": "&#9;",
};

/** For attributes; controls and lone surrogates, which XML 1.0 forbids, are already marks. */
function attribute(text: string): string {
  return visible(text).replaceAll(/[&<>"\n\t]/g, (character) => ENTITIES[character] ?? "");
}

function content(text: string): string {
  return visible(text).replaceAll(/[&<>]/g, (character) => ENTITIES[character] ?? "");
}

/** How a case ends in JUnit: a wrong kernel fails, broken infrastructure is an error, what does not count is skipped. */
function ending(record: RunRecord): "passed" | "failure" | "error" | "skipped" {
  if (!record.case.counted) return "skipped";
  const outcome = outcomeOf(record.status);
  if (outcome === "conforms") return "passed";
  return outcome === "infrastructure" ? "error" : "failure";
}

function evidence(record: RunRecord): string {
  const findings = record.findings.map(
    (finding) => finding.message + (finding.pattern === null ? "" : ` (${finding.pattern})`),
  );
  return [...findings, `repeat: ${record.repeat}`].join("\n");
}

function testCase({ record }: CasePage, row: Row): string {
  const open = `    <testcase classname="${attribute(`${row.vendor}.${row.submission}`)}" name="${attribute(record.case.name)}"`;
  const end = ending(record);
  if (end === "passed") return `${open}/>`;
  const message = record.findings[0]?.message ?? record.status;
  if (end === "skipped")
    return `${open}>\n      <skipped message="${attribute(`${record.status}, not counted: ${message}`)}"/>\n    </testcase>`;
  return `${open}>\n      <${end} type="${record.status}" message="${attribute(message)}">${content(evidence(record))}</${end}>\n    </testcase>`;
}

function suite(row: Row): string {
  const { device, run, seed, time } = row.sample;
  const ends = row.cases.map(({ record }) => ending(record));
  const number = (end: string): number => ends.filter((one) => one === end).length;
  const properties = Object.entries({
    chip: device.chip,
    emulated: String(device.emulated),
    isolation: device.isolation,
    run,
    seed: seed.value,
  });
  const name = `${row.vendor}/${row.submission} on ${device.chip}${device.emulated ? " (emulated)" : ""}`;
  return [
    `  <testsuite name="${attribute(name)}" tests="${ends.length}" failures="${number("failure")}" errors="${number("error")}" skipped="${number("skipped")}" timestamp="${attribute(time.slice(0, 19))}">`,
    "    <properties>",
    ...properties.map(([key, value]) => `      <property name="${key}" value="${attribute(value)}"/>`),
    "    </properties>",
    ...row.cases.map((page) => testCase(page, row)),
    "  </testsuite>",
  ].join("\n");
}

/** A submission that never ran is one failed test: its manifest. */
function rejection({ submitted }: Rejected): string {
  const name = `${submitted.vendor}/${submitted.submission}`;
  const problems = submitted.problems.map(
    (problem) =>
      `${problem.code} ${problem.file}:${problem.line}:${problem.column}: ${problem.message}. Fix: ${problem.fix}`,
  );
  return [
    `  <testsuite name="${attribute(name)}" tests="1" failures="1" errors="0" skipped="0">`,
    `    <testcase classname="${attribute(`${submitted.vendor}.${submitted.submission}`)}" name="manifest">`,
    `      <failure type="${submitted.status}" message="${attribute(problems[0] ?? submitted.status)}">${content(problems.join("\n"))}</failure>`,
    "    </testcase>",
    "  </testsuite>",
  ].join("\n");
}

/** Records -> JUnit XML. A case has no time: it is judged in many calls, and speed is not what a test's duration means. */
export function junit(records: readonly RunRecord[], submissions: readonly Submitted[] = []): string {
  const shown = report(records, submissions);
  const suites = [...shown.rows.map(suite), ...shown.rejected.map(rejection)];
  return `${['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites name="openxpu">', ...suites, "</testsuites>"].join("\n")}\n`;
}
