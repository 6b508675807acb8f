// Takes everything that was found out about a case, gives its record with stable key order. Pure.
import { createHash } from "node:crypto";
import type { Device } from "../../domain/device.ts";
import { type Isolation, type Json, PLACEMENTS } from "../../domain/kernel.ts";
import type { Measurement, Speedup, Timing } from "../../domain/measurement.ts";
import type { BoundCase, NumericsClass } from "../../domain/op.ts";
import type { ErrorSummary, GateResult, RunRecord, WitnessRecord } from "../../domain/run-record.ts";
import { type Submission, submissionId } from "../../domain/submission.ts";
import type { Finding, Status } from "../../domain/verdict.ts";

/** What is the same for every record of a run. */
export interface RunFacts {
  readonly run: string;
  readonly time: string;
  readonly suite: RunRecord["suite"];
  readonly harness: RunRecord["harness"];
  readonly seed: RunRecord["seed"];
  readonly selection: readonly string[];
}

/** What is the same for every case of a submission. */
export interface SubmissionFacts {
  readonly submission: Submission;
  readonly numerics: NumericsClass;
  readonly artifactDigest: string | null;
  readonly op: RunRecord["op"];
  readonly device: Device;
  readonly executor: RunRecord["executor"];
  readonly compiler: RunRecord["compiler"];
  /** Variables and versions the kernel could see. */
  readonly environment: { readonly [key: string]: Json };
}

/** What is said of one case. */
export interface CaseFacts {
  readonly bound: BoundCase;
  readonly seed: string;
  readonly inputs: string;
  readonly counted: boolean;
  /** Rows judged of a large case; null where all are. */
  readonly judgedRows: RunRecord["case"]["judgedRows"] | null;
  readonly isolation: Isolation;
  readonly status: Status;
  readonly findings: readonly Finding[];
  readonly errors: readonly ErrorSummary[];
  readonly gates: readonly GateResult[];
  readonly poisonsEqual: boolean | null;
  readonly witnesses: readonly WitnessRecord[];
  readonly timing: Timing | null;
  readonly measurement: Measurement | null;
  readonly speedup: Speedup | null;
  readonly speedupAbsent: string | null;
  readonly deniedSyscalls: readonly string[];
  readonly log: string;
}

/** What a record says of a case that was not run. */
export const NOT_RUN = {
  judgedRows: null,
  inputs: "0".repeat(64),
  findings: [],
  errors: [],
  gates: [],
  poisonsEqual: null,
  witnesses: [],
  timing: null,
  measurement: null,
  speedup: null,
  deniedSyscalls: [],
  log: "",
} as const satisfies Partial<CaseFacts>;

/** sha256 of JSON with sorted keys. */
export function digestJson(value: { readonly [key: string]: Json }): string {
  const sorted = (json: Json): Json => {
    if (Array.isArray(json)) return json.map(sorted);
    if (typeof json !== "object" || json === null) return json;
    const entries = Object.entries(json as { readonly [key: string]: Json });
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]));
  };
  return createHash("sha256")
    .update(JSON.stringify(sorted(value)))
    .digest("hex");
}

/** Every reason why no vote may rest on this record, or true. */
export function votableOf(run: RunFacts, isolation: Isolation, status: Status): RunRecord["votable"] {
  const reasons: string[] = [];
  if (run.seed.origin === "given") reasons.push("the seed was given, so the hidden cases were known");
  if (run.seed.origin === "random") reasons.push("the seed does not come from a CI run that can be recomputed");
  // Asking for the real chip narrows nothing: there is no other way to it.
  const narrowed = run.selection.filter((flag) => !flag.startsWith("--device ") && flag !== "--below-full");
  if (narrowed.length > 0) reasons.push(`the run was narrowed: ${narrowed.join(" ")}`);
  if (isolation !== "full" && isolation !== "userns") reasons.push(`isolation '${isolation}' is below 'userns'`);
  if (isolation !== "full" && run.selection.some((flag) => flag.startsWith("--device ")))
    reasons.push(`isolation '${isolation}' is below the 'full' that a run on a device needs (--below-full)`);
  if (run.harness.commit === null) reasons.push("the harness does not run from a clean commit");
  if (status === "INFRA_ERROR") reasons.push("the infrastructure failed");
  return reasons.length === 0 ? true : reasons;
}

function claimsOf({ submission, device }: SubmissionFacts, facts: CaseFacts): RunRecord["claims"] {
  return submission.manifest.claims
    .filter((claim) => claim.case === facts.bound.name)
    .map(({ value, baseline, chip }) => {
      const { speedup } = facts;
      const named =
        speedup !== null && !device.emulated && device.chip === chip && speedup.baseline.startsWith(baseline);
      if (!named) return { value, baseline, chip, verdict: "unverified" };
      const [low, high] = speedup.interval;
      return { value, baseline, chip, verdict: low >= value ? "confirmed" : high < value ? "refuted" : "unverified" };
    });
}

/** One record. */
export function recordOf(run: RunFacts, about: SubmissionFacts, facts: CaseFacts): RunRecord {
  const { submission, device } = about;
  const strided = submission.manifest.requires.layout === "strided";
  const { manifest, vendor } = submission;
  const { bound } = facts;
  return {
    schema: "openxpu.record/v1",
    run: run.run,
    time: run.time,
    submission: {
      vendor: vendor.vendor,
      submission: manifest.submission,
      version: manifest.version,
      path: submission.path,
      license: manifest.license,
      commit: run.harness.commit,
      sourceDigest: submission.digest,
      artifactDigest: about.artifactDigest,
      numerics: about.numerics,
      deterministic: manifest.numerics.deterministic,
    },
    op: about.op,
    suite: run.suite,
    case: {
      name: bound.name,
      axes: { ...bound.axes },
      attributes: Object.fromEntries(
        Object.entries(bound.attributes).map(([name, value]) => [name, Array.isArray(value) ? [...value] : value]),
      ),
      dtypes: { ...bound.dtypes },
      absent: [...bound.inputs, ...bound.outputs].filter((spec) => spec.absent).map((spec) => spec.name),
      hidden: bound.hidden,
      tags: [...bound.tags],
      work: bound.work,
      seed: facts.seed,
      inputs: facts.inputs,
      counted: facts.counted,
      ...(facts.judgedRows === null ? {} : { judgedRows: facts.judgedRows }),
    },
    device: {
      backend: device.backend,
      chip: device.chip,
      model: device.model,
      emulated: device.emulated,
      driver: null,
      isolation: facts.isolation,
      environment: digestJson(about.environment),
    },
    executor: about.executor,
    compiler: about.compiler,
    status: facts.status,
    findings: [...facts.findings],
    errors: [...facts.errors],
    gates: [...facts.gates],
    witnesses: [...facts.witnesses],
    timing: facts.timing,
    measurement: facts.measurement,
    speedup: facts.speedup,
    speedupAbsent: facts.speedupAbsent,
    claims: claimsOf(about, facts),
    integrity: {
      poisonsEqual: facts.poisonsEqual,
      canariesIntact: !facts.findings.some((finding) => finding.gate === "canary"),
      inputsSealed: facts.isolation !== "none",
      placements: facts.status === "UNSUPPORTED" ? [] : PLACEMENTS.filter((one) => one !== "strided" || strided),
      deniedSyscalls: [...facts.deniedSyscalls],
    },
    log: facts.log,
    harness: run.harness,
    seed: run.seed,
    selection: [...run.selection],
    votable: votableOf(run, facts.isolation, facts.status),
    repeat: `npx openxpu repro ${run.run}/${submissionId(submission)}/${bound.name}`,
  };
}
