// The stream of random numbers: the same everywhere, different for every seed, and uniform enough to draw inputs from.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSeed, permutation, type Random, seededRandom } from "./random.ts";

const seeds = fc.stringMatching(/^[0-9a-f]{32}$/);
const SEED = "0123456789abcdef0011223344556677";

const draws = (random: Random, count: number): number[] => Array.from({ length: count }, () => random.uniform());

describe("a seeded stream", () => {
  it("is the same for the same seed, today and on every machine", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        expect(draws(seededRandom(seed), 20)).toEqual(draws(seededRandom(seed), 20));
      }),
    );
    expect(draws(seededRandom(SEED), 4).map((value) => value * 2 ** 32)).toMatchInlineSnapshot(`
      [
        1948769465,
        971907755,
        2226616286,
        4067828260,
      ]
    `);
  });

  it("differs for different seeds, even by one bit of any digit", () => {
    fc.assert(
      fc.property(seeds, fc.nat({ max: 31 }), fc.nat({ max: 3 }), (seed, digit, bit) => {
        const changed = (Number.parseInt(seed[digit] ?? "0", 16) ^ (1 << bit)).toString(16);
        const other = seed.slice(0, digit) + changed + seed.slice(digit + 1);
        expect(draws(seededRandom(other), 8)).not.toEqual(draws(seededRandom(seed), 8));
      }),
    );
  });

  it("of the zero seed is no stream of zeros", () => {
    expect(new Set(draws(seededRandom("0".repeat(32)), 100)).size).toBeGreaterThan(95);
  });

  it("is uniform: each of 16 bins of 64,000 draws is within 5 sigma", () => {
    const bins = Array.from({ length: 16 }, () => 0);
    for (const value of draws(seededRandom(SEED), 64_000)) {
      expect(value >= 0 && value < 1).toBe(true);
      bins[Math.floor(value * 16)] = (bins[Math.floor(value * 16)] ?? 0) + 1;
    }
    const sigma = Math.sqrt(4000 * (15 / 16));
    expect(bins.filter((count) => Math.abs(count - 4000) > 5 * sigma)).toEqual([]);
  });

  it("has no memory from one draw to the next: their correlation is within 5 sigma of 0", () => {
    const values = draws(seededRandom(SEED), 20_001).map((value) => value - 0.5);
    const product = values.slice(1).reduce((sum, value, index) => sum + value * (values[index] ?? 0), 0) / 20_000;
    expect(Math.abs(product * 12)).toBeLessThan(5 / Math.sqrt(20_000));
  });
});

describe("what is drawn from it", () => {
  it("integers reach both ends and nothing outside", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: -50, max: 50 }), fc.integer({ min: 0, max: 5 }), (seed, low, span) => {
        const random = seededRandom(seed);
        const seen = new Set(Array.from({ length: 300 }, () => random.integer(low, low + span)));
        expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: span + 1 }, (_, index) => low + index));
      }),
    );
  });

  it("normal numbers have mean 0, variance 1 and tails, and are all finite", () => {
    const random = seededRandom(SEED);
    const values = Array.from({ length: 40_000 }, () => random.normal());
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    expect(values.every((value) => Number.isFinite(value))).toBe(true);
    expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(values.length));
    expect(Math.abs(variance - 1)).toBeLessThan(5 * Math.sqrt(2 / values.length));
    // P(|x| > 3) = 0.0027.
    expect(values.filter((value) => Math.abs(value) > 3).length).toBeGreaterThan(60);
  });

  it("a pick is one of the items, each in its turn", () => {
    const random = seededRandom(SEED);
    const seen = new Set(Array.from({ length: 100 }, () => random.pick(["a", "b", "c"])));
    expect([...seen].sort()).toEqual(["a", "b", "c"]);
    expect(random.pick([7])).toBe(7);
  });
});

describe("a seed", () => {
  it("is 32 lower-case hex digits", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        expect(isSeed(seed)).toBe(true);
      }),
    );
    const wrong = ["", "xyz", SEED.slice(1), `${SEED}0`, SEED.toUpperCase(), `${SEED.slice(1)} `, `${SEED}\n`];
    expect(wrong.filter(isSeed)).toEqual([]);
  });
});

describe("a permutation", () => {
  it("holds every number once, in an order that the seed decides", () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 0, max: 60 }), (seed, n) => {
        const order = permutation(n, seededRandom(seed));
        expect([...order].sort((one, other) => one - other)).toEqual(Array.from({ length: n }, (_, at) => at));
        expect(permutation(n, seededRandom(seed))).toEqual(order);
      }),
    );
    const [a, b] = [permutation(60, seededRandom(SEED)), permutation(60, seededRandom(`f${SEED.slice(1)}`))];
    expect(a).not.toEqual(b);
  });
});
