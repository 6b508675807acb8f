// Second chapter: a submission judged on one case beside its witnesses.
import type { Isolation, Kernel } from "../domain/kernel.ts";
import type { BoundCase } from "../domain/op.ts";
import type { Lane, Ports } from "../domain/ports.ts";
import type { WitnessRecord } from "../domain/run-record.ts";
import type { Seed } from "../domain/random.ts";
import type { HarnessError } from "../domain/problem.ts";
import { ending } from "../domain/visible.ts";
import { submissionId } from "../domain/submission.ts";
import { bareFinding } from "../stages/compare/failure.ts";
import { type Judgement, judge } from "../stages/compare/verdict.ts";
import { hiddenSeed, inputsDigest, publishedSeed, regimesOf } from "../stages/execute/regimes.ts";
import { companionsOf } from "../stages/execute/company.ts";
import { type Execution, execute, signatureOf } from "../stages/execute/run.ts";
import { companyOf } from "../stages/validate/company.ts";
import { meaningOf } from "./meaning.ts";
import { turn } from "./turn.ts";
import type { CheckRequest } from "./request.ts";
import type { Planned } from "./submissions.ts";
import type { WitnessPanel } from "./witnesses.ts";

/** Everything said of one case. */
export interface JudgedCase {
  readonly bound: BoundCase;
  readonly seed: Seed;
  readonly inputs: string;
  readonly isolation: Isolation;
  readonly judgement: Judgement;
  readonly witnesses: readonly WitnessRecord[];
  /** Times of the candidate's judged calls in ns. */
  readonly ns: readonly number[];
  readonly deniedSyscalls: readonly string[];
  readonly log: string;
}

/** Bytes of a kernel's output kept in a record. */
const LOG = 4096;

/** A case that the harness itself could not judge: nobody's kernel is wrong. */
export function infrastructureCase(
  planned: Planned,
  bound: BoundCase,
  request: CheckRequest,
  isolation: Isolation,
  error: HarnessError,
): JudgedCase {
  const finding = bareFinding(error.code, "execution", `${error.message} (fix: ${error.fix})`, null, null);
  return {
    bound,
    seed: caseSeed(planned, bound, request),
    inputs: "0".repeat(64),
    isolation,
    judgement: { status: "INFRA_ERROR", findings: [finding], errors: [], gates: [], poisonsEqual: null },
    witnesses: [],
    ns: [],
    deniedSyscalls: [],
    log: "",
  };
}

/** A passing candidate without one passing witness proves nothing: the references, or the oracle, need a look. */
function withWitnesses(judgement: Judgement, witnesses: readonly WitnessRecord[]): Judgement {
  if (judgement.status !== "PASSED" || witnesses.some((witness) => witness.status === "PASSED")) return judgement;
  const said = witnesses
    .map((witness) => `${witness.executor}: ${witness.absent ?? witness.status ?? "absent"}`)
    .join("; ");
  const finding = bareFinding("witness", "execution", `no witness passed: ${said}`, null, null);
  return { ...judgement, status: "REFERENCE_DISAGREEMENT", findings: [finding] };
}

/** The seed that a case's inputs come from. */
export function caseSeed(planned: Planned, bound: BoundCase, request: CheckRequest): Seed {
  return bound.hidden
    ? hiddenSeed(request.seed.value, submissionId(planned.submission), bound.name)
    : publishedSeed(bound.op, bound.name);
}

/** Judges a candidate on one case. */
export async function judgeCase(
  planned: Planned,
  kernel: Kernel,
  bound: BoundCase,
  request: CheckRequest,
  panel: WitnessPanel,
  lane: Lane,
  ports: Ports,
): Promise<JudgedCase> {
  const seed = caseSeed(planned, bound, request);
  const oracle = await ports.ops.oracle(bound.op);
  const rowSeed = hiddenSeed(request.seed.value, submissionId(planned.submission), bound.name);
  const regimes = await regimesOf(bound, oracle, seed, await meaningOf(planned.op, ports), ports.cache, rowSeed);
  const inputs = inputsDigest(regimes);
  const op = planned.op.value;
  const company = companyOf(op, planned.submission.manifest.supports, bound, rowSeed);
  const companions = companionsOf(op, company, oracle, rowSeed);
  const execution: Execution = await execute(lane, kernel, signatureOf(op, bound), regimes, "full", companions);
  // The witnesses run while the judge looks at the candidate's outputs.
  const [witnesses, judgement] = await Promise.all([
    panel.judge(planned.op, bound, regimes, inputs, lane),
    turn().then(() => judge(execution, bound, kernel.numerics, kernel.deterministic)),
  ]);
  const denied = execution.failure?.failure.syscall;
  return {
    bound,
    seed,
    inputs,
    isolation: execution.isolation,
    judgement: withWitnesses(judgement, witnesses),
    witnesses,
    ns: execution.calls.map((call) => call.ns),
    deniedSyscalls: denied === undefined ? [] : [denied],
    log: ending(execution.log, LOG),
  };
}
