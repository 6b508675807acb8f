// openxpu plan: what a workflow runs, decided by trusted code: the submission a pull request changes, the jobs of devices, the ops.
import { resolve } from "node:path";
import { Command } from "commander";
import type { Files, Ports } from "../domain/ports.ts";
import { InputError } from "../domain/problem.ts";
import { runnersSchema } from "../domain/runner.ts";
import { type SubmissionManifest, submissionSchema, vendorSchema } from "../domain/submission.ts";
import { type Decoded, decode, type Manifest, type Schema } from "../manifest.ts";
import { type ChangedSubmission, changedSubmission } from "../vote/paths.ts";
import { type DeviceJob, deviceJobs, type VendorFolder } from "../vote/runners.ts";
import { catalogueOf, type Context, usage } from "./context.ts";

interface PlanOptions {
  readonly changed?: string;
  readonly devices?: boolean;
  readonly ops?: boolean;
  readonly head?: string;
  readonly commit?: string;
  readonly json?: string;
}

const RUNNERS = ".github/governance/runners.yaml";
/** A manifest is a page; what is longer was not written to be read. */
const LONGEST_MANIFEST = 65_536;

/** A plan in every form it is given in. */
interface Planned {
  readonly document: object;
  readonly text: string;
  /** Outputs of the step, by name: one line each. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** A manifest of a tree. @throws InputError where it is not there, is a link, or does not decode */
async function manifestOf<Given extends Schema>(
  root: string,
  path: string,
  schema: Given,
  files: Files,
): Promise<Manifest<Decoded<Given>>> {
  if ((await files.kind(`${root}/${path}`)) !== "file")
    throw usage("MANIFEST_MISSING", path, "there is no such file, or it is a link", "add it, as a regular file");
  const text = await files.text(`${root}/${path}`);
  if (text.length > LONGEST_MANIFEST)
    throw usage("VALUE_INVALID", path, `${text.length} characters`, `write at most ${LONGEST_MANIFEST}`);
  const decoded = decode(text, path, schema);
  if (!decoded.ok) throw new InputError(decoded.problems);
  return decoded.value;
}

/** The submission that the listed paths change. @throws InputError by the rule of paths */
async function changedBy(list: string, context: Context, files: Files): Promise<ChangedSubmission> {
  const path = resolve(context.folder, list);
  if ((await files.kind(path)) !== "file")
    throw usage("USAGE", "--changed", `there is no file '${list}'`, "give a file with one path a line");
  const lines = (await files.text(path)).split("\n").filter((line) => line !== "");
  const changed = await Promise.all(
    lines.map(async (line) => {
      const there = !line.includes("\0") && (await files.kind(`${context.checkout}/${line}`)) !== "none";
      return { path: line, previous: null, status: there ? ("modified" as const) : ("added" as const) };
    }),
  );
  const checked = changedSubmission(changed);
  if (!checked.ok) throw new InputError(checked.problems);
  return checked.value;
}

/** The folder named by --head is the commit named by --commit. @throws InputError */
async function assertCommit(
  head: string,
  commit: string,
  context: Context,
  processes: Ports["processes"],
): Promise<void> {
  if (!/^[0-9a-f]{40}$/.test(commit))
    throw usage(
      "USAGE",
      "--commit",
      `'${commit}' is no commit`,
      "give all 40 hex digits: names and short forms can move",
    );
  const { code, stdout } = await processes.run(["git", "-C", head, "rev-parse", "--verify", "HEAD"], {
    cwd: context.checkout,
    environment: { LC_ALL: "C" },
    timeoutSeconds: 10,
  });
  const found = stdout.trim();
  if (code !== 0 || found !== commit)
    throw usage(
      "VALUE_INVALID",
      "--commit",
      `the head is ${code === 0 ? found : "no checkout"}, not ${commit}`,
      "look at the new commits, then approve the one that is the head now",
    );
}

function planChanged(changed: ChangedSubmission): Planned {
  return { document: { submissions: [changed] }, text: changed.path, outputs: { submission: changed.path } };
}

/** Every submission of a vendor that lies in the checkout. */
async function submissionsOf(
  vendor: string,
  { checkout }: Context,
  files: Files,
): Promise<Manifest<SubmissionManifest>[]> {
  const found: Manifest<SubmissionManifest>[] = [];
  for (const name of await files.list(`${checkout}/vendors/${vendor}`)) {
    if ((await files.kind(`${checkout}/vendors/${vendor}/${name}`)) !== "folder") continue;
    found.push(await manifestOf(checkout, `vendors/${vendor}/${name}/submission.yaml`, submissionSchema, files));
  }
  return found;
}

/** Vendors of the checkout with all their submissions, or the one vendor whose submission the head changes. */
async function foldersOf(
  changed: ChangedSubmission | undefined,
  head: string,
  context: Context,
  files: Files,
): Promise<VendorFolder[]> {
  const vendorAt = (vendor: string): Promise<VendorFolder["vendor"]> =>
    manifestOf(context.checkout, `vendors/${vendor}/vendor.yaml`, vendorSchema, files);
  if (changed !== undefined) {
    // Chips as the head asks for them; what they are and where they run as the base says.
    const submission = await manifestOf(head, `${changed.path}/submission.yaml`, submissionSchema, files);
    return [{ vendor: await vendorAt(changed.vendor), submissions: [submission] }];
  }
  const folders: VendorFolder[] = [];
  for (const name of await files.list(`${context.checkout}/vendors`)) {
    if ((await files.kind(`${context.checkout}/vendors/${name}`)) !== "folder") continue;
    folders.push({ vendor: await vendorAt(name), submissions: await submissionsOf(name, context, files) });
  }
  return folders;
}

function planDevices(include: readonly DeviceJob[]): Planned {
  const lines = include.map((job) => `${job.vendor}/${job.submission}   ${job.chip}   ${job["runs-on"].join(", ")}`);
  return {
    document: { include },
    text: include.length === 0 ? "no runner is named for these chips" : lines.join("\n"),
    outputs: { matrix: JSON.stringify({ include }), devices: String(include.length) },
  };
}

async function planned(options: PlanOptions, context: Context, ports: Ports): Promise<Planned> {
  if (options.ops === true) {
    const ops = [...(await catalogueOf(context, ports)).ops.keys()].sort();
    return { document: ops, text: ops.join("\n"), outputs: { ops: JSON.stringify(ops) } };
  }
  const head = resolve(context.folder, options.head ?? context.checkout);
  if (options.commit !== undefined) await assertCommit(head, options.commit, context, ports.processes);
  const changed = options.changed === undefined ? undefined : await changedBy(options.changed, context, ports.files);
  if (options.devices !== true && changed !== undefined) return planChanged(changed);
  const runners = await manifestOf(context.checkout, RUNNERS, runnersSchema, ports.files);
  const jobs = deviceJobs(await foldersOf(changed, head, context, ports.files), runners.value);
  if (!jobs.ok) throw new InputError(jobs.problems);
  if (changed !== undefined && jobs.value.length === 0)
    throw usage(
      "CHIP_UNKNOWN",
      changed.path,
      "no runner is named for its chips",
      "add runner labels to vendor.yaml first",
    );
  return planDevices(jobs.value);
}

/** Prints a plan, and hands it to the jobs that follow. */
async function plan(options: PlanOptions, context: Context): Promise<void> {
  const others = options.changed ?? options.devices ?? options.head ?? options.commit;
  if ((options.ops === true) === (others !== undefined))
    throw usage("USAGE", "plan", "say what to plan", "give --ops, or --changed, --devices or both");
  if (options.ops !== true && options.changed === undefined && options.devices !== true)
    throw usage(
      "USAGE",
      "plan",
      "--head and --commit only say what --changed and --devices look at",
      "add one of these",
    );
  const { ports } = await context.world();
  const { document, text, outputs } = await planned(options, context, ports);
  const step = context.environment["GITHUB_OUTPUT"];
  if (step !== undefined)
    await ports.files.append(
      step,
      Object.entries(outputs)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(""),
    );
  if (options.json === "-") context.terminal.out(JSON.stringify(document));
  else {
    if (options.json !== undefined)
      await ports.files.write(resolve(context.folder, options.json), JSON.stringify(document));
    context.terminal.out(text);
  }
}

/** The verb. */
export function planCommand(context: Context): Command {
  return new Command("plan")
    .description("what a workflow runs; inside GitHub Actions also as outputs of the step")
    .option("--changed <file>", "paths that a pull request changes, one a line: the one submission they lie in")
    .option("--devices", "the matrix of device jobs: of every submission, or with --changed of that one")
    .option("--ops", "every op")
    .option("--head <folder>", "checkout of the pull request's head, where --changed reads the submission's manifest")
    .option("--commit <sha>", "40 hex digits: refuse when the head is another commit")
    .option("--json <file>", "{submissions}, {include} or an array of ops; - for stdout")
    .action((options: PlanOptions) => plan(options, context));
}
