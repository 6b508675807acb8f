// First chapter: submissions validated, their devices and cases planned.
import picomatch from "picomatch";
import type { Backend, Device } from "../domain/device.ts";
import type { Executor } from "../domain/executor.ts";
import type { Op } from "../domain/op.ts";
import type { Ports } from "../domain/ports.ts";
import type { Problem } from "../domain/problem.ts";
import type { Seed } from "../domain/random.ts";
import type { Suite } from "../domain/suite.ts";
import { type Submission, submissionId } from "../domain/submission.ts";
import { digestText } from "../stages/execute/regimes.ts";
import { type PlannedCase, publishedCases, unsupportedReason } from "../stages/validate/cases.ts";
import { hiddenCases } from "../stages/validate/hidden.ts";
import type { Entry } from "../stages/validate/catalogue.ts";
import { validateSubmission } from "../stages/validate/submission.ts";
import type { CheckRequest, SubmissionResult } from "./request.ts";

/** A valid submission with everything that will be run. */
export interface Planned {
  readonly submission: Submission;
  readonly op: Entry<Op>;
  readonly backend: Entry<Backend>;
  readonly device: Device;
  /** The executor that runs its dialect. */
  readonly executor: Executor;
  readonly cases: readonly PlannedCase[];
}

function invalid(path: string, name: string, problems: readonly Problem[]): SubmissionResult {
  const [vendor = ""] = name.split("/");
  return { submission: name, vendor, path, status: "INVALID_MANIFEST", conforms: false, records: [], problems };
}

/** Emulation where there is a chip to imitate, the host where it is the device. */
function deviceOf(backend: Backend, chip: string, model: string): Device {
  return { backend: backend.backend, chip, model, emulated: !backend.physical.host };
}

/** What decides which cases a submission is run on. */
export interface CaseChoice {
  /** `vendor/submission`. */
  readonly id: string;
  readonly supports: Submission["manifest"]["supports"];
  readonly op: Op;
  readonly suite: Suite;
  readonly emulated: boolean;
  /** Of the run. */
  readonly seed: Seed;
}

/** Every case of a submission under a suite, published and drawn; whoever checks evidence asks for the same. */
export function suiteCases({ id, supports, op, suite, emulated, seed }: CaseChoice): PlannedCase[] {
  const { cases, hidden } = suite;
  const inSuite = picomatch(cases.include);
  const published = publishedCases(op).filter(
    (bound) => inSuite(bound.name) && (cases.benchEmulated || !emulated || !bound.tags.includes("bench")),
  );
  const drawn = hiddenCases(
    op,
    supports,
    digestText("openxpu hidden cases v1", seed, id).slice(0, 32),
    hidden ?? op.hidden.count,
    !emulated,
  );
  return [...published, ...drawn].map((bound) => ({
    bound,
    unsupported: bound.hidden ? null : unsupportedReason(bound, supports),
  }));
}

function casesOf(submission: Submission, op: Op, { emulated }: Device, request: CheckRequest): PlannedCase[] {
  const chosen = picomatch(request.cases);
  const { supports } = submission.manifest;
  const choice = {
    id: submissionId(submission),
    supports,
    op,
    suite: request.suite.value,
    emulated,
    seed: request.seed.value,
  };
  return suiteCases(choice).filter(({ bound }) => chosen(bound.name));
}

function planOne(submission: Submission, request: CheckRequest, ports: Ports): Planned | Problem {
  const { catalogue } = request;
  const { manifest } = submission;
  const place = { file: `${submission.path}/submission.yaml`, line: 1, column: 1 };
  const op = catalogue.ops.get(manifest.op);
  const backend = catalogue.backends.get(manifest.device.backend);
  const executor = [...catalogue.executors.values()].find((entry) =>
    entry.value.dialects.some((dialect) => dialect === manifest.source.dialect),
  );
  if (op === undefined || backend === undefined || executor === undefined) {
    const message = `no executor runs dialect '${manifest.source.dialect}' yet`;
    return { code: "DIALECT_UNKNOWN", place, message, fix: "choose a dialect of harness/executors/*/executor.yaml" };
  }
  const device = deviceOf(backend.value, manifest.device.chips[0] ?? "", ports.host.model);
  const cases = casesOf(submission, op.value, device, request);
  if (cases.every((one) => one.unsupported !== null)) {
    const message = `no case is left for ${submissionId(submission)} (--case '${request.cases}', suite '${request.suite.value.suite}')`;
    return {
      code: "CASES_EMPTY",
      place,
      message,
      fix: `choose from: ${publishedCases(op.value)
        .map((one) => one.name)
        .join(", ")}`,
    };
  }
  return { submission, op, backend, device, executor: executor.value, cases };
}

/** Validates every submission and plans what will run; the invalid ones are results already. */
export async function planSubmissions(
  request: CheckRequest,
  ports: Ports,
): Promise<{ planned: Planned[]; invalid: SubmissionResult[] }> {
  const planned: Planned[] = [];
  const refused: SubmissionResult[] = [];
  const seen = new Map<string, string>();
  for (const { folder, path } of request.submissions) {
    const name = folder.split("/").slice(-2).join("/");
    const checked = await validateSubmission(folder, path, request.catalogue, ports.files);
    if (!checked.ok) {
      refused.push(invalid(path, name, checked.problems));
      continue;
    }
    const id = submissionId(checked.value);
    const before = seen.get(id);
    if (before !== undefined) {
      const place = { file: `${path}/submission.yaml`, line: 1, column: 1 };
      const fix = "name it once, or give one of them another name";
      refused.push(
        invalid(path, id, [{ code: "SUBMISSION_DUPLICATE", place, message: `'${id}' is also in ${before}`, fix }]),
      );
      continue;
    }
    seen.set(id, path);
    const plan = planOne(checked.value, request, ports);
    if ("code" in plan) refused.push(invalid(path, id, [plan]));
    else planned.push(plan);
  }
  return { planned, invalid: refused };
}
