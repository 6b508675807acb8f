// Takes an op and what a submission supports, gives its cases: published ones expanded over dtypes, hidden ones drawn from a seed.
import type { DType } from "../../domain/dtype.ts";
import { evaluate } from "../../domain/expression.ts";
import { bindCase, type BoundCase, CASE_BYTES, caseBytes, type Op, type OpCase, scopeOf } from "../../domain/op.ts";
import { type Random, type Seed, seededRandom } from "../../domain/random.ts";
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

/** Log-uniform integer in [low, high]: small and large extents are equally likely per octave. */
function logUniform(random: Random, low: number, high: number): number {
  const value = Math.exp(Math.log(low + 1) + random.uniform() * (Math.log(high + 2) - Math.log(low + 1)));
  return Math.min(high, Math.max(low, Math.floor(value) - 1));
}

function drawCase(
  op: Op,
  supports: SubmissionManifest["supports"],
  random: Random,
  name: string,
): BoundCase | undefined {
  const axes: Record<string, number> = {};
  for (const [axis, range] of Object.entries(op.axes)) {
    const limit = supports.axes[axis];
    axes[axis] = logUniform(
      random,
      Math.max(range.min, limit?.min ?? 0, 1),
      Math.min(range.max, limit?.max ?? range.max, op.hidden.axes[axis] ?? range.max),
    );
  }
  const attributes: OpCase["attributes"] = {};
  for (const [attribute, choices] of Object.entries(op.draw)) {
    const [first, ...rest] = supports.attributes[attribute] ?? choices;
    if (first !== undefined) attributes[attribute] = random.pick([first, ...rest]);
  }
  const tensors = [...Object.entries(op.inputs), ...Object.entries(op.outputs)];
  const absent = tensors.filter(([, tensor]) => tensor.optional && random.uniform() < 0.5).map(([tensor]) => tensor);
  const assignments = dtypeAssignments(op, {}).filter((assignment) =>
    Object.entries(supports.dtypes).every(([variable, allowed]) =>
      allowed.some((dtype) => dtype === assignment[variable]),
    ),
  );
  const [first, ...rest] = assignments;
  if (first === undefined) return undefined;
  try {
    const one: OpCase = { name, axes, attributes, dtypes: {}, absent, tags: [] };
    const bound = bindCase(op, one, random.pick([first, ...rest]), true);
    const empty = bound.outputs.some((output) => output.shape.includes(0));
    const small = bound.work <= op.hidden.work && caseBytes(bound) <= CASE_BYTES;
    return !empty && small && unsupportedReason(bound, supports) === null ? bound : undefined;
  } catch {
    // The draw contradicts the op (a constraint, a negative extent): draw again.
    return undefined;
  }
}

/** Tries for one hidden case before the submission's axes are called unsatisfiable. */
const DRAWS = 20_000;

/** Hidden cases, drawn by rejection from the op's axes within `supports`; fewer than asked for means unsatisfiable axes. */
export function hiddenCases(op: Op, supports: SubmissionManifest["supports"], seed: Seed, count: number): BoundCase[] {
  const random = seededRandom(seed);
  const drawn: BoundCase[] = [];
  for (let tries = 0; drawn.length < count && tries < DRAWS * count; tries += 1) {
    if (tries >= DRAWS && drawn.length === 0) break;
    const bound = drawCase(op, supports, random, `hidden_${drawn.length}`);
    if (bound !== undefined) drawn.push(bound);
  }
  return drawn;
}
