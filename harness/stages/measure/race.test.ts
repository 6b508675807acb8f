// A race on scripted times: its ratio is the truth, it stops when it may, and it claims nothing from what is not fair.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { raceSchema, timingSchema } from "../../domain/measurement.ts";
import type { Raced } from "../../domain/ports.ts";
import { type Random, seededRandom } from "../../domain/random.ts";
import { CALLS, controlOf, race, type RaceFailure, type RaceResult, round, type RunTurns, timingOf } from "./race.ts";

const SEED = "0123456789abcdef0011223344556677";
const BUDGET = { seconds: 10, halfWidth: 0.01, pairs: 30 };

/** Runs turns of a candidate that takes 1000 ns and a baseline that takes `ratio` times as long, with noise above it. */
function times(ratio: number, noise: (random: Random) => number, random = seededRandom(SEED)): RunTurns {
  return async (turns) => ({
    state: "done",
    ns: turns.map((turn) => (turn.child === 0 ? 1000 : 1000 * ratio) * (1 + noise(random))),
    mismatches: [],
  });
}

/** A clock on which every look takes `step` seconds. */
function ticking(step: number): () => number {
  let now = 0;
  return () => {
    now += step * 1000;
    return now;
  };
}

async function raced(run: RunTurns, budget = BUDGET, elapsed = ticking(0.001)): Promise<RaceResult> {
  const result = await race("torch", run, budget, seededRandom(SEED), elapsed);
  if (!("race" in result)) throw new Error(JSON.stringify(result));
  raceSchema.parse(result.race);
  return result;
}

const quiet = (): number => 0;

describe("a round", () => {
  it("has every set once for each child, in an order that the seed decides", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9a-f]{32}$/), (seed) => {
        const turns = round(seededRandom(seed));
        const seen = turns.map(({ child, set }) => `${child}/${set}`).sort();
        const all = [0, 1].flatMap((child) => Array.from({ length: CALLS }, (_, set) => `${child}/${set}`)).sort();
        expect(seen).toEqual(all);
        expect(round(seededRandom(seed))).toEqual(turns);
      }),
    );
  });

  it("gives neither child the better places: each is first in about half of the rounds", () => {
    const random = seededRandom(SEED);
    const first = Array.from({ length: 1000 }, () => round(random)[0]?.child ?? 0).filter(
      (child) => child === 0,
    ).length;
    expect(Math.abs(first - 500)).toBeLessThan(80);
  });
});

describe("a race", () => {
  it("reads the true ratio: above 1 the candidate is faster", async () => {
    for (const ratio of [0.5, 1, 1.37, 12]) {
      const { race: found } = await raced(times(ratio, quiet));
      expect(found).toMatchObject({ ratio, interval: [ratio, ratio], stopReason: "precise", baseline: "torch" });
    }
  });

  it("keeps the fastest call of a round, so that noise which only slows is not seen", async () => {
    const { race: found } = await raced(times(1.2, (random) => (random.uniform() < 0.5 ? 0 : 3 * random.uniform())));
    expect(found.ratio).toBeCloseTo(1.2, 2);
  });

  it("its interval holds the truth under noise", async () => {
    const { race: found } = await raced(times(1.1, (random) => Math.abs(random.normal()) * 0.05));
    const [low, high] = found.interval;
    expect(low).toBeLessThanOrEqual(1.1);
    expect(high).toBeGreaterThanOrEqual(1.1);
  });

  it("stops as soon as it is precise, but not before the pairs asked for", async () => {
    expect((await raced(times(1.1, quiet))).race.pairs).toHaveLength(30);
    expect((await raced(times(1.1, quiet), { ...BUDGET, pairs: 12 })).race.pairs).toHaveLength(15);
  });

  it("stops at its budget when it never gets precise", async () => {
    const noisy = times(1, (random) => random.uniform() * 5);
    const { race: found } = await raced(noisy, { seconds: 3, halfWidth: 1e-9, pairs: 10 }, ticking(0.1));
    expect(found.stopReason).toBe("budget");
    expect(found.pairs.length).toBeGreaterThan(10);
  });

  it("takes no pair from a round that the budget cut short, but keeps its times", async () => {
    const cut: RunTurns = async (turns) => ({
      state: "done",
      ns: turns.slice(0, 2 * CALLS + 7).map(() => 500),
      mismatches: [],
    });
    const { race: found, times: all } = await raced(cut);
    expect([found.pairs.length, found.stopReason, all[0].length + all[1].length]).toEqual([1, "budget", 2 * CALLS + 7]);
  });

  it("asks for what is left of its seconds", async () => {
    const asked: number[] = [];
    const run: RunTurns = async (turns, seconds) => {
      asked.push(seconds);
      return times(1, quiet)(turns, seconds);
    };
    await raced(run, { seconds: 1, halfWidth: 0, pairs: 1000 }, ticking(0.1));
    expect(asked[0]).toBeCloseTo(0.9, 9);
    expect(asked.every((seconds, index) => seconds >= 0.05 && (index === 0 || seconds < (asked[index - 1] ?? 0)))).toBe(
      true,
    );
  });
});

describe("a race that proves nothing", () => {
  const failed = async (answer: Raced): Promise<RaceResult | RaceFailure> =>
    race("torch", async () => answer, BUDGET, seededRandom(SEED), ticking(0.001));

  it("ends when a kernel fails", async () => {
    const failure = { state: "failed", turn: 3, failure: { kind: "timeout", message: "" } } as const;
    expect(await failed(failure)).toEqual({ failed: failure });
  });

  it("ends when a timed output differs from the judged one", async () => {
    const answer = { state: "done", ns: [1, 2], mismatches: [{ turn: 1, output: "y", byte: 12 }] } as const;
    expect(await failed(answer)).toEqual({ mismatch: "output 'y' differs from the judged one at byte 12" });
  });

  it("ends when not one round fitted", async () => {
    expect(await failed({ state: "done", ns: [], mismatches: [] })).toEqual({
      mismatch: "not one round fitted in the time",
    });
  });
});

describe("the A/A control", () => {
  const fit = (low: number, high: number): boolean =>
    controlOf({ baseline: "a", pairs: [], ratio: (low + high) / 2, interval: [low, high], stopReason: "budget" }).fit;

  it("is fit when its interval holds 1 and is nowhere more than 5 % from it", () => {
    expect([fit(0.99, 1.01), fit(0.95, 1.05), fit(1, 1)]).toEqual([true, true, true]);
    expect([fit(0.949, 1.01), fit(0.99, 1.051)]).toEqual([false, false]);
  });

  it("is fit when it misses 1 by at most 1 %", () => {
    expect([fit(1.009, 1.02), fit(0.98, 0.991), fit(1.011, 1.02), fit(0.98, 0.989)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe("the timing of a kernel", () => {
  it("is over all of its calls", async () => {
    const { times: all } = await raced(times(2, quiet));
    const [candidate] = all;
    expect(timingSchema.parse(timingOf(candidate, seededRandom(SEED)))).toEqual({
      unit: "ns",
      samples: 300,
      median: 1000,
      interval: [1000, 1000],
      min: 1000,
    });
    expect(timingOf(all[1], seededRandom(SEED)).median).toBe(2000);
  });
});
