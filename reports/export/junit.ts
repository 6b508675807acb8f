// JUnit XML, the dialect that CI systems read (jenkins-junit.xsd): a suite per submission and device, a test per case.
import type { RunRecord } from "../../harness/domain/run-record.ts";
import { type CasePage, outcomeOf, type Rejected, report, type Row, type Submitted } from "../model.ts";
import { oneLine, visible } from "../../harness/domain/visible.ts";

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

type Attributes = Readonly<Record<string, string | number>>;

function opening(name: string, attributes: Attributes): string {
  const pairs = Object.entries(attributes).map(([key, value]) => ` ${key}="${attribute(String(value))}"`);
  return `<${name}${pairs.join("")}`;
}

/** An element with text. */
function leaf(name: string, attributes: Attributes, text = ""): string {
  const content = visible(text).replaceAll(/[&<>]/g, (character) => ENTITIES[character] ?? "");
  return content === "" ? `${opening(name, attributes)}/>` : `${opening(name, attributes)}>${content}</${name}>`;
}

/** An element with elements, one a line. */
function branch(name: string, attributes: Attributes, children: readonly string[]): string {
  if (children.length === 0) return leaf(name, attributes);
  return [`${opening(name, attributes)}>`, ...children, `</${name}>`].join("\n");
}

/** How a case ends: a wrong kernel fails, broken infrastructure is an error, what does not count is skipped. */
function ending(record: RunRecord): "passed" | "failure" | "error" | "skipped" {
  if (!record.case.counted) return "skipped";
  const outcome = outcomeOf(record.status);
  if (outcome === "conforms") return "passed";
  return outcome === "infrastructure" ? "error" : "failure";
}

/** Every finding, and the one command that repeats the case. */
function evidence({ findings, repeat }: RunRecord): string {
  const lines = findings.map(({ message, pattern }) => oneLine(pattern === null ? message : `${message} (${pattern})`));
  return [...lines, oneLine(`repeat: ${repeat}`)].join("\n");
}

function testCase({ record }: CasePage): string {
  const { vendor, submission } = record.submission;
  const named = { classname: `${vendor}.${submission}`, name: record.case.name };
  const end = ending(record);
  const message = record.findings[0]?.message ?? record.status;
  if (end === "passed") return leaf("testcase", named);
  const skipped = { message: `${record.status}, not counted: ${message}` };
  if (end === "skipped") return branch("testcase", named, [leaf("skipped", skipped)]);
  return branch("testcase", named, [leaf(end, { type: record.status, message }, evidence(record))]);
}

function suite(row: Row): string {
  const { device, run, seed, time } = row.sample;
  const ends = row.cases.map(({ record }) => ending(record));
  const number = (end: string): number => ends.filter((one) => one === end).length;
  const { chip, emulated, isolation } = device;
  const properties = Object.entries({ chip, emulated: String(emulated), isolation, run, seed: seed.value });
  const attributes = {
    name: `${row.vendor}/${row.submission} on ${chip}${emulated ? " (emulated)" : ""}`,
    tests: ends.length,
    failures: number("failure"),
    errors: number("error"),
    skipped: number("skipped"),
    // The schema wants a time without its zone.
    timestamp: time.slice(0, 19),
  };
  const listed = properties.map(([name, value]) => leaf("property", { name, value }));
  return branch("testsuite", attributes, [branch("properties", {}, listed), ...row.cases.map(testCase)]);
}

/** A submission that never ran is one failed test. */
function rejection({ submission, submitted }: Rejected): string {
  const { vendor, status } = submitted;
  const problems = submitted.problems.map(({ code, file, line, column, message, fix }) =>
    oneLine(`${code} ${file}:${line}:${column}: ${message}. Fix: ${fix}`),
  );
  const failure = leaf("failure", { type: status, message: problems[0] ?? status }, problems.join("\n"));
  const test = branch("testcase", { classname: `${vendor}.${submission}`, name: "submission" }, [failure]);
  return branch("testsuite", { name: `${vendor}/${submission}`, tests: 1, failures: 1, errors: 0, skipped: 0 }, [test]);
}

/** Records -> JUnit XML. No case has a time: a kernel's speed is not what a test's duration means. */
export function junit(records: readonly RunRecord[], submissions: readonly Submitted[] = []): string {
  const shown = report(records, submissions);
  const suites = [...shown.rows.map(suite), ...shown.rejected.map(rejection)];
  return `<?xml version="1.0" encoding="UTF-8"?>\n${branch("testsuites", { name: "openxpu" }, suites)}\n`;
}
