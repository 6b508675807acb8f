// A look into one pull request: which submission, whose, and what evidence its head has. Everything comes from the API and is hostile.
import type { Unzip } from "../../domain/archive.ts";
import type { GitHub, Pull, WorkflowRun } from "../../domain/github.ts";
import { vendorSchema } from "../../domain/submission.ts";
import { DEVICE, EMULATE, fileName, isDeviceRun } from "../../domain/workflow.ts";
import { decode } from "../../manifest.ts";
import type { Catalogue } from "../../stages/validate/catalogue.ts";
import { digestText } from "../../stages/execute/regimes.ts";
import { validateSubmission } from "../../stages/validate/submission.ts";
import { expectedOf } from "../../vote/evidence/expected.ts";
import { ciSeed } from "../../vote/evidence/pack.ts";
import { ARCHIVE } from "../../vote/evidence/parse.ts";
import { sourceDigest } from "../../vote/evidence/source.ts";
import { type Opened, settle, type Settled } from "../../vote/evidence/settle.ts";
import { evidenceOf as joinedEvidence, type JudgedBundle } from "../../vote/evidence/evidence.ts";
import type { Observed } from "../../vote/observe.ts";
import { type ChangedSubmission, changedSubmission } from "../../vote/paths.ts";
import { memoryOf } from "../../vote/reconcile.ts";
import { coauthors, type Interests } from "../../vote/rules/electorate.ts";
import type { Depth, Found } from "../../vote/subject.ts";
import { expectedSubmission } from "../expectation.ts";
import type { Base } from "./base.ts";
import { treeFiles } from "./tree.ts";

/** What a look needs. */
export interface Looking {
  readonly github: GitHub;
  readonly catalogue: Catalogue;
  readonly base: Base;
  readonly unzip: Unzip;
}

/** Bytes of a submission's folder that are read, and of one artifact. */
const SOURCES = 2 ** 24;
const ARTIFACT = 2 ** 26;
/** Jobs of one run that are looked at. */
const MOST_JOBS = 8;

const missing = (why: string): Found => ({ state: "missing", why });

/** Owners that a vendor.yaml names; none where it cannot be read. */
async function ownersAt(github: GitHub, vendor: string, commit: string): Promise<readonly number[]> {
  const path = `vendors/${vendor}/vendor.yaml`;
  const text = await github.file(path, commit);
  const decoded = text === null ? undefined : decode(text, path, vendorSchema);
  return decoded?.ok === true ? decoded.value.value.owners : [];
}

/** Commits of the base branch whose harness may have judged. */
function harnesses({ base }: Looking, pull: Pull): readonly string[] {
  return [...new Set([pull.base.sha, base.commit])];
}

/**
 * Device runs of the head, or why they are no evidence yet. A run of an older base is left out once a newer one stands in for it; while none does,
 * nothing is decided without what it may have seen.
 */
async function deviceRuns(looking: Looking, pull: Pull): Promise<readonly WorkflowRun[] | { readonly why: string }> {
  const runs = (await looking.github.recent(DEVICE, "workflow_dispatch")).filter((run) => isDeviceRun(run, pull));
  const [newest] = runs.toSorted((a, b) => b.id - a.id);
  const known = harnesses(looking, pull);
  if (newest !== undefined && !known.includes(newest.head))
    return { why: `device run ${newest.id} is of ${newest.head.slice(0, 7)}, which is not the base's: start another` };
  return runs.filter(({ head }) => known.includes(head));
}

/** The newest finished attempt on the head. A failed job has evidence too: of a kernel that is wrong. */
function newest(runs: readonly WorkflowRun[], head: string): WorkflowRun | undefined {
  return runs
    .filter((run) => run.status === "completed" && run.event === "pull_request" && run.head === head)
    .toSorted((a, b) => b.id - a.id)[0];
}

/** The submission as its evidence must show it, or why the head cannot be judged. */
async function expectation(
  looking: Looking,
  pull: Pull,
  changed: ChangedSubmission,
  run: WorkflowRun,
): Promise<
  | { readonly ok: true; readonly value: ReturnType<typeof expectedOf> }
  | { readonly ok: false; readonly why: readonly string[] }
> {
  const { github, catalogue, base } = looking;
  const head = pull.head.sha;
  const sources = await github.files(changed.path, head, SOURCES);
  if (sources === null) return { ok: false, why: [`${changed.path} is no folder of regular files at the head`] };
  const vendor = `vendors/${changed.vendor}/vendor.yaml`;
  const manifest = (await github.file(vendor, base.commit)) ?? (await github.file(vendor, head)) ?? "";
  const tree = new Map([...sources].map(([name, content]) => [`/head/${changed.path}/${name}`, content]));
  tree.set(`/head/${vendor}`, new TextEncoder().encode(manifest));
  const checked = await validateSubmission(`/head/${changed.path}`, changed.path, catalogue, treeFiles(tree));
  if (!checked.ok) {
    const why = checked.problems.map(({ code, place, message }) => `${code} ${place.file}:${place.line} ${message}`);
    return { ok: false, why };
  }
  const { manifest: submission } = checked.value;
  const op = catalogue.ops.get(submission.op);
  const backend = catalogue.backends.get(submission.device.backend);
  const suite = catalogue.suites.get("default");
  if (op === undefined || backend === undefined || suite === undefined)
    return { ok: false, why: ["its op or backend is unknown here"] };
  const seed = ciSeed({ repository: base.rules.repository, head, workflowRun: run.id, attempt: run.attempt });
  const id = `${changed.vendor}/${changed.submission}`;
  const wanted = expectedSubmission({
    id,
    manifest: submission,
    sourceDigest: sourceDigest(sources),
    op: op.value,
    suite: suite.value,
    emulated: !backend.value.physical.host && run.path !== DEVICE,
    seed,
  });
  if (wanted === null) return { ok: false, why: [`${submission.op} has no class '${submission.numerics.class}'`] };
  const executors = [...catalogue.executors.values()].flatMap(({ value }) =>
    value.reference === undefined ? [] : [value.executor],
  );
  const value = expectedOf({
    repository: base.rules.repository,
    head,
    harness: [...harnesses(looking, pull)],
    workflowRun: run.id,
    attempt: run.attempt,
    run: { path: run.path, event: run.event, head: run.head, url: run.url },
    isolation: base.rules.policy.isolation,
    submissions: { [id]: wanted },
    ops: Object.fromEntries(base.rules.ops),
    suites: Object.fromEntries([...catalogue.suites].map(([name, entry]) => [name, digestText(entry.text)])),
    executors,
  });
  return { ok: true, value };
}

/** What one run gives: its artifacts opened, checked and held against each other. */
async function settledOf(
  looking: Looking,
  pull: Pull,
  changed: ChangedSubmission,
  run: WorkflowRun,
): Promise<Settled | { readonly why: string }> {
  const { github, unzip } = looking;
  const artifacts = (await github.artifacts(run.id)).filter(
    ({ name, expired }) => name.startsWith("evidence-") && !expired,
  );
  const again = run.path === DEVICE ? "run its jobs again" : "/recheck runs it anew";
  if (artifacts.length === 0) return { why: `run ${run.id} left no evidence: see its log; ${again}` };
  const opened: Opened[] = [];
  for (const { id, name } of artifacts.slice(0, MOST_JOBS)) {
    const bytes = await github.download(id, ARTIFACT);
    if (bytes === null) return { why: `the evidence of run ${run.id} has expired: ${again}` };
    opened.push({ name, archive: await unzip(bytes, ARCHIVE) });
  }
  const expected = await expectation(looking, pull, changed, run);
  return expected.ok ? settle(opened, expected.value) : { ok: false, problems: expected.why };
}

/** What the ledger knows of a run that failed, where nothing was said since: the archives need not be read again. */
function failedBefore(observed: Observed, pull: Pull, run: WorkflowRun, base: Base): Found | null {
  const { judged } = memoryOf(observed, base.rules.repository, pull.number);
  const known = judged.findLast(
    ({ event }) => event.run === run.id && event.attempt === run.attempt && event.head === pull.head.sha,
  );
  const failed = known?.event.verdicts.filter(({ conforms }) => !conforms) ?? [];
  const talk = observed.comments.get(pull.number) ?? [];
  if (known === undefined || failed.length === 0 || base.rules.waivers.length > 0) return null;
  if (talk.some(({ updated }) => updated >= known.at)) return null;
  const problems = failed.map(
    ({ submission, chip, status, failing }) =>
      `${submission} on ${chip}: it does not conform (${status}: ${failing.join(", ")})`,
  );
  return { state: "failed", run: run.id, attempt: run.attempt, problems };
}

/** The evidence of a head: of its newest emulation, and of every device run on it. */
async function evidenceOf(
  looking: Looking,
  pull: Pull,
  changed: ChangedSubmission,
  observed: Observed,
): Promise<Found> {
  const { github, base } = looking;
  const run = newest(await github.runs(EMULATE, pull.head.sha), pull.head.sha);
  if (run === undefined) return missing(`${fileName(EMULATE)} has not finished on this head`);
  const failed = failedBefore(observed, pull, run, base);
  if (failed !== null) return failed;
  const { refused } = memoryOf(observed, base.rules.repository, pull.number);
  const devices = await deviceRuns(looking, pull);
  if ("why" in devices) return missing(devices.why);
  const bundles: JudgedBundle[] = [];
  for (const one of [run, ...devices]) {
    // What was refused stays refused until it is run again; its problems are in the ledger.
    const before = refused.findLast(({ event }) => event.run === one.id && event.head === pull.head.sha);
    if (before !== undefined && one.attempt === 1)
      return { state: "refused", run: one.id, attempt: 1, problems: before.event.problems };
    const settled = await settledOf(looking, pull, changed, one);
    if ("why" in settled) return missing(settled.why);
    if (!settled.ok) return { state: "refused", run: one.id, attempt: one.attempt, problems: settled.problems };
    bundles.push(...settled.bundles);
  }
  return { state: "found", evidence: joinedEvidence(bundles), run: run.id, attempt: run.attempt };
}

/** Looks into a pull request. @throws HarnessError as the port does */
export async function look(looking: Looking, pull: Pull, observed: Observed): Promise<Depth> {
  const { github, base } = looking;
  const files = await github.pullFiles(pull.number);
  const touches = files.some(({ path, previous }) => [path, previous ?? ""].some((one) => /^vendors\//i.test(one)));
  const nobody: Interests = {
    vendor: "",
    owners: [],
    claimedOwners: [],
    author: pull.author,
    committers: [],
    coauthors: [],
  };
  if (!touches) return { scope: { kind: "ordinary" }, interests: nobody, found: missing("no vendor's path changes") };
  const changed = changedSubmission(files);
  if (!changed.ok) {
    const why = changed.problems.map(({ message, fix }) => `${message} (${fix})`);
    return { scope: { kind: "refused", why }, interests: nobody, found: missing("no vote can be about these paths") };
  }
  const { vendor, submission } = changed.value;
  const commits = await github.pullCommits(pull.number);
  const interests: Interests = {
    vendor,
    owners: await ownersAt(github, vendor, base.commit),
    claimedOwners: await ownersAt(github, vendor, pull.head.sha),
    author: pull.author,
    committers: commits.flatMap(({ accounts }) => accounts),
    coauthors: commits.flatMap(({ message }) => coauthors(message)),
  };
  const found = await evidenceOf(looking, pull, changed.value, observed);
  return { scope: { kind: "submission", vendor, submission }, interests, found };
}
