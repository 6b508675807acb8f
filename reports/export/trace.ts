// flashinfer-bench traces, one JSON object a line (its flashinfer_bench/data/trace.py and workload.py).
import type { RunRecord } from "../../harness/domain/run-record.ts";
import type { Status } from "../../harness/domain/verdict.ts";
import { numeric } from "../format.ts";
import { shownSpeedup } from "../series.ts";

/** Their statuses; ours that they lack become the nearest, with our word in the log, or are left out (null). */
const STATUSES: Readonly<Record<Status, string | null>> = {
  PASSED: "PASSED",
  INCORRECT_SHAPE: "INCORRECT_SHAPE",
  INCORRECT_DTYPE: "INCORRECT_DTYPE",
  INCORRECT_NUMERICAL: "INCORRECT_NUMERICAL",
  RUNTIME_ERROR: "RUNTIME_ERROR",
  COMPILE_ERROR: "COMPILE_ERROR",
  TIMEOUT: "TIMEOUT",
  NONDETERMINISTIC: "RUNTIME_ERROR",
  INTEGRITY_VIOLATION: "RUNTIME_ERROR",
  UNSUPPORTED: null,
  INVALID_MANIFEST: null,
  REFERENCE_DISAGREEMENT: null,
  SKIPPED_NO_DEVICE: null,
  INFRA_ERROR: null,
};

/** Their numbers are floats with NaN and Infinity as text; errors must not be negative. */
function largest(values: readonly RunRecord["errors"][number]["maxAbs"][]): number | string {
  const numbers = values.map(numeric);
  if (numbers.some(Number.isNaN)) return "NaN";
  const most = Math.max(0, ...numbers);
  return Number.isFinite(most) ? most : "Infinity";
}

function correctness({ errors }: RunRecord): Record<string, unknown> {
  return {
    max_relative_error: largest(errors.map((error) => error.maxRel)),
    max_absolute_error: largest(errors.map((error) => error.maxAbs)),
    extra: Object.fromEntries(
      errors.map((error) => [
        error.output,
        { max_ulp: error.maxUlp, mismatches: error.mismatches, headroom: error.headroom },
      ]),
    ),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[half - 1] ?? upper)) / 2;
}

/** Both latencies come from the race, so that they belong together; the factor is the median of the rounds' ratios. */
function performanceOf(record: RunRecord): Record<string, number> | null {
  const speedup = shownSpeedup(record);
  if (speedup === null || record.measurement === null) return null;
  const { pairs } = record.measurement.race;
  return {
    latency_ms: median(pairs.map(([candidate]) => candidate)) / 1e6,
    reference_latency_ms: median(pairs.map(([, baseline]) => baseline)) / 1e6,
    speedup_factor: speedup.value,
  };
}

/** A custom UUID from the digest of the inputs: the same inputs are the same workload (RFC 9562, section 5.8). */
function uuidOf(digest: string): string {
  const fields = [digest.slice(0, 8), digest.slice(8, 12), `8${digest.slice(13, 16)}`, `8${digest.slice(17, 20)}`];
  return [...fields, digest.slice(20, 32)].join("-");
}

function workload(record: RunRecord): Record<string, unknown> {
  // Tuples have no place among their inputs; tensors are drawn from the case's seed, which `uuid` stands for.
  const scalars = Object.entries(record.case.attributes).filter(([, value]) => !Array.isArray(value));
  const inputs = Object.fromEntries(scalars.map(([name, value]) => [name, { type: "scalar", value }]));
  return { axes: record.case.axes, inputs, uuid: uuidOf(record.case.inputs) };
}

function libraries(record: RunRecord): Record<string, string> {
  const { executor, compiler, witnesses } = record;
  return {
    [executor.executor]: executor.version,
    ...(compiler === null ? {} : { [compiler.compiler]: compiler.version }),
    ...Object.fromEntries(witnesses.map((witness) => [witness.executor, witness.version])),
  };
}

function traceOf(record: RunRecord): Record<string, unknown> | null {
  const status = record.case.counted ? STATUSES[record.status] : null;
  if (status === null) return null;
  const performance = performanceOf(record);
  // Their schema demands times of every pass, so a pass that was not timed on a physical device cannot be said in it.
  if (status === "PASSED" && performance === null) return null;
  const { chip, model, emulated } = record.device;
  const { submission } = record;
  return {
    definition: record.op.op,
    workload: workload(record),
    solution: `${submission.vendor}_${submission.submission}_${submission.sourceDigest.slice(0, 8)}`,
    evaluation: {
      status,
      environment: { hardware: emulated ? `${chip} (emulated on ${model})` : chip, libs: libraries(record) },
      timestamp: record.time,
      log: status === record.status ? record.log : `${record.status}\n${record.log}`,
      correctness: status === "PASSED" || status === "INCORRECT_NUMERICAL" ? correctness(record) : null,
      performance: status === "PASSED" ? performance : null,
    },
  };
}

/** Records -> JSON lines. What that schema cannot say is left out: unmeasured passes, and what judges no kernel. */
export function trace(records: readonly RunRecord[]): string {
  return records
    .map(traceOf)
    .filter((one) => one !== null)
    .map((one) => `${JSON.stringify(one)}\n`)
    .join("");
}
