// A failing case in words that a kernel author can act on. Pure.
import type { RunRecord } from "../../domain/run-record.ts";
import type { Element, Finding } from "../../domain/verdict.ts";
import { oneLine } from "./problem.ts";

function elementText(label: string, output: string, element: Element): string {
  const index = element.index.join(", ");
  const ulp = element.ulp === null ? "" : `   ${element.ulp.toPrecision(3)} ULP`;
  const allowed = element.allowed === null ? "" : `   allowed ${element.allowed.toPrecision(3)}`;
  return `    ${label}  ${output}[${index}]   got ${element.got}   want ${element.want}${ulp}${allowed}`;
}

function oneFinding(finding: Finding): string[] {
  const output = finding.output ?? "";
  const lines = [`    ${oneLine(finding.message)}`];
  if (finding.first !== null) lines.push(elementText("first", output, finding.first));
  if (finding.worst !== null) lines.push(elementText("worst", output, finding.worst));
  if (finding.pattern !== null) lines.push(`    where  ${finding.pattern}`);
  return lines;
}

/** The first finding of a failing case with the command that repeats it. */
export function findingText(record: RunRecord): string[] {
  const [first] = record.findings;
  const axes = Object.entries(record.case.axes).map(([name, value]) => `${name}=${value}`);
  return [
    `  ${record.case.name}   ${record.status}   ${axes.join(" ")}`,
    ...(first === undefined ? [] : oneFinding(first)),
    `    repeat ${record.repeat}`,
  ];
}
