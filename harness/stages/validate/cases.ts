// Takes an op, gives its published cases, expanded over dtypes; and why a case lies outside what a submission supports.
import type { DType } from "../../domain/dtype.ts";
import { evaluate } from "../../domain/expression.ts";
import { bindCase, type BoundCase, type Op, scopeOf } from "../../domain/op.ts";
import type { SubmissionManifest } from "../../domain/submission.ts";

/** A case and whether it counts for the submission. */
export interface PlannedCase {
  readonly bound: BoundCase;
  /** null, or why it lies outside `supports`. */
  readonly unsupported: string | null;
}

/** Every assignment of the dtype variables that are not fixed. */
export function dtypeAssignments(op: Op, fixed: Readonly<Record<string, DType>>): Record<string, DType>[] {
  return Object.entries(op.dtypes).reduce<Record<string, DType>[]>(
    (partial, [name, choices]) => {
      const allowed = fixed[name] === undefined ? choices : [fixed[name]];
      return partial.flatMap((assignment) => allowed.map((dtype) => ({ ...assignment, [name]: dtype })));
    },
    [{}],
  );
}

/** The published cases of an op; a case that leaves a dtype variable open becomes one case for each dtype, named with it. */
export function publishedCases(op: Op): BoundCase[] {
  return op.cases.flatMap((one) =>
    dtypeAssignments(op, one.dtypes).map((dtypes) => {
      const open = Object.keys(op.dtypes).filter((name) => one.dtypes[name] === undefined);
      const suffix = open.map((name) => `_${dtypes[name] ?? ""}`).join("");
      return bindCase(op, { ...one, name: `${one.name}${suffix}` }, dtypes, false);
    }),
  );
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Why a case lies outside what a submission supports, or null. */
export function unsupportedReason(bound: BoundCase, supports: SubmissionManifest["supports"]): string | null {
  for (const [name, allowed] of Object.entries(supports.dtypes)) {
    const dtype = bound.dtypes[name];
    if (dtype !== undefined && !allowed.includes(dtype)) return `${name} = ${dtype} is not supported`;
  }
  for (const [name, range] of Object.entries(supports.axes)) {
    const value = bound.axes[name];
    if (value === undefined) continue;
    if (range.min !== undefined && value < range.min) return `${name} = ${value} is below ${range.min}`;
    if (range.max !== undefined && value > range.max) return `${name} = ${value} is above ${range.max}`;
  }
  for (const [name, allowed] of Object.entries(supports.attributes)) {
    if (!allowed.some((value) => same(value, bound.attributes[name]))) {
      return `${name} = ${JSON.stringify(bound.attributes[name])} is not supported`;
    }
  }
  const broken = supports.constraints.find((constraint) => evaluate(constraint, scopeOf(bound)) === 0);
  return broken === undefined ? null : `constraint '${broken}' is not met`;
}
