// What was judged and measured of a case becomes its record.
import type { Isolation } from "../domain/kernel.ts";
import type { Lane, Ports } from "../domain/ports.ts";
import type { RunRecord } from "../domain/run-record.ts";
import { seededRandom } from "../domain/random.ts";
import { digestText, judgedRows } from "../stages/execute/regimes.ts";
import { timingOf } from "../stages/measure/race.ts";
import { NOT_RUN, recordOf, type RunFacts, type SubmissionFacts } from "../stages/record/record.ts";
import type { PlannedCase } from "../stages/validate/cases.ts";
import type { Runnable } from "./build.ts";
import type { JudgedCase } from "./candidate.ts";
import { meaningOf } from "./meaning.ts";
import type { Measured } from "./race.ts";
import type { CheckRequest } from "./request.ts";
import { versionOf } from "./witnesses.ts";

/** Facts that every record of a run shares. */
export function runFacts(request: CheckRequest, ports: Ports): RunFacts {
  const { suite } = request;
  return {
    run: request.run,
    time: ports.clock.now().toISOString(),
    suite: { suite: suite.value.suite, digest: digestText(suite.text) },
    harness: { version: ports.host.version, commit: ports.host.commit },
    seed: request.seed,
    selection: request.selection,
  };
}

/** Facts that every record of a submission shares. */
export async function submissionFacts(
  { planned, built, kernel }: Runnable,
  lane: Lane,
  ports: Ports,
): Promise<SubmissionFacts> {
  const { submission, op, device, executor } = planned;
  const report = await lane.report(executor.zygote);
  return {
    submission,
    numerics: kernel.numerics,
    artifactDigest: built.artifactDigest,
    op: { op: op.value.op, edition: op.value.edition, digest: await meaningOf(op, ports) },
    device,
    executor: { executor: executor.executor, version: versionOf(report, executor) },
    compiler: built.compiler,
    environment: { variables: kernel.environment, zygote: report, model: device.model },
  };
}

function absentSpeedup(runnable: Runnable, judged: JudgedCase, measured: Measured | undefined): string | null {
  if (measured !== undefined) return measured.why;
  if (runnable.planned.device.emulated) return "emulated: a time in emulation is never a speedup";
  if (judged.judgement.status !== "PASSED") return "the case did not pass";
  return judged.bound.tags.includes("bench") ? "not measured in this run" : "not a bench case";
}

function judgedRecord(
  run: RunFacts,
  about: SubmissionFacts,
  runnable: Runnable,
  judged: JudgedCase,
  measured: Measured | undefined,
): RunRecord {
  const { judgement } = judged;
  const found = measured !== undefined && "measurement" in measured ? measured : undefined;
  const fault = measured !== undefined && "fault" in measured ? measured.fault : undefined;
  // What a race finds wrong with a kernel is as wrong as what the judge found before.
  const { status, findings } = fault ?? judgement;
  return recordOf(run, about, {
    bound: judged.bound,
    seed: judged.seed,
    inputs: judged.inputs,
    counted: true,
    judgedRows: judgedRows(judged.bound),
    isolation: judged.isolation,
    status,
    findings,
    errors: judgement.errors,
    gates: judgement.gates,
    poisonsEqual: judgement.poisonsEqual,
    witnesses: judged.witnesses,
    timing: judged.ns.length === 0 ? null : timingOf(judged.ns, seededRandom("0".repeat(32))),
    measurement: found?.measurement ?? null,
    speedup: found?.speedup ?? null,
    speedupAbsent: found?.speedup !== null && found !== undefined ? null : absentSpeedup(runnable, judged, measured),
    deniedSyscalls: fault?.denied === undefined ? judged.deniedSyscalls : [...judged.deniedSyscalls, fault.denied],
    log: judged.log,
  });
}

/** A case outside `supports`: recorded, not run, never counted. */
export function unsupportedRecord(
  run: RunFacts,
  about: SubmissionFacts,
  { bound, unsupported }: PlannedCase,
  isolation: Isolation,
): RunRecord {
  const reason = unsupported ?? "";
  return recordOf(run, about, {
    ...NOT_RUN,
    bound,
    seed: "0".repeat(32),
    counted: false,
    isolation,
    status: "UNSUPPORTED",
    speedupAbsent: reason,
  });
}

/** The record of a case that nothing will change any more. */
export async function finalRecord(
  runnable: Runnable,
  judged: JudgedCase,
  measured: Measured | undefined,
  request: CheckRequest,
  lane: Lane,
  ports: Ports,
): Promise<RunRecord> {
  return judgedRecord(
    runFacts(request, ports),
    await submissionFacts(runnable, lane, ports),
    runnable,
    judged,
    measured,
  );
}
