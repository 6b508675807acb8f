// What a fault may depend on: the levels of a case, and the pairs of levels that some cases have met. Most faults of software need one or two
// conditions at once (D. R. Kuhn, D. R. Wallace, A. M. Gallo, "Software Fault Interactions and Implications for Software Testing", 2004).
import { evaluate } from "../../domain/expression.ts";
import { type BoundCase, type Op, scopeOf } from "../../domain/op.ts";
import { elementCount } from "../../domain/tensor.ts";

/** Lower ends of the bands that an extent falls into: sizes that kernels treat apart, then powers of four, about a tile, a block, a grid. */
const BANDS = [0, 1, 2, 3, 4, 16, 64, 256, 1024, 4096, 65536] as const;

/** The band of an extent, by its lower end; a negative value is one of its own. */
function bandOf(value: number): number {
  return BANDS.findLast((low) => low <= value) ?? -1;
}

/** The smallest and largest extent of the bands that meet [low, high]. */
export function bandsWithin(low: number, high: number): readonly (readonly [number, number])[] {
  return BANDS.flatMap((start, index) => {
    const end = (BANDS[index + 1] ?? Number.POSITIVE_INFINITY) - 1;
    return start > high || end < low ? [] : [[Math.max(start, low), Math.min(end, high)] as const];
  });
}

/** Text of an attribute: the op's default for this case, one of the values that are drawn, or any other. */
function attributeLevel(op: Op, name: string, bound: BoundCase): string {
  const value = bound.attributes[name];
  const text = JSON.stringify(value);
  const fallback = op.attributes[name]?.default;
  const standard = typeof fallback === "string" ? evaluate(fallback, scopeOf(bound)) : fallback;
  if (JSON.stringify(standard) === text) return "default";
  return op.draw[name]?.some((choice) => JSON.stringify(choice) === text) === true ? text : "other";
}

/** Fewest elements of an extent whose alignment is a condition of its own. */
const ALIGNED = 9;

/** The largest of the sizes of vectors and blocks that divides an extent. */
function alignmentOf(extent: number): number {
  return [64, 16, 8, 4, 2].find((size) => extent % size === 0) ?? 1;
}

/** One condition of a case. */
export interface Level {
  readonly text: string;
  /** A pair counts as the product of its weights: a dtype with an attribute says more than two bands of extents, of which there are hundreds. */
  readonly weight: number;
}

const WEIGHT = { choice: 4, band: 1 } as const;

/**
 * The levels of a case, one a factor: dtypes, attributes that are drawn, optional tensors, what the op's `factors` say; the bands of free and
 * derived axes and of the elements of every tensor; what aligns an axis.
 */
export function levelsOf(op: Op, bound: BoundCase): readonly Level[] {
  const scope = scopeOf(bound);
  const optional = [...bound.inputs, ...bound.outputs].filter(
    ({ name }) => (op.inputs[name] ?? op.outputs[name])?.optional === true,
  );
  const choices = [
    ...Object.entries(bound.dtypes).map(([name, dtype]) => `${name}=${dtype}`),
    ...Object.keys(op.draw).map((name) => `${name}=${attributeLevel(op, name, bound)}`),
    ...optional.map(({ name, absent }) => `${name} ${absent ? "absent" : "present"}`),
    ...Object.entries(op.factors).map(([name, formula]) => `${name}:${bandOf(evaluate(formula, scope))}`),
  ];
  const bands = [
    ...Object.entries(bound.axes).map(([name, extent]) => `${name}:${bandOf(extent)}`),
    ...Object.entries(bound.axes)
      .filter(([, extent]) => extent >= ALIGNED)
      .map(([name, extent]) => `${name} aligned to ${alignmentOf(extent)}`),
    ...[...bound.inputs, ...bound.outputs].map(({ name, shape }) => `${name} of ${bandOf(elementCount(shape))}`),
  ];
  return [
    ...choices.map((text) => ({ text, weight: WEIGHT.choice })),
    ...bands.map((text) => ({ text, weight: WEIGHT.band })),
  ];
}

/** The pairs of levels that cases have met. */
export class Coverage {
  private readonly met = new Set<string>();

  /** Weight of the pairs that these levels hold and no case before did. */
  gain(levels: readonly Level[]): number {
    let gain = 0;
    for (const { text, weight } of pairsOf(levels)) if (!this.met.has(text)) gain += weight;
    return gain;
  }

  /** Remembers the pairs of a case. */
  add(levels: readonly Level[]): void {
    for (const { text } of pairsOf(levels)) this.met.add(text);
  }
}

function* pairsOf(levels: readonly Level[]): Generator<Level> {
  for (const [index, first] of levels.entries())
    for (const second of levels.slice(index + 1))
      yield { text: `${first.text} & ${second.text}`, weight: first.weight * second.weight };
}
