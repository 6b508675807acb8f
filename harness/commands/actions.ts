// Inside GitHub Actions: annotations on the lines that are wrong, and a job summary. Elsewhere nothing.
import { summary } from "../../reports/export/summary.ts";
import type { Files } from "../domain/ports.ts";
import type { Run, RunRecord } from "../domain/run-record.ts";
import { visible } from "../domain/visible.ts";
import type { SubmissionResult } from "../pipeline/request.ts";
import type { Context } from "./context.ts";

/** Escapes a property of a workflow command (GitHub's toolkit, `command.ts`): hostile text must not start another command. */
function property(text: string): string {
  return message(text).replace(/:/g, "%3A").replace(/,/g, "%2C");
}

function message(text: string): string {
  return visible(text).replace(/%/g, "%25").replace(/\r/g, "%0D").replace(/\n/g, "%0A");
}

/** One line for each problem and each failing submission. */
function annotations(results: readonly SubmissionResult[]): string[] {
  return results.flatMap((result) => {
    const problems = result.problems.map(({ code, place, message: words, fix }) => {
      const where = `file=${property(place.file)},line=${place.line},col=${place.column},title=${property(code)}`;
      return `::error ${where}::${message(`${words}. Fix: ${fix}`)}`;
    });
    const failing = result.records.filter((record) => record.case.counted && record.status !== "PASSED");
    const [first] = failing;
    if (first === undefined) return problems;
    const words = `${failing.length} cases, first ${first.case.name}: ${first.findings[0]?.message ?? first.status}`;
    const where = `file=${property(`${result.path}/submission.yaml`)},line=1,title=${property(result.status)}`;
    return [...problems, `::error ${where}::${message(words)}`];
  });
}

/** Writes annotations and the summary where the job wants them. */
export async function reportToActions(
  results: readonly SubmissionResult[],
  records: readonly RunRecord[],
  run: Run,
  context: Context,
  files: Files,
): Promise<void> {
  if (context.environment["GITHUB_ACTIONS"] !== "true") return;
  for (const line of annotations(results)) context.terminal.note(line);
  const file = context.environment["GITHUB_STEP_SUMMARY"];
  if (file !== undefined) await files.append(file, summary(records, run.submissions));
}
