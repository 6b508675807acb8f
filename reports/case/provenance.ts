// Case page, "On what?" and "How do I repeat it?": everything the numbers depend on.
import type { RunRecord } from "../../harness/domain/run-record.ts";
import { count, bindings, instant, plural } from "../format.ts";
import { type Html, html, joined } from "../html.ts";
import { deviceBadge } from "../marks.ts";
import { facts } from "../page.ts";

function digest(text: string): Html {
  return html`<code>${text}</code>`;
}

function integrity({ integrity: seen }: RunRecord): Html {
  const poisons =
    seen.poisonsEqual === null
      ? "poison runs not compared"
      : seen.poisonsEqual
        ? "same bits under both poisons"
        : "different bits under two poisons";
  return joined(
    [
      poisons,
      seen.canariesIntact ? "canaries intact" : "canaries overwritten",
      seen.inputsSealed ? "inputs sealed" : "inputs not sealed",
      `placements ${seen.placements.length === 0 ? "none" : seen.placements.join(" and ")}`,
      seen.deniedSyscalls.length === 0 ? "no system call denied" : `denied: ${seen.deniedSyscalls.join(", ")}`,
    ],
    "; ",
  );
}

function compiled({ compiler }: RunRecord): Html {
  if (compiler === null) return html`none`;
  const flags = compiler.flags.length === 0 ? null : html` <code>${compiler.flags.join(" ")}</code>`;
  // Compilers like to say their name in their version.
  const named = compiler.version.startsWith(compiler.compiler);
  return html`${named ? compiler.version : `${compiler.compiler} ${compiler.version}`}${flags}`;
}

/** "0.1.0 at 5b0f6c1f", or that there is no commit. */
function versioned(version: string, commit: string | null): Html {
  return commit === null ? html`${version}, not committed` : html`${version} at ${digest(commit)}`;
}

type Facts = Parameters<typeof facts>[0];

/** What ran it. */
function machine(record: RunRecord): Facts {
  const { device, executor } = record;
  return [
    ["Device", html`${device.chip} ${deviceBadge(device)}`],
    ["Machine", device.model],
    ["Driver", device.driver],
    ["Isolation", device.isolation],
    ["Integrity", integrity(record)],
    ["Executor", `${executor.executor} ${executor.version}`],
    ["Compiler", compiled(record)],
    ["Environment, sha256", digest(device.environment)],
  ];
}

/** What it was run on. */
function inputs({ case: one, op, suite, seed }: RunRecord): Facts {
  return [
    ["Axes", bindings(one.axes)],
    ["Attributes", Object.keys(one.attributes).length === 0 ? "none" : bindings(one.attributes)],
    ["Dtypes", Object.keys(one.dtypes).length === 0 ? null : bindings(one.dtypes)],
    ["Absent tensors", one.absent.length === 0 ? null : one.absent.join(", ")],
    ["Run seed", html`${digest(seed.value)} (${seed.origin})`],
    ["Case seed", digest(one.seed)],
    ["Inputs, sha256", digest(one.inputs)],
    [
      "Rows judged",
      one.judgedRows === undefined
        ? null
        : html`${count(one.judgedRows.rows)} of ${count(one.judgedRows.of)}, drawn after the outputs were frozen`,
    ],
    ["Op", html`${op.op}, edition ${op.edition} ${digest(op.digest)}`],
    ["Suite", suite === null ? null : html`${suite.suite} ${digest(suite.digest)}`],
  ];
}

/** What was run, by whom. */
function origin({ submission, errors, harness, selection, run, time, votable }: RunRecord): Facts {
  const outputs = errors.map((error) => html`${error.output} ${digest(error.digest)}`);
  return [
    ["Submission", versioned(submission.version, submission.commit)],
    ["Sources, sha256", digest(submission.sourceDigest)],
    ["Artifact, sha256", submission.artifactDigest === null ? null : digest(submission.artifactDigest)],
    ["Outputs, sha256", outputs.length === 0 ? null : joined(outputs, html`<br>`)],
    ["Harness", versioned(harness.version, harness.commit)],
    ["Narrowed by", selection.length === 0 ? null : html`<code>${selection.join(" ")}</code>`],
    ["Run", html`<code>${run}</code>, ${instant(time)}`],
    ["Evidence for a vote", votable === true ? "yes" : `no: ${votable.join("; ")}`],
  ];
}

/** Machine, toolchain, digests, seed, and whether a vote may rest on it. */
export function circumstancesOf(record: RunRecord): Html {
  return facts([...machine(record), ...inputs(record), ...origin(record)]);
}

/** The one command. */
export function repetition(record: RunRecord): Html {
  return html`<p>The same inputs, bit for bit:</p>
<div class="command"><pre><code>${record.repeat}</code></pre></div>`;
}

/** The end of what the kernel printed; open where the compiler's words are the answer. */
export function printed({ log, status }: RunRecord): Html {
  const text = log.trimEnd();
  if (text === "") return html`<p>Nothing was printed.</p>`;
  const body = html`<summary>${plural(text.split("\n").length, "line")}</summary>
<pre>${text}</pre>`;
  return status === "COMPILE_ERROR" ? html`<details open>${body}</details>` : html`<details>${body}</details>`;
}
