// A bundle against what GitHub and the base commit say: every difference at once.
import type { Bundle } from "../../domain/evidence.ts";
import type { RunRecord } from "../../domain/run-record.ts";
import type { ExpectedCase, ExpectedSubmission } from "../../domain/expectation.ts";
import { type Expected, WORKFLOWS } from "./expected.ts";
import { canonical, ciSeed } from "./pack.ts";
import { type ParsedBundle, parseBundle } from "./parse.ts";
import { quoted } from "./plain.ts";
import { hiddenSeed, publishedSeed } from "./seeds.ts";
import { idOf, nameOf, told } from "./telling.ts";

/** A bundle to rely on as far as it goes, or everything that is wrong with it. */
export type CheckedBundle =
  | ({ readonly ok: true } & ParsedBundle)
  | { readonly ok: false; readonly problems: readonly string[] };

function originProblems({ run, head, harness }: Expected): string[] {
  const workflow = WORKFLOWS.get(run.path);
  if (workflow === undefined) return [`${quoted(run.path)} is no workflow whose evidence is read`];
  const problems: string[] = [];
  if (!workflow.events.includes(run.event))
    problems.push(`the run was started by ${quoted(run.event)}, not by ${workflow.events.join(" or ")}`);
  const right = workflow.on === "head" ? run.head === head : harness.includes(run.head);
  if (!right) problems.push(`the run is of commit ${quoted(run.head)}, not of the ${workflow.on}`);
  return problems;
}

function bundleProblems(bundle: Bundle, expected: Expected): string[] {
  const problems = originProblems(expected);
  for (const field of ["repository", "head", "workflowRun", "attempt"] as const)
    if (bundle[field] !== expected[field])
      problems.push(`bundle.json: '${field}' is ${bundle[field]}, the API says ${expected[field]}`);
  if (!expected.harness.includes(bundle.harness))
    problems.push(`bundle.json: 'harness' ${bundle.harness} is no commit of the base branch that may judge`);
  const seed = ciSeed(expected);
  if (bundle.seed !== seed) problems.push(`bundle.json: 'seed' is ${bundle.seed}, this run's is ${seed}`);
  return problems;
}

type Fields = Readonly<Record<string, readonly [found: unknown, wanted: unknown]>>;

/** Fields that are not what they must be. */
function differing(fields: Fields): string[] {
  return Object.entries(fields).flatMap(([field, [found, wanted]]) =>
    canonical(found) === canonical(wanted)
      ? []
      : [`'${field}' is ${quoted(canonical(found))}, ${quoted(canonical(wanted))} is right`],
  );
}

/** What the whole run shares. */
function runFields(record: RunRecord, { bundle, records }: ParsedBundle, expected: Expected): string[] {
  const { suite, op, submission } = record;
  const fields = differing({
    run: [record.run, records[0]?.run],
    "harness.commit": [record.harness.commit, bundle.harness],
    seed: [record.seed, { value: bundle.seed, origin: "ci" }],
    "op.digest": [op.digest, expected.ops.get(op.op) ?? null],
    "suite.digest": [suite?.digest ?? null, expected.suites.get(suite?.suite ?? "") ?? "of the base"],
    repeat: [record.repeat, `npx openxpu repro ${record.run}/${idOf(record)}/${record.case.name}`],
  });
  if (!/^\d{8}T\d{6}Z-[0-9a-f]{6}$/.test(record.run)) fields.push("'run' is no run id");
  if (submission.commit !== bundle.head && submission.commit !== bundle.harness)
    fields.push("'submission.commit' is neither the head nor the harness");
  return fields;
}

function placementsOf({ strided }: ExpectedSubmission, record: RunRecord): string[] {
  if (record.status === "UNSUPPORTED") return [];
  return strided ? ["right", "left", "strided"] : ["right", "left"];
}

/** What the manifest at the head commit decides. */
function submissionFields(record: RunRecord, wanted: ExpectedSubmission): string[] {
  const { submission, op, device, integrity } = record;
  // Asking for the real chip narrows nothing: there is no other way to it.
  const asked = `--device ${wanted.device.backend}`;
  return differing({
    selection: [record.selection.filter((flag) => wanted.device.emulated || flag !== asked), []],
    "submission.sourceDigest": [submission.sourceDigest, wanted.sourceDigest],
    "submission.version": [submission.version, wanted.version],
    "submission.license": [submission.license, wanted.license],
    "submission.numerics": [submission.numerics, wanted.numerics],
    "submission.deterministic": [submission.deterministic, wanted.deterministic],
    op: [op.op, wanted.op],
    device: [{ backend: device.backend, chip: device.chip, emulated: device.emulated }, wanted.device],
    "integrity.placements": [integrity.placements, placementsOf(wanted, record)],
  });
}

/** What the op, the suite and the seed decide. */
function caseFields(record: RunRecord, wanted: ExpectedCase, seed: string, executors: readonly string[]): string[] {
  const { seed: drawn, inputs: _, judgedRows, ...found } = record.case;
  const { outputs, judgedRows: rows, ...rest } = wanted;
  const own = wanted.hidden ? hiddenSeed(seed, idOf(record), wanted.name) : publishedSeed(record.op.op, wanted.name);
  const judged = wanted.counted && record.status !== "SKIPPED_NO_DEVICE";
  const names = (errors: RunRecord["errors"]): string[] => errors.map(({ output }) => output).sort();
  const whole = record.status === "PASSED" || record.status === "REFERENCE_DISAGREEMENT";
  const asked = judged && record.status !== "INFRA_ERROR";
  const passed = record.witnesses.filter(({ status }) => status === "PASSED");
  const all = [...outputs].sort();
  return differing({
    case: [found, rest],
    ...(judged ? { "case.seed": [drawn, own], "case.judgedRows": [judgedRows ?? null, rows ?? null] } : {}),
    ...(asked ? { witnesses: [record.witnesses.map(({ executor }) => executor).sort(), [...executors].sort()] } : {}),
    ...(whole ? { errors: [names(record.errors), all] } : {}),
    ...(whole ? { "witnesses.errors": [passed.map(({ errors }) => names(errors)), passed.map(() => all)] } : {}),
  });
}

function recordProblems(record: RunRecord, parsed: ParsedBundle, expected: Expected): string[] {
  const wanted = expected.submissions.get(idOf(record));
  if (wanted === undefined) return ["the pull request has no such submission"];
  const one = wanted.cases.find(({ name }) => name === record.case.name);
  const found = [...runFields(record, parsed, expected), ...submissionFields(record, wanted)];
  if (one === undefined) return [...found, "the op, the suite and the seed give no such case"];
  return [...found, ...caseFields(record, one, parsed.bundle.seed, expected.executors)];
}

/** Cases that are missing or there twice. */
function completeness(records: readonly RunRecord[], expected: Expected): string[] {
  const problems: string[] = [];
  const seen = new Map<string, number>();
  for (const record of records) {
    const key = `${idOf(record)}/${record.case.name}`;
    seen.set(key, (seen.get(key) ?? 0) + 1);
  }
  for (const [id, { cases }] of expected.submissions)
    for (const { name } of cases) {
      const count = seen.get(`${id}/${name}`) ?? 0;
      if (count === 0) problems.push(`${quoted(id)} ${quoted(name)}: there is no record of it`);
      if (count > 1) problems.push(`${quoted(id)} ${quoted(name)}: there are ${count} records of it`);
    }
  return problems;
}

/** Checks the files of an artifact. */
export function checkBundle(files: ReadonlyMap<string, Uint8Array>, expected: Expected): CheckedBundle {
  const parsed = parseBundle(files);
  if (!parsed.ok) return { ok: false, problems: told(parsed.problems) };
  const problems = bundleProblems(parsed.value.bundle, expected);
  for (const record of parsed.value.records)
    problems.push(...recordProblems(record, parsed.value, expected).map((words) => `${nameOf(record)}: ${words}`));
  problems.push(...completeness(parsed.value.records, expected));
  return problems.length > 0 ? { ok: false, problems: told(problems) } : { ok: true, ...parsed.value };
}
