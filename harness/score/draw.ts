// Takes an op and a seed, gives the cases that its mutants and legal variants meet, in the order in which they meet them.
import type { BoundCase, Op } from "../domain/op.ts";
import type { Seed } from "../domain/random.ts";
import { elementCount } from "../domain/tensor.ts";
import { digestText } from "../stages/execute/regimes.ts";
import type { Thoroughness } from "../stages/execute/run.ts";
import { publishedCases } from "../stages/validate/cases.ts";
import { hiddenCases } from "../stages/validate/hidden.ts";

/** What a seed decides. */
export interface Draw {
  readonly seed: Seed;
  /** Hidden cases. */
  readonly hidden: number;
  /** See SeedResult. */
  readonly thorough: boolean;
  /** Mutant -> published case that it was rejected on in another seed: where it is not thorough, it meets that one first. */
  readonly killers: ReadonlyMap<string, string>;
}

/** A case of a seed. */
export interface SeedCase {
  readonly bound: BoundCase;
  /** It is one of every seed. */
  readonly published: boolean;
  /** How legal variants are run on it in this seed; null: not at all. */
  readonly legal: Thoroughness | null;
}

/** Of so many cases a legal variant meets one in a seed that is not thorough: nearly all of a score's time is theirs. */
const LEGAL_SHARE = 3;

/** Of so many cases that it meets there, one is run in every process and placement; the others tell only of its numbers, which are what a seed changes. */
const FULL_SHARE = 4;

/** Size above which a case is met by legal variants the more rarely, the larger it is: about as much time as opening its processes takes. */
const SMALL = 40_000;

/** What a case costs, in elements that are filled, compared or computed: eight multiply-adds take as long as one of the others. */
function sizeOf({ inputs, outputs, work }: BoundCase): number {
  const tensors = [...inputs, ...outputs].filter(({ absent }) => !absent);
  return tensors.reduce((sum, { shape }) => sum + elementCount(shape), 0) + work / 8;
}

/** How legal variants are run on a case of a seed that is not thorough; drawn by the seed. */
function legalOn(bound: BoundCase, seed: Seed): Thoroughness | null {
  const drawn = Number.parseInt(digestText(seed, "score share", bound.name).slice(0, 8), 16) / 2 ** 32;
  const share = Math.min(1, SMALL / sizeOf(bound)) / LEGAL_SHARE;
  if (drawn >= share) return null;
  return drawn < share / FULL_SHARE ? "full" : "once";
}

/**
 * Everything in a case but timing: published cases that are no benchmarks, then the hidden ones of the seed. The small ones first: most mutants end there, and
 * on published ones again in the next seed.
 */
export function casesOf(op: Op, { seed, hidden, thorough }: Draw): readonly SeedCase[] {
  const everything = { axes: {}, constraints: [], attributes: {}, dtypes: {} };
  const fixed = publishedCases(op).filter(({ tags }) => !tags.includes("bench"));
  const own = hiddenCases(op, everything, digestText(seed, "score cases").slice(0, 32), hidden);
  return [fixed, own].flatMap((cases, index) =>
    [...cases]
      .sort((a, b) => sizeOf(a) - sizeOf(b))
      .map((bound) => ({
        // As hidden ones: their inputs come from the seed too, or a score over seeds would repeat itself.
        bound: { ...bound, hidden: true },
        published: index === 0,
        legal: thorough ? "full" : legalOn(bound, seed),
      })),
  );
}
