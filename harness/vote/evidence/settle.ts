// From the artifacts of a workflow run to evidence, or to every reason why none of them is believed.
import type { Evidence } from "../../domain/evidence.ts";
import type { Unzipped } from "../../domain/archive.ts";
import { disagreements } from "./agree.ts";
import { checkBundle } from "./check.ts";
import { evidenceOf, type JudgedBundle } from "./evidence.ts";
import { type Expected, isTrustedRun, WORKFLOWS } from "./expected.ts";
import type { ParsedBundle } from "./parse.ts";
import { quoted } from "./plain.ts";
import { recompute } from "./recompute.ts";
import { told } from "./telling.ts";

/** An artifact of a run as it was taken out of its archive. */
export interface Opened {
  /** As GitHub names it. */
  readonly name: string;
  readonly archive: Unzipped;
}

/** Evidence, or why the run gives none. */
export type Settled =
  | { readonly ok: true; readonly bundles: readonly JudgedBundle[]; readonly evidence: Evidence }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Checks every artifact of one run, computes its verdicts again, and holds the jobs against each other. */
export function settle(artifacts: readonly Opened[], expected: Expected): Settled {
  const problems: string[] = [];
  const parsed: ParsedBundle[] = [];
  const judged: JudgedBundle[] = [];
  for (const { name, archive } of artifacts) {
    const object = (words: string): number => problems.push(`${quoted(name)}: ${words}`);
    const checked = archive.ok ? checkBundle(archive.files, expected) : archive;
    if (!checked.ok) {
      checked.problems.forEach(object);
      continue;
    }
    const { bundle, records } = checked;
    const trusted = isTrustedRun(expected);
    const found = recompute(records, { isolation: expected.isolation, physical: trusted });
    found.problems.forEach(object);
    parsed.push({ bundle, records });
    judged.push({ bundle, verdicts: found.verdicts, url: expected.run.url, trusted });
  }
  const jobs = WORKFLOWS.get(expected.run.path)?.jobs ?? Number.POSITIVE_INFINITY;
  if (artifacts.length < jobs) problems.push(`there are bundles of ${artifacts.length} jobs, it takes ${jobs}`);
  const [first, ...others] = parsed;
  if (first !== undefined) for (const other of others) problems.push(...disagreements(first, other));
  if (new Set(parsed.map(({ bundle }) => bundle.job)).size < parsed.length) problems.push("two bundles are of one job");
  if (problems.length > 0) return { ok: false, problems: told(problems) };
  return { ok: true, bundles: judged, evidence: evidenceOf(judged) };
}
