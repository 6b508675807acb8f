// How much each organisation weighs: as much as its ballots, but no more than the cap's share of the sum after capping.
import type { Fraction } from "../../domain/governance.ts";
import { product, type Ratio, ratio, sum } from "./ratio.ts";

/** Binding ballots of one organisation for and against; at least one. */
export interface Camp {
  readonly for: number;
  readonly against: number;
}

const weightOf = (camp: Camp): bigint => BigInt(camp.for + camp.against);

/**
 * Shares of the weight, in the order given; their sum is 1.
 * With the k heaviest held at t and U the ballots of the others, t = cap (k t + U). The smallest k whose t is no less than any of the others' weights is the one.
 * Fewer organisations than 1/cap cannot all be held: then all weigh the same.
 */
export function sharesOf(camps: readonly Camp[], [part, whole]: Fraction): readonly Ratio[] {
  const [p, q] = [BigInt(part), BigInt(whole)];
  const weights = camps.map(weightOf);
  const falling = weights.toSorted((a, b) => (a < b ? 1 : a > b ? -1 : 0));
  let others = weights.reduce((total, weight) => total + weight, 0n);
  for (const [held, next] of falling.entries()) {
    // 1 - cap k, over q; positive, or the organisation before would have been within t. With it t = p others / left.
    const left = q - p * BigInt(held);
    if (next * left <= p * others) {
      const rest = others;
      return weights.map((weight) => (weight * left > p * rest ? ratio(p, q) : ratio(left * weight, q * rest)));
    }
    others -= next;
  }
  return camps.map(() => ratio(1n, BigInt(camps.length)));
}

/** Weight for, of the weight for and against; null without any ballot. An organisation's weight is split as its ballots are. */
export function approvalOf(camps: readonly Camp[], cap: Fraction): Ratio | null {
  if (camps.length === 0) return null;
  const shares = sharesOf(camps, cap);
  return sum(
    camps.flatMap((camp, index) => {
      const share = shares[index];
      return share === undefined ? [] : [product(share, ratio(BigInt(camp.for), weightOf(camp)))];
    }),
  );
}
