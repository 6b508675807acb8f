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
import { type Random, type Seed, seededRandom } from "../../domain/random.ts";
import type { SubmissionManifest } from "../../domain/submission.ts";
import { dtypeAssignments, publishedCases, unsupportedReason } from "./cases.ts";
import { bandsWithin, Coverage, levelsOf } from "./coverage.ts";

type Supports = SubmissionManifest["supports"];

/** Log-uniform integer in [low, high]: small and large extents are equally likely per octave. */
function logUniform(random: Random, low: number, high: number): number {
  const value = Math.exp(Math.log(low + 1) + random.uniform() * (Math.log(high + 2) - Math.log(low + 1)));
  return Math.min(high, Math.max(low, Math.floor(value) - 1));
}

/** How extents are drawn: any octave alike, so that sizes are those of users; or any band too, so that 0, 1 and the largest are as likely as the rest. */
type Manner = "usual" | "extreme";

/** Of three hidden cases one is of usual extents and as drawn; two are chosen. */
const mannerOf = (index: number): Manner => (index % 3 === 2 ? "usual" : "extreme");

function drawExtent(random: Random, low: number, high: number, manner: Manner): number {
  const [first, ...rest] = bandsWithin(low, high);
  if (manner === "usual") return logUniform(random, Math.max(low, Math.min(high, 1)), high);
  if (first === undefined || random.uniform() < 0.5) return logUniform(random, low, high);
  const [start, end] = random.pick([first, ...rest]);
  return random.integer(start, end);
}

function drawAxes(op: Op, supports: Supports, random: Random, manner: Manner): Record<string, number> {
  const axes: Record<string, number> = {};
  for (const [axis, range] of Object.entries(op.axes)) {
    const limit = supports.axes[axis];
    const low = Math.max(range.min, limit?.min ?? 0);
    const high = Math.min(range.max, limit?.max ?? range.max, op.hidden.axes[axis] ?? range.max);
    axes[axis] = low > high ? low : drawExtent(random, low, high, manner);
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

function drawCase(op: Op, supports: Supports, random: Random, index: number): BoundCase | undefined {
  const axes = drawAxes(op, supports, random, mannerOf(index));
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
    const one: OpCase = { name: `hidden_${index}`, axes, attributes, dtypes: {}, absent, tags: [] };
    const bound = bindCase(op, one, random.pick([first, ...rest]), true);
    const empty = bound.outputs.some((output) => output.shape.includes(0));
    const small = bound.work <= op.hidden.work && caseBytes(bound) <= CASE_BYTES;
    return !empty && small && unsupportedReason(bound, supports) === null ? bound : undefined;
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
function chooseCase(op: Op, supports: Supports, random: Random, index: number, met: Coverage): BoundCase | undefined {
  const choice = mannerOf(index) === "usual" ? 1 : CHOICE;
  let best: BoundCase | undefined;
  let most = -1;
  for (let tries = 0, valid = 0; valid < choice && tries < (best === undefined ? DRAWS : PATIENCE); tries += 1) {
    const bound = drawCase(op, supports, random, index);
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
 * Hidden cases within `supports`. Two of three are each the one of many random draws that meets most pairs of conditions (a dtype with an attribute, an
 * extent of 1 with a transpose, ...) which no published case of the submission and no hidden one before met. Fewer than asked for means
 * unsatisfiable axes.
 */
export function hiddenCases(op: Op, supports: Supports, seed: Seed, count: number): BoundCase[] {
  const random = seededRandom(seed);
  const met = new Coverage();
  for (const bound of publishedCases(op))
    if (!bound.tags.includes("bench") && unsupportedReason(bound, supports) === null) met.add(levelsOf(op, bound));
  const drawn: BoundCase[] = [];
  while (drawn.length < count) {
    const bound = chooseCase(op, supports, random, drawn.length, met);
    if (bound === undefined) break;
    met.add(levelsOf(op, bound));
    drawn.push(bound);
  }
  return drawn;
}
