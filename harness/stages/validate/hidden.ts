// Takes an op, what a submission supports and a seed, gives the hidden cases: drawn at random, and chosen for the pairs of conditions they add.
import { evaluate } from "../../domain/expression.ts";
import {
  type AttributeValue,
  bindCase,
  type BoundCase,
  CASE_BYTES,
  caseBytes,
  type Op,
  type OpCase,
} from "../../domain/op.ts";
import { permutation, type Random, type Seed, seededRandom } from "../../domain/random.ts";
import type { SubmissionManifest } from "../../domain/submission.ts";
import { elementCount } from "../../domain/tensor.ts";
import { dtypeAssignments, publishedCases, unsupportedReason } from "./cases.ts";
import { bandsWithin, Coverage, levelsOf } from "./coverage.ts";

type Supports = SubmissionManifest["supports"];

/** Log-uniform integer in [low, high]: small and large extents are equally likely per octave. */
function logUniform(random: Random, low: number, high: number): number {
  const value = Math.exp(Math.log(low + 1) + random.uniform() * (Math.log(high + 2) - Math.log(low + 1)));
  return Math.min(high, Math.max(low, Math.floor(value) - 1));
}

/**
 * How extents are drawn. `usual`: any octave alike, so that sizes are those of users. `extreme`: any band too, so that 0, 1 and the largest are as likely as the
 * rest. `far`: one axis beyond the op's hidden extents, up to what the op allows, the others small: indices of 16 bits, grids of 65535, tables in fast memory,
 * remainders of deep sums. `wide`: two axes of several blocks each, the others small: groups of tiles, indices of products, grids of two dimensions.
 */
type Manner = "usual" | "extreme" | "far" | "wide";

/** Over and over. Usual cases are as drawn, the others chosen. */
const MANNERS = ["extreme", "far", "usual", "extreme", "extreme", "wide"] as const;

function mannerOf(index: number, far: boolean): Manner {
  const manner = MANNERS[index % MANNERS.length] ?? "usual";
  if (far) return manner;
  return manner === "wide" ? "usual" : manner === "far" ? "extreme" : manner;
}

/** Extents beside a far one, or beside wide ones. */
const SMALL = 8;

/** Least extent of a wide axis, where the op allows twice as much: more than the blocks of most kernels. */
const WIDE = 129;

/** Whole vectors and blocks: what many kernels have a path of their own for. */
const WHOLE = [1, 1, 1, 4, 8, 64] as const;

function drawExtent(random: Random, low: number, high: number, manner: Manner): number {
  const [first, ...rest] = bandsWithin(low, high);
  if (manner === "usual") return logUniform(random, Math.max(low, Math.min(high, 1)), high);
  if (first === undefined || random.uniform() < 0.5) return logUniform(random, low, high);
  const [start, end] = random.pick([first, ...rest]);
  const extent = random.integer(start, end);
  const size = random.pick(WHOLE);
  const whole = Math.ceil(extent / size) * size;
  return whole <= end ? whole : extent;
}

/** How much less than the largest a far extent is: a power of two leaves no remainder of any block. */
const SHORT_BY = [0, 1, 3, 5] as const;

/** A far extent: the largest itself or nearly, or any beyond what is usual, whole blocks among them. */
function drawFar(random: Random, usual: number, allowed: number): number {
  const low = usual < allowed ? usual + 1 : Math.ceil(allowed / 2);
  if (random.uniform() < 0.5) return Math.max(low, allowed - random.pick(SHORT_BY));
  return drawExtent(random, low, allowed, "extreme");
}

/** The axes of a case that are larger than the others. */
function largeAxes(op: Op, random: Random, manner: Manner): readonly string[] {
  const count = { usual: 0, extreme: 0, far: 1, wide: 2 }[manner];
  const names = Object.keys(op.axes);
  return Array.from(permutation(names.length, random).subarray(0, count), (index) => names[index] ?? "");
}

function drawAxes(op: Op, supports: Supports, random: Random, manner: Manner): Record<string, number> {
  const axes: Record<string, number> = {};
  const large = largeAxes(op, random, manner);
  for (const [axis, range] of Object.entries(op.axes)) {
    const limit = supports.axes[axis];
    const low = Math.max(range.min, limit?.min ?? 0);
    const allowed = Math.min(range.max, limit?.max ?? range.max);
    const usual = Math.min(allowed, op.hidden.axes[axis] ?? allowed);
    const high = large.length === 0 ? usual : Math.min(usual, Math.max(low, SMALL));
    if (!large.includes(axis)) axes[axis] = low > high ? low : drawExtent(random, low, high, manner);
    else if (manner === "far") axes[axis] = Math.max(low, drawFar(random, usual, allowed));
    else axes[axis] = logUniform(random, Math.max(low, Math.min(WIDE, Math.ceil(allowed / 2))), Math.max(low, allowed));
  }
  return axes;
}

function drawAttributes(
  op: Op,
  supports: Supports,
  axes: Readonly<Record<string, number>>,
  random: Random,
): Record<string, AttributeValue> {
  const attributes: Record<string, AttributeValue> = {};
  for (const [attribute, choices] of Object.entries(op.draw)) {
    const [first, ...rest] = supports.attributes[attribute] ?? choices;
    if (first === undefined) continue;
    const value = random.pick([first, ...rest]);
    attributes[attribute] = typeof value === "string" ? evaluate(value, axes) : value;
  }
  return attributes;
}

/** Whether a drawn case can be used: small, within `supports`, with something to write. */
export function fits(supports: Supports, bound: BoundCase, work: number): boolean {
  const empty = bound.outputs.some((output) => output.shape.includes(0));
  // Empty sums are no work, but there is an output of each.
  const outputs = bound.outputs.reduce((sum, { shape, absent }) => sum + (absent ? 0 : elementCount(shape)), 0);
  const small = Math.max(bound.work, outputs) <= work && caseBytes(bound) <= CASE_BYTES;
  return !empty && small && unsupportedReason(bound, supports) === null;
}

function drawCase(op: Op, supports: Supports, random: Random, name: string, manner: Manner): BoundCase | undefined {
  const axes = drawAxes(op, supports, random, manner);
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
    const attributes = drawAttributes(op, supports, axes, random);
    const one: OpCase = { name, axes, attributes, dtypes: {}, absent, tags: [] };
    const bound = bindCase(op, one, random.pick([first, ...rest]), true);
    return fits(supports, bound, op.hidden.work) ? bound : undefined;
  } catch {
    // The draw contradicts the op (a constraint, a negative extent): draw again.
    return undefined;
  }
}

/** Valid draws that one hidden case is chosen from. */
const CHOICE = 40;

/** Draws that a choice may cost once it is not empty: constraints of some ops refuse most draws. */
const PATIENCE = 1_500;

/** Draws before the submission's axes are called unsatisfiable. */
const DRAWS = 20_000;

/** The draw that adds most pairs of levels to what the cases so far have met; undefined where nothing can be drawn. */
function chooseCase(
  op: Op,
  supports: Supports,
  random: Random,
  { name, manner }: { readonly name: string; readonly manner: Manner },
  met: Coverage,
): BoundCase | undefined {
  const choice = manner === "usual" ? 1 : CHOICE;
  let best: BoundCase | undefined;
  let most = -1;
  for (let tries = 0, valid = 0; valid < choice && tries < (best === undefined ? DRAWS : PATIENCE); tries += 1) {
    const bound = drawCase(op, supports, random, name, manner);
    if (bound === undefined) continue;
    valid += 1;
    const gain = met.gain(levelsOf(op, bound));
    if (gain <= most) continue;
    best = bound;
    most = gain;
  }
  return best;
}

/**
 * Hidden cases within `supports`. Five of six are each the one of many random draws that meets most pairs of conditions (a dtype with an attribute, an
 * extent of 1 with a transpose, ...) which no published case of the submission and no hidden one before met. Fewer than asked for means
 * unsatisfiable axes.
 * @param far some with axes beyond the op's hidden extents: not where an emulator or an interpreter would take minutes
 */
export function hiddenCases(op: Op, supports: Supports, seed: Seed, count: number, far = true): BoundCase[] {
  const random = seededRandom(seed);
  const met = new Coverage();
  for (const bound of publishedCases(op))
    if (!bound.tags.includes("bench") && unsupportedReason(bound, supports) === null) met.add(levelsOf(op, bound));
  const drawn: BoundCase[] = [];
  while (drawn.length < count) {
    const name = `hidden_${drawn.length}`;
    const manner = mannerOf(drawn.length, far);
    const bound =
      chooseCase(op, supports, random, { name, manner }, met) ??
      // A constraint or the work may forbid what is far or wide.
      (manner === "far" || manner === "wide"
        ? chooseCase(op, supports, random, { name, manner: "extreme" }, met)
        : undefined);
    if (bound === undefined) break;
    met.add(levelsOf(op, bound));
    drawn.push(bound);
  }
  return drawn;
}
