// Case page, "On what?" and "How do I repeat it?": everything the numbers depend on.
import type { RunRecord } from "../../harness/domain/run-record.ts";
import { bindings, instant } from "../format.ts";
import { type Html, html, joined } from "../html.ts";
import { deviceBadge } from "../marks.ts";
import { facts } from "../page.ts";

function digest(text: string): Html {
  return html`<code>${text}</code>`;
}

function integrity({ integrity: seen }: RunRecord): Html {
  const poisons = seen.poisonsEqual === null ? "poison runs not compared" : seen.poisonsEqual ? "same bits under both poisons" : "different bits under two poisons";
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
  return html`${compiler.compiler} ${compiler.version}${compiler.flags.length === 0 ? null : html` <code>${compiler.flags.join(" ")}</code>`}`;
}

/** Machine, toolchain, digests, seed, and whether a vote may rest on it. */
export function circumstancesOf(record: RunRecord): Html {
  const { device, op, suite, submission, seed, harness } = record;
  const one = record.case;
  return facts([
    ["Device", html`${device.chip} ${deviceBadge(device)}`],
    ["Machine", device.model],
    ["Driver", device.driver],
    ["Isolation", device.isolation],
    ["Integrity", integrity(record)],
    ["Executor", `${record.executor.executor} ${record.executor.version}`],
    ["Compiler", compiled(record)],
    ["Environment, sha256", digest(device.environment)],
    ["Axes", bindings(one.axes)],
    ["Attributes", Object.keys(one.attributes).length === 0 ? "none" : bindings(one.attributes)],
    ["Dtypes", Object.keys(one.dtypes).length === 0 ? null : bindings(one.dtypes)],
    ["Absent tensors", one.absent.length === 0 ? null : one.absent.join(", ")],
    ["Case seed", digest(one.seed)],
    ["Inputs, sha256", digest(one.inputs)],
    ["Op", html`${op.op}, edition ${op.edition} ${digest(op.digest)}`],
    ["Suite", suite === null ? null : html`${suite.suite} ${digest(suite.digest)}`],
    ["Submission", html`${submission.version}${submission.commit === null ? ", not committed" : html` at ${digest(submission.commit)}`}`],
    ["Sources, sha256", digest(submission.sourceDigest)],
    ["Artifact, sha256", submission.artifactDigest === null ? null : digest(submission.artifactDigest)],
    ["Outputs, sha256", record.errors.length === 0 ? null : joined(record.errors.map((error) => html`${error.output} ${digest(error.digest)}`), html`<br>`)],
    ["Harness", html`${harness.version}${harness.commit === null ? ", not committed" : html` at ${digest(harness.commit)}`}`],
    ["Run seed", html`${digest(seed.value)} (${seed.origin})`],
    ["Narrowed by", record.selection.length === 0 ? null : html`<code>${record.selection.join(" ")}</code>`],
    ["Run", html`<code>${record.run}</code>, ${instant(record.time)}`],
    ["Evidence for a vote", record.votable === true ? "yes" : `no: ${record.votable.join("; ")}`],
  ]);
}

/** The one command. */
export function repetition(record: RunRecord): Html {
  return html`<p>The same inputs, bit for bit:</p>
<div class="command"><pre><code>${record.repeat}</code></pre></div>`;
}

/** The end of what the kernel printed; open where the compiler's words are the answer. */
export function printed(record: RunRecord): Html {
  if (record.log.trim() === "") return html`<p>Nothing was printed.</p>`;
  const lines = record.log.split("\n").length;
  const text = html`<summary>${lines} ${lines === 1 ? "line" : "lines"}</summary>
<pre>${record.log}</pre>`;
  return record.status === "COMPILE_ERROR" ? html`<details open>${text}</details>` : html`<details>${text}</details>`;
}
