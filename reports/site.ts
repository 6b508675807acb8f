// The static site: run records -> the text of every file. Pure; the caller writes the files.
import type { RunRecord } from "../harness/domain/run-record.ts";
import { casePage } from "./case-page.ts";
import { indexPage } from "./index-page.ts";
import { report, type Submitted } from "./model.ts";
import { rejectedPage } from "./rejected-page.ts";
import { submissionPage } from "./submission-page.ts";

/**
 * File name -> content: `index.html`, one page per submission and device, one per case. `submissions` are those of
 * `check --json`; the ones without records get a line and a page of their problems.
 */
export function site(runs: readonly RunRecord[], submissions: readonly Submitted[] = []): ReadonlyMap<string, string> {
  const shown = report(runs, submissions);
  return new Map([
    ["index.html", indexPage(shown)],
    ...shown.rows.flatMap((row) => [
      [row.file, submissionPage(row)] as const,
      ...row.cases.map((page) => [page.file, casePage(page, row)] as const),
    ]),
    ...shown.rejected.map((rejected) => [rejected.file, rejectedPage(rejected)] as const),
  ]);
}
