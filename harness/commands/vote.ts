// openxpu vote: from pull request to merge. Every verb computes from the ledger and what GitHub shows; --dry-run says what it would do.
import { resolve } from "node:path";
import { Command } from "commander";
import { auditPage } from "../../reports/audit/page.ts";
import type { Unzip } from "../domain/archive.ts";
import type { GitHub } from "../domain/github.ts";
import { labelsSchema } from "../domain/label.ts";
import { InputError } from "../domain/problem.ts";
import { decode } from "../manifest.ts";
import { reconcile } from "../vote/cycle.ts";
import { LEDGER_BRANCH, LEDGER_PATH, verify } from "../vote/ledger.ts";
import { observe } from "../vote/observe.ts";
import { decodePolicy } from "../vote/rules/policy.ts";
import { simulate } from "../vote/rules/simulate.ts";
import { votesOf } from "../vote/state.ts";
import { explainText } from "../vote/text/explain.ts";
import { standingOf, tallyOf, titleOf } from "../vote/text/issue.ts";
import { catalogueOf, type Context, usage } from "./context.ts";
import { visible } from "../domain/visible.ts";
import { tallyText } from "./text/tally.ts";
import { type Base, baseOf } from "./vote/base.ts";
import { type Connect, githubOf, writerOf } from "./vote/connect.ts";
import { fetchedLedger } from "./vote/fetched.ts";
import { look, type Looking } from "./vote/look.ts";

/** What cli.ts gives: io is its alone. */
export interface Outside {
  readonly connect: Connect;
  readonly unzip: Unzip;
}

interface Options {
  readonly pull?: readonly number[];
  readonly dryRun?: boolean;
  readonly json?: string;
  readonly ledger?: string;
  readonly fetched?: boolean;
  readonly out?: string;
  readonly policy?: string;
  readonly zh?: boolean;
}

function number(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw usage("USAGE", "--pull", `'${text}' is no number of a pull request`, "give a number such as 412");
}

const numbers = (text: string, before: readonly number[]): number[] => [...before, number(text)];

/** Writes the document where it was asked for; gives whether standard output is the document's alone. */
async function documentTo(json: string | undefined, document: object, context: Context): Promise<boolean> {
  if (json === undefined) return false;
  const text = JSON.stringify(document);
  if (json === "-") {
    context.terminal.out(text);
    return true;
  }
  const { ports } = await context.world();
  await ports.files.write(resolve(context.folder, json), `${text}\n`);
  return false;
}

async function connected(
  outside: Outside,
  context: Context,
): Promise<{ github: GitHub; base: Base; looking: Looking }> {
  const github = githubOf(outside.connect, context);
  const { ports } = await context.world();
  const catalogue = await catalogueOf(context, ports);
  const base = await baseOf(github, catalogue, ports, (line) => context.terminal.note(visible(line)));
  return { github, base, looking: { github, base, catalogue, unzip: outside.unzip } };
}

async function bring(outside: Outside, options: Options, context: Context): Promise<void> {
  const { github, base, looking } = await connected(outside, context);
  const dry = options.dryRun === true;
  const reconciler = {
    github,
    rules: base.rules,
    look: (...given: [Parameters<typeof look>[1], Parameters<typeof look>[2]]) => look(looking, ...given),
    writer: writerOf(context),
    say: (line: string) => context.terminal.note(visible(dry ? `would: ${line}` : line)),
  };
  const { done, problems } = await reconcile(reconciler, options.pull ?? [], dry);
  const document = { schema: "openxpu.reconciled/v1", dryRun: dry, done, problems };
  if (!(await documentTo(options.json, document, context))) {
    for (const problem of problems) context.terminal.note(visible(`✘ ${problem}`));
    context.terminal.out(
      `${dry ? "would begin with" : "done:"} ${done.length} ${done.length === 1 ? "step" : "steps"}, ${problems.length} left for the next run`,
    );
  }
  context.exit(problems.length > 0 ? 3 : 0);
}

/** The votes, or those on the pull requests that were named. */
async function tell(outside: Outside, options: Options, context: Context): Promise<void> {
  const github = githubOf(outside.connect, context);
  const observed = await observe(github, await github.now());
  const asked = options.pull ?? [];
  const votes = observed.votes.filter(({ opened }) => asked.length === 0 || asked.includes(opened.pull));
  const rows = votes.map((vote) => ({
    key: vote.key,
    title: titleOf(vote),
    standing: standingOf(vote),
    issue: vote.issue,
    tally: tallyOf(vote),
  }));
  if (await documentTo(options.json, { schema: "openxpu.tally/v1", votes: rows }, context)) return;
  if (rows.length === 0) context.terminal.out("there is no vote");
  for (const { title, standing, tally } of rows)
    context.terminal.out(`${visible(title)} · ${standing}\n${tallyText(tally)}\n`);
}

async function explain(outside: Outside, options: Options, context: Context): Promise<void> {
  const { github, looking } = await connected(outside, context);
  const [asked] = options.pull ?? [];
  if (asked === undefined) throw usage("USAGE", "--pull", "it is not given", "name the pull request");
  const pull = await github.pull(asked);
  if (pull === null) throw usage("USAGE", "--pull", `there is no pull request ${asked}`, "check the number");
  const { found, scope } = await look(looking, pull, await observe(github, await github.now()));
  const blocking =
    scope.kind === "refused"
      ? scope.why
      : found.state === "refused"
        ? found.problems
        : found.state === "missing"
          ? [found.why]
          : [];
  const evidence = found.state === "found" ? found.evidence : null;
  context.terminal.out(visible(explainText({ evidence, blocking }, options.zh === true ? "zh" : "en")));
}

/** The ledger to audit: a copy, what git fetched, or GitHub's. */
async function auditedText(outside: Outside, { ledger, fetched, out }: Options, context: Context): Promise<string> {
  if (ledger !== undefined) return textOf(ledger, context);
  if (fetched !== true) return (await githubOf(outside.connect, context).branch(LEDGER_BRANCH, LEDGER_PATH)).text;
  if (out === undefined) throw usage("USAGE", "--fetched", "--out is not given", "name the folder for ledger and page");
  return fetchedLedger(context.checkout, resolve(context.folder, out), (await context.world()).ports);
}

async function audit(outside: Outside, options: Options, context: Context): Promise<void> {
  const { lines, entries, breaks } = verify(await auditedText(outside, options, context));
  const votes = votesOf(entries);
  const document = { schema: "openxpu.audit/v1", entries: entries.length, votes: votes.length, breaks };
  if (!(await documentTo(options.json, document, context))) {
    for (const { line, message } of breaks) context.terminal.out(`✘ line ${line}: ${visible(message)}`);
    const whole = breaks.length === 0 ? "✔ the chain is whole" : "✘ the chain is broken";
    context.terminal.out(`${whole}: ${entries.length} entries, ${votes.length} votes`);
  }
  if (options.out !== undefined) {
    const { ports } = await context.world();
    await ports.files.write(
      `${resolve(context.folder, options.out)}/audit.html`,
      auditPage({ entries, breaks, lines }),
    );
    context.terminal.note(`page: ${visible(options.out)}/audit.html`);
  }
  context.exit(breaks.length > 0 ? 1 : 0);
}

/** A file that was named on the command line. @throws InputError when there is none */
async function textOf(path: string, context: Context): Promise<string> {
  const { files } = (await context.world()).ports;
  const place = resolve(context.folder, path);
  if ((await files.kind(place)) === "file") return files.text(place);
  throw usage("USAGE", path, "there is no such file", "check the path");
}

async function trySimulation(file: string, options: Options, context: Context): Promise<void> {
  const path = options.policy ?? `${context.checkout}/.github/governance/policy.yaml`;
  const policy = decodePolicy(await textOf(path, context), path);
  if (!policy.ok) throw new InputError(policy.problems);
  const simulated = simulate(await textOf(file, context), file, policy.value.policy);
  if (!simulated.ok) throw new InputError(simulated.problems);
  if (!(await documentTo(options.json, { schema: "openxpu.tally/v1", tally: simulated.value }, context)))
    context.terminal.out(tallyText(simulated.value));
  context.exit(simulated.value.outcome === "passed" ? 0 : 1);
}

/** Makes the labels of the repository what the reviewed list says; labels that it does not name are left alone. */
async function label(outside: Outside, options: Options, context: Context): Promise<void> {
  const { ports } = await context.world();
  const file = ".github/labels.yaml";
  const decoded = decode(await ports.files.text(`${context.checkout}/${file}`), file, labelsSchema);
  if (!decoded.ok) throw new InputError(decoded.problems);
  const { labels } = decoded.value.value;
  const github = githubOf(outside.connect, context);
  if (options.dryRun !== true) for (const one of labels) await github.putLabel(one);
  context.terminal.out(`${options.dryRun === true ? "would set" : "set"} ${labels.length} labels`);
}

/** The verb and its own. */
export function voteCommand(context: Context, outside: Outside): Command {
  const command = new Command("vote").description(
    "votes on submissions: GITHUB_TOKEN and GITHUB_REPOSITORY name where",
  );
  const verb = (name: string, description: string): Command =>
    command.command(name).description(description).option("--json <file>", "the same as a document; - for stdout");
  const pulls = ["--pull <number>", "a pull request; repeatable"] as const;
  verb("reconcile", "bring issues, checks, labels, ledger and merges to what the ballots and the evidence say")
    .option(...pulls, numbers, [])
    .option("--dry-run", "say what would be done first, and do nothing")
    .action((options: Options) => bring(outside, options, context));
  verb("open", "look into one pull request now and open its vote where nothing is in the way")
    .requiredOption(...pulls, numbers, [])
    .option("--dry-run", "say what would be done first, and do nothing")
    .action((options: Options) => bring(outside, options, context));
  verb("tally", "votes as they stand")
    .option(...pulls, numbers, [])
    .action((options: Options) => tell(outside, options, context));
  verb("explain", "why a pull request has no vote, or what its evidence says")
    .requiredOption(...pulls, numbers, [])
    .option("--zh", "in Chinese")
    .action((options: Options) => explain(outside, options, context));
  verb("labels", "make the repository's labels what .github/labels.yaml says")
    .option("--dry-run", "call nothing")
    .action((options: Options) => label(outside, options, context));
  verb("audit", "verify the chain of the ledger; exits 1 where it is broken")
    .option("--ledger <file>", "a copy of the ledger instead of GitHub's")
    .option(
      "--fetched",
      "the ledger as git fetched it into this checkout: needs no token, and leaves it beside the page",
    )
    .option("--out <folder>", "write audit.html there: the whole ledger as a page")
    .action((options: Options) => audit(outside, options, context));
  verb("simulate", "try a policy on recorded ballots; exits 1 where the vote does not pass")
    .argument("<file>", "electors, ballots and deadline (harness/domain/election.ts)")
    .option("--policy <file>", "another policy than this checkout's")
    .action((file: string, options: Options) => trySimulation(file, options, context));
  return command;
}
