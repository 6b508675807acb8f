// Takes a case and what a submission supports, gives its company: cases that one process meets before it. State that a kernel keeps from calls of other
// shapes (a table sized by the first call, a plan found by half of its key) is wrong only there.
import { bindCase, type BoundCase, type Op, type OpCase } from "../../domain/op.ts";
import { type Random, type Seed, seededRandom } from "../../domain/random.ts";
import type { SubmissionManifest } from "../../domain/submission.ts";
import { evaluate } from "../../domain/expression.ts";
import { dtypeAssignments, publishedCases } from "./cases.ts";
import { fits } from "./hidden.ts";

type Supports = SubmissionManifest["supports"];

/** One thing of a case changed, and its words. */
interface Change extends Partial<Pick<OpCase, "axes" | "attributes" | "absent" | "dtypes">> {
  readonly words: string;
}

/** Draws before a case is said to have no sibling. */
const TRIES = 60;

/** Neighbours, and the sizes that a buffer kept from the call before would be too small or too large for. */
function otherExtent(value: number, random: Random): number {
  return random.pick([value - 1, value + 1, Math.floor(value / 2), 2 * value, value + 16, 1]);
}

/** Every single change that a case can be given: an axis, a drawn attribute, an optional tensor, the dtypes. */
function changesOf(op: Op, bound: BoundCase, absent: readonly string[], random: Random): Change[] {
  const tensors = [...Object.entries(op.inputs), ...Object.entries(op.outputs)];
  return [
    ...Object.keys(op.axes).map((axis) => {
      const extent = otherExtent(bound.axes[axis] ?? 0, random);
      return { axes: { [axis]: extent }, words: `${axis} = ${extent}` };
    }),
    ...Object.entries(op.draw).map(([name, [first, ...rest]]) => {
      const drawn = random.pick([first ?? 0, ...rest]);
      const value = typeof drawn === "string" ? evaluate(drawn, bound.axes) : drawn;
      return { attributes: { [name]: value }, words: `${name} = ${JSON.stringify(value)}` };
    }),
    ...tensors
      .filter(([, { optional }]) => optional)
      .map(([name]) =>
        absent.includes(name)
          ? { absent: absent.filter((one) => one !== name), words: name }
          : { absent: [...absent, name], words: `no ${name}` },
      ),
    ...dtypeAssignments(op, {}).map((dtypes) => ({
      dtypes,
      words: Object.entries(dtypes)
        .map(([name, dtype]) => `${name} = ${dtype}`)
        .join(", "),
    })),
  ];
}

/** Most multiply-adds of a companion: those of a hidden case, or of the case itself where it is no benchmark. */
function mostWork(op: Op, { tags, work }: BoundCase): number {
  return Math.max(op.hidden.work, tags.includes("bench") ? 0 : work);
}

/** A case that differs from `bound` in one thing; undefined where none was found. */
export function siblingOf(op: Op, supports: Supports, bound: BoundCase, random: Random): BoundCase | undefined {
  const absent = [...bound.inputs, ...bound.outputs].filter((tensor) => tensor.absent).map(({ name }) => name);
  const free = Object.fromEntries(Object.keys(op.axes).map((axis) => [axis, bound.axes[axis] ?? 0]));
  for (let tries = 0; tries < TRIES; tries += 1) {
    const [first, ...rest] = changesOf(op, bound, absent, random);
    if (first === undefined) return undefined;
    const change: Change = random.pick([first, ...rest]);
    const one: OpCase = {
      name: `${bound.name} with ${change.words}`,
      axes: { ...free, ...change.axes },
      attributes: { ...bound.attributes, ...change.attributes },
      absent: change.absent ?? absent,
      dtypes: {},
      tags: [],
    };
    try {
      const sibling = bindCase(op, one, change.dtypes ?? bound.dtypes, true);
      if (!sameCall(sibling, bound) && fits(supports, sibling, mostWork(op, bound))) return sibling;
    } catch {
      // The change contradicts the op (a constraint, an extent out of range): another one.
    }
  }
  return undefined;
}

function callOf({ axes, attributes, dtypes, inputs, outputs }: BoundCase): string {
  return JSON.stringify([axes, attributes, dtypes, [...inputs, ...outputs].map(({ absent }) => absent)]);
}

function sameCall(one: BoundCase, other: BoundCase): boolean {
  return callOf(one) === callOf(other);
}

/**
 * What a process meets before a case, in this order: a published case of the submission, drawn from the seed, and a sibling, which differs from the case in
 * one thing. Either is left out where there is none that is small.
 */
export function companyOf(op: Op, supports: Supports, bound: BoundCase, seed: Seed): readonly BoundCase[] {
  const random = seededRandom(seed);
  const [first, ...rest] = publishedCases(op).filter(
    (one) => !one.tags.includes("bench") && !sameCall(one, bound) && fits(supports, one, op.hidden.work),
  );
  const stranger = first === undefined ? undefined : random.pick([first, ...rest]);
  const sibling = siblingOf(op, supports, bound, random);
  return [stranger, sibling].filter((one) => one !== undefined);
}
