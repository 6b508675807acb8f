// The order of timed calls: rounds of couples, each couple on an input that no child has seen. Pure.
import { TIMING } from "../../domain/measurement.ts";
import type { Turn } from "../../domain/ports.ts";
import { permutation, type Random } from "../../domain/random.ts";

/** Positions of the children of a race. */
export const CANDIDATE = 0;
export const OTHER = 1;
/** A second process of the candidate's kernel; its times count for nothing. */
export const TWIN = 2;

/** Who runs in a round: a candidate and another, perhaps with the candidate's twin, or the other alone. */
export type Lineup = "pair" | "pair and twin" | "alone";

/** Numbers that never come back: one for each input that is made. */
export interface Variants {
  next(): number;
}

/** Variants from 1 on: 0 is the set as it was staged. */
export function freshVariants(): Variants {
  let last = 0;
  return {
    next: () => {
      last += 1;
      return last;
    },
  };
}

function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  return [...permutation(items.length, random)].flatMap((at) => items.slice(at, at + 1));
}

/**
 * One round: every set once, in random order; on each the candidate and the other one, AB or BA by chance. The twin comes right after the
 * candidate: then both kernels follow code of their own equally often, and neither has its caches warmed for it more than the other.
 */
export function round(random: Random, lineup: Lineup, variants: Variants): Turn[] {
  const sets = Array.from({ length: TIMING.calls }, (_, set) => set);
  return shuffled(sets, random).flatMap((set) => {
    const variant = variants.next();
    const own = lineup === "pair and twin" ? [CANDIDATE, TWIN] : [CANDIDATE];
    const first = random.uniform() < 0.5;
    const children = lineup === "alone" ? [OTHER] : first ? [...own, OTHER] : [OTHER, ...own];
    return children.map((child) => ({ child, set, variant }));
  });
}
