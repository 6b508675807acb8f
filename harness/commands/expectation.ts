// What the harness would run of a submission, without running it: the cases that evidence must hold.
import type { ExpectedCase, ExpectedSubmission } from "../domain/expectation.ts";
import { type BoundCase, numericsClass, type Op } from "../domain/op.ts";
import type { SubmissionManifest } from "../domain/submission.ts";
import type { Suite } from "../domain/suite.ts";
import { judgedRows } from "../stages/execute/regimes.ts";
import { suiteCases } from "../pipeline/submissions.ts";

/** A submission at the head commit, with the base's op and suite. */
export interface Planned {
  /** `vendor/submission`. */
  readonly id: string;
  readonly manifest: SubmissionManifest;
  /** `sourceDigest` over its files. */
  readonly sourceDigest: string;
  readonly op: Op;
  readonly suite: Suite;
  /** false for a real chip, and for a backend that is the host. */
  readonly emulated: boolean;
  /** `ciSeed` of the run. */
  readonly seed: string;
}

function caseOf(bound: BoundCase, counted: boolean): ExpectedCase {
  const rows = counted ? judgedRows(bound) : null;
  const tensors = [...bound.inputs, ...bound.outputs];
  return {
    name: bound.name,
    axes: { ...bound.axes },
    attributes: Object.fromEntries(
      Object.entries(bound.attributes).map(([name, value]) => [name, Array.isArray(value) ? [...value] : value]),
    ),
    dtypes: { ...bound.dtypes },
    absent: tensors.filter(({ absent }) => absent).map(({ name }) => name),
    hidden: bound.hidden,
    tags: [...bound.tags],
    work: bound.work,
    counted,
    ...(rows === null ? {} : { judgedRows: rows }),
    outputs: bound.outputs.filter(({ absent }) => !absent).map(({ name }) => name),
  };
}

/**
 * The submission as its evidence must show it; null where the op has no such numerics class.
 * @throws ExpressionError for constraints that validation refuses: validate the manifest first
 */
export function expectedSubmission(planned: Planned): ExpectedSubmission | null {
  const { manifest, op, emulated } = planned;
  const numerics = numericsClass(op, manifest.numerics.class);
  if (numerics === undefined) return null;
  const cases = suiteCases({ ...planned, supports: manifest.supports });
  return {
    sourceDigest: planned.sourceDigest,
    version: manifest.version,
    license: manifest.license,
    op: op.op,
    numerics,
    deterministic: manifest.numerics.deterministic,
    strided: manifest.requires.layout === "strided",
    device: { backend: manifest.device.backend, chip: manifest.device.chips[0] ?? "", emulated },
    cases: cases.map(({ bound, unsupported }) => caseOf(bound, unsupported === null)),
  };
}
