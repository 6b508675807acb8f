// Rounds: every input is new, both kernels get the same ones, and neither has the better places.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TIMING } from "../../domain/measurement.ts";
import type { Turn } from "../../domain/ports.ts";
import { seededRandom } from "../../domain/random.ts";
import { CANDIDATE, freshVariants, type Lineup, OTHER, round, TWIN } from "./rounds.ts";

const SEED = "0123456789abcdef0011223344556677";
const seeds = fc.stringMatching(/^[0-9a-f]{32}$/);

function rounds(lineup: Lineup, count: number, seed = SEED): Turn[][] {
  const [random, variants] = [seededRandom(seed), freshVariants()];
  return Array.from({ length: count }, () => round(random, lineup, variants));
}

const ofChild = (turns: readonly Turn[], child: number): string[] =>
  turns.filter((turn) => turn.child === child).map(({ set, variant }) => `${set}/${variant}`);

describe("a round", () => {
  it("has every set once for each child, on the same inputs", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const [turns = []] = rounds("pair and twin", 1, seed);
        expect(turns).toHaveLength(3 * TIMING.calls);
        expect(new Set(turns.map(({ set }) => set)).size).toBe(TIMING.calls);
        for (const child of [OTHER, TWIN]) expect(ofChild(turns, child)).toEqual(ofChild(turns, CANDIDATE));
        expect(rounds("pair and twin", 1, seed)).toEqual([turns]);
      }),
    );
  });

  it("is made of inputs that never come back, and never of a set as it was staged", () => {
    const variants = rounds("pair", 300).flatMap((turns) => ofChild(turns, CANDIDATE).map((one) => one.split("/")[1]));
    expect(new Set(variants).size).toBe(300 * TIMING.calls);
    expect(variants).not.toContain("0");
  });

  it("alone is the other child's calls only", () => {
    const [turns = []] = rounds("alone", 1);
    expect(turns.map(({ child }) => child)).toEqual(Array.from({ length: TIMING.calls }, () => OTHER));
  });

  it("gives neither child the better places: each is first on about half of the inputs", () => {
    const first = rounds("pair", 100).flatMap((turns) => turns.filter((_, index) => index % 2 === 0));
    const candidates = first.filter(({ child }) => child === CANDIDATE).length;
    expect(Math.abs(candidates - 500)).toBeLessThan(80);
  });

  it("lets both kernels follow code of their own equally often", () => {
    const turns = rounds("pair and twin", 300).flat();
    const afterOwn = (own: readonly number[], child: number): number =>
      turns.filter((turn, index) => turn.child === child && own.includes(turns[index - 1]?.child ?? -1)).length;
    const candidate = afterOwn([CANDIDATE, TWIN], CANDIDATE);
    const other = afterOwn([OTHER], OTHER);
    expect(Math.abs(candidate - other)).toBeLessThan(150);
    expect(turns.every((turn, index) => turn.child !== TWIN || turns[index - 1]?.child === CANDIDATE)).toBe(true);
  });
});
